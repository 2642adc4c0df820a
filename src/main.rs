//! `auslese` on the command line: parses the arguments, runs one command, turns its end into an exit code.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
