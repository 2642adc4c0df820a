//! A share of the inputs, so that several machines can work on them.

use std::fmt;
use std::str::FromStr;

/// Share `number` of `of`: every `of`-th input, the first of them being the `number`-th.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) struct Shard {
    /// From 0.
    number: u64,
    of: u64,
}

impl Shard {
    /// Whether an input, counted from 0, belongs to it.
    pub(super) const fn has(self, input: u64) -> bool {
        input % self.of == self.number
    }
}

/// As it stands in names of files.
impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-of-{}", self.number + 1, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no share: write 1/4, 2/4, 3/4 or 4/4 for the four shares of four");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of): (u64, u64) = (number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if number == 0 || number > of {
            return Err(wrong());
        }
        Ok(Self { number: number - 1, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_together_are_the_whole() {
        let shards: Vec<Shard> = ["1/3", "2/3", "3/3"].iter().map(|text| text.parse().unwrap()).collect();
        for input in 0..20 {
            assert_eq!(shards.iter().filter(|shard| shard.has(input)).count(), 1);
        }
        assert_eq!(shards[1].to_string(), "2-of-3");
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
