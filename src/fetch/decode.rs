//! Content encodings: `gzip`, `br`, `zstd`, `deflate` (zlib, as it should be, and raw, as some send it), also chained.
//!
//! Output is made piece by piece and counted, so that a bomb never occupies more than the limit; of each stage of a chain
//! only a window is in memory, and their number is bounded.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

/// Encodings in a chain.
const MAX_CHAIN: usize = 3;
/// Bytes a stage hands on at a time.
const PIECE: usize = 16 << 10;
/// The largest zstd window: 8 MiB, as RFC 9659 sets for HTTP.
const ZSTD_WINDOW_LOG: u32 = 23;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// One content encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    Gzip,
    Brotli,
    Zstd,
    Deflate,
}

/// Why a body could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// An encoding that we did not ask for, or too many of them.
    #[error("Content-Encoding {0:?} is not one that we asked for")]
    Unknown(String),
    /// The compressed data are damaged or cut off.
    #[error("the {0:?}-compressed body is damaged")]
    Damaged(String, #[source] io::Error),
    /// It inflates beyond the limit.
    #[error("the body inflates beyond {0} bytes")]
    TooLarge(u64),
}

/// What happens at the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overflow {
    /// It is an error.
    Fail,
    /// What fits is kept, also when what follows is damaged.
    Cut,
}

/// The encodings that the `Content-Encoding` headers name, in the order they were applied. Names that some servers
/// send to say "none" are left out.
pub(crate) fn parse_encodings<'a>(headers: impl Iterator<Item = &'a str>) -> Result<Vec<Encoding>, DecodeError> {
    let mut chain = Vec::new();
    for name in headers.flat_map(|header| header.split(',')) {
        let name = name.trim().to_ascii_lowercase();
        chain.push(match name.as_str() {
            "gzip" | "x-gzip" => Encoding::Gzip,
            "br" => Encoding::Brotli,
            "zstd" => Encoding::Zstd,
            "deflate" => Encoding::Deflate,
            "" | "identity" | "none" | "binary" | "8bit" | "utf-8" | "utf8" => continue,
            _ => return Err(DecodeError::Unknown(name.chars().take(100).collect())),
        });
        if chain.len() > MAX_CHAIN {
            return Err(DecodeError::Unknown(format!("{chain:?}")));
        }
    }
    Ok(chain)
}

/// Undoes the encodings. An empty body stays empty: servers send the header without a body, too.
pub(crate) fn decode(
    wire: Vec<u8>,
    chain: &[Encoding],
    limit: u64,
    overflow: Overflow,
) -> Result<Vec<u8>, DecodeError> {
    if wire.is_empty() || chain.is_empty() {
        return cut(wire, limit, overflow);
    }
    let damaged = |source| DecodeError::Damaged(format!("{chain:?}"), source);
    let mut reader: Box<dyn BufRead + '_> = Box::new(wire.as_slice());
    for encoding in chain.iter().rev() {
        reader = Box::new(BufReader::with_capacity(PIECE, stage(*encoding, reader).map_err(damaged)?));
    }
    let mut out = Vec::with_capacity(wire.len().saturating_mul(4).min(usize::try_from(limit).unwrap_or(usize::MAX)));
    loop {
        let piece = match reader.fill_buf() {
            Ok([]) => return Ok(out),
            Ok(piece) => piece,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) if overflow == Overflow::Cut && !out.is_empty() => return Ok(out),
            Err(error) => return Err(damaged(error)),
        };
        let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(out.len());
        if piece.len() > room {
            out.extend_from_slice(piece.get(..room).unwrap_or_default());
            return cut_end(out, limit, overflow);
        }
        out.extend_from_slice(piece);
        let taken = piece.len();
        reader.consume(taken);
    }
}

/// Inflates a gzip file (a sitemap, say); what is none comes back as it is.
///
/// # Errors
/// When it is damaged, or inflates beyond `limit`.
pub fn gunzip(bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>, DecodeError> {
    if bytes.starts_with(&GZIP_MAGIC) { decode(bytes, &[Encoding::Gzip], limit, Overflow::Fail) } else { Ok(bytes) }
}

fn cut(mut body: Vec<u8>, limit: u64, overflow: Overflow) -> Result<Vec<u8>, DecodeError> {
    match usize::try_from(limit) {
        Ok(limit_here) if body.len() > limit_here => {
            body.truncate(limit_here);
            cut_end(body, limit, overflow)
        }
        _ => Ok(body),
    }
}

fn cut_end(out: Vec<u8>, limit: u64, overflow: Overflow) -> Result<Vec<u8>, DecodeError> {
    match overflow {
        Overflow::Cut => Ok(out),
        Overflow::Fail => Err(DecodeError::TooLarge(limit)),
    }
}

fn stage<'a>(encoding: Encoding, mut input: Box<dyn BufRead + 'a>) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match encoding {
        Encoding::Gzip => Box::new(GzipMembers(Some(GzDecoder::new(input)))),
        Encoding::Brotli => Box::new(brotli::Decompressor::new(input, PIECE)),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG)?;
            Box::new(decoder)
        }
        Encoding::Deflate => match input.fill_buf()? {
            // RFC 1950: method 8, and a check sum over the first two bytes.
            [cmf, flags, ..] if cmf & 15 == 8 && (u16::from(*cmf) << 8 | u16::from(*flags)) % 31 == 0 => {
                Box::new(ZlibDecoder::new(input))
            }
            _ => Box::new(DeflateDecoder::new(input)),
        },
    })
}

