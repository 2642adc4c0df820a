//! The client: how it is set up, one request, one body.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, redirect};
use tokio::time::{Instant, timeout_at};
use url::Url;

use super::decode::{Overflow, decode, parse_encodings};
use super::exchange::{Exchange, Truncated, sent};
use super::failure::{Failure, signal_of};
use super::guard::{Guard, Refusal, literal, number};
use super::resolve::{GuardedResolver, Lookup, SystemLookup};
use super::{FetchSettings, SettingsError, Validators};
use crate::pace::{Signal, parse_retry_after};
use crate::types::{DeadReason, HostKey, RetryReason, without_credentials};

/// Bytes of header fields over HTTP/2. HTTP/1.1 has hyper's bounds: 100 fields, about 400 KiB.
const MAX_H2_HEADERS: u32 = 256 << 10;
/// Idle connections are closed after this.
const IDLE: Duration = Duration::from_secs(60);
/// Bodies that nobody wants are read up to here, so that the connection can serve again.
const DRAIN_BYTES: usize = 64 << 10;
const DRAIN_TIME: Duration = Duration::from_secs(1);
/// The content encodings that we can undo.
pub(super) const ENCODINGS: &str = "gzip, br, zstd, deflate";
/// Compressed bodies from this size on are decoded off the async threads.
const DECODE_APART: usize = 128 << 10;

/// Sends requests; cheap to clone, shared by every worker.
#[derive(Debug, Clone)]
pub struct Fetcher {
    settings: Arc<FetchSettings>,
    guard: Arc<Guard>,
    resolver: GuardedResolver,
    client: Client,
    keeps_exchanges: bool,
}

/// What a fetcher finds around it: by default the system's name service, and the roots of the system and of Mozilla.
#[derive(Debug, Clone)]
pub struct Network {
    /// How names become addresses.
    pub lookup: Arc<dyn Lookup>,
    /// More roots for TLS, in DER: an organisation's own.
    pub roots: Vec<Vec<u8>>,
}

impl Default for Network {
    fn default() -> Self {
        Self { lookup: Arc::new(SystemLookup), roots: Vec::new() }
    }
}

/// Why no fetcher could be made.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// An option makes no sense.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The HTTP client could not be built.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) url: &'a Url,
    pub(super) accept: &'static str,
    pub(super) validators: Option<&'a Validators>,
    /// When all must be over.
    pub(super) deadline: Instant,
}

/// The head of an answer, the body still to be read.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) response: Response,
    pub(super) latency: Duration,
    pub(super) retry_after: Option<Duration>,
}

impl Answer {
    pub(super) fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    pub(super) fn signal(&self) -> Signal {
        signal_of(self.status(), self.latency, self.retry_after)
    }

    /// The first value of a header, as text.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.response.headers().get(name).map(text_of)
    }
}

impl Fetcher {
    /// A fetcher with its own pool of connections.
    ///
    /// # Errors
    /// When an option makes no sense, or TLS cannot be set up.
    pub fn new(settings: FetchSettings) -> Result<Self, FetchError> {
        Self::within(settings, &Network::default())
    }

