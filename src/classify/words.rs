//! Words as hashes, for comparing texts by the words they share.

/// Puts hashes of the first `most` words of a text (runs of letters and digits, whatever their case) into a list.
pub(super) fn hashes(text: &str, most: usize, to: &mut Vec<u64>) {
    // As in FxHash: enough for words of one page, of which no one gains by a collision.
    let add = |hash: u64, c: u32| (hash.rotate_left(5) ^ u64::from(c)).wrapping_mul(0x517c_c1b7_2722_0a95);
    to.clear();
    let mut hash = 0;
    let mut inside = false;
    for c in text.chars() {
        if c.is_ascii_alphanumeric() {
            hash = add(hash, c.to_ascii_lowercase() as u32);
            inside = true;
        } else if !c.is_ascii() && c.is_alphanumeric() {
            hash = c.to_lowercase().fold(hash, |hash, c| add(hash, c as u32));
            inside = true;
        } else if inside {
            to.push(hash);
            (hash, inside) = (0, false);
            if to.len() >= most {
                return;
            }
        }
    }
    if inside {
        to.push(hash);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_same_in_any_case() {
        let of = |text| {
            let mut to = Vec::new();
            hashes(text, 4, &mut to);
            to
        };
        assert_eq!(of("Die ÄRZTE, 2024"), of("die ärzte – 2024."));
        assert_eq!(of("a b c d e").len(), 4);
        assert_ne!(of("ab"), of("ba"));
        assert!(of(" – ").is_empty());
    }
}
