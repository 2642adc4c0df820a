//! The HTTP server, in a thread of its own.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, Uri};
use tokio::sync::oneshot;

use super::{DemoError, First, Route, Site};

/// A running server. Dropping it stops it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// One request, as the server saw it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Time since the server was started.
    pub at: Duration,
    /// Path and query.
    pub path: String,
    /// `User-Agent`.
    pub user_agent: String,
    /// The status that was answered.
    pub status: u16,
    /// Requests under way when this one came, itself included.
    pub at_once: usize,
    /// Whether it asked on a condition (`If-None-Match`, `If-Modified-Since`).
    pub conditional: bool,
}

#[derive(Debug)]
struct Shared {
    site: Site,
    started: Instant,
    latency: Duration,
    under_way: AtomicUsize,
    log: Mutex<Vec<Request>>,
    /// Routes that were changed while it runs.
    changed: Mutex<HashMap<String, Route>>,
    /// How often each route with a [`First`] was asked.
    asked: Mutex<HashMap<String, u32>>,
}

impl Server {
    /// Serves a site on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be bound or no thread started.
    pub fn start(site: Site) -> Result<Self, DemoError> {
        Self::start_slow(site, Duration::ZERO)
    }

    /// The same, every answer held back for a time, as a server far away would.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_slow(site: Site, latency: Duration) -> Result<Self, DemoError> {
        Self::start_at((Ipv4Addr::LOCALHOST, 0).into(), site, latency)
    }

    /// The same at an address of this machine, so that there may be many hosts; port 0 is any that is free.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_at(address: SocketAddr, mut site: Site, latency: Duration) -> Result<Self, DemoError> {
        let listener = std::net::TcpListener::bind(address).map_err(DemoError::Serve)?;
        listener.set_nonblocking(true).map_err(DemoError::Serve)?;
        let address = listener.local_addr().map_err(DemoError::Serve)?;
        site.rebase(&format!("http://{address}"));
        let shared = Arc::new(Shared {
            site,
            started: Instant::now(),
            latency,
            under_way: AtomicUsize::new(0),
            log: Mutex::default(),
            changed: Mutex::default(),
            asked: Mutex::default(),
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(DemoError::Serve)?;
        let (stop, stopped) = oneshot::channel();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let serve = move || {
            runtime.block_on(async move {
                let listener = match tokio::net::TcpListener::from_std(listener) {
                    Ok(listener) => listener,
                    Err(error) => return tracing::error!(%error, "the fixture server cannot listen"),
                };
                // The first of the two ends it: a graceful end waits for open connections, which may stay open.
                let (grace, graced) = oneshot::channel::<()>();
                let server = axum::serve(listener, router).with_graceful_shutdown(async {
                    let _ = graced.await;
                });
                let end = async {
                    let _ = stopped.await;
                    let _ = grace.send(());
                    tokio::time::sleep(Duration::from_millis(500)).await;
                };
                tokio::select! {
                    ended = server => if let Err(error) = ended {
                        tracing::error!(%error, "the fixture server failed");
                    },
                    () = end => {}
                }
            });
        };
        let thread =
            std::thread::Builder::new().name("fixture-server".to_owned()).spawn(serve).map_err(DemoError::Serve)?;
        Ok(Self { address, shared, stop: Some(stop), thread: Some(thread) })
    }

    /// The server's address, `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The site as it is served, its origin replaced by the server's own.
    #[must_use]
    pub fn site(&self) -> &Site {
        &self.shared.site
    }

    /// What was asked so far, in order of arrival.
    #[must_use]
    pub fn log(&self) -> Vec<Request> {
        lock(&self.shared.log).clone()
    }

    /// Answers a path by another route from now on, whether it had one or not.
    pub fn put(&self, path: &str, route: Route) {
        lock(&self.shared.changed).insert(path.to_owned(), route);
    }

    /// Ends the server after the answers under way.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// A poisoned lock only says that another thread failed while it wrote a log line; the log itself is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(State(shared): State<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let at_once = shared.under_way.fetch_add(1, Ordering::SeqCst) + 1;
    let at = shared.started.elapsed();
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    // Also where the asker is gone before the answer, and this is dropped.
    let _under_way = UnderWay(&shared.under_way);
    let response = shared.respond(&path, &headers);
    let user_agent = headers.get("user-agent").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let status = response.status().as_u16();
    let conditional = headers.contains_key("if-none-match") || headers.contains_key("if-modified-since");
    lock(&shared.log).push(Request { at, path, user_agent, status, at_once, conditional });
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    response
}

/// A request, until it is answered.
struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Shared {
    fn respond(&self, path: &str, asked: &HeaderMap) -> Response<Body> {
        let changed = lock(&self.changed).get(path).cloned();
        match changed.as_ref().or_else(|| self.site.routes.get(path)) {
            Some(route) => match &route.first {
                Some(first) if self.is_early(path, first) => {
                    build(first.status, None, first.headers.iter(), Vec::new())
                }
                _ if is_unchanged(route, asked) => build(304, None, std::iter::empty(), Vec::new()),
                _ => from_route(route),
            },
            None => build(404, Some("text/plain; charset=utf-8"), std::iter::empty(), b"no such page\n".to_vec()),
        }
    }

    fn is_early(&self, path: &str, first: &First) -> bool {
        let mut asked = lock(&self.asked);
        let times = asked.entry(path.to_owned()).or_default();
        *times = times.saturating_add(1);
        *times <= first.times
    }
}

/// Whether the asker knows what the route would answer: the entity tag decides, and where it names none, the date (RFC 9110,
/// section 13.2.2).
fn is_unchanged(route: &Route, asked: &HeaderMap) -> bool {
    let same = |condition: &str, name: &str| {
        let theirs = asked.get(condition)?.to_str().ok()?;
        Some(route.headers.iter().any(|(known, value)| known.eq_ignore_ascii_case(name) && value == theirs))
    };
    same("if-none-match", "etag").or_else(|| same("if-modified-since", "last-modified")).unwrap_or(false)
}

fn from_route(route: &Route) -> Response<Body> {
    let headers = route.headers.iter().map(|(name, value)| (name, value));
    build(route.status, route.content_type.as_deref(), headers, route.body.clone())
}

fn build<'a>(
    status: u16,
    content_type: Option<&str>,
    headers: impl Iterator<Item = (&'a String, &'a String)>,
    body: Vec<u8>,
) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = content_type.and_then(|value| HeaderValue::from_str(value).ok());
    if let Some(value) = content_type {
        response.headers_mut().insert("content-type", value);
    }
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name.as_str()), HeaderValue::from_str(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}
