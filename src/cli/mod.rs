//! The command line: one file per command. Data goes to stdout, talk to stderr.

mod attempt;
mod check;
mod clock;
mod completions;
mod decide;
mod demo;
mod diff;
mod doctor;
mod due;
mod endpoint;
mod explain;
mod graph;
mod matter;
mod new;
mod peer;
mod receipt;
mod run;
mod schema;
mod serve;
mod settings;
mod systems;
mod test;
mod token;
mod user;
mod verify;

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
    /// Says whether the machine's clock has leapt, and confirms that it is right.
    Clock(clock::Clock),
    /// Prints the script by which a shell completes commands and flags.
    Completions(completions::Completions),
    /// Evaluates a decision table.
    Decide(decide::Decide),
    /// Says what differs between two cities.
    Diff(diff::Diff),
    /// Works out when a limit ends, on the calendar of a city.
    Due(due::Due),
    /// Keeps the endpoints of webhooks.
    Endpoint(endpoint::Endpoints),
    /// Explains a matter in sentences, or a code of a message.
    Explain(explain::Explain),
    /// Runs the whole product with an example network.
    Demo(demo::Demo),
    /// Shows a matter as an ordered list or as a diagram.
    Graph(graph::Graph),
    /// Makes a matter to begin with.
    New(new::New),
    /// Keeps the directory of other deployments, and the key of this one.
    Peer(peer::Peers),
    /// Proves receipts of letters between deployments.
    Receipt(receipt::Receipt),
    /// Starts one case locally and prints its timeline as it goes.
    Run(run::Run),
    /// Prints the JSON Schema of a kind of file, for editors.
    Schema(schema::Schema),
    /// Says whether settings, store, key, clock and definitions are as they should be.
    Doctor(doctor::Doctor),
    /// Runs the server.
    Serve(serve::Serve),
    /// Shows the other systems that are asked and heard, and tries one.
    Systems(systems::Systems),
    /// Plays scenarios and reports what is not as expected.
    Test(test::Test),
    /// Makes API tokens.
    Token(token::Token),
    /// Adds, lists and disables accounts.
    User(user::User),
    /// Checks whether the store is whole.
    Verify(verify::Verify),
}

/// What went wrong, by the exit code it gives.
enum Failure {
    /// 1: problems in the user's material.
    Found(Vec<Diagnostic>, Sources),
    /// 1: problems that have been shown already.
    Shown,
    /// 2: the command was used wrongly; a catalogue key and what it names.
    Usage(&'static str, Vec<(&'static str, String)>),
    /// 3: something around the program is not as it should be; a catalogue key and what it names.
    Environment(&'static str, Vec<(&'static str, String)>),
    /// 3: the store is written by another process; which.
    Held(String),
    /// 4: the store is not whole; a catalogue key and the first bad place.
    Broken(&'static str, Vec<(&'static str, String)>),
    /// 5: refused; a catalogue key and what it names.
    Refused(&'static str, Vec<(&'static str, String)>),
}

impl Failure {
    fn exit_code(&self) -> u8 {
        match self {
            Failure::Found(..) | Failure::Shown => 1,
            Failure::Usage(..) => 2,
            Failure::Environment(..) | Failure::Held(_) => 3,
            Failure::Broken(..) => 4,
            Failure::Refused(..) => 5,
        }
    }

    fn show(self, lang: Lang) {
        let (key, args) = match self {
            Failure::Shown => return,
            Failure::Found(found, sources) => {
                for diagnostic in &found {
                    eprint!("{}", diagnostic.render(&sources, lang));
                }
                return;
            }
            Failure::Usage(key, args)
            | Failure::Environment(key, args)
            | Failure::Broken(key, args)
            | Failure::Refused(key, args) => (key, args),
            Failure::Held(by) => ("settings.held", vec![("name", by)]),
        };
        eprintln!(
            "{}",
            say(lang, key, &args).unwrap_or_else(|| key.to_owned())
        );
    }
}

/// Runs what needs the store or the network, on the one kind of runtime the program uses: a batch of commands and the requests
/// that carry them do not wander between threads; long work goes to threads of its own.
fn asynchronous<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::environment("settings.no_runtime", &"tokio", &e))?;
    runtime.block_on(work)
}

/// Runs a command; the exit codes are those of the public interface: 0 fine, 1 problems found, 2 wrong use,
/// 3 environment, 4 integrity broken, 5 refused.
pub fn run(arguments: Arguments) -> ExitCode {
    let lang = match arguments.lang {
        Language::Zh => Lang::Zh,
        Language::En => Lang::En,
    };
    let done = match arguments.command {
        Command::Check(command) => command.run(lang),
        Command::Clock(command) => command.run(lang),
        Command::Completions(command) => command.run(),
        Command::Decide(command) => command.run(lang),
        Command::Diff(command) => command.run(lang),
        Command::Due(command) => command.run(lang),
        Command::Endpoint(command) => command.run(),
        Command::Explain(command) => command.run(lang),
        Command::Demo(command) => command.run(lang),
        Command::Graph(command) => command.run(lang),
        Command::New(command) => command.run(lang),
        Command::Peer(command) => command.run(lang),
        Command::Receipt(command) => command.run(),
        Command::Run(command) => command.run(lang),
        Command::Schema(command) => command.run(lang),
        Command::Systems(command) => command.run(lang),
        Command::Test(command) => command.run(lang),
        Command::Doctor(command) => command.run(lang),
        Command::Serve(command) => command.run(lang),
        Command::Token(command) => command.run(),
        Command::User(command) => command.run(lang),
        Command::Verify(command) => command.run(lang),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let code = failure.exit_code();
            failure.show(lang);
            ExitCode::from(code)
        }
    }
}

/// Prints to stdout; a reader that has gone away is not an error.
fn print(line: &str) {
    use std::io::Write;
    _ = writeln!(std::io::stdout(), "{line}");
}

/// A file or folder that cannot be read.
fn unreadable(path: &std::path::Path, error: &std::io::Error) -> Failure {
    let args = vec![
        ("path", path.display().to_string()),
        ("what", error.to_string()),
    ];
    Failure::Usage("decide.no_file", args)
}
