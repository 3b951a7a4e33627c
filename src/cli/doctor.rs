//! `onenet doctor`: says whether settings, store, key, clock, definitions and channels are as they should be, and what waits to be
//! sent; also beside a running server.

use super::endpoint::rules;
use super::settings::{File, Place, Post};
use super::{Failure, asynchronous, attempt, print, serve};
use crate::peer::in_force;
use crate::runtime::{Channels, leapt};
use crate::store::Accounts;
use crate::web::SHOWN;
use crate::{endpoint, system};
use clap::Args;
use engine::diagnostic::Level;
use engine::text::{Lang, both};
use jiff::Timestamp;

/// Checks what the program stands on.
#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    post: Post,
    /// Sends a mail to this mailbox, to see whether it arrives.
    #[arg(long, value_name = "MAILBOX")]
    try_mail: Option<String>,
    /// Sends a short message to this number, to see whether it arrives.
    #[arg(long, value_name = "NUMBER")]
    try_sms: Option<String>,
}

/// Before this day the program did not exist; a clock that shows an earlier one is wrong.
const NOT_BEFORE: &str = "2026-11-01T00:00:00+08:00";

impl Doctor {
    /// One line a matter to stdout; the first that is wrong ends it with its exit code.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let file = File::read()?;
        let place = self.place.or(&file);
        let post = self.post.or(&file);
        let told = |key: &str, what: String| print(both(key, &[("what", what)]).get(lang));
        told("doctor.settings", place.folder().display().to_string());
        let leap = asynchronous(async {
            let channels = post.channels()?;
            let accounts = place.accounts().await?;
            let people = accounts.accounts().await.map_err(Failure::store)?;
            told("doctor.store", people.len().to_string());
            let backlog = accounts.backlog().await.map_err(Failure::store)?;
            for kind in ["email", "sms"] {
                told(channel(&channels, kind), kind.to_owned());
            }
            let outages = accounts.outages().await.map_err(Failure::store)?;
            for kind in ways(&accounts).await? {
                let down = outages.iter().any(|(down, ..)| *down == kind);
                if !down {
                    told("doctor.up", kind);
                }
            }
            for (kind, state, count) in backlog {
                let args = [("name", kind), ("what", count.to_string())];
                print(both(&format!("doctor.messages_{state}"), &args).get(lang));
            }
            for (kind, since, answer) in outages {
                let since = Timestamp::from_millisecond(since).unwrap_or_default();
                let args = [
                    ("name", kind),
                    ("what", since.to_string()),
                    ("answer", answer),
                ];
                print(both("doctor.outage", &args).get(lang));
            }
            peers(&accounts, lang).await?;
            if let Some(mailbox) = &self.try_mail {
                let outcome = attempt::mail(channels.email.as_ref(), mailbox, lang).await;
                attempt::told(outcome, "email", lang)?;
            }
            if let Some(number) = &self.try_sms {
                let rules = rules(&accounts).await?;
                let outcome = attempt::sms(channels.sms.clone(), number, rules, lang).await;
                attempt::told(outcome, "sms", lang)?;
            }
            accounts.open_leap().await.map_err(Failure::store)
        })?;
        place.keys()?;
        told("doctor.key", place.key_file().display().to_string());
        place.signing()?;
        told("doctor.signing", place.signing_file().display().to_string());
        let now = Timestamp::now();
        if NOT_BEFORE
            .parse::<Timestamp>()
            .is_ok_and(|first| now < first)
        {
            return Err(Failure::Environment(
                "doctor.clock_wrong",
                vec![("what", now.to_string())],
            ));
        }
        if let Some(leap) = leap {
            return Err(Failure::Environment("clock.leapt", leapt(leap).to_vec()));
        }
        told("doctor.clock", now.to_string());
        let library = serve::library(&file.workflows, lang)?;
        let wrong = library.found.iter().filter(|d| d.level() == Level::Error);
        match wrong.count() {
            0 => told("doctor.definitions", library.matters.len().to_string()),
            wrong => {
                let args = vec![("what", wrong.to_string())];
                return Err(Failure::Environment("doctor.definitions_wrong", args));
            }
        }
        Ok(())
    }
}

/// The ways to other systems there are.
async fn ways(accounts: &Accounts) -> Result<Vec<String>, Failure> {
    let endpoints = accounts.endpoints().await.map_err(Failure::store)?;
    let on = endpoints.iter().filter(|row| row.on);
    let told = on.map(|row| format!("{}:{}", endpoint::WEBHOOK, row.id));
    let systems = accounts.systems().await.map_err(Failure::store)?;
    let asked = systems
        .iter()
        .filter(|row| row.on && row.in_force.is_some());
    Ok(told
        .chain(asked.map(|row| system::kind(&row.name)))
        .collect())
}

/// Other deployments, and what came in their name and was turned away in the last thirty days.
async fn peers(accounts: &Accounts, lang: Lang) -> Result<(), Failure> {
    let rows = accounts.peers().await.map_err(Failure::store)?;
    for known in in_force(&rows) {
        let args = [("name", known.name), ("what", known.peer.address)];
        print(both("doctor.peer", &args).get(lang));
    }
    let since = Timestamp::now() - SHOWN;
    let turned_away = accounts.turned_away(since.as_millisecond()).await;
    for row in turned_away.map_err(Failure::store)? {
        let what = format!("{} × {}", row.why, row.times);
        print(both("doctor.turned_away", &[("name", row.peer), ("what", what)]).get(lang));
    }
    Ok(())
}

/// What there is to say of a channel.
fn channel(channels: &Channels, kind: &str) -> &'static str {
    match channels.lacks(kind) {
        true => "doctor.no_channel",
        false => "doctor.channel",
    }
}
