//! `onenet verify`: whether the store is whole.

use super::settings::{File, Place};
use super::{Failure, asynchronous, print};
use crate::runtime::{self, Broken, Depth, Flaw, Keys, Misplaced};
use crate::store::Store;
use clap::Args;
use engine::text::{Lang, say};

/// Checks the store: histories chained and without holes; with `--deep` every row against its history.
#[derive(Args)]
pub struct Verify {
    #[command(flatten)]
    place: Place,
    /// Folds every case again and compares cases, tasks, timers and papers with what comes out.
    #[arg(long)]
    deep: bool,
    /// One JSON object.
    #[arg(long, value_parser = ["text", "json"], default_value = "text")]
    format: String,
}

impl Verify {
    /// Says what was checked; the first bad place is a failure with exit code 4. Runs beside a server too.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        let depth = match self.deep {
            false => Depth::Chains,
            true => Depth::Fold(key(&place)?),
        };
        let found = asynchronous(async {
            let store = Store::open_to_read(&place.url()).await;
            let store = store.map_err(Failure::store)?;
            let found = runtime::verify(&store, depth).await;
            found.map_err(Failure::store)
        })?;
        let checked = found.map_err(|broken| Failure::Broken(key_of(&broken), args(broken)))?;
        if self.format == "json" {
            let json = serde_json::json!({ "cases": checked.cases, "rows": checked.rows });
            print(&json.to_string());
            return Ok(());
        }
        let args = [
            ("cases", checked.cases.to_string()),
            ("rows", checked.rows.to_string()),
        ];
        print(&say(lang, "verify.sound", &args).unwrap_or_default());
        Ok(())
    }
}

/// The master key as it lies there: none is made.
fn key(place: &Place) -> Result<Keys, Failure> {
    let file = place.key_file();
    Keys::read(&file).map_err(|e| Failure::environment("settings.key", &file.display(), &e))
}

fn key_of(broken: &Broken) -> &'static str {
    match broken.flaw {
        Flaw::Chain(_) => "verify.chain",
        Flaw::Cut(_) => "verify.cut",
        Flaw::NoCase => "verify.no_case",
        Flaw::Unreadable(_) => "verify.unreadable",
        Flaw::CaseRow => "verify.case_row",
        Flaw::Tasks => "verify.tasks",
        Flaw::Timers => "verify.timers",
        Flaw::Paper(_) => "verify.paper",
        Flaw::Cards => "verify.cards",
        Flaw::Certificate => "verify.certificate",
        Flaw::Turns(Misplaced::Missing) => "verify.turn_missing",
        Flaw::Turns(Misplaced::TooMany) => "verify.turn_too_many",
        Flaw::Turns(Misplaced::OtherKey) => "verify.turn_other_key",
        Flaw::Turns(Misplaced::NotIn) => "verify.turn_not_in",
        Flaw::OpenAtEnd => "verify.open_at_end",
    }
}

fn args(broken: Broken) -> Vec<(&'static str, String)> {
    let mut args = vec![("case", broken.case.to_string()), ("number", broken.number)];
    match broken.flaw {
        Flaw::Chain(seq) | Flaw::Cut(seq) => args.push(("seq", seq.to_string())),
        Flaw::Paper(no) => args.push(("paper", no.to_string())),
        Flaw::Unreadable(why) => args.push(("what", why)),
        _ => {}
    }
    args
}
