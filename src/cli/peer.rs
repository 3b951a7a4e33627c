//! `onenet peer`: the directory of other deployments, kept by two security administrators, and the key of this one; also beside a running
//! server, which takes a change in within seconds.

use super::settings::{File, Place};
use super::user::ask;
use super::{Failure, asynchronous, print};
use crate::directory::right_password;
use crate::exchange::{PublicKey, Signer};
use crate::peer::{KEYS, Peer};
use crate::runtime::Keys;
use crate::shipped;
use crate::store::{Accounts, PeerRow};
use clap::{Args, Subcommand};
use engine::text::Lang;
use jiff::Timestamp;
use notifications::destination::Entry;

/// Keeps the directory of other deployments, and the key of this one.
#[derive(Args)]
pub struct Peers {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Proposes a deployment, or a change of one, and prints the hash a second person approves.
    Add(Add),
    /// Puts in force what another security administrator proposed.
    Approve(Approve),
    /// Lists deployments: name, state, hash, address, cities, keys, who proposed and who approved.
    List,
    /// Takes a deployment away.
    Remove(Remove),
    /// Prints the public key of this deployment, for the others.
    Key {
        /// The key that comes next; made if there is none.
        #[arg(long)]
        next: bool,
    },
    /// Signs with the next key from now on, also a running server; the one before still receives.
    Rotate,
}

#[derive(Args)]
struct Add {
    /// What it is to be called here.
    name: String,
    /// Where it is called: https://host[:port].
    #[arg(long)]
    address: Option<String>,
    /// A city it serves, by code or name; may be given several times.
    #[arg(long = "city", value_name = "CITY")]
    cities: Vec<String>,
    /// Its public key, as its `onenet peer key` prints it; two while it changes keys.
    #[arg(long = "key", value_name = "KEY")]
    keys: Vec<PublicKey>,
    /// The security administrator who proposes it; the password is asked for, or read from stdin.
    #[arg(long = "as", value_name = "USER")]
    by: String,
}

#[derive(Args)]
struct Approve {
    /// Its name here.
    name: String,
    /// The hash that `add` printed.
    hash: String,
    /// The second security administrator; the password is asked for, or read from stdin.
    #[arg(long = "as", value_name = "USER")]
    by: String,
}

#[derive(Args)]
struct Remove {
    /// Its name here.
    name: String,
    /// A security administrator; the password is asked for, or read from stdin.
    #[arg(long = "as", value_name = "USER")]
    by: String,
}

/// The post that keeps the directory.
const POST: &str = "security-admin";

impl Peers {
    /// Does it; hashes, keys and lists go to stdout.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        match self.verb {
            Verb::Key { next } => return key(&place, next),
            Verb::Rotate => return rotate(&place),
            _ => {}
        }
        asynchronous(async {
            let accounts = place.accounts().await?;
            match self.verb {
                Verb::Add(add) => {
                    confirm(&accounts, &add.by, lang).await?;
                    add.run(&accounts).await
                }
                Verb::Approve(approve) => {
                    confirm(&accounts, &approve.by, lang).await?;
                    approve.run(&accounts).await
                }
                Verb::Remove(remove) => {
                    confirm(&accounts, &remove.by, lang).await?;
                    let gone = accounts.drop_peer(&remove.name).await;
                    match gone.map_err(Failure::store)? {
                        true => Ok(()),
                        false => Err(unknown(&remove.name)),
                    }
                }
                Verb::List => list(&accounts).await,
                Verb::Key { .. } | Verb::Rotate => Ok(()),
            }
        })
    }
}

/// Makes sure that a security administrator is at the keyboard.
async fn confirm(accounts: &Accounts, user: &str, lang: Lang) -> Result<(), Failure> {
    let password = ask(lang, "user.password")?;
    let rows = accounts.accounts().await.map_err(Failure::store)?;
    let holds = |posts: &[String]| posts.iter().any(|p| p.rsplit('/').next() == Some(POST));
    let known = rows
        .iter()
        .find(|row| row.id == user && row.state == "active");
    match known.filter(|row| right_password(row, &password)) {
        Some(row) if holds(&row.posts) => Ok(()),
        Some(_) => Err(Failure::Refused(
            "peer.not_security",
            vec![("name", user.to_owned())],
        )),
        None => Err(Failure::Refused(
            "peer.not_confirmed",
            vec![("name", user.to_owned())],
        )),
    }
}

fn unknown(name: &str) -> Failure {
    Failure::Refused("peer.unknown", vec![("name", name.to_owned())])
}

