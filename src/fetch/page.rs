//! A page: from the head of the answer to its outcome.

use jiff::Timestamp;
use url::Url;

use super::client::{Answer, Ask, text_of};
use super::content::{Content, is_binary, judge};
use super::decode::{Overflow, gunzip};
use super::exchange::Exchange;
use super::failure::{Failure, FailureKind, of_status};
use super::{FetchOutcome, FetchReply, FetchRequest, Fetcher};
use crate::pace::{Signal, judge_redirect};
use crate::types::{DeadReason, Fetched, Origin, without_credentials};

const ACCEPT: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,text/plain;q=0.8,*/*;q=0.1";

/// What went over the wire.
#[derive(Default)]
struct Wire {
    bytes: u64,
    exchange: Option<Box<Exchange>>,
}

impl Fetcher {
    /// Fetches one address, one hop. Never fails: every failure is an outcome. A gzip file (a sitemap) comes inflated.
    pub async fn fetch(&self, mut request: FetchRequest) -> FetchReply {
        request.url = without_credentials(request.url);
        let started_at = Timestamp::now();
        let mut wire = Wire::default();
        let (outcome, signal) = match self.converse(request, &mut wire).await {
            Ok(ended) => ended,
            Err(failure) => {
                let signal = failure.signal;
                (failure.into_outcome(), signal)
            }
        };
        FetchReply { outcome, signal, started_at, wire_bytes: wire.bytes, exchange: wire.exchange }
    }

    async fn converse(&self, request: FetchRequest, kept: &mut Wire) -> Result<(FetchOutcome, Signal), Failure> {
        let url = &request.url;
        let ask = Ask { url, accept: ACCEPT, validators: request.validators.as_ref(), deadline: self.deadline() };
        let mut answer = self.send(ask).await?;
        let (status, signal) = (answer.status(), answer.signal());
        let mut exchange = self.exchange(ask, &answer);
        if let Some(outcome) = self.without_body(&request, &answer) {
            self.drain(answer, exchange.as_deref_mut()).await;
            kept.exchange = exchange;
            return Ok((outcome?, signal));
        }
        let content = judge(answer.header("content-type").as_deref(), url);
        if content == Content::Other {
            let what = format!("{} holds no article", answer.header("content-type").unwrap_or_default());
            return Err(Failure::dead(DeadReason::ContentType, signal, url, what));
        }
        let wire = self.read(&mut answer, ask, self.settings().max_body, Overflow::Fail).await?;
        kept.bytes = wire.len() as u64;
        if let Some(mut exchange) = exchange {
            exchange.body.clone_from(&wire);
            kept.exchange = Some(exchange);
        }
        let limit = self.settings().max_inflated;
        let mut body = self.decode(&answer, url, wire, limit, Overflow::Fail).await?;
        if content == Content::GzipFile {
            body = gunzip(body, limit).map_err(|error| Failure::of_decoding(&error, signal, url))?;
        }
        if body.is_empty() {
            return Err(Failure::dead(DeadReason::EmptyBody, signal, url, "the body is empty"));
        }
        if is_binary(&body) {
            return Err(Failure::dead(DeadReason::Binary, signal, url, "the body is no text, whatever its type says"));
        }
        let page = Fetched {
            requested: request.hops.first().unwrap_or(url).clone(),
            final_url: url.clone(),
            hops: request.hops,
            status,
            headers: headers_of(&answer),
            body,
            fetched_at: kept.exchange.as_ref().map_or_else(Timestamp::now, |exchange| exchange.at),
            origin: Origin::Http,
            via: request.via,
        };
        Ok((FetchOutcome::Done(Box::new(page)), signal))
    }

    /// The outcome where the body does not matter; none for a page.
    fn without_body(&self, request: &FetchRequest, answer: &Answer) -> Option<Result<FetchOutcome, Failure>> {
        let (status, url) = (answer.status(), &request.url);
        let location = answer.header("location");
        Some(match status {
            301 | 302 | 303 | 307 | 308 => self.redirect(request, answer, location.as_deref()),
            // Several representations, with the server's choice named.
            300 if location.is_some() => self.redirect(request, answer, location.as_deref()),
            304 if request.validators.is_some() => Ok(FetchOutcome::NotModified),
            _ => Err(failed(url, answer, of_status(status, answer.retry_after)?)),
        })
    }

    fn redirect(
        &self,
        request: &FetchRequest,
        answer: &Answer,
        location: Option<&str>,
    ) -> Result<FetchOutcome, Failure> {
        let (status, settings) = (answer.status(), self.settings());
        match judge_redirect(&request.hops, &request.url, location, settings.max_redirects, settings.max_url) {
            Ok(to) => Ok(FetchOutcome::Redirect { to, status }),
            Err(fault) => Err(Failure::dead(fault.dead_reason(), answer.signal(), &request.url, fault)),
        }
    }
}

fn failed(url: &Url, answer: &Answer, kind: FailureKind) -> Failure {
    Failure::new(kind, answer.signal(), url, format!("status {}", answer.response.status()))
}

fn headers_of(answer: &Answer) -> Vec<(String, String)> {
    answer.response.headers().iter().map(|(name, value)| (name.as_str().to_owned(), text_of(value))).collect()
}
