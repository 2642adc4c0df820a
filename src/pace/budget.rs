//! How many requests a host gets in a run and in a day.

/// The most requests to a host; 0 means as many as there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// In a run.
    pub per_run: u64,
    /// In a day, over runs.
    pub per_day: u64,
}

/// Requests to a host so far. Days are numbers that only need to differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    run: u64,
    day: Option<i32>,
    today: u64,
}

/// Whether another request is within the budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It is.
    Some,
    /// Not in this run.
    NotInThisRun,
    /// Not on this day.
    NotToday,
}

impl Spent {
    /// What earlier runs of a day spent.
    #[must_use]
    pub fn before(day: i32, requests: u64) -> Self {
        Self { run: 0, day: Some(day), today: requests }
    }

    /// Counts a request.
    pub fn count(&mut self, day: i32) {
        self.run = self.run.saturating_add(1);
        if self.day != Some(day) {
            (self.day, self.today) = (Some(day), 0);
        }
        self.today = self.today.saturating_add(1);
    }
}

impl Budget {
    /// Whether there is a budget at all.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Whether another request is within the budget on this day.
    #[must_use]
    pub fn left(self, spent: &Spent, day: i32) -> Left {
        if self.per_run > 0 && spent.run >= self.per_run {
            Left::NotInThisRun
        } else if self.per_day > 0 && spent.day == Some(day) && spent.today >= self.per_day {
            Left::NotToday
        } else {
            Left::Some
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_days() {
        let budget = Budget { per_run: 3, per_day: 4 };
        let mut first = Spent::default();
        for _ in 0..3 {
            assert_eq!(budget.left(&first, 1), Left::Some);
            first.count(1);
        }
        assert_eq!(budget.left(&first, 1), Left::NotInThisRun);
        let mut second = Spent::before(1, 3);
        assert_eq!(budget.left(&second, 1), Left::Some);
        second.count(1);
        assert_eq!(budget.left(&second, 1), Left::NotToday);
        assert_eq!(budget.left(&second, 2), Left::Some, "another day");
        second.count(2);
        second.count(2);
        assert_eq!(budget.left(&second, 2), Left::NotInThisRun, "the run goes on over midnight");
        assert_eq!(second.today, 2);
    }

    #[test]
    fn none_means_as_many_as_there_are() {
        let mut spent = Spent::before(1, u64::MAX);
        spent.count(1);
        assert_eq!(Budget::default().left(&spent, 1), Left::Some);
        assert!(Budget::default().is_none() && !Budget { per_run: 1, per_day: 0 }.is_none());
    }
}