impl Add {
    async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let rows = accounts.peers().await.map_err(Failure::store)?;
        let mut named = rows.iter().filter(|row| row.name == self.name);
        let before = named
            .find(|row| row.approved_by.is_some())
            .and_then(Peer::of);
        let wrong = |key, what: &str| Failure::Usage(key, vec![("what", what.to_owned())]);
        if self.name.trim().is_empty() || self.name.contains(':') {
            return Err(wrong("peer.name", &self.name));
        }
        let address = match (&self.address, &before) {
            (Some(address), _) => {
                let entry = address.parse::<Entry>();
                entry
                    .map_err(|why| {
                        let (key, what) = why.told();
                        wrong(key, &what)
                    })?
                    .to_string()
            }
            (None, Some(before)) => before.address.clone(),
            (None, None) => return Err(wrong("peer.address", &self.name)),
        };
        let network = shipped::network();
        let mut cities = before
            .as_ref()
            .map(|p| p.cities.clone())
            .unwrap_or_default();
        if !self.cities.is_empty() {
            let code = |c: &String| network.city(c).map(|c| c.code.clone());
            let codes = self
                .cities
                .iter()
                .map(|c| code(c).ok_or_else(|| wrong("peer.city", c)));
            cities = codes.collect::<Result<_, _>>()?;
        }
        let keys = match self.keys.is_empty() {
            true => before.map(|p| p.keys).unwrap_or_default(),
            false => self.keys,
        };
        if keys.is_empty() || keys.len() > KEYS || cities.is_empty() {
            return Err(wrong("peer.keys", &keys.len().to_string()));
        }
        let peer = Peer {
            address,
            cities,
            keys,
        };
        let row = peer.proposed(&self.name, &self.by, Timestamp::now());
        accounts.propose_peer(&row).await.map_err(Failure::store)?;
        print(&row.hash);
        Ok(())
    }
}

impl Approve {
    async fn run(self, accounts: &Accounts) -> Result<(), Failure> {
        let now = Timestamp::now().as_millisecond();
        let done = accounts
            .approve_peer(&self.name, &self.hash, &self.by, now)
            .await;
        if done.map_err(Failure::store)? {
            return Ok(());
        }
        let rows = accounts.peers().await.map_err(Failure::store)?;
        let waits =
            |r: &PeerRow| r.name == self.name && r.approved_by.is_none() && r.hash == self.hash;
        match rows.iter().any(waits) {
            true => Err(Failure::Refused("peer.second", vec![("name", self.by)])),
            false => Err(Failure::Refused(
                "peer.other_hash",
                vec![("name", self.name)],
            )),
        }
    }
}

async fn list(accounts: &Accounts) -> Result<(), Failure> {
    for row in accounts.peers().await.map_err(Failure::store)? {
        let Some(peer) = Peer::of(&row) else {
            return Err(Failure::Broken("peer.damaged", vec![("name", row.name)]));
        };
        let state = match row.approved_by {
            Some(_) => "approved",
            None => "proposed",
        };
        let cities: Vec<&str> = peer.cities.iter().map(String::as_str).collect();
        let keys: Vec<String> = peer.keys.iter().map(PublicKey::to_string).collect();
        let (cities, keys) = (cities.join(" "), keys.join(" "));
        let second = row.approved_by.unwrap_or_default();
        let (name, hash, address, first) = (row.name, row.hash, peer.address, row.proposed_by);
        print(&format!(
            "{name}\t{state}\t{hash}\t{address}\t{cities}\t{keys}\t{first}\t{second}"
        ));
    }
    Ok(())
}

fn key(place: &Place, next: bool) -> Result<(), Failure> {
    let signer: Signer = match next {
        false => place.signing()?.current,
        true => {
            let file = place.next_signing_file();
            let made = match file.exists() {
                true => Keys::read_signer(&file),
                false => Keys::create_signer(&file),
            };
            made.map_err(|e| Failure::environment("settings.key", &file.display(), &e))?
        }
    };
    print(&signer.public().to_string());
    Ok(())
}

/// The next key becomes the one that signs, that one the former; a running server signs with it from its next letter on. After either
/// step there is a key that signs, and one that the others know.
fn rotate(place: &Place) -> Result<(), Failure> {
    let (next, current) = (place.next_signing_file(), place.signing_file());
    if !next.exists() {
        return Err(Failure::Refused("peer.no_next", vec![]));
    }
    place.signing()?;
    let (former, copy) = (
        place.former_signing_file(),
        place.next_signing_file().with_extension("copy"),
    );
    let copied = std::fs::copy(&current, &copy);
    let moved = copied.and_then(|_| std::fs::rename(&copy, &former));
    let moved = moved.and_then(|()| std::fs::rename(&next, &current));
    moved.map_err(|e| Failure::environment("settings.key", &current.display(), &e))
}
