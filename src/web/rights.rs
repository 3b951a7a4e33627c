//! What persons may do, changed on the pages: one security administrator asks that something be given, another agrees (G54); what is taken
//! away is taken at once, and so is somebody who must not come in any more. All of it is on record.

use super::App;
use super::definitions::must_hold;
use super::problem::{Code, Problem};
use crate::directory::{Caller, NoPost, hash_password, post};
use crate::store::{AccountRow, RightsRow};
use engine::case::Party;
use rand::seq::IndexedRandom;

/// The post that keeps accounts and rights.
pub const KEEPER: &str = "security-admin";
/// The longest reason, id and name, in characters.
const LONGEST: usize = 200;
const LONGEST_ID: usize = 64;
const LONGEST_NAME: usize = 60;
/// Letters of a first password, none of which looks like another, and how many it has.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
const LENGTH: usize = 16;
/// Numbers short enough not to be taken for the number of a person or an account.
const NUMBERS: std::ops::Range<i64> = 1..1_000_000_000_000;
/// How often a change is tried that others were faster with.
const TRIES: usize = 5;

/// What is done to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Somebody new, with his first post.
    Add,
    /// One post more.
    Give,
    /// One post less.
    Take,
    /// Out at the next request.
    Disable,
    /// In again.
    Enable,
}

impl Act {
    /// All of them with their names in rows and forms.
    const ALL: [(&'static str, Act); 5] = [
        ("add", Act::Add),
        ("give", Act::Give),
        ("take", Act::Take),
        ("disable", Act::Disable),
        ("enable", Act::Enable),
    ];

    /// By its name.
    pub fn named(word: &str) -> Option<Act> {
        let found = Act::ALL.into_iter().find(|(name, _)| *name == word);
        found.map(|(_, act)| act)
    }

    fn word(self) -> &'static str {
        let found = Act::ALL.into_iter().find(|(_, act)| *act == self);
        found.map_or("", |(name, _)| name)
    }

    /// Whether it takes a second person: whatever gives something.
    fn gives(self) -> bool {
        matches!(self, Act::Add | Act::Give | Act::Enable)
    }
}

/// A change somebody wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What is done.
    pub act: Act,
    /// To whom, by id.
    pub account: String,
    /// The name of somebody new.
    pub name: String,
    /// `city/department/post`.
    pub post: String,
    /// Why.
    pub reason: String,
}

impl App {
    /// Takes something away at once, or asks that something be given.
    ///
    /// # Errors
    /// 403 for whoever keeps no rights; 422 if it cannot be.
    pub async fn change_rights(&self, caller: &Caller, wish: &Wish) -> Result<(), Problem> {
        must_hold(self, caller, KEEPER)?;
        let people = self.directory.people().await?;
        let post = self.sound(caller, wish, people.get(&wish.account))?;
        let row = RightsRow {
            id: rand::random_range(NUMBERS),
            act: wish.act.word().to_owned(),
            account: wish.account.clone(),
            name: wish.name.trim().to_owned(),
            post: post.map(|post| post.to_string()).unwrap_or_default(),
            reason: wish.reason.trim().to_owned(),
            asked: self.runtime.clock().now().as_millisecond(),
            asked_by: caller.id.to_string(),
            state: "asked".to_owned(),
            settled: None,
            settled_by: None,
        };
        self.directory.accounts().add_rights(&row).await?;
        match wish.act.gives() {
            true => Ok(()),
            false => self.settle(caller, &row).await.map(drop),
        }
    }

    /// Agrees to what another person asked for; the first password of somebody who is new, to be shown once.
    ///
    /// # Errors
    /// 403 for whoever asked himself, or whom it is about.
    pub async fn agree_to_rights(
        &self,
        caller: &Caller,
        id: i64,
    ) -> Result<Option<String>, Problem> {
        must_hold(self, caller, KEEPER)?;
        let row = self.directory.accounts().rights_change(id).await?;
        let row = row.ok_or_else(|| Problem::new(Code::NotFound))?;
        self.settle(caller, &row).await
    }

    /// Drops what was asked for.
    ///
    /// # Errors
    /// 409 if it does not wait any more.
    pub async fn drop_rights(&self, caller: &Caller, id: i64) -> Result<(), Problem> {
        must_hold(self, caller, KEEPER)?;
        let now = self.runtime.clock().now().as_millisecond();
        let accounts = self.directory.accounts();
        match accounts
            .settle_rights(id, "dropped", &caller.id, now)
            .await?
        {
            true => Ok(()),
            false => Err(Problem::new(Code::StateNotAllowed)),
        }
    }