    /// The same in another surrounding than the system's.
    ///
    /// # Errors
    /// As [`Fetcher::new`], and where a root is no certificate.
    pub fn within(settings: FetchSettings, network: &Network) -> Result<Self, FetchError> {
        settings.validate()?;
        let guard = Arc::new(Guard::new(&settings));
        let resolver = GuardedResolver::new(Arc::clone(&network.lookup), Arc::clone(&guard));
        let own_roots = network.roots.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>();
        // Fails when a provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(settings.user_agent())
            .redirect(redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .connect_timeout(settings.connect_timeout)
            .pool_max_idle_per_host(settings.max_idle_per_host)
            .pool_idle_timeout(IDLE)
            .http2_max_header_list_size(MAX_H2_HEADERS)
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .dns_resolver(resolver.clone())
            .tls_certs_merge(bundled_roots().chain(own_roots.map_err(FetchError::Client)?))
            .build()
            .map_err(FetchError::Client)?;
        Ok(Self { settings: Arc::new(settings), guard, resolver, client, keeps_exchanges: false })
    }

    /// Has every page's request and answer kept as they went over the wire, for an archive.
    #[must_use]
    pub fn keep_exchanges(mut self) -> Self {
        self.keeps_exchanges = true;
        self
    }

    /// What is kept of an exchange whose answer has begun; none where nobody wants it.
    pub(super) fn exchange(&self, ask: Ask<'_>, answer: &Answer) -> Option<Box<Exchange>> {
        self.keeps_exchanges.then(|| {
            let sent = sent(ask.accept, ask.validators.map(conditions), &self.settings.user_agent());
            Box::new(Exchange::of(&without_credentials(ask.url.clone()), &sent, &answer.response))
        })
    }

    /// The machine that a host stands on, as a number: the smallest of its addresses (IPv4 mapped into IPv6), so that hosts of
    /// one address have one number whatever order a name server gives. None where it cannot be resolved, or is refused.
    pub async fn machine(&self, host: &HostKey) -> Option<u128> {
        let url = Url::parse(host.as_str()).ok()?;
        if let Some(address) = literal(&url) {
            return Some(number(address));
        }
        let limit = Instant::now() + self.settings.connect_timeout;
        let found = timeout_at(limit, self.resolver.addresses(url.host_str()?)).await.ok()?.ok()?;
        found.into_iter().map(number).min()
    }

    /// The settings in use.
    #[must_use]
    pub fn settings(&self) -> &FetchSettings {
        &self.settings
    }

    /// When a request that begins now must be over.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.settings.total_timeout
    }

