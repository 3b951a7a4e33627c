//! `onenet endpoint`: other systems that are told by webhook, also beside a running server, which takes a change in within seconds.

use super::settings::{File, Place};
use super::{Failure, asynchronous, print};
use crate::directory::office;
use crate::endpoint::Endpoint;
use crate::shipped;
use crate::store::{Accounts, DestinationRow};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use notifications::choice::Want;
use notifications::destination::{Entry, Rules};

/// Keeps the endpoints of webhooks, and shows where calls may go.
#[derive(Args)]
pub struct Endpoints {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Adds an endpoint and prints its id and its secret, this once.
    Add(Add),
    /// Lists all endpoints, one a line.
    List,
    /// Gives an endpoint a new secret and prints it; the old one stays valid for a day.
    Rotate(Which),
    /// Calls an endpoint again.
    On(Which),
    /// Calls an endpoint no more.
    Off(Which),
    /// Takes an endpoint away.
    Remove(Which),
    /// Lists the allowed destinations; two security administrators keep them over the API.
    Destinations,
}

#[derive(Args)]
struct Add {
    /// City and department, e.g. 遵义/si.
    #[arg(long, value_name = "CITY/DEPARTMENT")]
    place: String,
    /// Where it is called.
    #[arg(long)]
    url: String,
    /// What it wants to know; all but the last unless given.
    #[arg(long = "want", value_enum)]
    wants: Vec<Wanted>,
}

#[derive(Args)]
struct Which {
    /// Id of the endpoint.
    id: i64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Wanted {
    New,
    Returned,
    Yellow,
    Red,
    All,
}

impl Wanted {
    fn want(self) -> Want {
        match self {
            Wanted::New => Want::New,
            Wanted::Returned => Want::Returned,
            Wanted::Yellow => Want::Yellow,
            Wanted::Red => Want::Red,
            Wanted::All => Want::All,
        }
    }
}

impl Endpoints {
    /// Does it; ids, secrets and lists go to stdout.
    pub(super) fn run(self) -> Result<(), Failure> {
        let place = self.place.or(&File::read()?);
        asynchronous(async {
            let desk = Desk {
                accounts: place.accounts().await?,
                place,
            };
            match self.verb {
                Verb::Add(add) => desk.add(add).await,
                Verb::List => desk.list().await,
                Verb::Rotate(which) => {
                    let mut endpoint = desk.find(which.id).await?;
                    endpoint.secrets = endpoint.secrets.rotated(Timestamp::now());
                    print(endpoint.secrets.text());
                    desk.keep(&endpoint).await
                }
                Verb::On(which) => {
                    let endpoint = desk.find(which.id).await?;
                    desk.check(&endpoint.url).await?;
                    desk.switch(endpoint, true).await
                }
                Verb::Off(which) => desk.switch(desk.find(which.id).await?, false).await,
                Verb::Remove(which) => {
                    let endpoint = desk.find(which.id).await?;
                    let gone = desk.accounts.drop_endpoint(endpoint.id).await;
                    gone.map(drop).map_err(Failure::store)
                }
                Verb::Destinations => desk.destinations().await,
            }
        })
    }
}

/// Where the endpoints lie.
struct Desk {
    accounts: Accounts,
    place: Place,
}

impl Desk {
    async fn add(&self, add: Add) -> Result<(), Failure> {
        let wrong = || Failure::Usage("endpoint.place", vec![("what", add.place.clone())]);
        let office = office(&add.place, &shipped::network()).ok_or_else(wrong)?;
        let url = self.check(&add.url).await?;
        let wants = add.wants.into_iter().map(Wanted::want).collect();
        let endpoint = Endpoint::new(office, url, wants);
        self.keep(&endpoint).await?;
        print(&format!("{}\t{}", endpoint.id, endpoint.secrets.text()));
        Ok(())
    }

    /// The address in its one spelling, if it may be called.
    async fn check(&self, url: &str) -> Result<String, Failure> {
        let rules = rules(&self.accounts).await?;
        rules.reachable(url).await.map(String::from).map_err(|why| {
            let (key, what) = why.told();
            Failure::Refused(key, vec![("what", what)])
        })
    }

    async fn list(&self) -> Result<(), Failure> {
        let rows = self.accounts.endpoints().await.map_err(Failure::store)?;
        for row in rows {
            let state = if row.on { "on" } else { "off" };
            let (id, place, url, wants) = (row.id, row.place, row.url, row.wants);
            print(&format!("{id}\t{place}\t{state}\t{url}\t{wants}"));
        }
        Ok(())
    }

    async fn destinations(&self) -> Result<(), Failure> {
        let rows = self.accounts.destinations().await.map_err(Failure::store)?;
        for DestinationRow {
            entry,
            proposed_by,
            approved_by,
            ..
        } in rows
        {
            let second = approved_by.unwrap_or_default();
            print(&format!("{entry}\t{proposed_by}\t{second}"));
        }
        Ok(())
    }

    async fn find(&self, id: i64) -> Result<Endpoint, Failure> {
        let rows = self.accounts.endpoints().await.map_err(Failure::store)?;
        let row = rows.iter().find(|row| row.id == id);
        let unknown = || Failure::Refused("endpoint.unknown", vec![("what", id.to_string())]);
        let row = row.ok_or_else(unknown)?;
        Endpoint::open(row, &self.place.keys()?).map_err(Failure::store)
    }

    async fn switch(&self, mut endpoint: Endpoint, on: bool) -> Result<(), Failure> {
        endpoint.on = on;
        endpoint.answer = endpoint.answer.filter(|_| !on);
        self.keep(&endpoint).await
    }

    async fn keep(&self, endpoint: &Endpoint) -> Result<(), Failure> {
        let file = self.place.key_file();
        let row = endpoint.row(&self.place.keys()?, Timestamp::now());
        let row = row.map_err(|e| Failure::environment("settings.key", &file.display(), &e))?;
        let kept = self.accounts.keep_endpoint(&row).await;
        kept.map_err(Failure::store)
    }
}

/// Where calls may go.
pub(super) async fn rules(accounts: &Accounts) -> Result<Rules, Failure> {
    let rows = accounts.destinations().await.map_err(Failure::store)?;
    let in_force = rows.iter().filter(|row| row.approved_by.is_some());
    let entries = in_force.filter_map(|row| row.entry.parse::<Entry>().ok());
    Ok(Rules {
        entries: entries.collect(),
        ..Rules::default()
    })
}
