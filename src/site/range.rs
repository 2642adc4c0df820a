//! Addresses that differ by a number or a date only.

use jiff::Span;
use jiff::civil::Date;

/// A range of numbers or dates in addresses, for backfilling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    /// An address with `{n}` for the number; or with `{yyyy}`, and where wanted `{mm}` and `{dd}`, for a date.
    pub template: String,
    /// The first number, or year.
    pub first: u64,
    /// The last number, or year.
    pub last: u64,
}

impl NumberRange {
    /// The addresses that it stands for, in order; of dated ones those that the days from `from` to `to` fall into.
    pub fn addresses(&self, from: Option<Date>, to: Option<Date>) -> Box<dyn Iterator<Item = String> + '_> {
        if self.template.contains("{n}") {
            return Box::new((self.first..=self.last).map(|n| self.template.replace("{n}", &n.to_string())));
        }
        let year = |n: u64, or: i16| i16::try_from(n).ok().filter(|year| (1..9999).contains(year)).unwrap_or(or);
        let day = |year: i16, first: bool| if first { Date::new(year, 1, 1) } else { Date::new(year, 12, 31) };
        let (first, last) = (day(year(self.first, 1), true), day(year(self.last, 9998), false));
        let (Ok(first), Ok(last)) = (first, last) else { return Box::new(std::iter::empty()) };
        let (begin, end) = (from.map_or(first, |from| from.max(first)), to.map_or(last, |to| to.min(last)));
        let step = match (self.template.contains("{dd}"), self.template.contains("{mm}")) {
            (true, _) => Span::new().days(1),
            (false, true) => Span::new().months(1),
            (false, false) => Span::new().years(1),
        };
        // From the beginning of the month or year, so that the last is not stepped over.
        let begin = match (self.template.contains("{dd}"), self.template.contains("{mm}")) {
            (true, _) => begin,
            (false, true) => begin.first_of_month(),
            (false, false) => begin.first_of_year(),
        };
        Box::new(begin.series(step).take_while(move |day| *day <= end).map(|day| {
            let address = self.template.replace("{yyyy}", &format!("{:04}", day.year()));
            address.replace("{mm}", &format!("{:02}", day.month())).replace("{dd}", &format!("{:02}", day.day()))
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(template: &str, first: u64, last: u64) -> NumberRange {
        NumberRange { template: template.to_owned(), first, last }
    }

    fn all(range: &NumberRange, from: &str, to: &str) -> Vec<String> {
        range.addresses(from.parse().ok(), to.parse().ok()).collect()
    }

    #[test]
    fn numbers_and_dates_stand_for_addresses() {
        assert_eq!(all(&range("/meldung_{n}", 8, 10), "", ""), ["/meldung_8", "/meldung_9", "/meldung_10"]);
        let months = range("/{yyyy}/{mm}/", 2001, 2003);
        assert_eq!(all(&months, "", "").len(), 36);
        assert_eq!(all(&months, "2001-11-30", "2002-01-01"), ["/2001/11/", "/2001/12/", "/2002/01/"]);
        let days = range("/{yyyy}-{mm}-{dd}", 2000, 2030);
        assert_eq!(all(&days, "2024-02-28", "2024-03-01"), ["/2024-02-28", "/2024-02-29", "/2024-03-01"]);
        assert_eq!(all(&range("/jahr/{yyyy}", 1999, 2001), "2000-05-05", ""), ["/jahr/2000", "/jahr/2001"]);
    }
}
