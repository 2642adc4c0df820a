//! auslese for Python: `extract`, `extract_many`, `extract_text`, `schema`. What they do is told in `auslese/__init__.pyi`.
//!
//! The interpreter's lock is given back while a page is worked on, and no panic crosses: what would be one is a
//! `RuntimeError`. `convert` makes the dictionary.

mod convert;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{OnceLock, mpsc};

use auslese::extract::{Extractor, Unfit};
use auslese::parse::InputFormat;
use auslese::site::Sites;
use auslese::types::{Fetched, Origin, Record, Via};
use jiff::Timestamp;
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::pybacked::{PyBackedBytes, PyBackedStr};
use pyo3::types::{PyBytes, PyList, PyString, PyTuple};
use url::Url;

use convert::to_python;

pyo3::create_exception!(_auslese, ExtractError, PyValueError, "The page can give no record: it is empty, or no text.");

/// A page as Python hands it over; nothing is copied until it is worked on.
enum Html {
    Bytes(PyBackedBytes),
    Text(PyBackedStr),
    /// Text that cannot be written as UTF-8, with what stands for the characters that cannot.
    Lossy(String),
}

impl<'py> FromPyObject<'_, 'py> for Html {
    type Error = PyErr;

    fn extract(html: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = html.cast::<PyString>() {
            // Half a surrogate pair is what decoding with `surrogateescape` or bad JSON leaves in a text.
            return Ok(html.extract().map_or_else(|_| Html::Lossy(text.to_string_lossy().into_owned()), Html::Text));
        }
        html.extract().map(Html::Bytes).map_err(|_| {
            let kind = html.get_type().name().map_or_else(|_| "?".to_owned(), |name| name.to_string());
            PyTypeError::new_err(format!("a page is bytes or str, not {kind}"))
        })
    }
}

impl Html {
    /// The page's bytes. Text was decoded already; a byte order mark says so, whatever its meta elements say of the bytes
    /// it once was.
    fn to_bytes(&self) -> Vec<u8> {
        let of_text = |text: &str| ["\u{feff}".as_bytes(), text.trim_start_matches('\u{feff}').as_bytes()].concat();
        match self {
            Html::Bytes(bytes) => bytes.to_vec(),
            Html::Text(text) => of_text(text),
            Html::Lossy(text) => of_text(text),
        }
    }
}

/// A page, or a page and its address.
enum PageArgument {
    Pair(Html, Option<String>),
    Alone(Html),
}

impl<'py> FromPyObject<'_, 'py> for PageArgument {
    type Error = PyErr;

    fn extract(page: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if page.is_instance_of::<PyTuple>() || page.is_instance_of::<PyList>() {
            let (html, url) = page.extract()?;
            return Ok(PageArgument::Pair(html, url));
        }
        page.extract().map(PageArgument::Alone)
    }
}

/// The stack of a thread: pages are trees.
const STACK: usize = 16 << 20;

/// Why a page gave no record.
enum Fault {
    Unfit(Unfit),
    Url(String),
    Panic,
}

impl Fault {
    fn raise(&self, py: Python<'_>) -> PyErr {
        match self {
            Fault::Unfit(unfit) => {
                let reason = match unfit {
                    Unfit::Dead { reason, .. } => reason.as_str(),
                    Unfit::Skip { reason, .. } => reason.as_str(),
                };
                let error = ExtractError::new_err(unfit.to_string());
                match error.value(py).setattr("reason", reason) {
                    Ok(()) => error,
                    Err(other) => other,
                }
            }
            Fault::Url(message) => PyValueError::new_err(message.clone()),
            Fault::Panic => PyRuntimeError::new_err("a fault in auslese itself; please report the page"),
        }
    }
}

/// The profiles in the library, read once.
fn sites() -> PyResult<&'static Sites> {
    static SITES: OnceLock<Result<Sites, String>> = OnceLock::new();
    SITES
        .get_or_init(|| Sites::embedded().map_err(|errors| errors.to_string()))
        .as_ref()
        .map_err(|message| PyRuntimeError::new_err(message.clone()))
}

fn extractor(profile: Option<&str>) -> PyResult<Extractor> {
    let sites = sites()?;
    let site = profile
        .map(|name| {
            sites.by_name(name).ok_or_else(|| {
                let known: Vec<&str> = sites.iter().map(auslese::site::Site::name).collect();
                PyValueError::new_err(format!(
                    "there is no profile {name} (there are {}, and _default)",
                    known.join(", ")
                ))
            })
        })
        .transpose()?;
    Ok(Extractor::new(sites.clone(), site, InputFormat::Auto))
}

fn record(extractor: &Extractor, html: &Html, url: Option<&str>) -> Result<Record, Fault> {
    let address = url.unwrap_or("file:///");
    let url = Url::parse(address)
        .map_err(|error| Fault::Url(format!("{address} is no address: {error} (give it whole, with https://)")))?;
    let page = Fetched {
        requested: url.clone(),
        final_url: url,
        hops: Vec::new(),
        status: 200,
        headers: Vec::new(),
        body: html.to_bytes(),
        fetched_at: Timestamp::now(),
        origin: Origin::File { path: String::new() },
        via: Via::File,
    };
    let extraction = catch_unwind(AssertUnwindSafe(|| extractor.extract(&page))).map_err(|_| Fault::Panic)?;
    extraction.map(|extraction| extraction.record).map_err(Fault::Unfit)
}