    /// Refuses what cannot be; the post it is about.
    fn sound(
        &self,
        caller: &Caller,
        wish: &Wish,
        account: Option<&AccountRow>,
    ) -> Result<Option<Party>, Problem> {
        let wrong = |field: &str, key| Err(Problem::field(field, key, &[]));
        let within = |text: &str, most| (1..=most).contains(&text.trim().chars().count());
        if !within(&wish.reason, LONGEST) {
            return wrong("/reason", "reject.reason");
        }
        if wish.account == *caller.id {
            return wrong("/account", "rights.oneself");
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let known = account.filter(|account| account.kind == "person");
        let held = match (wish.act, known) {
            (Act::Add, None) => {
                let sound = within(&wish.account, LONGEST_ID) && wish.account.chars().all(plain);
                if account.is_some() || !sound {
                    return wrong("/account", "rights.bad_id");
                }
                if !within(&wish.name, LONGEST_NAME) {
                    return wrong("/name", "rights.no_name");
                }
                &[][..]
            }
            (Act::Add, Some(_)) => return wrong("/account", "rights.taken"),
            (_, None) => return wrong("/account", "rights.unknown"),
            (act, Some(known)) if (known.state == "active") == (act == Act::Enable) => {
                return wrong("/account", "rights.state");
            }
            (_, Some(known)) => known.posts.as_slice(),
        };
        if matches!(wish.act, Act::Disable | Act::Enable) {
            return Ok(None);
        }
        let network = &self.runtime.library().network;
        let post = post(&wish.post, network)
            .map_err(|_: NoPost| Problem::field("/post", "rights.no_post", &[]))?;
        let holds = held.contains(&post.to_string());
        match wish.act {
            Act::Take if !holds => wrong("/post", "rights.not_held"),
            Act::Give if holds => wrong("/post", "rights.held"),
            Act::Give if clashes(held, &post) => wrong("/post", "rights.administrators"),
            _ => Ok(Some(post)),
        }
    }

    /// Notes that a change is settled by somebody who may, and makes it.
    async fn settle(&self, caller: &Caller, row: &RightsRow) -> Result<Option<String>, Problem> {
        let now = self.runtime.clock().now().as_millisecond();
        let accounts = self.directory.accounts();
        let first = match row.act.as_str() {
            "add" => Some(first_password(row)?),
            _ => None,
        };
        if !accounts
            .settle_rights(row.id, "done", &caller.id, now)
            .await?
        {
            return Err(Problem::new(Code::SecondPersonRequired));
        }
        match (row.act.as_str(), first) {
            ("add", Some((password, new))) => match accounts.add(&new).await? {
                true => {
                    accounts.changed()?;
                    return Ok(Some(password));
                }
                false => return Err(Problem::field("/account", "rights.taken", &[])),
            },
            ("give", _) => {
                self.with_posts(row, |posts| posts.push(row.post.clone()))
                    .await?
            }
            ("take", _) => {
                self.with_posts(row, |posts| posts.retain(|p| *p != row.post))
                    .await?
            }
            (act, _) => {
                let state = if act == "enable" {
                    "active"
                } else {
                    "disabled"
                };
                accounts.set_state(&row.account, state, now).await?;
                if state == "disabled" {
                    accounts.end_sessions(&row.account).await?;
                }
            }
        }
        Ok(None)
    }

    /// Changes the posts of an account as it is at this moment.
    async fn with_posts(
        &self,
        row: &RightsRow,
        change: impl Fn(&mut Vec<String>),
    ) -> Result<(), Problem> {
        let accounts = self.directory.accounts();
        let now = self.runtime.clock().now().as_millisecond();
        for _ in 0..TRIES {
            let account = accounts.account(&row.account).await?;
            let account = account.ok_or_else(|| Problem::new(Code::NotFound))?;
            let mut posts = account.posts.clone();
            change(&mut posts);
            posts.dedup();
            if accounts
                .change_posts(&row.account, &account.posts, &posts, now)
                .await?
            {
                return Ok(());
            }
        }
        Err(Problem::new(Code::VersionConflict))
    }
}

/// The three administrators are different persons (G50).
fn clashes(held: &[String], post: &Party) -> bool {
    let held = held.iter().filter_map(|held| held.parse::<Party>().ok());
    let mut others = held.filter(|held| held.administers() && held.post != post.post);
    post.administers() && others.next().is_some()
}

/// An account for somebody new, with a password nobody has chosen.
fn first_password(row: &RightsRow) -> Result<(String, AccountRow), Problem> {
    let mut random = rand::rng();
    let letters = (0..LENGTH).filter_map(|_| LETTERS.choose(&mut random));
    let password: String = letters.map(|letter| char::from(*letter)).collect();
    let secret = hash_password(&password);
    let secret = secret.ok_or_else(|| Problem::internal(&"a password could not be hashed"))?;
    let account = AccountRow {
        id: row.account.clone(),
        name: row.name.clone(),
        kind: "person".to_owned(),
        secret,
        posts: vec![row.post.clone()],
        lent: Vec::new(),
        state: "active".to_owned(),
        changed: row.asked,
    };
    Ok((password, account))
}
