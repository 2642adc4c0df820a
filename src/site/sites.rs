//! Every profile at hand, and the one for an address.

use std::sync::Arc;

use url::Url;

use super::compile::{compile, name_of};
use super::scope::Scope;
use super::{Fault, Site, SiteError, SiteErrors};

/// The name of the profile for sites that have none.
pub const DEFAULT_SITE: &str = "_default";

/// The profiles in the binary, by file; made by `build.rs` from `config/sites/`.
const EMBEDDED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/site_profiles.rs"));

/// Profiles by name and host.
#[derive(Debug, Clone)]
pub struct Sites {
    sites: Vec<Site>,
    default: Site,
}

impl Sites {
    /// The profiles in the binary.
    ///
    /// # Errors
    /// Every fault in them; a test sees to it that there is none.
    pub fn embedded() -> Result<Self, SiteErrors> {
        Self::load(std::iter::empty::<(&str, &str)>())
    }

    /// The profiles in the binary, and those given as (file, text), which replace one of the same name.
    ///
    /// # Errors
    /// Every fault in every profile, with file and line.
    pub fn load<N: AsRef<str>, T: AsRef<str>>(texts: impl IntoIterator<Item = (N, T)>) -> Result<Self, SiteErrors> {
        let mut files: Vec<(String, String)> =
            EMBEDDED.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect();
        for (file, text) in texts {
            let name = name_of(file.as_ref()).to_owned();
            files.retain(|(known, _)| name_of(known) != name);
            files.push((file.as_ref().to_owned(), text.as_ref().to_owned()));
        }
        let (mut sites, mut errors) = (Vec::new(), Vec::new());
        for (file, text) in &files {
            match compile(file, text) {
                Ok((compiled, scope)) => sites.push(Site { compiled: Arc::new(compiled), scope: Arc::new(scope) }),
                Err(faults) => errors.extend(faults),
            }
        }
        errors.extend(claimed_twice(&sites));
        let default = sites.iter().position(|site: &Site| site.name() == DEFAULT_SITE).map(|at| sites.remove(at));
        match default {
            Some(default) if errors.is_empty() => Ok(Self { sites, default }),
            Some(_) => Err(SiteErrors(errors)),
            None if errors.is_empty() => {
                let fault = Fault::Rule("there is no profile `_default`".to_owned());
                Err(SiteErrors(vec![SiteError { file: "config/sites/_default.toml".to_owned(), line: 1, fault }]))
            }
            None => Err(SiteErrors(errors)),
        }
    }

    /// The profile for an address; where no profile names its host, `_default` bound to that host, so that links to other
    /// hosts are refused.
    #[must_use]
    pub fn for_url(&self, url: &Url) -> Site {
        self.sites.iter().find(|site| site.contains(url)).cloned().unwrap_or_else(|| self.default.at(url))
    }

    /// The profile of a name: `kommune21.de`, also with `www.`. `_default` is bound to no host: use [`Site::at`].
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<Site> {
        if name == DEFAULT_SITE {
            return Some(self.default.clone());
        }
        let bare = name.strip_prefix("www.").unwrap_or(name);
        self.sites.iter().find(|site| site.name() == name || site.name() == bare).cloned()
    }

    /// Every profile but `_default`, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Site> {
        self.sites.iter()
    }

    /// The profile for sites that have none, bound to no host.
    #[must_use]
    pub fn default_site(&self) -> &Site {
        &self.default
    }
}

/// Two profiles for one host: which holds would hang on the order of files.
fn claimed_twice(sites: &[Site]) -> Vec<SiteError> {
    let mut errors = Vec::new();
    for (at, site) in sites.iter().enumerate() {
        for earlier in sites.iter().take(at) {
            let shared = |scope: &Scope| scope.hosts.iter().find(|host| earlier.scope.hosts.contains(host)).cloned();
            if let Some(host) = shared(&site.scope) {
                let fault = Fault::Rule(format!("the host {host} belongs to {} already", earlier.file()));
                errors.push(SiteError { file: site.file().to_owned(), line: 1, fault });
            }
        }
    }
    errors
}
