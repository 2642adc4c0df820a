//! What the server serves: the routes of `site.toml` with their files.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// Why a fixture site could not be read or served.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of the site cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// `site.toml` is not as it must be.
    #[error("{path}: {source}")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// Line and reason.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The binary holds no fixture site of that name.
    #[error("the binary holds no fixture site `{0}`")]
    Unknown(String),
    /// A route names a file that is not there.
    #[error("{manifest}: route `{route}` names `{file}`, which is not there")]
    MissingFile {
        /// The manifest.
        manifest: PathBuf,
        /// The route's path.
        route: String,
        /// The file it names.
        file: String,
    },
    /// The server could not be started.
    #[error("cannot serve the fixture site on loopback: {0}")]
    Serve(#[source] std::io::Error),
}

/// A site to serve: answers by path and query.
#[derive(Debug, Clone, Default)]
pub struct Site {
    /// The invented origin in the files, replaced by the server's own address in texts; empty where there is none.
    pub origin: String,
    /// What a crawl of the site must give, as `site.toml` says under `[expect]`.
    pub expect: BTreeMap<String, toml::Value>,
    pub(super) routes: HashMap<String, Route>,
}

/// The answer to one path.
#[derive(Debug, Clone)]
pub struct Route {
    /// The status.
    pub status: u16,
    /// `Content-Type`; none sends none.
    pub content_type: Option<String>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// What is answered before that, for a number of times.
    pub first: Option<First>,
}

/// What a route answers at first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct First {
    /// The status.
    pub status: u16,
    /// How often, before the route answers as it should.
    #[serde(default = "one")]
    pub times: u32,
    /// Headers, such as `Retry-After`.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

const fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    origin: String,
    #[serde(default)]
    expect: BTreeMap<String, toml::Value>,
    #[serde(default, rename = "route")]
    routes: Vec<ManifestRoute>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestRoute {
    path: String,
    file: Option<String>,
    content_type: Option<String>,
    status: Option<u16>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    location: Option<String>,
    first: Option<First>,
}

impl Route {
    /// A route that answers 200 with a body.
    #[must_use]
    pub fn ok(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            content_type: Some(content_type.to_owned()),
            headers: Vec::new(),
            body: body.into(),
            first: None,
        }
    }

    /// A route that answers with a status and no body.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, content_type: None, headers: Vec::new(), body: Vec::new(), first: None }
    }

    /// The same with one header more.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

impl Site {
    /// A site without routes.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..Self::default() }
    }

    /// The same site with one route more; `path` with its query, as it stands in the request line.
    #[must_use]
    pub fn route(mut self, path: &str, route: Route) -> Self {
        self.routes.insert(path.to_owned(), route);
        self
    }

    /// The body of a path.
    #[must_use]
    pub fn body(&self, path: &str) -> Option<&[u8]> {
        self.routes.get(path).map(|route| route.body.as_slice())
    }

    /// Reads a site from the folder that holds its `site.toml`.
    ///
    /// # Errors
    /// When the manifest or a file it names cannot be read.
    pub fn read(folder: &Path) -> Result<Self, DemoError> {
        let manifest_path = folder.join("site.toml");
        let manifest =
            std::fs::read(&manifest_path).map_err(|source| DemoError::Read { path: manifest_path.clone(), source })?;
        Self::assemble(&manifest_path, &manifest, |name| std::fs::read(folder.join(name)).ok())
    }

    /// The site of that name in the binary.
    ///
    /// # Errors
    /// When there is none, or its manifest does not fit its files.
    pub fn embedded(name: &str) -> Result<Self, DemoError> {
        let find = |file: &str| {
            let path = format!("{name}/{file}");
            let at = FILES.binary_search_by(|(known, _)| (*known).cmp(path.as_str())).ok()?;
            FILES.get(at).map(|(_, bytes)| bytes.to_vec())
        };
        let manifest = find("site.toml").ok_or_else(|| DemoError::Unknown(name.to_owned()))?;
        Self::assemble(Path::new(&format!("{name}/site.toml")), &manifest, find)
    }

    /// The names of the sites in the binary.
    #[must_use]
    pub fn embedded_names() -> Vec<&'static str> {
        FILES.iter().filter_map(|(path, _)| path.strip_suffix("/site.toml")).collect()
    }

    fn assemble(path: &Path, manifest: &[u8], read: impl Fn(&str) -> Option<Vec<u8>>) -> Result<Self, DemoError> {
        let text = String::from_utf8_lossy(manifest);
        let manifest: Manifest = toml::from_str(&text)
            .map_err(|source| DemoError::Manifest { path: path.to_owned(), source: Box::new(source) })?;
        let mut site = Self { origin: manifest.origin, expect: manifest.expect, routes: HashMap::new() };
        for route in manifest.routes {
            let body = match &route.file {
                Some(file) => read(file).ok_or_else(|| DemoError::MissingFile {
                    manifest: path.to_owned(),
                    route: route.path.clone(),
                    file: file.clone(),
                })?,
                None => Vec::new(),
            };
            let (answer_path, answer) = route.into_answer(body);
            site.routes.insert(answer_path, answer);
        }
        Ok(site)
    }

    /// Puts the server's own address in place of the invented one, in texts, headers and targets.
    pub(super) fn rebase(&mut self, to: &str) {
        let from = std::mem::take(&mut self.origin);
        self.origin = to.to_owned();
        if from.is_empty() {
            return;
        }
        for route in self.routes.values_mut() {
            for (_, value) in &mut route.headers {
                *value = value.replace(&from, to);
            }
            if route.content_type.as_deref().is_some_and(is_text) {
                route.body = replace(&route.body, from.as_bytes(), to.as_bytes());
            } else if route.content_type.as_deref() == Some("application/gzip") {
                // A gzipped sitemap names addresses too.
                if let Some(body) = replace_gzipped(&route.body, from.as_bytes(), to.as_bytes()) {
                    route.body = body;
                }
            }
        }
    }
}

