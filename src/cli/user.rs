//! `onenet user`: adds, lists and disables accounts, also beside a running server.

mod posts;

use super::settings::{File, Place};
use super::{Failure, asynchronous, print};
use crate::directory::{NoPost, Weak, hash_password, post, strength};
use crate::shipped;
use crate::store::AccountRow;
use clap::{Args, Subcommand};
use engine::text::{Lang, say};
use jiff::Timestamp;
use posts::{Lend, Posts, TakeBack};
use std::io::{IsTerminal, Write};

/// Adds, lists and disables accounts.
#[derive(Args)]
pub struct User {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Adds an account; the password is asked for, or read from the first line of stdin.
    Add(Add),
    /// Lists all accounts.
    List {
        /// One JSON object an account.
        #[arg(long, value_parser = ["text", "json"], default_value = "text")]
        format: String,
    },
    /// Gives an account further posts, or takes some away.
    Posts(Posts),
    /// Lends somebody a post of another city, for some matters and days.
    Lend(Lend),
    /// Takes a lent post back before its time.
    TakeBack(TakeBack),
    /// Ends all rights of an account at once; what it did stays on record.
    Disable {
        /// Id of the account.
        user: String,
    },
}

#[derive(Args)]
struct Add {
    /// Id to sign in with: letters, digits, hyphens.
    user: String,
    /// The name others read.
    #[arg(long)]
    name: String,
    /// City, department and post, e.g. 450400/si/window; may be given several times.
    #[arg(long = "post", value_name = "CITY/DEPARTMENT/POST")]
    posts: Vec<String>,
    /// Another system: no password, only API tokens.
    #[arg(long)]
    system: bool,
}

impl User {
    /// Does it; the list goes to stdout.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        match self.verb {
            Verb::Add(add) => add.run(&place, lang),
            Verb::List { format } => list(&place, &format),
            Verb::Posts(posts) => posts.run(&place),
            Verb::Lend(lend) => lend.run(&place),
            Verb::TakeBack(back) => back.run(&place),
            Verb::Disable { user } => disable(&place, &user),
        }
    }
}

impl Add {
    fn run(self, place: &Place, lang: Lang) -> Result<(), Failure> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        if self.user.is_empty() || self.user.len() > 64 || !self.user.chars().all(plain) {
            return Err(Failure::Usage("user.bad_id", vec![("name", self.user)]));
        }
        let posts = read_posts(&self.posts)?;
        let secret = match self.system {
            true => String::new(),
            false => secret(&self.user, lang)?,
        };
        let row = AccountRow {
            id: self.user.clone(),
            name: self.name,
            kind: if self.system { "system" } else { "person" }.to_owned(),
            secret,
            posts,
            lent: Vec::new(),
            state: "active".to_owned(),
            changed: Timestamp::now().as_millisecond(),
        };
        let added = asynchronous(async {
            let accounts = place.accounts().await?;
            let added = accounts.add(&row).await.map_err(Failure::store)?;
            accounts.changed().map_err(Failure::store)?;
            Ok(added)
        })?;
        match added {
            true => Ok(()),
            false => Err(Failure::Refused("user.taken", vec![("name", self.user)])),
        }
    }
}

/// The posts as they are kept: cities by code.
pub(super) fn read_posts(texts: &[String]) -> Result<Vec<String>, Failure> {
    let network = shipped::network();
    let read = |text: &String| {
        post(text, &network)
            .map(|p| format!("{}/{}/{}", p.city, p.department, p.post))
            .map_err(|why| no_post(text, why))
    };
    texts.iter().map(read).collect()
}

fn no_post(text: &str, why: NoPost) -> Failure {
    let (key, near) = match why {
        NoPost::Shape => ("post.shape", String::new()),
        NoPost::City(near) => ("post.city", near),
        NoPost::Department(near) => ("post.department", near),
        NoPost::Post(near) => ("post.post", near),
    };
    Failure::Usage(key, vec![("name", text.to_owned()), ("near", near)])
}

/// Asks for a password, twice on a terminal, and hashes it.
fn secret(user: &str, lang: Lang) -> Result<String, Failure> {
    let password = ask(lang, "user.password")?;
    if let Err(weak) = strength(user, &password) {
        let key = match weak {
            Weak::Length => "user.short",
            Weak::Common => "user.common",
        };
        return Err(Failure::Usage(key, vec![]));
    }
    if std::io::stdin().is_terminal() && ask(lang, "user.again")? != password {
        return Err(Failure::Usage("user.differ", vec![]));
    }
    hash_password(&password).ok_or(Failure::Environment("user.no_hash", vec![]))
}

/// Asks for a password; where nobody can be asked, the next line of stdin.
pub(super) fn ask(lang: Lang, key: &str) -> Result<String, Failure> {
    let failed = |e: std::io::Error| Failure::environment("user.no_password", &"", &e);
    if std::io::stdin().is_terminal() {
        let prompt = say(lang, key, &[]).unwrap_or_default();
        _ = write!(std::io::stderr(), "{prompt} ");
        return rpassword::read_password().map_err(failed);
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).map_err(failed)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn list(place: &Place, format: &str) -> Result<(), Failure> {
    let rows = asynchronous(async {
        let accounts = place.accounts().await?;
        accounts.accounts().await.map_err(Failure::store)
    })?;
    for row in rows {
        match format {
            "json" => print(
                &serde_json::json!({
                    "id": row.id, "name": row.name, "kind": row.kind, "posts": row.posts, "state": row.state,
                })
                .to_string(),
            ),
            _ => print(&format!(
                "{}\t{}\t{}\t{}",
                row.id,
                row.name,
                row.state,
                row.posts.join(" ")
            )),
        }
    }
    Ok(())
}

fn disable(place: &Place, user: &str) -> Result<(), Failure> {
    let found = asynchronous(async {
        let accounts = place.accounts().await?;
        let now = Timestamp::now().as_millisecond();
        let found = accounts.set_state(user, "disabled", now).await;
        found.map_err(Failure::store)
    })?;
    match found {
        true => Ok(()),
        false => Err(Failure::Refused(
            "user.unknown",
            vec![("name", user.to_owned())],
        )),
    }
}
