//! `onenet demo`: the whole product with an example network. Three stories are told as they happen, about 300 cases stand in every
//! state, and the server stays for whoever wants to go on.

mod lives;
mod world;

use super::settings::{Place, Post};
use super::{Failure, asynchronous, print, serve};
use crate::directory::{Demand, TOKEN_LIFE, hash_password};
use crate::runtime::{Channels, Clock};
use crate::store::{AccountRow, CaseFilter, LendingRow};
use crate::web::{App, Proxies};
use clap::Args;
use engine::network::{LentPost, Network, Person};
use engine::text::{Lang, both};
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use std::collections::BTreeMap;
use std::path::PathBuf;
use world::World;

/// Runs the whole product with an example network.
#[derive(Args)]
pub struct Demo {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, env = "ONENET_LISTEN", value_name = "ADDR", default_value = serve::ADDRESS)]
    listen: String,
    /// Folder that stays; without it a fresh one that goes with the program.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Opens the sign-in page in a browser.
    #[arg(long)]
    open: bool,
    /// How many cases there are besides the three stories.
    #[arg(long, default_value_t = 300)]
    cases: usize,
}

/// The morning on which the demo stands when it is ready.
const MORNING: &str = "2026-11-23T09:00:00+08:00";
/// The day on which its world begins.
const BEGINNING: &str = "2026-11-02T08:00:00+08:00";
/// The password of all example people. It is no secret.
const PASSWORD: &str = "yiwang-demo-2026";

impl Demo {
    /// Builds the world, prints where to call and as whom, and serves until it is stopped.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let address = serve::address(&self.listen, false)?;
        let fresh = tempfile::tempdir();
        let fresh = fresh.map_err(|e| Failure::environment("settings.no_folder", &"", &e))?;
        let place = Place {
            data: Some(self.data.unwrap_or_else(|| fresh.path().to_owned())),
            database_url: None,
        };
        let library = serve::library(&[], lang)?;
        let clock = Clock::sandbox(instant(BEGINNING));
        asynchronous(async {
            let listener = serve::listen_on(address).await?;
            let post = Post::default();
            let reach = serve::reach(&listener, &post, BTreeMap::new(), &clock);
            // Its password is no secret, so a second factor would guard nothing; who has chosen to try one is asked for it.
            let app = serve::start(
                &place,
                library,
                clock,
                reach,
                Demand::Chosen,
                Proxies::default(),
            )
            .await?;
            let all = CaseFilter::default();
            let before = app.runtime.store().count_cases(&all).await;
            if before.map_err(Failure::store)? == 0 {
                people(&app).await?;
                World::new(&app, lang).build(self.cases).await?;
            }
            app.runtime
                .move_clock(instant(MORNING))
                .await
                .map_err(|e| Failure::environment("demo.stuck", &MORNING, &e))?;
            app.runtime.send(Channels::default());
            if let Ok(here) = listener.local_addr() {
                introduce(&app, lang, &here.to_string()).await?;
                if self.open {
                    browse(&format!("http://{here}/"));
                }
            }
            serve::until_stopped(app, listener, lang).await
        })
    }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or_default()
}

/// The example people of the network as accounts, all with one password.
async fn people(app: &App) -> Result<(), Failure> {
    let secret = tokio::task::spawn_blocking(|| hash_password(PASSWORD)).await;
    let Ok(Some(secret)) = secret else {
        return Err(Failure::Environment("user.no_hash", vec![]));
    };
    let library = app.runtime.library();
    let accounts = app.directory.accounts();
    for person in library.network.people() {
        let row = AccountRow {
            id: person.id.clone(),
            name: person.name.clone(),
            kind: "person".to_owned(),
            secret: secret.clone(),
            posts: posts(&library.network, &person.posts),
            lent: Vec::new(),
            state: "active".to_owned(),
            changed: Timestamp::now().as_millisecond(),
        };
        accounts.add(&row).await.map_err(Failure::store)?;
        for lent in &person.lent {
            accounts
                .lend(&lending(person, lent))
                .await
                .map_err(Failure::store)?;
        }
    }
    accounts.changed().map_err(Failure::store)
}

/// A post of another city that an example person holds; the administrators of the example have agreed to it.
fn lending(person: &Person, lent: &LentPost) -> LendingRow {
    let midnight =
        |day: Date| engine::clock::instant(day.to_datetime(Time::midnight())).as_millisecond();
    let begins = midnight(lent.from);
    LendingRow {
        id: rand::random_range(1..1_000_000_000_000),
        person: person.id.clone(),
        post: lent.post.clone(),
        matters: lent.matters.iter().map(|(m, _)| m.clone()).collect(),
        begins,
        ends: midnight(lent.until.tomorrow().unwrap_or(lent.until)),
        reason: lent.reason.clone(),
        asked_by: lent.by.clone(),
        asked: begins,
        approved_by: Some(lent.agreed_by.clone()),
        approved: Some(begins),
        ended_by: None,
    }
}

/// The posts of a person as accounts keep them: cities by code.
fn posts(network: &Network, texts: &[String]) -> Vec<String> {
    let known = texts
        .iter()
        .filter_map(|t| crate::directory::post(t, network).ok());
    known.map(|p| p.to_string()).collect()
}

/// Prints the people of the stories with a token each.
async fn introduce(app: &App, lang: Lang, address: &str) -> Result<(), Failure> {
    let said = |key: &str, what: &str| print(both(key, &[("what", what.to_owned())]).get(lang));
    said("demo.address", address);
    said("demo.password", PASSWORD);
    let people = app.directory.people().await.map_err(Failure::store)?;
    let others: Vec<String> = ["450400/si/window", "520300/si/", "360700/si/"]
        .map(Into::into)
        .into();
    let offices = ["si", "mib", "hf", "hrss"].map(|department| format!("442000/{department}/"));
    let cast: Vec<String> = offices.into_iter().chain(others).collect();
    let of_cast = |row: &&AccountRow| {
        row.posts
            .iter()
            .any(|p| cast.iter().any(|c| p.starts_with(c.as_str())))
    };
    for row in people.values().filter(of_cast) {
        let token = app
            .directory
            .issue_token(row, Vec::new(), Timestamp::now(), TOKEN_LIFE);
        let token = token.await.map_err(Failure::store)?;
        let posts = row.posts.join(" ");
        print(&format!(
            "{:<16} {}  {posts:<22} {}",
            row.id,
            row.name,
            token.text()
        ));
    }
    let someone = people.keys().next().map_or("zs-window", String::as_str);
    said("demo.curl", someone);
    Ok(())
}

/// Opens an address in whatever shows such; where nothing does, the address has been printed.
fn browse(address: &str) {
    let program = match cfg!(target_os = "macos") {
        true => "open",
        false => "xdg-open",
    };
    _ = std::process::Command::new(program).arg(address).spawn();
}
