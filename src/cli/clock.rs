//! `onenet clock`: whether the machine's clock has leapt while the server ran, and the word of an administrator that it is right.

use super::settings::{File, Place};
use super::{Failure, asynchronous, print};
use crate::runtime::leapt;
use crate::store::Accounts;
use clap::{Args, Subcommand};
use engine::text::{Lang, both};
use jiff::Timestamp;

/// Says whether the clock has leapt, and confirms that it is right.
#[derive(Args)]
pub struct Clock {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Subcommand)]
enum Verb {
    /// Confirms that the clock is right: what waited for that goes on.
    Confirm(Confirm),
}

#[derive(Args)]
struct Confirm {
    /// Id of the system administrator who has looked.
    #[arg(long)]
    user: String,
}

/// The post of those who may confirm.
const ADMINISTRATOR: &str = "/system-admin";

impl Clock {
    /// One line to stdout. Runs beside a server, which goes on by itself.
    pub(super) fn run(self, lang: Lang) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        asynchronous(async {
            let accounts = place.accounts().await?;
            let open = accounts.open_leap().await.map_err(Failure::store)?;
            let Some(leap) = open else {
                print(both("clock.right", &[]).get(lang));
                return Ok(());
            };
            match self.verb {
                None => print(both("clock.leapt", &leapt(leap)).get(lang)),
                Some(Verb::Confirm(confirm)) => {
                    administrator(&accounts, &confirm.user).await?;
                    let now = Timestamp::now().as_millisecond();
                    let confirmed = accounts.confirm_leap(&confirm.user, now).await;
                    confirmed.map_err(Failure::store)?;
                    print(both("clock.confirmed", &leapt(leap)).get(lang));
                }
            }
            Ok(())
        })
    }
}

/// Refuses whoever is no system administrator.
async fn administrator(accounts: &Accounts, user: &str) -> Result<(), Failure> {
    let account = accounts.account(user).await.map_err(Failure::store)?;
    let name = || vec![("name", user.to_owned())];
    let account = account.ok_or_else(|| Failure::Refused("user.unknown", name()))?;
    let administers = account.posts.iter().any(|p| p.ends_with(ADMINISTRATOR));
    match administers && account.state == "active" {
        true => Ok(()),
        false => Err(Failure::Refused("clock.no_administrator", name())),
    }
}
