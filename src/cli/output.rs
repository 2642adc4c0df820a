//! Data to stdout or to a file. A file appears whole or not at all: it is written beside its place (`part`) and renamed.

mod part;

use std::fs::File;
use std::io::{self, BufWriter, ErrorKind, Stdout, Write};
use std::path::{Path, PathBuf};

use super::CliError;
use part::Part;

/// Where a command's data go. Dropped without [`Output::finish`], a file is not left behind.
pub(crate) struct Output {
    to: Target,
}

enum Target {
    Stdout(BufWriter<Stdout>),
    /// A pipe or device (`/dev/null`), which must not be renamed over.
    Stream(BufWriter<File>, PathBuf),
    File {
        to: Option<BufWriter<Part>>,
        path: PathBuf,
    },
}

impl Output {
    /// Stdout, buffered.
    pub(crate) fn stdout() -> Self {
        Self { to: Target::Stdout(BufWriter::with_capacity(1 << 16, io::stdout())) }
    }

    /// A file, or stdout for `-`.
    pub(crate) fn create(path: &Path) -> Result<Self, CliError> {
        if path.as_os_str() == "-" {
            return Ok(Self::stdout());
        }
        if path.is_dir() {
            let message = format!("--output {} is a folder (give a file, or -)", path.display());
            return Err(CliError::Usage(message));
        }
        if path.metadata().is_ok_and(|there| !there.is_file()) {
            let file = File::options().write(true).open(path).map_err(|error| failed(path, &error))?;
            return Ok(Self { to: Target::Stream(BufWriter::with_capacity(1 << 16, file), path.to_owned()) });
        }
        // A symbolic link stays one: its target is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.file_name().is_none() {
            let message = format!("--output {} names no file (give a path with a file name, or -)", path.display());
            return Err(CliError::Usage(message));
        }
        let part = Part::create(&path).map_err(|error| failed(&path, &error))?;
        let to = Some(BufWriter::with_capacity(1 << 16, part));
        Ok(Self { to: Target::File { to, path } })
    }

    /// Appends one line; the line feed is added.
    pub(crate) fn line(&mut self, line: &[u8]) -> Result<(), CliError> {
        self.write(|to| {
            to.write_all(line)?;
            to.write_all(b"\n")
        })
    }

    /// Appends bytes as they are.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.write(|to| to.write_all(bytes))
    }

    /// Passes on what is buffered, so that a reader of stdout sees each line when it is done.
    pub(crate) fn flush(&mut self) -> Result<(), CliError> {
        self.write(|to| to.flush())
    }

    fn write(&mut self, act: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), CliError> {
        match &mut self.to {
            Target::Stdout(to) => act(to).map_err(|error| stdout_failed(&error)),
            Target::Stream(to, path) => act(to).map_err(|error| failed(path, &error)),
            Target::File { to: Some(to), path } => act(to).map_err(|error| failed(path, &error)),
            Target::File { to: None, .. } => Ok(()),
        }
    }

    /// Puts the data in their place.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        self.flush()?;
        let Target::File { to, path } = &mut self.to else { return Ok(()) };
        let Some(part) = to.take() else { return Ok(()) };
        let done = part.into_inner().map_err(io::IntoInnerError::into_error).and_then(|part| part.publish(path));
        done.map_err(|error| failed(path, &error))
    }
}

/// Prints lines to stdout; the text's last line feed is added where it is missing.
pub(crate) fn print(text: &str) -> Result<(), CliError> {
    let mut to = Output::stdout();
    to.line(text.strip_suffix('\n').unwrap_or(text).as_bytes())?;
    to.finish()
}

fn stdout_failed(error: &io::Error) -> CliError {
    match error.kind() {
        ErrorKind::BrokenPipe => CliError::StdoutClosed,
        _ => CliError::Failed(format!("cannot write to stdout: {error}")),
    }
}

fn failed(path: &Path, error: &io::Error) -> CliError {
    let advice = match error.kind() {
        ErrorKind::NotFound => "make the folder first",
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => "choose a folder you may write to",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room and run again",
        _ => "nothing was written there",
    };
    CliError::Failed(format!("cannot write {}: {error} ({advice})", path.display()))
}
