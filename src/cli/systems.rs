//! `onenet systems`: the other systems that are asked and heard, whether anybody answers there, and a try, also beside a running server.

use super::endpoint::rules;
use super::settings::{File, Place};
use super::{Failure, asynchronous, print};
use crate::store::Accounts;
use crate::system::System;
use clap::{Args, Subcommand};
use engine::text::{Lang, both};
use jiff::Timestamp;
use notifications::retry::Outcome;
use notifications::webhook::{Answer, Question, Webhooks};
use serde_json::json;
use std::sync::Arc;
use tokio::sync::watch;

/// Shows the other systems that are asked and heard; two security administrators keep them over the API.
#[derive(Args)]
pub struct Systems {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Lists systems: name, state (`on`, `off`, `proposed`), address, what it may send, since when nobody answers there and what was said
    /// last, calls that wait, calls given up.
    List,
    /// Asks a system a signed question of the type `try`, which belongs to no case, and says what it answers.
    Try {
        /// Its name.
        name: String,
    },
}

impl Systems {
    /// Does it; the list goes to stdout.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        asynchronous(async {
            let accounts = place.accounts().await?;
            match self.verb {
                Verb::List => list(&accounts, &place).await,
                Verb::Try { name } => attempt(&accounts, &place, &name, lang).await,
            }
        })
    }
}

async fn all(accounts: &Accounts, place: &Place) -> Result<Vec<System>, Failure> {
    let (rows, keys) = (
        accounts.systems().await.map_err(Failure::store)?,
        place.keys()?,
    );
    let systems = rows.iter().map(|row| System::open(row, &keys));
    systems.collect::<Result<_, _>>().map_err(Failure::store)
}

async fn list(accounts: &Accounts, place: &Place) -> Result<(), Failure> {
    let outages = accounts.outages().await.map_err(Failure::store)?;
    let backlog = accounts.backlog().await.map_err(Failure::store)?;
    for system in all(accounts, place).await? {
        let kind = system.kind();
        let state = match (&system.terms, system.on) {
            (None, _) => "proposed",
            (Some(_), true) => "on",
            (Some(_), false) => "off",
        };
        let terms = system.terms.unwrap_or_default();
        let sends: Vec<&str> = terms.sends.iter().map(String::as_str).collect();
        let down = outages.iter().find(|(way, ..)| *way == kind);
        let down = down.map(|(_, since, said)| {
            let since = Timestamp::from_millisecond(*since).unwrap_or_default();
            format!("{since} {said}")
        });
        let count = |state: &str| {
            let found = backlog
                .iter()
                .find(|(way, is, _)| *way == kind && is == state);
            found.map_or(0, |(.., count)| *count)
        };
        let (name, url) = (system.name, terms.url.unwrap_or_default());
        let (sends, down) = (sends.join(" "), down.unwrap_or_default());
        let (waiting, dead) = (count("waiting"), count("dead"));
        print(&format!(
            "{name}\t{state}\t{url}\t{sends}\t{down}\t{waiting}\t{dead}"
        ));
    }
    Ok(())
}

/// One question, as a call would be asked; nothing of it is kept, and it is not repeated.
async fn attempt(
    accounts: &Accounts,
    place: &Place,
    name: &str,
    lang: Lang,
) -> Result<(), Failure> {
    let named = |what: &str| vec![("name", name.to_owned()), ("what", what.to_owned())];
    let systems = all(accounts, place).await?;
    let system = systems.iter().find(|system| system.name == name);
    let system = system.ok_or_else(|| Failure::Refused("systems.unknown", named("")))?;
    let url = system
        .url()
        .ok_or_else(|| Failure::Refused("systems.no_address", named("")))?;
    let rules = rules(accounts).await?;
    rules.reachable(url).await.map_err(|why| {
        let (key, what) = why.told();
        Failure::Refused(key, vec![("what", what)])
    })?;
    let now = Timestamp::now();
    let (_rules, watched) = watch::channel(Arc::new(rules));
    let calls = Webhooks::new(watched);
    let calls = calls.map_err(|e| Failure::Environment("systems.silent", named(&e.to_string())))?;
    let id = format!("try-{}", now.as_millisecond());
    let json = json!({ "id": id, "type": "try", "at": now.to_string() });
    let question = Question {
        id: &id,
        url,
        json: &json,
    };
    match calls
        .ask(question, &system.secrets.calls.valid(now), now)
        .await
    {
        Answer::Said(_) | Answer::Later | Answer::None(Outcome::Sent) => {
            print(both("systems.answers", &named("2xx")).get(lang));
            Ok(())
        }
        // It is there, and knows no such question.
        Answer::None(Outcome::Refused { answer } | Outcome::Gone { answer }) => {
            print(both("systems.answers", &named(&answer)).get(lang));
            Ok(())
        }
        Answer::Unreadable => Err(Failure::Environment("systems.silent", named("JSON"))),
        Answer::None(other) => Err(Failure::Environment(
            "systems.silent",
            named(other.answer()),
        )),
    }
}
