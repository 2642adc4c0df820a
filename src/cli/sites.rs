//! The profiles that a command works with: those in the binary, and those of a folder.

use std::fs;
use std::path::{Path, PathBuf};

use auslese::site::{Site, Sites};
use url::Url;

use super::CliError;

/// Where profiles come from.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct SitesArgs {
    /// Folder with profiles (`sites/*.toml`, or `*.toml`) that are added to the built-in ones or replace them.
    #[arg(long, value_name = "DIR")]
    pub(crate) config_dir: Option<PathBuf>,
}

impl SitesArgs {
    /// Reads and compiles the profiles.
    pub(crate) fn load(&self) -> Result<Sites, CliError> {
        let texts = match &self.config_dir {
            Some(folder) => read_folder(folder)?,
            None => Vec::new(),
        };
        Sites::load(texts).map_err(|errors| CliError::Usage(errors.to_string()))
    }
}

/// The profile of a name.
pub(crate) fn by_name(sites: &Sites, name: &str) -> Result<Site, CliError> {
    sites.by_name(name).ok_or_else(|| {
        let known: Vec<&str> = sites.iter().map(Site::name).collect();
        CliError::Usage(format!("there is no profile {name} (there are {}, and _default)", known.join(", ")))
    })
}

/// The profile of a name, else that for an address. `_default` holds for the address's host.
pub(crate) fn for_url(sites: &Sites, name: Option<&str>, url: &Url) -> Result<Site, CliError> {
    let Some(name) = name else { return Ok(sites.for_url(url)) };
    let site = by_name(sites, name)?;
    Ok(if site.home().is_none() { site.at(url) } else { site })
}

fn read_folder(folder: &Path) -> Result<Vec<(String, String)>, CliError> {
    let below = folder.join("sites");
    let folder = if below.is_dir() { below } else { folder.to_owned() };
    let unreadable = |path: &Path, error: &std::io::Error| {
        CliError::Usage(format!("cannot read {}: {error} (give a folder with profiles)", path.display()))
    };
    let entries = fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(&folder, &error))?.path();
        let is_profile = path.extension().is_some_and(|extension| extension == "toml");
        if is_profile && path.file_name().is_none_or(|name| name != "auslese.toml") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| match fs::read_to_string(&path) {
        Ok(text) => Ok((path.display().to_string(), text)),
        Err(error) => Err(unreadable(&path, &error)),
    };
    paths.into_iter().map(read).collect()
}
