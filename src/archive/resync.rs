//! Finding the next record behind damage.

use std::io::{self, Read};

use flate2::bufread::GzDecoder;
use memchr::memchr3;

use super::reader::{GZIP, ZSTD};
use super::source::Source;

/// What a record begins with, decompressed.
const START: &[u8] = b"WARC/";
/// Compressed bytes that are enough to see whether they become a record's first ones.
const LOOK: usize = 4 << 10;
/// Bytes that may be read again for each byte that was read once, beside the first megabytes: so a file made for that purpose
/// cannot make reading quadratic.
const AGAIN: u64 = 2;
const AGAIN_FREE: u64 = 64 << 20;

/// Where to look from: right behind the beginning of what was damaged, or, where that happened too often, behind what was read of
/// it.
pub(super) fn place(from: u64, read_to: u64, again: &mut u64) -> u64 {
    let step = read_to.saturating_sub(from);
    if *again + step > AGAIN_FREE + read_to.saturating_mul(AGAIN) {
        return read_to;
    }
    *again += step;
    from
}

/// Goes to the next place at which a record seems to begin; false where there is none.
pub(super) fn find(source: &mut Source) -> io::Result<bool> {
    let mut line_start = false;
    loop {
        let here = source.peek(LOOK)?;
        if here.is_empty() {
            return Ok(false);
        }
        // Only what has enough behind it is looked at, unless the end is near.
        let bound = if here.len() < LOOK { here.len() } else { here.len() - LOOK + 1 };
        let mut at = 0;
        let mut found = None;
        while at < bound {
            let Some(next) = memchr3(GZIP[0], ZSTD[0], START[0], &here[at..bound]) else { break };
            at += next;
            let rest = &here[at..];
            let begins_line = if at == 0 { line_start } else { here[at - 1] == b'\n' };
            if begins(rest, begins_line) {
                found = Some(at);
                break;
            }
            at += 1;
        }
        let step = found.unwrap_or(bound);
        line_start = step > 0 && here[step - 1] == b'\n';
        let position = source.position();
        source.seek(position + step as u64)?;
        if found.is_some() {
            return Ok(true);
        }
    }
}

/// Whether a record begins here, as far as can be seen.
fn begins(bytes: &[u8], begins_line: bool) -> bool {
    let window = &bytes[..bytes.len().min(LOOK)];
    if window.starts_with(&GZIP) {
        return starts_record(GzDecoder::new(window));
    }
    if window.starts_with(&ZSTD) {
        // With a dictionary it cannot be seen from here; four bytes that agree are rarely by chance.
        return true;
    }
    begins_line && (window.starts_with(b"WARC/1.") || window.starts_with(b"WARC/0."))
}

fn starts_record(mut decoder: impl Read) -> bool {
    let mut start = [0; START.len()];
    decoder.read_exact(&mut start).is_ok() && start == START
}
