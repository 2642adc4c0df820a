//! `Retry-After` ([RFC 9110, section 10.2.3](https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3)).

use std::time::{Duration, UNIX_EPOCH};

use jiff::Timestamp;

/// The wait that a `Retry-After` asks for, counted from `now`: seconds, or a date in any of the three forms of HTTP.
/// A date in the past asks for none; what is neither says nothing. Not clamped: the [`Pacer`](super::Pacer) does that.
#[must_use]
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) {
        // More digits than fit still mean "very long".
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let date = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = u64::try_from(now.as_second()).unwrap_or(0);
    Some(Duration::from_secs(date.as_secs().saturating_sub(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(value: &str) -> Option<u64> {
        let now: Timestamp = "2025-03-04T10:00:00Z".parse().unwrap();
        parse_retry_after(value, now).map(|d| d.as_secs())
    }

    #[test]
    fn seconds_dates_and_garbage() {
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 0 "), Some(0));
        assert_eq!(wait("99999999999999999999999"), Some(u64::from(u32::MAX)));
        assert_eq!(wait("Tue, 04 Mar 2025 10:01:30 GMT"), Some(90));
        assert_eq!(wait("Tuesday, 04-Mar-25 10:01:30 GMT"), Some(90), "RFC 850");
        assert_eq!(wait("Tue Mar  4 10:01:30 2025"), Some(90), "asctime");
        assert_eq!(wait("Tue, 04 Mar 2025 09:00:00 GMT"), Some(0), "past");
        for garbage in ["", "-5", "1.5", "soon", "12 apples", "Tue, 99 Foo 2025", "१२"] {
            assert_eq!(wait(garbage), None, "{garbage:?}");
        }
    }
}
