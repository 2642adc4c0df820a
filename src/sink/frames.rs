//! Segments, compressed or not: each commit's lines are a frame of their own (a member of a gzip file, a frame of a zstd file), so
//! that a file cut at a commit is a whole file, and any `zcat` or `zstdcat` reads it.

use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use flate2::bufread::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};

use super::folder::FINISHED;

/// zstd's own default: twice the speed of gzip at a better ratio.
const ZSTD_LEVEL: i32 = 3;
/// Bytes read at a time where a file is looked through.
const CHUNK: usize = 1 << 16;

/// How segments are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// Not at all: `.jsonl`.
    #[default]
    None,
    /// RFC 1952: `.jsonl.gz`.
    Gzip,
    /// RFC 8878: `.jsonl.zst`.
    Zstd,
}

impl Compression {
    /// Every form.
    pub const ALL: [Self; 3] = [Self::None, Self::Gzip, Self::Zstd];

    /// The name used in options.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What a finished segment's name has after `.jsonl`.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// The form of a finished segment, by its name.
    pub(super) fn of(name: &str) -> Self {
        let of_name = |form: &Self| *form != Self::None && name.ends_with(form.suffix());
        Self::ALL.into_iter().find(of_name).unwrap_or_default()
    }

    /// Whether this is the end of a finished segment's name, from `.jsonl` on.
    pub(super) fn ends_a_name(end: &str) -> bool {
        end.strip_prefix(FINISHED).is_some_and(|end| Self::ALL.iter().any(|form| form.suffix() == end))
    }
}

/// Makes frames.
pub(super) enum Encoder {
    None,
    Gzip,
    /// The context is large, and used again and again.
    Zstd(zstd::bulk::Compressor<'static>),
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "None",
            Self::Gzip => "Gzip",
            Self::Zstd(_) => "Zstd",
        })
    }
}

impl Encoder {
    pub(super) fn new(compression: Compression) -> io::Result<Self> {
        Ok(match compression {
            Compression::None => Self::None,
            Compression::Gzip => Self::Gzip,
            Compression::Zstd => {
                let mut compressor = zstd::bulk::Compressor::new(ZSTD_LEVEL)?;
                compressor.include_checksum(true)?;
                Self::Zstd(compressor)
            }
        })
    }

    /// The lines as one frame.
    pub(super) fn frame<'a>(&mut self, lines: &'a [u8]) -> io::Result<Cow<'a, [u8]>> {
        Ok(match self {
            Self::None => Cow::Borrowed(lines),
            _ if lines.is_empty() => Cow::Borrowed(lines),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len() / 3), flate2::Compression::default());
                encoder.write_all(lines)?;
                Cow::Owned(encoder.finish()?)
            }
            Self::Zstd(compressor) => Cow::Owned(compressor.compress(lines)?),
        })
    }
}

/// Bytes of the whole frames that a file begins with, and the whole lines in them. What follows is torn.
pub(super) fn whole(path: &Path, compression: Compression) -> io::Result<(u64, u64)> {
    let mut reader = Counted { inner: BufReader::with_capacity(CHUNK, File::open(path)?), consumed: 0 };
    let (mut bytes, mut lines) = (0, 0);
    while !reader.fill_buf()?.is_empty() {
        let read = match compression {
            Compression::None => {
                let (whole, lines) = lines_of(&mut reader)?;
                return Ok((whole, lines));
            }
            Compression::Gzip => lines_of(&mut BufReader::with_capacity(CHUNK, GzDecoder::new(&mut reader))),
            Compression::Zstd => zstd::stream::read::Decoder::with_buffer(&mut reader)
                .map(zstd::stream::read::Decoder::single_frame)
                .and_then(|decoder| lines_of(&mut BufReader::with_capacity(CHUNK, decoder))),
        };
        // A frame that cannot be read is the torn one, and so is all that follows.
        let Ok((_, found)) = read else { break };
        lines += found;
        bytes = reader.consumed;
    }
    Ok((bytes, lines))
}

/// Bytes and number of the lines that end in a line feed.
fn lines_of(reader: &mut impl BufRead) -> io::Result<(u64, u64)> {
    let (mut bytes, mut whole, mut lines) = (0_u64, 0_u64, 0_u64);
    loop {
        let chunk = reader.fill_buf()?;
        if chunk.is_empty() {
            return Ok((whole, lines));
        }
        for at in memchr::memchr_iter(b'\n', chunk) {
            lines += 1;
            whole = bytes + at as u64 + 1;
        }
        let read = chunk.len();
        bytes += read as u64;
        reader.consume(read);
    }
}

/// Says how far a reader was read.
struct Counted<R> {
    inner: R,
    consumed: u64,
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(to)?;
        self.consumed += read as u64;
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.inner.fill_buf()
    }

    fn consume(&mut self, read: usize) {
        self.consumed += read as u64;
        self.inner.consume(read);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_cut_anywhere_keeps_the_frames_before_the_cut() {
        let dir = tempfile::tempdir().unwrap();
        for compression in Compression::ALL {
            let mut encoder = Encoder::new(compression).unwrap();
            let mut file = Vec::new();
            let mut ends = vec![(0, 0)];
            for frame in 1..=4_u64 {
                let lines = "{\"text\":\"Der Rat der Stadt Musterau\"}\n".repeat(usize::try_from(frame).unwrap());
                file.extend_from_slice(&encoder.frame(lines.as_bytes()).unwrap());
                ends.push((file.len() as u64, ends.last().unwrap().1 + frame));
            }
            let path = dir.path().join("cut");
            for cut in 0..=file.len() {
                std::fs::write(&path, &file[..cut]).unwrap();
                let found = whole(&path, compression).unwrap();
                if compression == Compression::None {
                    let lines = file[..cut].iter().filter(|byte| **byte == b'\n').count();
                    assert_eq!(found.1, lines as u64);
                } else {
                    let expected = ends.iter().rev().find(|(end, _)| *end <= cut as u64).unwrap();
                    assert_eq!(found, *expected, "{compression:?} cut at {cut} of {}", file.len());
                }
            }
        }
    }

    #[test]
    fn forms_by_name() {
        assert_eq!(Compression::of("a/articles-1.jsonl"), Compression::None);
        assert_eq!(Compression::of("a/articles-1.jsonl.gz"), Compression::Gzip);
        assert_eq!(Compression::of("a/articles-1.jsonl.zst"), Compression::Zstd);
        assert!(Compression::ends_a_name(".jsonl.gz") && !Compression::ends_a_name(".jsonl.part"));
        for form in Compression::ALL {
            assert_eq!(serde_json::to_value(form).unwrap(), form.as_str());
        }
    }
}