    /// Sends a request and waits for the head of the answer.
    pub(super) async fn send(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        self.admit(ask.url)?;
        let mut request = self
            .client
            .get(without_credentials(ask.url.clone()))
            .header(ACCEPT, ask.accept)
            .header(ACCEPT_ENCODING, ENCODINGS);
        if let Some(validators) = ask.validators {
            request = request.headers(conditions(validators));
        }
        let begun = Instant::now();
        let limit = begun + self.settings.connect_timeout + self.settings.header_timeout;
        let response = match timeout_at(limit.min(ask.deadline), request.send()).await {
            Ok(sent) => sent.map_err(|error| Failure::of(error, ask.url))?,
            Err(_) => return Err(Failure::timeout(ask.url, "no answer in time")),
        };
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok());
        let retry_after = retry_after.and_then(|value| parse_retry_after(value, Timestamp::now()));
        Ok(Answer { response, latency: begun.elapsed(), retry_after })
    }

    /// Refuses addresses that are not to be asked at all.
    fn admit(&self, url: &Url) -> Result<(), Failure> {
        let refuse = |reason, what: String| Err(Failure::dead(reason, Signal::Unsent, url, what));
        if url.as_str().len() > self.settings.max_url {
            let what = format!("{} bytes long, {} are allowed", url.as_str().len(), self.settings.max_url);
            return refuse(DeadReason::ClientError, what);
        }
        match self.guard.admit(url) {
            Ok(()) => Ok(()),
            Err(refusal @ Refusal::Scheme) => refuse(DeadReason::ClientError, refusal.to_string()),
            Err(refusal) => refuse(DeadReason::AddressRefused, refusal.to_string()),
        }
    }

    /// Reads a body as it comes over the wire.
    pub(super) async fn read(
        &self,
        answer: &mut Answer,
        ask: Ask<'_>,
        limit: u64,
        overflow: Overflow,
    ) -> Result<Vec<u8>, Failure> {
        let announced = answer.response.content_length().unwrap_or(0);
        let signal = answer.signal();
        let too_large = || {
            let what = format!("the body is longer than {limit} bytes");
            Failure::dead(DeadReason::BodyTooLarge, signal, ask.url, what)
        };
        if announced > limit && overflow == Overflow::Fail {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(usize::try_from(announced.min(limit).min(1 << 20)).unwrap_or(0));
        loop {
            let limit_now = (Instant::now() + self.settings.chunk_timeout).min(ask.deadline);
            let chunk = match timeout_at(limit_now, answer.response.chunk()).await {
                Ok(Ok(Some(chunk))) => chunk,
                Ok(Ok(None)) => return Ok(body),
                Ok(Err(error)) => return Err(Failure::of(error, ask.url)),
                Err(_) => {
                    let what = format!("the body stopped coming after {} bytes", body.len());
                    return Err(Failure::timeout(ask.url, what));
                }
            };
            let room = limit.saturating_sub(body.len() as u64);
            if chunk.len() as u64 > room {
                let fits = usize::try_from(room).unwrap_or(chunk.len());
                body.extend_from_slice(chunk.get(..fits).unwrap_or_default());
                return if overflow == Overflow::Cut { Ok(body) } else { Err(too_large()) };
            }
            body.extend_from_slice(&chunk);
        }
    }

    /// Undoes the content encodings that the answer names.
    pub(super) async fn decode(
        &self,
        answer: &Answer,
        url: &Url,
        wire: Vec<u8>,
        limit: u64,
        overflow: Overflow,
    ) -> Result<Vec<u8>, Failure> {
        let values: Vec<String> = answer.response.headers().get_all("content-encoding").iter().map(text_of).collect();
        let signal = answer.signal();
        let failed = |error| Failure::of_decoding(&error, signal, url);
        let chain = parse_encodings(values.iter().map(String::as_str)).map_err(failed)?;
        if chain.is_empty() || wire.len() < DECODE_APART {
            return decode(wire, &chain, limit, overflow).map_err(failed);
        }
        match tokio::task::spawn_blocking(move || decode(wire, &chain, limit, overflow)).await {
            Ok(decoded) => decoded.map_err(failed),
            Err(error) => {
                let kind = super::failure::FailureKind::retry(RetryReason::Broken);
                Err(Failure::new(kind, signal, url, error))
            }
        }
    }

    /// Reads a short body that nobody wants, so that its connection can serve again. What was read goes into the exchange.
    pub(super) async fn drain(&self, mut answer: Answer, exchange: Option<&mut Exchange>) {
        let mut kept = Vec::new();
        let mut whole = false;
        if answer.response.content_length().is_none_or(|length| length <= DRAIN_BYTES as u64) {
            let end = Instant::now() + DRAIN_TIME.min(self.settings.chunk_timeout);
            let mut read = 0;
            while read <= DRAIN_BYTES && !whole {
                match timeout_at(end, answer.response.chunk()).await {
                    Ok(Ok(Some(chunk))) => {
                        read += chunk.len();
                        if exchange.is_some() {
                            kept.extend_from_slice(&chunk);
                        }
                    }
                    Ok(Ok(None)) => whole = true,
                    Ok(Err(_)) | Err(_) => break,
                }
            }
        }
        if let Some(exchange) = exchange {
            exchange.body = kept;
            exchange.truncated = (!whole).then_some(Truncated::Length);
        }
    }
}

/// A header's value as text: UTF-8, or else Latin-1.
pub(super) fn text_of(value: &HeaderValue) -> String {
    match str::from_utf8(value.as_bytes()) {
        Ok(text) => text.to_owned(),
        Err(_) => value.as_bytes().iter().copied().map(char::from).collect(),
    }
}

fn conditions(validators: &Validators) -> HeaderMap {
    let pairs = [(IF_NONE_MATCH, &validators.etag), (IF_MODIFIED_SINCE, &validators.last_modified)];
    let value = |text: &Option<String>| HeaderValue::from_str(text.as_deref()?).ok();
    pairs.into_iter().filter_map(|(name, text)| Some((name, value(text)?))).collect()
}

/// Mozilla's roots. They stand beside the system's, which may hold an organisation's own: a bare machine or container has
/// none, and without any root not even a crawl over plain http could start.
fn bundled_roots() -> impl Iterator<Item = Certificate> {
    webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().filter_map(|der| Certificate::from_der(der).ok())
}
