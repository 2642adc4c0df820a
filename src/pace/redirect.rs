//! Where a redirect may lead.

use url::Url;

use crate::types::{DeadReason, without_credentials};

/// Why a redirect is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedirectFault {
    /// No `Location`.
    #[error("redirect without a target")]
    NoTarget,
    /// A `Location` that is no address, or has no host.
    #[error("redirect to something that is no address")]
    Invalid,
    /// A target of another scheme than `http` and `https`.
    #[error("redirect to a scheme other than http and https")]
    Scheme,
    /// A target longer than the limit.
    #[error("redirect to an address longer than the limit")]
    TooLong,
    /// A target that is already in the chain.
    #[error("redirect back to an address of the same chain")]
    Loop,
    /// A chain longer than the limit.
    #[error("more redirects than allowed")]
    TooMany,
}

impl RedirectFault {
    /// The reason as counted.
    #[must_use]
    pub const fn dead_reason(self) -> DeadReason {
        match self {
            Self::NoTarget | Self::Invalid | Self::Scheme | Self::TooLong => DeadReason::BadRedirect,
            Self::Loop => DeadReason::RedirectLoop,
            Self::TooMany => DeadReason::TooManyRedirects,
        }
    }
}

/// Judges one redirect: `hops` redirected to `from`, which answers with `location`; at most `max_hops` redirects in all,
/// targets of at most `max_len` bytes. The target comes without credentials; a fragment is kept as given, or taken over
/// from `from` (RFC 9110, section 10.2.2), and means nothing to loops. `https` to `http` is allowed.
///
/// # Errors
/// What is wrong with it.
pub fn judge_redirect(
    hops: &[Url],
    from: &Url,
    location: Option<&str>,
    max_hops: usize,
    max_len: usize,
) -> Result<Url, RedirectFault> {
    let location = location.map(str::trim).filter(|l| !l.is_empty()).ok_or(RedirectFault::NoTarget)?;
    if location.len() > max_len {
        return Err(RedirectFault::TooLong);
    }
    let mut to = from.join(location).map_err(|_| RedirectFault::Invalid)?;
    if !matches!(to.scheme(), "http" | "https") {
        return Err(RedirectFault::Scheme);
    }
    if to.host_str().is_none_or(str::is_empty) {
        return Err(RedirectFault::Invalid);
    }
    // Credentials in a redirect are an old phishing trick; we have none to send.
    to = without_credentials(to);
    if to.fragment().is_none() {
        to.set_fragment(from.fragment());
    }
    if to.as_str().len() > max_len {
        return Err(RedirectFault::TooLong);
    }
    if hops.iter().chain([from]).any(|seen| same_page(seen, &to)) {
        return Err(RedirectFault::Loop);
    }
    if hops.len() >= max_hops {
        return Err(RedirectFault::TooMany);
    }
    Ok(to)
}

fn same_page(a: &Url, b: &Url) -> bool {
    a[..url::Position::AfterQuery] == b[..url::Position::AfterQuery]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    fn judge(from: &str, location: &str) -> Result<String, RedirectFault> {
        judge_redirect(&[], &url(from), Some(location), 10, 200).map(|u| u.to_string())
    }

    #[test]
    fn targets() {
        let from = "https://example.org/a/b?x=1";
        assert_eq!(judge(from, "c").unwrap(), "https://example.org/a/c");
        assert_eq!(judge(from, "/c").unwrap(), "https://example.org/c");
        assert_eq!(judge(from, "//example.test/c").unwrap(), "https://example.test/c");
        assert_eq!(judge(from, "?y").unwrap(), "https://example.org/a/b?y");
        assert_eq!(judge(from, "http://example.org/").unwrap(), "http://example.org/", "downgrades happen");
        assert_eq!(judge(from, "https://me:secret@example.org/").unwrap(), "https://example.org/");
        assert_eq!(judge("https://example.org/a#top", "/c").unwrap(), "https://example.org/c#top");
        assert_eq!(judge("https://example.org/a#top", "/c#end").unwrap(), "https://example.org/c#end");
        for scheme in
            ["ftp://example.org/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "mailto:a@b"]
        {
            assert_eq!(judge(from, scheme), Err(RedirectFault::Scheme), "{scheme}");
        }
        assert_eq!(judge(from, "http://"), Err(RedirectFault::Invalid));
        assert_eq!(judge(from, "http://exa mple.org/"), Err(RedirectFault::Invalid));
        assert_eq!(judge(from, "  "), Err(RedirectFault::NoTarget));
        assert_eq!(judge(from, &"x".repeat(300)), Err(RedirectFault::TooLong));
        // Escaping can make it longer than it was.
        assert_eq!(judge(from, &"ä".repeat(90)), Err(RedirectFault::TooLong));
        assert_eq!(judge_redirect(&[], &url(from), None, 10, 200), Err(RedirectFault::NoTarget));
    }

    #[test]
    fn chains() {
        let hops = [url("http://example.org/1"), url("http://example.org/2")];
        let from = url("http://example.org/3");
        let judge = |to, max| judge_redirect(&hops, &from, Some(to), max, 200);
        assert!(judge("/4", 3).is_ok());
        assert_eq!(judge("/4", 2), Err(RedirectFault::TooMany));
        assert_eq!(judge("/1", 10), Err(RedirectFault::Loop));
        assert_eq!(judge("/3#x", 10), Err(RedirectFault::Loop), "to itself");
        assert!(judge("/1?", 10).is_ok(), "an empty query is another address");
    }
}
