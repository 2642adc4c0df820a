//! A span of days, for what is wanted of a site's history.

use std::str::FromStr;

use jiff::civil::Date;

/// The days from the first to the last, both within; open where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Window {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub to: Option<Date>,
}

/// The first and the last day of a day, month or year as people write it: `2014-10-27`, `2014-10`, `2014`.
///
/// # Errors
/// When it is none of them; the message says how to write it.
pub fn days_of(text: &str) -> Result<(Date, Date), String> {
    let wrong = || format!("`{text}` is no day: write 2014-10-27, 2014-10 or 2014");
    let first = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    let first = Date::from_str(&first).map_err(|_| wrong())?;
    let last = match text.len() {
        4 => first.last_of_year(),
        7 => first.last_of_month(),
        _ => first,
    };
    Ok((first, last))
}

impl Window {
    /// Whether a date lies within, as far as it is known: `2014`, `2014-10`, `2014-10-27`, with or without a time.
    #[must_use]
    pub fn has(&self, date: &str) -> bool {
        let day = date.get(..10).unwrap_or(date);
        let known = |bound: Date| bound.to_string().get(..day.len()).map(str::to_owned).unwrap_or_default();
        self.from.is_none_or(|from| day >= known(from).as_str()) && self.to.is_none_or(|to| day <= known(to).as_str())
    }

    /// Whether nothing is left out.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_lie_within_as_far_as_they_are_known() {
        let window = Window { from: Some(days_of("2014-03").unwrap().0), to: Some(days_of("2015").unwrap().1) };
        for within in ["2014-03-01", "2014-03", "2014", "2015-12-31T23:00:00Z", "2014-10-27"] {
            assert!(window.has(within), "{within}");
        }
        for out in ["2014-02-28", "2013", "2016-01-01", "2014-02"] {
            assert!(!window.has(out), "{out}");
        }
        assert!(Window::default().has("1999"));
        assert_eq!(days_of("2016-02").unwrap().1.to_string(), "2016-02-29");
        assert!(days_of("gestern").unwrap_err().contains("2014-10-27"));
    }
}
