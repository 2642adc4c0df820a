//! The configuration of a crawl: `config/auslese.toml` with every option and its default.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fetch::FetchSettings;
use crate::pace::PaceSettings;
use crate::sink::{Compression, Rotation, SegmentForm};

/// The configuration of a crawl. Options that a file leaves out keep their defaults; unknown ones are errors.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// How much of the site is fetched, and how much at a time.
    pub crawl: CrawlSettings,
    /// How fast hosts are asked.
    pub pace: PaceSettings,
    /// Bounds of a request, and who we say we are.
    pub fetch: FetchSettings,
    /// Where and how records are written.
    pub output: OutputSettings,
}

/// How much is fetched, and how much at a time. Durations are written as `1s`, `500ms`, `2m`; sizes are bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrawlSettings {
    /// Requests under way at once, over all hosts. Default 32.
    pub concurrency: usize,
    /// Links between a seed and a page, at most; a profile can ask for less. Default 100.
    pub max_depth: u16,
    /// Addresses that the state holds open (found and not yet fetched) at most; those beyond are counted and left out.
    /// Default 50,000,000.
    pub max_open: u64,
    /// How often a page is asked for before it counts as dead. Default 5.
    pub max_attempts: u32,
    /// How long a page rests after its first failure; doubles with each further one. Default 30 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub retry_after: Duration,
    /// The longest such rest. Default 1 h.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub max_retry_after: Duration,
    /// How long the run waits when nothing may be fetched yet (backoff, `Retry-After`, robots.txt not to be had). What
    /// waits longer is left to the next run. Default 10 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub patience: Duration,
    /// How long an address is reserved for one fetch. Default 15 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub lease: Duration,
    /// How long requests under way may take to end after a signal. Default 8 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub grace: Duration,
    /// This worker's name among those that share a state in PostgreSQL; empty for one made of machine and process. A worker that is started
    /// under the name of one that died has at once what that one had.
    pub worker: String,
    /// How long a worker has its hosts when it is not heard of. Default 5 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub host_lease: Duration,
    /// A source that another worker has asked so lately is not asked again. Default 10 min.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub source_rest: Duration,
    /// Threads that parse pages; 0 means one for each processor. Default 0.
    pub parsers: usize,
    /// Bytes of pages fetched and not yet written, over which nothing more is fetched. Default 16 MiB.
    pub max_queued: u64,
    /// Visits to articles (and pages that turned out to be lists) of earlier runs, at most, a site and run; a profile can ask for
    /// another number. 0 makes none. Default 100.
    pub revisits: u64,
    /// Whether sitemaps named in robots.txt are read. Default true.
    pub robots_sitemaps: bool,
    /// Whether `/.well-known/tdmrep.json` is asked for, once a run and host. Default true.
    pub tdmrep: bool,
    /// Whether what recurs on the articles of a host is learnt, and from the tenth on left out of their texts. Default true.
    pub recurring: bool,
}

impl Default for CrawlSettings {
    fn default() -> Self {
        Self {
            concurrency: 32,
            max_depth: 100,
            max_open: 50_000_000,
            max_attempts: 5,
            retry_after: Duration::from_secs(30),
            max_retry_after: Duration::from_secs(3_600),
            patience: Duration::from_secs(600),
            lease: Duration::from_secs(900),
            grace: Duration::from_secs(8),
            worker: String::new(),
            host_lease: Duration::from_secs(300),
            source_rest: Duration::from_secs(600),
            parsers: 0,
            max_queued: 16 << 20,
            revisits: 100,
            robots_sitemaps: true,
            tdmrep: true,
            recurring: true,
        }
    }
}

/// How records are written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OutputSettings {
    /// Pages whose end is stored in one transaction, at most. Default 64.
    pub batch: usize,
    /// How long a page's end may wait for others to be stored with it. Default 200 ms.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub batch_time: Duration,
    /// The same where the output is objects: a segment holds what came in this time, or what half of `crawl.max_queued` holds. Default 10 s.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub segment_time: Duration,
    /// How files are compressed; each commit is a gzip member or zstd frame of its own. Default none.
    pub compression: Compression,
    /// Bytes from which on a file is finished and the next one begun; 0 for any number. Default 256 MiB.
    pub rotate_size: u64,
    /// The same by age, counted from a file's first record; zero for ever. Default 1 h.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::friendly::compact::required")]
    pub rotate_age: Duration,
    /// A folder for WARC files of what went over the wire; empty for none, as by default.
    pub warc: PathBuf,
    /// Bytes from which on such a file is finished and the next one begun. Default 1 GB.
    pub warc_size: u64,
    /// Bytes that must stay free on the disks of output and state; a run ends before there are fewer. 0 asks for none. Default
    /// 200 MB.
    pub reserve: u64,
}

