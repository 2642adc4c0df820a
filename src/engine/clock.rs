//! The time of a run.

use jiff::{SignedDuration, Timestamp};

/// The time of a run: the system's, moved by a span that is fixed when the run begins. Whoever wants to see what becomes of a
/// site in a year runs twice, the second time ahead by a year.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Clock {
    ahead: SignedDuration,
}

impl Clock {
    /// The system's time.
    #[must_use]
    pub const fn system() -> Self {
        Self { ahead: SignedDuration::ZERO }
    }

    /// The system's time, and so much more.
    #[must_use]
    pub const fn ahead(by: SignedDuration) -> Self {
        Self { ahead: by }
    }

    /// The present.
    #[must_use]
    pub fn now(self) -> Timestamp {
        self.of(Timestamp::now())
    }

    /// What this clock shows at a time of the system.
    pub(super) fn of(self, system: Timestamp) -> Timestamp {
        system.saturating_add(self.ahead).unwrap_or(system)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_ahead_by_as_much_as_asked_for() {
        let year = SignedDuration::from_hours(24 * 365);
        let system = Timestamp::UNIX_EPOCH;
        assert_eq!(Clock::system().of(system), system);
        assert_eq!(Clock::ahead(year).of(system).as_second(), 31_536_000);
        assert_eq!(Clock::ahead(SignedDuration::MAX).of(Timestamp::MAX), Timestamp::MAX);
    }
}