/// The members of a gzip stream, one after the other. Padding behind the last, which some servers send, is left alone.
struct GzipMembers<'a>(Option<GzDecoder<Box<dyn BufRead + 'a>>>);

impl Read for GzipMembers<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.0 {
            let read = member.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            let Some(done) = self.0.take() else { break };
            let mut rest = done.into_inner();
            if rest.fill_buf()?.starts_with(&GZIP_MAGIC) {
                self.0 = Some(GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use Encoding::{Brotli, Deflate, Gzip, Zstd};

    fn encode(encoding: Encoding, data: &[u8]) -> Vec<u8> {
        let level = flate2::Compression::default();
        match encoding {
            Gzip => {
                let mut w = flate2::write::GzEncoder::new(Vec::new(), level);
                w.write_all(data).unwrap();
                w.finish().unwrap()
            }
            Deflate => {
                let mut w = flate2::write::ZlibEncoder::new(Vec::new(), level);
                w.write_all(data).unwrap();
                w.finish().unwrap()
            }
            Brotli => {
                let mut out = Vec::new();
                brotli::CompressorWriter::new(&mut out, 4_096, 5, 22).write_all(data).unwrap();
                out
            }
            Zstd => zstd::encode_all(data, 3).unwrap(),
        }
    }

    fn page() -> Vec<u8> {
        (0..20_000).flat_map(|n: u32| format!("<p>Absatz {}</p>", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
    }

    #[test]
    fn each_encoding_and_chains() {
        let page = page();
        for encoding in [Gzip, Deflate, Brotli, Zstd] {
            let wire = encode(encoding, &page);
            assert_eq!(decode(wire, &[encoding], 1 << 20, Overflow::Fail).unwrap(), page, "{encoding:?}");
        }
        let wire = encode(Gzip, &encode(Brotli, &encode(Zstd, &page)));
        assert_eq!(decode(wire, &[Zstd, Brotli, Gzip], 1 << 20, Overflow::Fail).unwrap(), page);
        let mut raw = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        raw.write_all(&page).unwrap();
        assert_eq!(decode(raw.finish().unwrap(), &[Deflate], 1 << 20, Overflow::Fail).unwrap(), page, "raw deflate");
        let members = [encode(Gzip, b"eins"), encode(Gzip, b"zwei"), vec![0; 8]].concat();
        assert_eq!(decode(members, &[Gzip], 100, Overflow::Fail).unwrap(), b"einszwei");
        assert_eq!(decode(Vec::new(), &[Gzip], 100, Overflow::Fail).unwrap(), b"");
    }

    #[test]
    fn damage_is_seen() {
        let page = page();
        for encoding in [Gzip, Deflate, Brotli, Zstd] {
            let wire = encode(encoding, &page);
            let truncated = wire[..wire.len() / 2].to_vec();
            let fail = |wire| decode(wire, &[encoding], 1 << 20, Overflow::Fail);
            assert!(matches!(fail(truncated.clone()), Err(DecodeError::Damaged(..))), "{encoding:?} cut off");
            let garbage = b"<html>kein Archiv, nur Text, der sich dafuer ausgibt</html>".to_vec();
            assert!(matches!(fail(garbage), Err(DecodeError::Damaged(..))), "{encoding:?} garbage");
            let kept = decode(truncated, &[encoding], 1 << 20, Overflow::Cut).unwrap();
            assert!(!kept.is_empty() && page.starts_with(&kept), "{encoding:?}: what came before the damage is kept");
        }
    }

    #[test]
    fn bombs_stop_at_the_limit() {
        let zeros = vec![0; 32 << 20];
        for encoding in [Gzip, Deflate, Brotli, Zstd] {
            let wire = encode(encoding, &zeros);
            assert!(wire.len() < 200_000);
            let fail = decode(wire.clone(), &[encoding], 1 << 20, Overflow::Fail);
            assert!(matches!(fail, Err(DecodeError::TooLarge(_))), "{encoding:?}");
            assert_eq!(decode(wire, &[encoding], 1 << 20, Overflow::Cut).unwrap().len(), 1 << 20);
        }
        let nested = encode(Gzip, &encode(Gzip, &zeros));
        assert!(matches!(decode(nested, &[Gzip, Gzip], 1 << 20, Overflow::Fail), Err(DecodeError::TooLarge(_))));
        assert!(matches!(decode(vec![0; 11], &[], 10, Overflow::Fail), Err(DecodeError::TooLarge(10))));
        assert_eq!(decode(vec![0; 10], &[], 10, Overflow::Fail).unwrap().len(), 10);
    }

    #[test]
    fn header_values() {
        let parse = |headers: &[&'static str]| parse_encodings(headers.iter().copied());
        assert_eq!(parse(&["gzip"]).unwrap(), [Gzip]);
        assert_eq!(parse(&["deflate, X-GZIP", "br"]).unwrap(), [Deflate, Gzip, Brotli]);
        assert_eq!(parse(&["identity", "", "utf-8"]).unwrap(), []);
        assert!(matches!(parse(&["compress"]), Err(DecodeError::Unknown(name)) if name == "compress"));
        assert!(matches!(parse(&["gzip, gzip, gzip, gzip"]), Err(DecodeError::Unknown(_))));
    }

    #[test]
    fn gzip_files() {
        assert_eq!(gunzip(encode(Gzip, b"<urlset/>"), 100).unwrap(), b"<urlset/>");
        assert_eq!(gunzip(b"<urlset/>".to_vec(), 100).unwrap(), b"<urlset/>");
        assert!(gunzip(encode(Gzip, &[7; 200]), 100).is_err());
    }
}