impl Default for OutputSettings {
    fn default() -> Self {
        Self {
            batch: 64,
            batch_time: Duration::from_millis(200),
            segment_time: Duration::from_secs(10),
            compression: Compression::None,
            rotate_size: 256 << 20,
            rotate_age: Duration::from_secs(3_600),
            warc: PathBuf::new(),
            warc_size: 1_000_000_000,
            reserve: 200_000_000,
        }
    }
}

impl OutputSettings {
    /// What the files are like.
    #[must_use]
    pub const fn form(&self) -> SegmentForm {
        let rotation = Rotation { bytes: self.rotate_size, age: self.rotate_age };
        SegmentForm { compression: self.compression, rotation }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {file}")]
    Read {
        /// The file.
        file: String,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// Not TOML, an unknown option, or a value of the wrong type.
    #[error("{file}:{line}: {message}")]
    Syntax {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// A value that makes no sense.
    #[error("{file}: {message}")]
    Value {
        /// The file.
        file: String,
        /// The option, and what it may be.
        message: String,
    },
}

impl Config {
    /// Reads a configuration file.
    ///
    /// # Errors
    /// When it cannot be read or is not as it must be.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { file: file.clone(), source })?;
        Self::parse(&file, &text)
    }

    /// Reads a configuration from its text; `file` is for messages.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(file: &str, text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text.as_bytes().iter().take(start).filter(|&&byte| byte == b'\n').count() + 1;
            ConfigError::Syntax { file: file.to_owned(), line, message: error.message().to_owned() }
        })?;
        config.validate().map_err(|message| ConfigError::Value { file: file.to_owned(), message })?;
        Ok(config)
    }

    /// Whether the values make sense together.
    ///
    /// # Errors
    /// Names the first option that does not, and what it may be.
    pub fn validate(&self) -> Result<(), String> {
        self.pace.validate().map_err(|error| error.to_string())?;
        let at_least_one = [
            ("crawl.concurrency", self.crawl.concurrency as u64),
            ("crawl.max_open", self.crawl.max_open),
            ("crawl.max_attempts", u64::from(self.crawl.max_attempts)),
            ("crawl.max_queued", self.crawl.max_queued),
            ("output.batch", self.output.batch as u64),
        ];
        if let Some((option, _)) = at_least_one.iter().find(|(_, value)| *value == 0) {
            return Err(format!("{option}: expected at least 1"));
        }
        if self.crawl.host_lease < self.fetch.total_timeout + Duration::from_secs(5) {
            return Err("crawl.host_lease: expected at least 5 s more than fetch.total_timeout, or nothing could be fetched within it"
                .to_owned());
        }
        if self.crawl.lease <= self.fetch.total_timeout {
            return Err(
                "crawl.lease: expected more than fetch.total_timeout, or a page would be fetched twice".to_owned()
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../config/auslese.toml");

    #[test]
    fn the_file_holds_every_option_with_its_default() {
        assert_eq!(Config::parse("config/auslese.toml", FILE).unwrap(), Config::default());
        let file: toml::Table = toml::from_str(FILE).unwrap();
        let defaults = toml::Table::try_from(Config::default()).unwrap();
        let keys = |table: &toml::Table| -> Vec<String> {
            table
                .iter()
                .flat_map(|(section, options)| {
                    options.as_table().unwrap().keys().map(|key| format!("{section}.{key}")).collect::<Vec<_>>()
                })
                .collect()
        };
        let (mut in_file, mut in_code) = (keys(&file), keys(&defaults));
        in_file.sort();
        in_code.sort();
        assert_eq!(in_file, in_code, "an option is missing in config/auslese.toml, or unknown to the code");
    }

    #[test]
    fn every_option_of_the_file_is_explained() {
        let lines: Vec<&str> = FILE.lines().collect();
        for (at, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#')) {
            assert!(lines[at - 1].starts_with("# "), "line {}: `{line}` has no comment before it", at + 1);
        }
    }

    #[test]
    fn faults_name_file_line_and_option() {
        let error = Config::parse("my.toml", "[crawl]\nconcurrency = 4\nspeed = 9\n").unwrap_err().to_string();
        assert!(error.starts_with("my.toml:3: unknown field `speed`"), "{error}");
        let error = Config::parse("my.toml", "[pace]\ndelay = \"fast\"\n").unwrap_err().to_string();
        assert!(error.starts_with("my.toml:2: "), "{error}");
        let error = Config::parse("my.toml", "[crawl]\nconcurrency = 0\n").unwrap_err().to_string();
        assert_eq!(error, "my.toml: crawl.concurrency: expected at least 1");
        let error = Config::parse("my.toml", "[crawl]\nlease = \"1m\"\n").unwrap_err().to_string();
        assert!(error.contains("crawl.lease"), "{error}");
        let error = Config::read(Path::new("/nonexistent/my.toml")).unwrap_err().to_string();
        assert!(error.contains("/nonexistent/my.toml"), "{error}");
    }
}
