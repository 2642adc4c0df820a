//! `auslese man`.

use std::path::{Path, PathBuf};

use clap_mangen::Man;

use super::{CliError, Exit, output};

/// Prints the man page, or writes one for each command.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write auslese.1 and one page for each command into this folder, rather than print the first.
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(args: Args, mut command: clap::Command) -> Result<Exit, CliError> {
    // Full names and inherited options are known once built.
    command.build();
    match args.output {
        None => output::print(&String::from_utf8_lossy(&page(&command)?))?,
        Some(folder) => {
            std::fs::create_dir_all(&folder).map_err(|error| cannot_write(&folder, &error))?;
            let own = std::iter::once(("auslese.1".to_owned(), &command));
            let of_commands =
                command.get_subcommands().map(|command| (format!("auslese-{}.1", command.get_name()), command));
            for (name, command) in own.chain(of_commands) {
                let file = folder.join(name);
                std::fs::write(&file, page(command)?).map_err(|error| cannot_write(&file, &error))?;
            }
        }
    }
    Ok(Exit::Done)
}

fn page(command: &clap::Command) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| CliError::Failed(format!("the man page cannot be made: {error}")))?;
    Ok(page)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> CliError {
    CliError::Failed(format!("cannot write {}: {error}", path.display()))
}
