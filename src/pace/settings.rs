//! How fast a host may be asked.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How fast hosts are asked. Durations are written as `1s`, `500ms`, `2m`.
///
/// Everything that servers say (crawl-delay, `Retry-After`, errors, latency) can only slow this pace, never quicken it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaceSettings {
    /// Least time between the starts of two requests to a host. Default 1 s; 0 means as fast as the server answers.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub delay: Duration,
    /// Requests to a host at once. Default 1.
    pub per_host: u16,
    /// The delay is made longer by a random share of itself, up to this. Default 0.2; never shorter than the delay.
    pub jitter: f64,
    /// Adaptive part: the time between two starts is at least this many times the host's usual latency, so that with 2
    /// a host is busy with us at most half the time. Default 2; 0 turns it off; a delay of 0 turns it off too.
    pub latency_factor: f64,
    /// The adaptive part never asks for more than this. Default 30 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_adaptive_delay: Duration,
    /// How long a host rests after its first failure; doubles with each further one. Default 5 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub backoff: Duration,
    /// The longest rest after failures. Default 10 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_backoff: Duration,
    /// A `Retry-After` beyond this is cut to it. Default 24 h.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_retry_after: Duration,
    /// So many failures, those that successes made up for not counted, close the host for longer. Default 8.
    pub close_after: u8,
    /// How long a host is closed the first time; doubles with each time in a row, over runs. Default 30 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub close: Duration,
    /// The longest time that a host is closed. Default 24 h.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_close: Duration,
    /// So many refusals (403 and the like) in a row close the host. Default 10.
    pub refusals: u16,
    /// Whether hosts of one address share one pace: a machine is asked no faster because it has many names. Default true.
    pub share_address: bool,
    /// Requests to a host in a run, at most; 0 means as many as there are. Default 0.
    pub requests_per_run: u64,
    /// Requests to a host in a day, at most, counted over runs; 0 means as many as there are. The day is that of the profile's
    /// time zone, UTC without one. Default 0.
    pub requests_per_day: u64,
    /// Hosts whose state is kept at once. Default 65,536.
    pub max_hosts: usize,
}

impl Default for PaceSettings {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(1),
            per_host: 1,
            jitter: 0.2,
            latency_factor: 2.0,
            max_adaptive_delay: Duration::from_secs(30),
            backoff: Duration::from_secs(5),
            max_backoff: Duration::from_secs(600),
            max_retry_after: Duration::from_secs(86_400),
            close_after: 8,
            close: Duration::from_secs(1_800),
            max_close: Duration::from_secs(86_400),
            refusals: 10,
            share_address: true,
            requests_per_run: 0,
            requests_per_day: 0,
            max_hosts: 65_536,
        }
    }
}

impl PaceSettings {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// Names the first option that does not, and what it may be.
    pub fn validate(&self) -> Result<(), PaceSettingsError> {
        let share = |option, value: f64| {
            if value.is_finite() && (0.0..=100.0).contains(&value) {
                Ok(())
            } else {
                Err(PaceSettingsError { option, expected: "a number from 0 to 100" })
            }
        };
        share("jitter", self.jitter)?;
        share("latency_factor", self.latency_factor)?;
        let positive = |option, ok| if ok { Ok(()) } else { Err(PaceSettingsError { option, expected: "at least 1" }) };
        positive("per_host", self.per_host > 0)?;
        positive("refusals", self.refusals > 0)?;
        positive("close_after", self.close_after > 0)?;
        positive("max_hosts", self.max_hosts > 0)
    }
}

/// What a site's profile, or the command line, sets differently for a host.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PaceOverride {
    /// Instead of [`PaceSettings::delay`].
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::optional")]
    pub delay: Option<Duration>,
    /// Instead of [`PaceSettings::per_host`].
    pub per_host: Option<u16>,
}

/// An option that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("pace.{option}: expected {expected}")]
pub struct PaceSettingsError {
    /// The option's name.
    pub option: &'static str,
    /// What it may be.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_for_people_and_unknown_keys_are_refused() {
        let settings: PaceSettings = toml::from_str("delay = \"250ms\"\nper_host = 4\nmax_backoff = \"2m\"").unwrap();
        let expected = PaceSettings {
            delay: Duration::from_millis(250),
            per_host: 4,
            max_backoff: Duration::from_secs(120),
            ..PaceSettings::default()
        };
        assert_eq!(settings, expected);
        assert_eq!(toml::from_str::<PaceSettings>(&toml::to_string(&expected).unwrap()).unwrap(), expected);
        assert!(toml::from_str::<PaceSettings>("dealy = \"1s\"").unwrap_err().to_string().contains("dealy"));
        assert!(toml::from_str::<PaceSettings>("delay = \"-1s\"").is_err());
        let own: PaceOverride = toml::from_str("delay = \"0s\"").unwrap();
        assert_eq!(own, PaceOverride { delay: Some(Duration::ZERO), per_host: None });
    }

    #[test]
    fn numbers_that_make_no_sense() {
        let with = |change: fn(&mut PaceSettings)| {
            let mut settings = PaceSettings::default();
            change(&mut settings);
            settings.validate().map_err(|e| e.option)
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert_eq!(with(|s| s.jitter = -0.1), Err("jitter"));
        assert_eq!(with(|s| s.latency_factor = f64::NAN), Err("latency_factor"));
        assert_eq!(with(|s| s.per_host = 0), Err("per_host"));
        assert_eq!(with(|s| s.max_hosts = 0), Err("max_hosts"));
        assert_eq!(with(|s| s.close_after = 0), Err("close_after"));
    }
}
