//! Times of day behind a date: `14:30 Uhr`, `2.30 pm`, `T08:00:00+02:00`, with what says their zone.

use super::dates::Scanner;
use super::months::zone_of;

/// A time of the day, and minutes east of Greenwich where the zone is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Time {
    pub(super) hour: i32,
    pub(super) minute: i32,
    pub(super) second: i32,
    pub(super) zone: Option<i32>,
}

impl Time {
    pub(super) fn new(hour: i32, minute: i32, second: i32, zone: Option<i32>) -> Option<Self> {
        let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
        valid.then_some(Self { hour, minute, second: second.min(59), zone })
    }
}

impl Scanner<'_> {
    /// The time after a date, with what may stand between.
    pub(super) fn time_after(&self, at: usize) -> Option<(Time, usize)> {
        if self.byte(at).is_some_and(|byte| byte.eq_ignore_ascii_case(&b'T')) {
            return self.clock(at + 1).or_else(|| self.compact_clock(at + 1));
        }
        let mut at = self.spaces(at);
        for _ in 0..2 {
            match self.rest(at).chars().next() {
                Some(c @ (',' | '-' | '–' | '—' | '|' | '/' | '•' | '·' | '@' | '(' | ';' | '.' | ':')) => {
                    at = self.spaces(at + c.len_utf8());
                }
                _ => break,
            }
        }
        let (word, end) = self.word(at);
        if matches!(
            word.to_lowercase().as_str(),
            "um" | "at" | "à" | "alle" | "om" | "kl" | "las" | "às" | "ore" | "ab"
        ) {
            at = self.spaces(end);
        }
        self.clock(at)
    }

    /// `14:30`, `14:30:05.123+02:00`, `2:30 pm CET`, `14.30 Uhr`, `2 p.m.`, `14h30`.
    pub(super) fn clock(&self, start: usize) -> Option<(Time, usize)> {
        let hour = self.number(start).filter(|hour| hour.digits <= 2)?;
        let separator = self.byte(hour.end);
        let minute = match separator {
            Some(b':' | b'.' | b'h' | b'H') => self.number(hour.end + 1).filter(|minute| minute.digits == 2),
            _ => None,
        };
        let (mut end, mut second) = (minute.map_or(hour.end, |minute| minute.end), 0);
        if let Some(minute) = minute
            && separator == Some(b':')
            && self.byte(minute.end) == Some(b':')
            && let Some(found) = self.number(minute.end + 1).filter(|second| second.digits == 2)
        {
            (second, end) = (found.value, found.end);
            if matches!(self.byte(end), Some(b'.' | b',')) && self.byte(end + 1).is_some_and(|b| b.is_ascii_digit()) {
                end += 1;
                end += self.rest(end).bytes().take(12).take_while(u8::is_ascii_digit).count();
            }
        }
        let (hours, named) = match self.half_day(end) {
            Some((afternoon, after)) => {
                end = after;
                let hours = hour.value % 12 + if afternoon { 12 } else { 0 };
                ((1..=12).contains(&hour.value).then_some(hours)?, true)
            }
            None => (hour.value, false),
        };
        let (word, after_word) = self.word(self.spaces(end));
        let spoken = matches!(word, "Uhr" | "uhr" | "UHR");
        if spoken {
            end = after_word;
        }
        match (minute, separator) {
            (Some(_), Some(b':' | b'h' | b'H')) => {}
            (Some(_), _) | (None, _) if named || spoken => {}
            _ => return None,
        }
        let zone = self.zone(end);
        let time = Time::new(hours, minute.map_or(0, |minute| minute.value), second, zone.map(|(zone, _)| zone))?;
        Some((time, zone.map_or(end, |(_, end)| end)))
    }

    /// `080000`, `0800`, of the compact form.
    fn compact_clock(&self, start: usize) -> Option<(Time, usize)> {
        let number = self.number(start).filter(|number| number.digits == 4 || number.digits == 6)?;
        let value = if number.digits == 4 { number.value * 100 } else { number.value };
        let zone = self.zone(number.end);
        let time = Time::new(value / 10_000, value / 100 % 100, value % 100, zone.map(|(zone, _)| zone))?;
        Some((time, zone.map_or(number.end, |(_, end)| end)))
    }

    /// `am`, `p.m.`: whether it is the afternoon.
    fn half_day(&self, at: usize) -> Option<(bool, usize)> {
        let at = self.spaces(at);
        let bytes = [0, 1, 2, 3].map(|n| self.byte(at + n).unwrap_or(b' ').to_ascii_lowercase());
        let afternoon = match bytes[0] {
            b'a' => false,
            b'p' => true,
            _ => return None,
        };
        let end = match bytes {
            [_, b'.', b'm', b'.'] => at + 4,
            [_, b'.', b'm', _] => at + 3,
            [_, b'm', _, _] => at + 2,
            _ => return None,
        };
        self.byte(end).is_none_or(|byte| !byte.is_ascii_alphanumeric()).then_some((afternoon, end))
    }

    /// `Z`, `+02:00`, `+0200`, `GMT+0100`, `CET`, after at most a space.
    fn zone(&self, at: usize) -> Option<(i32, usize)> {
        let spaced = self.spaces(at);
        let named_at = if self.byte(spaced) == Some(b'(') { spaced + 1 } else { spaced };
        let (word, end) = self.word(named_at);
        if !word.is_empty() && (2..=4).contains(&word.len()) || word.eq_ignore_ascii_case("z") {
            let base = zone_of(word)?;
            let offset = if base == 0 && !word.eq_ignore_ascii_case("z") { self.offset(end) } else { None };
            return Some(offset.unwrap_or((base, end)));
        }
        self.offset(spaced)
    }

    fn offset(&self, at: usize) -> Option<(i32, usize)> {
        let (sign, length) = match self.rest(at).chars().next()? {
            '+' => (1, 1),
            '-' => (-1, 1),
            '−' => (-1, '−'.len_utf8()),
            _ => return None,
        };
        let hours = self.number(at + length)?;
        let (minutes, end) = match hours.digits {
            4 => (hours.value / 100 * 60 + hours.value % 100, hours.end),
            2 if self.byte(hours.end) == Some(b':') => {
                let minutes = self.number(hours.end + 1).filter(|minutes| minutes.digits == 2)?;
                (hours.value * 60 + minutes.value, minutes.end)
            }
            1 | 2 if at > 0 => (hours.value * 60, hours.end),
            _ => return None,
        };
        (minutes <= 14 * 60).then_some((sign * minutes, end))
    }
}
