//! The configuration that holds: defaults, a file over them, the environment over both, and where each value is from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::de::DeTable;

use super::config::{Config, ConfigError};

/// What the names of variables that set an option begin with: `AUSLESE_CRAWL_CONCURRENCY` is `crawl.concurrency`.
pub const PREFIX: &str = "AUSLESE_";

/// A configuration with the origin of each of its values.
#[derive(Debug, Clone, PartialEq)]
pub struct Resolved {
    /// What holds.
    pub config: Config,
    /// Every option (`crawl.concurrency`) with its value as TOML and its origin, in the order of their names.
    pub options: BTreeMap<String, (toml::Value, Origin)>,
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said otherwise.
    Default,
    /// A configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the environment.
    Environment {
        /// Its name.
        variable: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment { variable } => f.write_str(variable),
        }
    }
}

impl Resolved {
    /// Reads the file, if one is named, and puts the variables over it. Variables that name no section of the
    /// configuration are somebody else's.
    ///
    /// # Errors
    /// When the file cannot be read or is not as it must be; when a variable names an option that does not exist, or
    /// has a value of the wrong type; when the values make no sense together.
    pub fn new(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let (config, lines) = match file {
            Some(path) => (Config::read(path)?, lines_of(path)?),
            None => (Config::default(), BTreeMap::new()),
        };
        let mut options = flatten(&config)?;
        for (name, (_, origin)) in &mut options {
            if let (Some(path), Some(&line)) = (file, lines.get(name)) {
                *origin = Origin::File { path: path.to_owned(), line };
            }
        }
        for (variable, text) in environment {
            set(&mut options, &variable, &text)?;
        }
        let config = assemble(&options)?;
        Ok(Self { config, options })
    }
}

/// Every option with its value.
fn flatten(config: &Config) -> Result<BTreeMap<String, (toml::Value, Origin)>, ConfigError> {
    let table = toml::Table::try_from(config)
        .map_err(|error| ConfigError::Value { file: "the configuration".to_owned(), message: error.to_string() })?;
    let sections = table.into_iter().filter_map(|(section, options)| match options {
        toml::Value::Table(options) => Some((section, options)),
        _ => None,
    });
    Ok(sections
        .flat_map(|(section, options)| {
            options.into_iter().map(move |(key, value)| (format!("{section}.{key}"), (value, Origin::Default)))
        })
        .collect())
}

/// The line of each option that a file names.
fn lines_of(path: &Path) -> Result<BTreeMap<String, usize>, ConfigError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Read { file: file.clone(), source })?;
    let table =
        DeTable::parse(&text).map_err(|error| ConfigError::Value { file, message: error.message().to_owned() })?;
    let line_at = |at: usize| text.as_bytes().iter().take(at).filter(|&&byte| byte == b'\n').count() + 1;
    let mut lines = BTreeMap::new();
    for (section, options) in table.get_ref() {
        for (key, _) in options.get_ref().as_table().into_iter().flatten() {
            lines.insert(format!("{}.{}", section.get_ref(), key.get_ref()), line_at(key.span().start));
        }
    }
    Ok(lines)
}

/// Takes one variable in, where it is one of ours.
fn set(options: &mut BTreeMap<String, (toml::Value, Origin)>, variable: &str, text: &str) -> Result<(), ConfigError> {
    let Some(name) = variable.strip_prefix(PREFIX) else { return Ok(()) };
    let spelled = |option: &str| option.replace('.', "_").to_ascii_uppercase();
    let wrong = |message: String| ConfigError::Value { file: variable.to_owned(), message };
    let Some((option, (value, origin))) = options.iter_mut().find(|(option, _)| spelled(option) == name) else {
        let ours = options.keys().filter_map(|option| option.split_once('.')).any(|(section, _)| {
            name.strip_prefix(&section.to_ascii_uppercase()).is_some_and(|rest| rest.starts_with('_'))
        });
        let unknown = || wrong("no option has this name; config/auslese.toml shows them all".to_owned());
        return if ours { Err(unknown()) } else { Ok(()) };
    };
    let new = match value {
        toml::Value::String(_) => toml::Value::String(text.to_owned()),
        _ => text.parse::<toml::Value>().map_err(|_| wrong(format!("{option} cannot be `{text}`")))?,
    };
    if !new.same_type(value) {
        return Err(wrong(format!("{option} is {}, not `{text}`", a_kind(value))));
    }
    *value = new;
    *origin = Origin::Environment { variable: variable.to_owned() };
    Ok(())
}

