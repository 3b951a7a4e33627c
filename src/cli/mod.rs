//! The command line: one file per command. Data goes to stdout, talk to stderr.

mod check;
mod decide;
mod due;
mod explain;
mod graph;
mod matter;

use clap::{Parser, Subcommand, ValueEnum};
use engine::diagnostic::Diagnostic;
use engine::source::Sources;
use engine::text::{Lang, say};
use std::process::ExitCode;

/// 跨省社保服务一张网: matters written in YAML run as cases across cities.
#[derive(Parser)]
#[command(name = "onenet", version)]
pub struct Arguments {
    /// Language of messages.
    #[arg(long, global = true, value_enum, default_value = "zh")]
    lang: Language,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum Language {
    Zh,
    En,
}

#[derive(Subcommand)]
enum Command {
    /// Reads matters and reports every problem with file, line and column.
    Check(check::Check),
    /// Evaluates a decision table.
    Decide(decide::Decide),
    /// Works out when a limit ends, on the calendar of a city.
    Due(due::Due),
    /// Explains a matter in sentences, or a code of a message.
    Explain(explain::Explain),
    /// Shows a matter as an ordered list or as a diagram.
    Graph(graph::Graph),
}

/// What went wrong, by the exit code it gives.
enum Failure {
    /// 1: problems in the user's material.
    Found(Vec<Diagnostic>, Sources),
    /// 2: the command was used wrongly; a catalogue key and what it names.
    Usage(&'static str, Vec<(&'static str, String)>),
}

/// Runs a command; the exit codes are those of the public interface: 0 fine, 1 problems found, 2 wrong use.
pub fn run(arguments: Arguments) -> ExitCode {
    let lang = match arguments.lang {
        Language::Zh => Lang::Zh,
        Language::En => Lang::En,
    };
    let done = match arguments.command {
        Command::Check(command) => command.run(lang),
        Command::Decide(command) => command.run(lang),
        Command::Due(command) => command.run(lang),
        Command::Explain(command) => command.run(lang),
        Command::Graph(command) => command.run(lang),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Found(found, sources)) => {
            for diagnostic in &found {
                eprint!("{}", diagnostic.render(&sources, lang));
            }
            ExitCode::from(1)
        }
        Err(Failure::Usage(key, args)) => {
            eprintln!(
                "{}",
                say(lang, key, &args).unwrap_or_else(|| key.to_owned())
            );
            ExitCode::from(2)
        }
    }
}

/// Prints to stdout; a reader that has gone away is not an error.
fn print(line: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout(), "{line}");
}
