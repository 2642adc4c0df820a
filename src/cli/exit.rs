//! How a command ends. The only place that knows exit codes.

use std::process::ExitCode;

/// How a command ended, its own faults aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, also when there was nothing to do.
    Done,
    /// Done, but some pages or inputs failed for good.
    SomeFailed,
    /// Stopped early, the state saved.
    Interrupted,
}

/// Why a command could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    /// Arguments or configuration; the message says which and what to do.
    #[error("{0}")]
    Usage(String),
    /// Another run holds the lock.
    #[error("{0}")]
    Locked(String),
    /// Our own fault, or the machine's (disk full, folder not writable).
    #[error("{0}")]
    Failed(String),
}

/// The exit code of a command's end, after saying on stderr what went wrong.
pub(crate) fn conclude(end: Result<Exit, CliError>) -> ExitCode {
    let code = match end {
        Ok(Exit::Done) => 0,
        Ok(Exit::SomeFailed) => 4,
        Ok(Exit::Interrupted) => 5,
        Err(error) => {
            eprintln!("error: {error}");
            match error {
                CliError::Failed(_) => 1,
                CliError::Usage(_) => 2,
                CliError::Locked(_) => 3,
            }
        }
    };
    ExitCode::from(code)
}