impl ManifestRoute {
    fn into_answer(self, body: Vec<u8>) -> (String, Route) {
        let mut headers: Vec<(String, String)> = self.headers.into_iter().collect();
        let status = self.status.unwrap_or(if self.location.is_some() { 301 } else { 200 });
        if let Some(location) = self.location {
            headers.push(("location".to_owned(), location));
        }
        (self.path, Route { status, content_type: self.content_type, headers, body, first: self.first })
    }
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/") || essence.ends_with("xml") || essence.ends_with("json")
}

/// Byte for byte, because pages may be in ISO-8859-1.
fn replace(body: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    for at in memchr::memmem::find_iter(body, from) {
        let done = body.len() - rest.len();
        out.extend_from_slice(&rest[..at - done]);
        out.extend_from_slice(to);
        rest = &body[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

/// The same within gzip; none where the body is no gzip.
fn replace_gzipped(body: &[u8], from: &[u8], to: &[u8]) -> Option<Vec<u8>> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(body).read_to_end(&mut plain).ok()?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&replace(&plain, from, to)).ok()?;
    packed.finish().ok()
}

include!(concat!(env!("OUT_DIR"), "/fixture_sites.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_origin_is_replaced_in_texts_only() {
        let mut site = Site::new("http://site.test")
            .route("/", Route::ok("text/html; charset=iso-8859-1", &b"\xe4 http://site.test/x http://site.test/y"[..]))
            .route("/i.png", Route::ok("image/png", "http://site.test/"))
            .route("/map.gz", Route::ok("application/gzip", gzip(b"<loc>http://site.test/a</loc>")))
            .route("/old", Route::status(301).header("location", "http://site.test/new"));
        site.rebase("http://127.0.0.1:1");
        assert_eq!(site.routes["/"].body, b"\xe4 http://127.0.0.1:1/x http://127.0.0.1:1/y");
        assert_eq!(site.routes["/i.png"].body, b"http://site.test/");
        assert_eq!(site.routes["/old"].headers[0].1, "http://127.0.0.1:1/new");
        let mut map = String::new();
        flate2::read::GzDecoder::new(&site.routes["/map.gz"].body[..]).read_to_string(&mut map).unwrap();
        assert_eq!(map, "<loc>http://127.0.0.1:1/a</loc>");
    }

    fn gzip(plain: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(plain).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn a_manifest_that_names_a_missing_file_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let manifest = "origin = \"http://a.test\"\n[[route]]\npath = \"/\"\nfile = \"gone.html\"\n";
        std::fs::write(folder.path().join("site.toml"), manifest).unwrap();
        let error = Site::read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("gone.html") && error.contains("site.toml"), "{error}");
    }

    #[test]
    fn every_embedded_site_can_be_assembled() {
        for name in Site::embedded_names() {
            Site::embedded(name).unwrap();
        }
    }
}
