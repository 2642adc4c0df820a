//! How a command ends. The only place that knows exit codes.

use std::process::ExitCode;

use clap::error::ErrorKind;

/// The table of exit codes at the end of `--help`; the README's table says the same.
pub(crate) const HELP: &str = "\
Exit codes:
  0  done, also when there was nothing new
  1  a fault of auslese or the machine: disk full, folder not writable
  2  usage or configuration: the message says what to change
  3  another run holds the lock
  4  done, but some pages, inputs or lines failed for good
  5  interrupted, with the state saved";

/// How a command ended, its own faults aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done, also when there was nothing to do.
    Done,
    /// Done, but some pages, inputs or lines failed for good.
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
    /// Whoever read our stdout has read enough (`auslese … | head`): no fault of anyone.
    #[error("stdout was closed")]
    StdoutClosed,
}

/// The exit code of a command's end, after saying on stderr what went wrong.
pub(crate) fn conclude(end: Result<Exit, CliError>) -> ExitCode {
    let code = match end {
        Ok(Exit::Done) | Err(CliError::StdoutClosed) => 0,
        Ok(Exit::SomeFailed) => 4,
        Ok(Exit::Interrupted) => 5,
        Err(error) => {
            tracing::error!("{error}");
            match error {
                CliError::Failed(_) | CliError::StdoutClosed => 1,
                CliError::Usage(_) => 2,
                CliError::Locked(_) => 3,
            }
        }
    };
    ExitCode::from(code)
}

/// The exit code where the arguments could not be taken, or asked for help or the version, after printing that.
pub(crate) fn conclude_parsing(error: &clap::Error) -> ExitCode {
    // Where neither stdout nor stderr can be written to there is nobody left to tell.
    let _ = error.print();
    ExitCode::from(match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => 0,
        _ => 2,
    })
}
