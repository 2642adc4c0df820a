//! Why a run could not do its work. What pages do is data, never this.

use crate::fetch::FetchError;
use crate::frontier::FrontierError;
use crate::sink::SinkError;

/// Our own fault, or the machine's.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The plan names nothing to crawl.
    #[error("nothing to crawl: the plan names no address")]
    NothingToDo,
    /// The configuration makes no sense; the message names the option.
    #[error("{0}")]
    Config(String),
    /// The state failed.
    #[error(transparent)]
    Frontier(#[from] FrontierError),
    /// The output failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The fetcher could not be set up.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A thread could not be started.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
    /// A thread of the engine ended before its time; the log says why.
    #[error("the {0} ended before its time: a fault of the program, please report it")]
    Lost(&'static str),
}
