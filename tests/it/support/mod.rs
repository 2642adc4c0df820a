//! What several topics need.

pub(crate) mod server;
#[expect(dead_code, reason = "the tests that run programs of others come with the commands they look at")]
pub(crate) mod tools;
