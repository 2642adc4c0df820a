//! Why something was not done. Each reason has a counter in the summary.

use serde::{Deserialize, Serialize};

macro_rules! reasons {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident => $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant,)+ }

        impl $name {
            /// Every reason.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name used in counters, logs, the state and output.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// The reason of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|r| r.as_str() == name)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }
    };
}

reasons! {
    /// Why an address was not taken into the frontier, or a page gave no record. Not a failure.
    SkipReason {
        /// Not `http` or `https`.
        Scheme => "scheme",
        /// Not an address at all.
        InvalidUrl => "invalid_url",
        /// Longer than the limit.
        UrlTooLong => "url_too_long",
        /// Another site than the one crawled.
        OffSite => "off_site",
        /// No keep rule of the profile matches.
        NotKept => "not_kept",
        /// A drop rule of the profile matches.
        Dropped => "dropped",
        /// An extension that is never an article (image, style, archive).
        FileType => "file_type",
        /// A trap: path segments that repeat.
        TrapRepeat => "trap_repeat",
        /// A trap: a calendar without end.
        TrapCalendar => "trap_calendar",
        /// A trap: a query that grows and grows.
        TrapQuery => "trap_query",
        /// Deeper than the limit.
        TooDeep => "too_deep",
        /// robots.txt forbids it.
        Robots => "robots",
        /// `rel=nofollow` on the link, or `nofollow` on the page.
        Nofollow => "nofollow",
        /// `noindex` on the page.
        Noindex => "noindex",
        /// Known already.
        Known => "known",
        /// The frontier's limit is reached.
        FrontierFull => "frontier_full",
        /// Older or newer than asked for.
        OutOfRange => "out_of_range",
        /// The page is a list, not an article.
        Listing => "listing",
        /// The page holds no article.
        NoArticle => "no_article",
        /// The address is an alias of an article already written.
        Alias => "alias",
        /// The canonical address is another one, which is now in the frontier.
        NotCanonical => "not_canonical",
        /// A feed, a sitemap or another source: links, no record.
        Source => "source",
    }
}

reasons! {
    /// Why a page failed for good.
    DeadReason {
        /// 404.
        NotFound => "not_found",
        /// 410.
        Gone => "gone",
        /// 401, 402, 403, 407, 451.
        Forbidden => "forbidden",
        /// Another 4xx.
        ClientError => "client_error",
        /// A status that no rule covers.
        UnexpectedStatus => "unexpected_status",
        /// Retried as often as allowed; the last failure is in the log.
        RetriesExhausted => "retries_exhausted",
        /// More redirects than allowed.
        TooManyRedirects => "too_many_redirects",
        /// A redirect back to an address of the same chain.
        RedirectLoop => "redirect_loop",
        /// A redirect without a usable target.
        BadRedirect => "bad_redirect",
        /// A redirect to an address that the profile, robots.txt or the site's bounds refuse.
        RedirectRefused => "redirect_refused",
        /// The address guard refused where the name resolves to.
        AddressRefused => "address_refused",
        /// The host has no address.
        NoSuchHost => "no_such_host",
        /// TLS failed.
        Tls => "tls",
        /// The body is longer than the limit.
        BodyTooLarge => "body_too_large",
        /// The body inflates beyond the limit.
        InflatedTooLarge => "inflated_too_large",
        /// The compressed body is damaged, or in an encoding that we did not ask for.
        BadEncoding => "bad_encoding",
        /// Headers beyond the limit or not HTTP.
        BadResponse => "bad_response",
        /// Not a type that can hold an article.
        ContentType => "content_type",
        /// The body is empty.
        EmptyBody => "empty_body",
        /// The body is not text, whatever its type says.
        Binary => "binary",
        /// Each time something else came in its place: a block page, a captcha, a wall.
        NoContent => "no_content",
        /// A feed or sitemap that cannot be read.
        Malformed => "malformed",
        /// A file that cannot be read.
        Unreadable => "unreadable",
    }
}