/// The record of a page.
///
/// ``html`` is the page as it was fetched (bytes, whose charset is found out) or decoded (str); plain text is told by
/// its look. ``url`` is its address: links are made absolute with it, and it chooses the site's profile. ``profile`` names
/// one whatever the address (``"_default"`` for none).
///
/// Raises ``ExtractError`` where the page is empty or no text, ``ValueError`` for an address that is none or a profile
/// that is not there. A page that merely holds no article gives a record whose text is empty.
#[pyfunction]
#[pyo3(signature = (html, url=None, profile=None))]
fn extract<'py>(py: Python<'py>, html: Html, url: Option<&str>, profile: Option<&str>) -> PyResult<Bound<'py, PyAny>> {
    let extractor = extractor(profile)?;
    let record = py.detach(|| record(&extractor, &html, url)).map_err(|fault| fault.raise(py))?;
    to_python(py, &record)
}

/// The article's text alone: lead, then body, a line a block. Empty where the page holds no article.
///
/// Takes and raises what ``extract`` does.
#[pyfunction]
#[pyo3(signature = (html, url=None, profile=None))]
fn extract_text(py: Python<'_>, html: Html, url: Option<&str>, profile: Option<&str>) -> PyResult<String> {
    let extractor = extractor(profile)?;
    py.detach(|| record(&extractor, &html, url)).map(|record| record.text).map_err(|fault| fault.raise(py))
}

/// The records of many pages, in their order, on ``threads`` threads (all cores where not said).
///
/// A page is its html or a pair of html and address. Where one gives no record, ``errors="raise"`` raises what ``extract``
/// would, and ``errors="none"`` puts ``None`` in its place.
#[pyfunction]
#[pyo3(signature = (pages, profile=None, threads=None, errors="raise"))]
fn extract_many<'py>(
    py: Python<'py>,
    pages: &Bound<'py, PyAny>,
    profile: Option<&str>,
    threads: Option<usize>,
    errors: &str,
) -> PyResult<Vec<Option<Bound<'py, PyAny>>>> {
    let raise = match errors {
        "raise" => true,
        "none" => false,
        _ => return Err(PyValueError::new_err(format!("errors is \"raise\" or \"none\", not \"{errors}\""))),
    };
    if pages.is_instance_of::<PyString>() || pages.is_instance_of::<PyBytes>() {
        return Err(PyTypeError::new_err("extract_many takes many pages; extract takes one"));
    }
    let pages: Vec<PageArgument> = pages.try_iter()?.map(|page| page?.extract()).collect::<PyResult<_>>()?;
    let extractor = extractor(profile)?;
    let records = py.detach(|| in_parallel(&extractor, &pages, threads));
    records
        .into_iter()
        .map(|record| match record {
            Ok(record) => Ok(Some(to_python(py, &record)?)),
            Err(fault) if raise => Err(fault.raise(py)),
            Err(_) => Ok(None),
        })
        .collect()
}

/// The records of the pages, in their order; each thread takes the next page as it becomes free.
fn in_parallel(extractor: &Extractor, pages: &[PageArgument], threads: Option<usize>) -> Vec<Result<Record, Fault>> {
    let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or_else(cores).clamp(1, pages.len().max(1));
    let next = AtomicUsize::new(0);
    let (done, results) = mpsc::channel();
    let work = |done: mpsc::Sender<_>| {
        while let Some((at, page)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, pages.get(at)?)))
        {
            let result = match page {
                PageArgument::Pair(html, url) => record(extractor, html, url.as_deref()),
                PageArgument::Alone(html) => record(extractor, html, None),
            };
            if done.send((at, result)).is_err() {
                return;
            }
        }
    };
    std::thread::scope(|scope| {
        let start = |_: &usize| {
            let (done, work) = (done.clone(), &work);
            std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(done)).is_ok()
        };
        // Where the machine gives no more threads, those that it gave do the work; where it gives none, this one does.
        if (0..threads).filter(start).count() == 0 {
            work(done.clone());
        }
    });
    drop(done);
    let mut results: Vec<(usize, Result<Record, Fault>)> = results.into_iter().collect();
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}

/// The JSON Schema of a record.
#[pyfunction]
fn schema(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    to_python(py, schemars::schema_for!(Record).as_value())
}

#[pymodule]
fn _auslese(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ExtractError", module.py().get_type::<ExtractError>())?;
    module.add_function(wrap_pyfunction!(extract, module)?)?;
    module.add_function(wrap_pyfunction!(extract_many, module)?)?;
    module.add_function(wrap_pyfunction!(extract_text, module)?)?;
    module.add_function(wrap_pyfunction!(schema, module)?)
}
