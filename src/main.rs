//! Parses the arguments and runs the command.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    onenet::cli::run(onenet::cli::Arguments::parse())
}
