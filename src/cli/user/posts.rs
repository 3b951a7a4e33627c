//! What posts an account holds: its own, and those that are lent to it for some matters and days.

use super::read_posts;
use crate::cli::settings::Place;
use crate::cli::{Failure, asynchronous, print};
use crate::directory::Wish;
use crate::shipped;
use crate::store::{AccountRow, Accounts};
use clap::Args;
use engine::source::Sources;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// Gives an account further posts, or takes some away.
#[derive(Args)]
pub(super) struct Posts {
    /// Id of the account.
    user: String,
    /// A post to add, e.g. 450400/si/window; may be given several times.
    #[arg(long, value_name = "CITY/DEPARTMENT/POST")]
    add: Vec<String>,
    /// A post to take away; may be given several times.
    #[arg(long, value_name = "CITY/DEPARTMENT/POST")]
    remove: Vec<String>,
}

/// Lends somebody a post of another city.
#[derive(Args)]
pub(super) struct Lend {
    /// Id of the account.
    user: String,
    /// The post, e.g. 450400/si/reviewer.
    #[arg(long, value_name = "CITY/DEPARTMENT/POST")]
    post: String,
    /// A matter in whose cases it is held; may be given several times.
    #[arg(long = "matter", value_name = "MATTER", required = true)]
    matters: Vec<String>,
    /// The first day.
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day.
    #[arg(long, value_name = "DATE")]
    until: Date,
    /// Why.
    #[arg(long)]
    reason: String,
    /// Id of the security administrator who asks for it.
    #[arg(long, value_name = "USER")]
    by: String,
    /// Id of the other one, who agrees.
    #[arg(long, value_name = "USER")]
    agreed_by: String,
}

/// Takes a lent post back.
#[derive(Args)]
pub(super) struct TakeBack {
    /// Id of the account.
    user: String,
    /// The post.
    #[arg(long, value_name = "CITY/DEPARTMENT/POST")]
    post: String,
    /// Id of the security administrator who takes it back.
    #[arg(long, value_name = "USER")]
    by: String,
}

/// The post of those who lend.
const ADMINISTRATOR: &str = "/security-admin";

impl Posts {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let (add, remove) = (read_posts(&self.add)?, read_posts(&self.remove)?);
        asynchronous(async {
            let accounts = place.accounts().await?;
            let account = account(&accounts, &self.user).await?;
            if let Some(alien) = remove.iter().find(|post| !account.posts.contains(post)) {
                let args = vec![("name", alien.clone()), ("near", account.posts.join(" "))];
                return Err(Failure::Refused("user.no_such_post", args));
            }
            let kept = account.posts.iter().filter(|post| !remove.contains(post));
            let mut posts: Vec<String> = kept.cloned().collect();
            for post in add {
                if !posts.contains(&post) {
                    posts.push(post);
                }
            }
            let now = Timestamp::now().as_millisecond();
            let set = accounts.set_posts(&self.user, &posts, now).await;
            set.map_err(Failure::store)?;
            print(&posts.join(" "));
            Ok(())
        })
    }
}

impl Lend {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let library = shipped::library(&mut Sources::default());
        let now = Timestamp::now();
        asynchronous(async {
            let accounts = place.accounts().await?;
            for who in [&self.by, &self.agreed_by] {
                administrator(&accounts, who).await?;
            }
            if self.by == self.agreed_by || self.agreed_by == self.user {
                let args = vec![("name", self.agreed_by.clone())];
                return Err(Failure::Refused("user.second", args));
            }
            let all = accounts.accounts().await.map_err(Failure::store)?;
            let people = BTreeMap::from_iter(all.into_iter().map(|row| (row.id.clone(), row)));
            let wish = Wish {
                person: self.user,
                post: self.post,
                matters: self.matters,
                from: self.from,
                until: self.until,
                reason: self.reason,
            };
            let row = wish.row(&people, &library, &self.by, now);
            let mut row =
                row.map_err(|wrong| Failure::Usage(wrong.why, vec![("what", wrong.what)]))?;
            row.approved_by = Some(self.agreed_by);
            row.approved = Some(now.as_millisecond());
            accounts.lend(&row).await.map_err(Failure::store)
        })
    }
}

impl TakeBack {
    pub(super) fn run(self, place: &Place) -> Result<(), Failure> {
        let posts = read_posts(std::slice::from_ref(&self.post))?;
        asynchronous(async {
            let accounts = place.accounts().await?;
            administrator(&accounts, &self.by).await?;
            let now = Timestamp::now().as_millisecond();
            let rows = accounts.lendings(now).await.map_err(Failure::store)?;
            let his = |row: &&crate::store::LendingRow| {
                row.person == self.user && posts.contains(&row.post)
            };
            let mut ended = false;
            for row in rows.iter().filter(his) {
                let end = accounts.end_lending(row.id, &self.by, now).await;
                ended |= end.map_err(Failure::store)?;
            }
            match ended {
                true => Ok(()),
                false => {
                    let args = vec![("name", self.post), ("near", posts.join(" "))];
                    Err(Failure::Refused("user.no_such_post", args))
                }
            }
        })
    }
}

async fn account(accounts: &Accounts, id: &str) -> Result<AccountRow, Failure> {
    let account = accounts.account(id).await.map_err(Failure::store)?;
    let name = || vec![("name", id.to_owned())];
    account.ok_or_else(|| Failure::Refused("user.unknown", name()))
}

/// Refuses whoever is no security administrator in service.
async fn administrator(accounts: &Accounts, id: &str) -> Result<(), Failure> {
    let account = account(accounts, id).await?;
    let administers = account.posts.iter().any(|p| p.ends_with(ADMINISTRATOR));
    match administers && account.state == "active" {
        true => Ok(()),
        false => Err(Failure::Refused(
            "user.no_administrator",
            vec![("name", id.to_owned())],
        )),
    }
}
