//! `onenet completions`: the script by which a shell completes the commands and flags.

use super::{Arguments, Failure, print};
use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

/// Prints a script for a shell.
#[derive(Args)]
pub struct Completions {
    /// Which shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// The script to stdout.
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut Arguments::command(), "onenet", &mut script);
        print(String::from_utf8_lossy(&script).trim_end());
        Ok(())
    }
}