impl DeadReason {
    /// Whether the host is at fault: it could not be reached, or did not answer as servers do. A page that is not there is none.
    #[must_use]
    pub const fn is_of_host(self) -> bool {
        matches!(
            self,
            Self::Forbidden
                | Self::RetriesExhausted
                | Self::AddressRefused
                | Self::NoSuchHost
                | Self::Tls
                | Self::BadEncoding
                | Self::BadResponse
        )
    }
}

reasons! {
    /// Why a page is tried again later.
    RetryReason {
        /// 429.
        TooManyRequests => "too_many_requests",
        /// 503 or another 5xx.
        ServerError => "server_error",
        /// No answer in time.
        Timeout => "timeout",
        /// The connection could not be made.
        Connect => "connect",
        /// The connection broke.
        Broken => "broken",
        /// The name could not be resolved for now.
        Dns => "dns",
        /// 401, 403 and the like, for the first time.
        Refused => "refused",
        /// robots.txt could not be had, so nothing may be fetched.
        RobotsUnavailable => "robots_unavailable",
        /// A page that stops visitors, though its status says 200.
        BlockPage => "block_page",
        /// A captcha in place of the page.
        Captcha => "captcha",
        /// A question for consent in place of the page.
        ConsentWall => "consent_wall",
        /// Only who signs in sees the page.
        LoginWall => "login_wall",
        /// A page that says that there is none, though its status says 200.
        SoftNotFound => "soft_not_found",
        /// The same few undated words as at another address of the host: its stock answer, most likely.
        StockAnswer => "stock_answer",
    }
}

reasons! {
    /// Why a record of an archive gave no page.
    ArchiveReason {
        /// The record ends before its length says, as where a download or a crawl was cut off.
        Truncated => "truncated",
        /// Its compressed data are damaged.
        Damaged => "damaged",
        /// It has no header of a WARC record, or one without what must be in it.
        BadHeader => "bad_header",
        /// Its length is not what its header says.
        BadLength => "bad_length",
        /// Longer than is read.
        TooLarge => "too_large",
        /// It says that it is an HTTP response, and is none.
        NotHttp => "not_http",
        /// Its payload cannot be decoded.
        BadEncoding => "bad_encoding",
        /// It refers to an earlier capture that is in none of the files given.
        Unresolved => "unresolved",
        /// A status other than 200: a redirect, an error.
        Status => "status",
        /// Not a type that can hold an article.
        ContentType => "content_type",
        /// Not a page of the web: a DNS answer, say.
        Scheme => "scheme",
        /// The payload is empty.
        EmptyBody => "empty_body",
        /// The payload is not text, whatever its type says.
        Binary => "binary",
    }
}

impl ArchiveReason {
    /// Whether something is wrong with the archive, rather than the record being none of a page.
    #[must_use]
    pub const fn is_fault(self) -> bool {
        match self {
            Self::Truncated
            | Self::Damaged
            | Self::BadHeader
            | Self::BadLength
            | Self::TooLarge
            | Self::NotHttp
            | Self::BadEncoding
            | Self::Unresolved => true,
            Self::Status | Self::ContentType | Self::Scheme | Self::EmptyBody | Self::Binary => false,
        }
    }
}

impl RetryReason {
    /// Whether it says something of the page alone: the host answered as it should.
    #[must_use]
    pub const fn is_of_page(self) -> bool {
        match self {
            Self::ConsentWall | Self::LoginWall | Self::SoftNotFound | Self::StockAnswer => true,
            Self::TooManyRequests
            | Self::ServerError
            | Self::Timeout
            | Self::Connect
            | Self::Broken
            | Self::Dns
            | Self::Refused
            | Self::RobotsUnavailable
            | Self::BlockPage
            | Self::Captcha => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_agree_with_serde() {
        for &reason in SkipReason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
            assert_eq!(SkipReason::from_name(reason.as_str()), Some(reason));
        }
        for &reason in DeadReason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
        }
        for &reason in RetryReason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
        }
        for &reason in ArchiveReason::ALL {
            assert_eq!(serde_json::to_string(&reason).unwrap(), format!("\"{reason}\""));
        }
    }
}