fn a_kind(value: &toml::Value) -> &'static str {
    match value {
        toml::Value::Integer(_) => "a whole number",
        toml::Value::Float(_) => "a number with a point",
        toml::Value::Boolean(_) => "true or false",
        toml::Value::Array(_) => "a list",
        _ => "a text",
    }
}

/// The configuration that the options make. A value that does not fit is blamed on the variable that set it.
fn assemble(options: &BTreeMap<String, (toml::Value, Origin)>) -> Result<Config, ConfigError> {
    let mut table = toml::Table::new();
    for (option, (value, _)) in options {
        let Some((section, key)) = option.split_once('.') else { continue };
        let section = table.entry(section).or_insert_with(|| toml::Value::Table(toml::Table::new()));
        if let Some(section) = section.as_table_mut() {
            section.insert(key.to_owned(), value.clone());
        }
    }
    let blamed = || {
        let variables = options.values().filter_map(|(value, origin)| match origin {
            Origin::Environment { variable } => {
                Some(format!("{variable}={}", value.as_str().unwrap_or(&value.to_string())))
            }
            _ => None,
        });
        let variables: Vec<String> = variables.collect();
        if variables.is_empty() { "the configuration".to_owned() } else { variables.join(", ") }
    };
    let config: Config = toml::Value::Table(table)
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError::Value { file: blamed(), message: error.message().to_owned() })?;
    config.validate().map_err(|message| ConfigError::Value { file: blamed(), message })?;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_environment_goes_over_the_file_and_the_file_over_the_defaults() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"# ours\n[crawl]\nconcurrency = 4\nmax_depth = 7\n\n[pace]\ndelay = \"3s\"\n").unwrap();
        let environment = variables(&[
            ("AUSLESE_CRAWL_CONCURRENCY", "8"),
            ("AUSLESE_FETCH_CONTACT", "crawl@seefurt.test"),
            ("AUSLESE_PACE_JITTER", "0.5"),
            ("HOME", "/nowhere"),
            ("AUSLESE_LOG", "debug"),
        ]);
        let resolved = Resolved::new(Some(file.path()), environment).unwrap();
        assert_eq!(resolved.config.crawl.concurrency, 8);
        assert_eq!(resolved.config.crawl.max_depth, 7);
        assert_eq!(resolved.config.pace.delay, std::time::Duration::from_secs(3));
        assert_eq!(resolved.config.fetch.contact, "crawl@seefurt.test");
        let origin = |option: &str| resolved.options[option].1.clone();
        assert_eq!(origin("crawl.concurrency"), Origin::Environment { variable: "AUSLESE_CRAWL_CONCURRENCY".into() });
        assert_eq!(origin("crawl.max_depth"), Origin::File { path: file.path().to_owned(), line: 4 });
        assert_eq!(origin("pace.delay"), Origin::File { path: file.path().to_owned(), line: 7 });
        assert_eq!(origin("crawl.max_open"), Origin::Default);
    }

    #[test]
    fn nothing_said_is_the_default() {
        let resolved = Resolved::new(None, Vec::new()).unwrap();
        assert_eq!(resolved.config, Config::default());
        assert!(resolved.options.values().all(|(_, origin)| *origin == Origin::Default));
    }

    #[test]
    fn a_wrong_variable_is_named() {
        for (name, value, said) in [
            ("AUSLESE_CRAWL_SPEED", "9", "no option has this name"),
            ("AUSLESE_CRAWL_CONCURRENCY", "many", "crawl.concurrency"),
            ("AUSLESE_CRAWL_CONCURRENCY", "\"4\"", "a whole number"),
            ("AUSLESE_CRAWL_CONCURRENCY", "0", "crawl.concurrency: expected at least 1"),
            ("AUSLESE_PACE_DELAY", "fast", "fast"),
        ] {
            let error = Resolved::new(None, variables(&[(name, value)])).unwrap_err().to_string();
            assert!(error.starts_with(name) && error.contains(said), "{error}");
        }
    }
}
