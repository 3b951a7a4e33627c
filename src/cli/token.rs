//! `onenet token`: makes an API token for an account, also beside a running server.

use super::settings::{File, Place};
use super::user::read_posts;
use super::{Failure, asynchronous, print};
use crate::directory::{Directory, TOKEN_LIFE};
use crate::shipped;
use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

/// Makes API tokens.
#[derive(Args)]
pub struct Token {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Makes one and prints it, this once.
    Create(Create),
}

#[derive(Args)]
struct Create {
    /// Id of the account.
    #[arg(long)]
    user: String,
    /// Only these of the account's posts, e.g. 450400/si/window.
    #[arg(long = "post", value_name = "CITY/DEPARTMENT/POST")]
    posts: Vec<String>,
    /// Days it lives, at most 365.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(i64).range(1..=365))]
    days: i64,
}

impl Token {
    /// Prints the token to stdout.
    pub(super) fn run(self) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        let Verb::Create(create) = self.verb;
        let posts = read_posts(&create.posts)?;
        let token = asynchronous(async {
            let accounts = place.accounts().await?;
            let account = accounts
                .account(&create.user)
                .await
                .map_err(Failure::store)?;
            let Some(account) = account else {
                return Err(Failure::Refused(
                    "user.unknown",
                    vec![("name", create.user)],
                ));
            };
            if let Some(alien) = posts.iter().find(|p| !account.posts.contains(p)) {
                let args = vec![("name", alien.clone()), ("near", account.posts.join(" "))];
                return Err(Failure::Refused("token.alien_post", args));
            }
            let life = TOKEN_LIFE.min(SignedDuration::from_hours(create.days * 24));
            let directory = Directory::new(accounts, shipped::network());
            let token = directory.issue_token(&account, posts, Timestamp::now(), life);
            token.await.map_err(Failure::store)
        })?;
        print(token.text());
        Ok(())
    }
}
