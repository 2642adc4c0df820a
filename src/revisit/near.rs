//! Simhashes that are near one another.
//!
//! Two hashes of 64 bits that differ in at most three lie, cut into five blocks, alike in at least two of them. So whoever stores a hash
//! under each of its ten pairs of blocks finds all near ones by ten exact look-ups (Manku, Jain, Das Sarma, "Detecting Near-Duplicates
//! for Web Crawling", WWW 2007). A key holds 25 or 26 bits of the hash: of ten million hashes, a third falls on each by chance.

/// Hashes that differ in at most so many bits are near.
pub const NEAR: u32 = 3;

/// Where the blocks begin, and the end of the last.
const BLOCKS: [u32; 6] = [0, 13, 26, 39, 52, 64];

/// The bits in which two hashes differ.
#[must_use]
pub const fn distance(one: u64, other: u64) -> u32 {
    (one ^ other).count_ones()
}

/// The hash of a record's `simhash`.
#[must_use]
pub fn simhash_bits(written: &str) -> Option<u64> {
    u64::from_str_radix(written, 16).ok()
}

/// The keys under which a hash is stored and looked for. Two hashes within [`NEAR`] share at least one.
#[must_use]
pub fn near_keys(hash: u64) -> [i64; 10] {
    let block = |n: usize| {
        let (from, to) = (BLOCKS.get(n).copied().unwrap_or(0), BLOCKS.get(n + 1).copied().unwrap_or(64));
        (hash >> from) & ((1 << (to - from)) - 1)
    };
    let pairs = (0..5).flat_map(|one| (one + 1..5).map(move |other| (one, other)));
    let mut keys = [0; 10];
    for ((key, pair), (one, other)) in keys.iter_mut().zip(0_u64..).zip(pairs) {
        *key = i64::try_from((pair << 32) | (block(one) << 16) | block(other)).unwrap_or(0);
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_near_shares_a_key_whatever_bits_differ() {
        let mut rng = fastrand::Rng::with_seed(3);
        for _ in 0..20 {
            let hash = rng.u64(..);
            let keys = near_keys(hash);
            for (a, b, c) in (0..64).flat_map(|a| (a..64).flat_map(move |b| (b..64).map(move |c| (a, b, c)))) {
                let near = hash ^ (1 << a) ^ (1 << b) ^ (1 << c);
                assert!(distance(hash, near) <= NEAR);
                assert!(near_keys(near).iter().any(|key| keys.contains(key)), "{hash:x} {near:x}");
            }
        }
    }

    #[test]
    fn what_is_far_shares_a_key_by_rare_chance_only() {
        let mut rng = fastrand::Rng::with_seed(4);
        let keys = near_keys(rng.u64(..));
        assert_eq!(keys.iter().collect::<std::collections::BTreeSet<_>>().len(), 10);
        let shared = (0..200_000).filter(|_| near_keys(rng.u64(..)).iter().any(|key| keys.contains(key))).count();
        assert!(shared <= 2, "{shared} of 200,000");
    }

    #[test]
    fn a_written_hash_is_read() {
        assert_eq!(simhash_bits("00000000000000ff"), Some(255));
        assert_eq!(simhash_bits("kein"), None);
    }
}
