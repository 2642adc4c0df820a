//! Saved pages: from a path to a [`Fetched`], and from that to a record.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::time::SystemTime;

use auslese::classify::Sketch;
use auslese::extract::{Extractor, Unfit};
use auslese::parse::InputFormat;
use auslese::types::{DeadReason, Fetched, Origin, Via, without_credentials};
use flate2::bufread::MultiGzDecoder;
use jiff::Timestamp;
use url::Url;

use super::CliError;
use super::sites::{self, SitesArgs};

/// Bytes of a saved page, inflated: more is refused rather than cut.
const MAX_PAGE: u64 = 64 << 20;

/// What turns saved pages into records. `site` names the profile to use whatever the address.
pub(super) fn extractor(profiles: &SitesArgs, site: Option<&str>, format: InputFormat) -> Result<Extractor, CliError> {
    let sites = profiles.load()?;
    let site = site.map(|name| sites::by_name(&sites, name)).transpose()?;
    Ok(Extractor::new(sites, site, format))
}

/// What recurs on the pages of a site, from a file that `auslese learn` wrote.
pub(super) fn sketch(path: &Path) -> Result<Sketch, CliError> {
    let wrong = |error: String| CliError::Usage(format!("--sketch {}: {error}", path.display()));
    let json = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    Sketch::from_json(&json).map_err(|error| wrong(error.to_string()))
}

/// Reads a saved page, or stdin for `-`. `label` is the path as the user or the manifest gives it.
pub(super) fn read(path: &Path, label: &str, url: Option<&Url>) -> Result<Fetched, Unfit> {
    let unreadable =
        |error: io::Error| Unfit::Dead { reason: DeadReason::Unreadable, detail: format!("cannot be read: {error}") };
    let (body, modified) = if label == "-" {
        (read_bounded(&mut io::stdin().lock())?, SystemTime::now())
    } else {
        let file = File::open(path).map_err(unreadable)?;
        let meta = file.metadata().map_err(unreadable)?;
        if meta.is_dir() {
            return Err(unreadable(io::ErrorKind::IsADirectory.into()));
        }
        (read_bounded(&mut BufReader::new(file))?, meta.modified().unwrap_or_else(|_| SystemTime::now()))
    };
    let address = url.cloned().map(without_credentials).or_else(|| address_of(label)).ok_or_else(|| Unfit::Dead {
        reason: DeadReason::Unreadable,
        detail: "the path cannot be written as an address".to_owned(),
    })?;
    Ok(Fetched {
        requested: address.clone(),
        final_url: address,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body,
        fetched_at: Timestamp::try_from(modified).unwrap_or(Timestamp::UNIX_EPOCH),
        origin: Origin::File { path: label.to_owned() },
        via: Via::File,
    })
}

/// A file's address as given: relative paths stay relative to where they were named, so that records do not tell where
/// on a machine they were made.
fn address_of(label: &str) -> Option<Url> {
    let mut url = Url::parse("file:///").ok()?;
    url.set_path(label.strip_prefix("./").unwrap_or(label));
    Some(url)
}

/// The bytes, inflated where they are gzip, whatever the file's name says.
fn read_bounded(from: &mut dyn io::BufRead) -> Result<Vec<u8>, Unfit> {
    let dead = |reason: DeadReason, detail: String| Unfit::Dead { reason, detail };
    let head = from.fill_buf().map_err(|error| dead(DeadReason::Unreadable, format!("cannot be read: {error}")))?;
    let gzip = head.starts_with(&[0x1f, 0x8b]);
    let mut body = Vec::new();
    let done = if gzip {
        MultiGzDecoder::new(from).take(MAX_PAGE + 1).read_to_end(&mut body)
    } else {
        from.take(MAX_PAGE + 1).read_to_end(&mut body)
    };
    match done {
        _ if body.len() as u64 > MAX_PAGE => {
            let reason = if gzip { DeadReason::InflatedTooLarge } else { DeadReason::BodyTooLarge };
            let how = if gzip { "inflates to" } else { "has" };
            Err(dead(reason, format!("{how} more than {} MiB", MAX_PAGE >> 20)))
        }
        Err(error) if gzip => Err(dead(DeadReason::BadEncoding, format!("damaged gzip: {error}"))),
        Err(error) => Err(dead(DeadReason::Unreadable, format!("cannot be read: {error}"))),
        Ok(_) => Ok(body),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn gzip(body: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    }

    fn reason(body: &[u8]) -> DeadReason {
        match read_bounded(&mut &body[..]) {
            Err(Unfit::Dead { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn gzip_is_told_by_its_bytes() {
        assert_eq!(read_bounded(&mut &b"plain"[..]).unwrap(), b"plain");
        let mut two = gzip(b"one ");
        two.extend(gzip(b"two"));
        assert_eq!(read_bounded(&mut &two[..]).unwrap(), b"one two");
        let whole = gzip(&b"some text that is cut off".repeat(9));
        assert_eq!(reason(&whole[..whole.len() - 9]), DeadReason::BadEncoding);
    }

    #[test]
    fn a_bomb_is_refused() {
        assert_eq!(reason(&gzip(&vec![0; MAX_PAGE as usize + 9])), DeadReason::InflatedTooLarge);
    }

    #[test]
    fn paths_become_addresses_without_the_machine() {
        assert_eq!(address_of("./a b/seite.html").unwrap().as_str(), "file:///a%20b/seite.html");
    }
}
