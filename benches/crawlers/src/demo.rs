//! The generator of `auslese`'s own benches, compiled as it stands, with what little of its surroundings it needs: so the pages are the
//! same, and none of `auslese` is built here.

#[path = "../../../src/demo/generated.rs"]
mod generated;

pub use generated::Generated;

/// Pages by their paths.
pub struct Site {
    /// The body of each.
    pub routes: Vec<(String, String)>,
}

/// A page.
pub struct Route(String);

impl Site {
    fn new(_origin: &str) -> Self {
        Self { routes: Vec::new() }
    }

    fn route(mut self, path: &str, route: Route) -> Self {
        self.routes.push((path.to_owned(), route.0));
        self
    }
}

impl Route {
    fn ok(_content_type: &str, body: String) -> Self {
        Self(body)
    }
}
