//! Where the store lies, where the server listens, and by what messages leave: flags over environment over `onenet.yaml`.

use super::Failure;
use crate::directory::Demand;
use crate::exchange::Signing;
use crate::runtime::{Address, Channels, Keys, SigningFiles};
use crate::store::{Accounts, Store, StoreError};
use clap::Args;
use notifications::email::{Email, Server};
use notifications::sms::Account;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where everything is kept.
#[derive(Args, Clone, Debug, Default)]
pub struct Place {
    /// Folder of the store and its key; made if it is not there.
    #[arg(long, env = "ONENET_DATA", value_name = "DIR", global = true)]
    pub data: Option<PathBuf>,
    /// `postgres://…` instead of a SQLite file in the folder.
    #[arg(
        long,
        env = "ONENET_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<String>,
}

/// The file `onenet.yaml` in the folder where the program is started.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct File {
    /// As `--data`.
    pub data: Option<PathBuf>,
    /// As `--database-url`.
    pub database_url: Option<String>,
    /// As `--listen`.
    pub listen: Option<String>,
    /// As `--workflows`.
    pub workflows: Vec<PathBuf>,
    /// As `--public-address`.
    pub public_address: Option<String>,
    /// As `--short-address`.
    pub short_address: Option<String>,
    /// As `--smtp-url`.
    pub smtp_url: Option<String>,
    /// As `--mail-from`.
    pub mail_from: Option<String>,
    /// As `--sms-url`.
    pub sms_url: Option<String>,
    /// As `--sms-token`.
    pub sms_token: Option<String>,
    /// As `--messages-per-second`.
    pub messages_per_second: Option<u32>,
    /// As `--second-factor`.
    pub second_factor: Option<Demand>,
    /// As `--trusted-proxy`.
    pub trusted_proxies: Vec<String>,
    /// Addresses of offices and posts: city, `city/department` or `city/department/post`, the longest that fits counts; of persons, by
    /// their id.
    pub addresses: BTreeMap<String, Address>,
}

/// By what messages leave, and where their links lead.
#[derive(Args, Clone, Debug, Default)]
pub struct Post {
    /// Where people find this server; links in messages begin with it.
    #[arg(long, env = "ONENET_PUBLIC_ADDRESS", value_name = "URL")]
    pub public_address: Option<String>,
    /// A shorter address that leads to this server as well; links in short messages begin with it.
    #[arg(long, env = "ONENET_SHORT_ADDRESS", value_name = "URL")]
    pub short_address: Option<String>,
    /// Mail server: `smtps://USER:PASSWORD@HOST` (TLS), or `smtp://…` (STARTTLS; plain on this machine).
    #[arg(
        long,
        env = "ONENET_SMTP_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub smtp_url: Option<String>,
    /// Sender of mails: `一张网 <noreply@example.org>`.
    #[arg(long, env = "ONENET_MAIL_FROM", value_name = "MAILBOX")]
    pub mail_from: Option<String>,
    /// Gateway of short messages, an HTTPS address that takes JSON; must be on the list of allowed destinations.
    #[arg(long, env = "ONENET_SMS_URL", value_name = "URL")]
    pub sms_url: Option<String>,
    /// Its bearer token.
    #[arg(
        long,
        env = "ONENET_SMS_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub sms_token: Option<String>,
    /// So many messages a second leave by each channel at most; 100 if nothing is said.
    #[arg(long, env = "ONENET_MESSAGES_PER_SECOND", value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub messages_per_second: Option<u32>,
}

impl Post {
    /// With what the file says where neither flag nor environment did.
    pub(super) fn or(mut self, file: &File) -> Self {
        let pairs = [
            (&mut self.public_address, &file.public_address),
            (&mut self.short_address, &file.short_address),
            (&mut self.smtp_url, &file.smtp_url),
            (&mut self.mail_from, &file.mail_from),
            (&mut self.sms_url, &file.sms_url),
            (&mut self.sms_token, &file.sms_token),
        ];
        for (mine, theirs) in pairs {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        }
        self.messages_per_second = self.messages_per_second.or(file.messages_per_second);
        self
    }

    /// The channels there are settings for. To be asked inside a runtime: the mail channel keeps connections.
    pub(super) fn channels(&self) -> Result<Channels, Failure> {
        let wrong = |what: String| Failure::Usage("settings.mail", vec![("what", what)]);
        let email = match &self.smtp_url {
            Some(url) => {
                let from = self.mail_from.as_deref().unwrap_or_default();
                let server = Server::read(url, from).map_err(|e| wrong(e.to_string()))?;
                Some(Email::new(&server).map_err(|e| wrong(e.to_string()))?)
            }
            None => None,
        };
        let sms = self.sms_url.clone().map(|url| Account {
            url,
            token: self.sms_token.clone().unwrap_or_default(),
        });
        Ok(Channels {
            email,
            sms,
            per_second: self.messages_per_second,
        })
    }
}

/// Its name.
pub const FILE: &str = "onenet.yaml";

impl File {
    /// Reads it; an empty one where there is none.
    pub(super) fn read() -> Result<Self, Failure> {
        let text = match std::fs::read_to_string(FILE) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(e) => return Err(Failure::environment("settings.unreadable", &FILE, &e)),
        };
        serde_yaml::from_str(&text)
            .map_err(|e| Failure::Usage("settings.bad", vec![("what", e.to_string())]))
    }
}

impl Place {
    /// With what the file says where neither flag nor environment did.
    pub(super) fn or(mut self, file: &File) -> Self {
        if self.data.is_none() {
            self.data.clone_from(&file.data);
        }
        if self.database_url.is_none() {
            self.database_url.clone_from(&file.database_url);
        }
        self
    }

    /// The folder of the store and its key.
    pub(super) fn folder(&self) -> &Path {
        self.data.as_deref().unwrap_or(Path::new("onenet-data"))
    }

    /// The address of the store.
    pub(super) fn url(&self) -> String {
        let file = || format!("sqlite:{}", self.folder().join("onenet.db").display());
        self.database_url.clone().unwrap_or_else(file)
    }

    /// The file of the master key.
    pub(super) fn key_file(&self) -> PathBuf {
        self.folder().join("master.key")
    }

    /// The file of the key that letters to other deployments are signed with.
    pub(super) fn signing_file(&self) -> PathBuf {
        self.folder().join("signing.key")
    }

    /// The file of the key before it.
    pub(super) fn former_signing_file(&self) -> PathBuf {
        self.folder().join("signing.former.key")
    }

    /// The file of the key that is to follow it.
    pub(super) fn next_signing_file(&self) -> PathBuf {
        self.folder().join("signing.next.key")
    }

    /// What letters to other deployments are signed with; made on first use, readable by its owner alone (0600).
    pub(super) fn signing(&self) -> Result<Signing, Failure> {
        let file = self.signing_file();
        let folder = self.folder();
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::environment("settings.no_folder", &folder.display(), &e))?;
        let wrong = |e| Failure::environment("settings.key", &file.display(), &e);
        if !file.exists() {
            Keys::create_signer(&file).map_err(wrong)?;
        }
        self.signing_files().read().map_err(wrong)
    }

    /// Where they lie.
    pub(super) fn signing_files(&self) -> SigningFiles {
        SigningFiles {
            current: self.signing_file(),
            former: self.former_signing_file(),
        }
    }

    /// The master key; made on first use, readable by its owner alone (0600).
    pub(super) fn keys(&self) -> Result<Keys, Failure> {
        let file = self.key_file();
        let keys = match file.exists() {
            true => Keys::read(&file),
            false => Keys::create(&file),
        };
        keys.map_err(|e| Failure::environment("settings.key", &file.display(), &e))
    }

    /// Opens the store for a server, which alone may write cases.
    pub(super) async fn store(&self) -> Result<Store, Failure> {
        let folder = self.folder();
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::environment("settings.no_folder", &folder.display(), &e))?;
        Store::open(&self.url()).await.map_err(Failure::store)
    }

    /// Opens the accounts, beside a running server too.
    pub(super) async fn accounts(&self) -> Result<Accounts, Failure> {
        match self.store().await {
            Ok(store) => store.close().await.map_err(Failure::store)?,
            Err(Failure::Held(_)) => {}
            Err(other) => return Err(other),
        }
        Accounts::open(&self.url()).await.map_err(Failure::store)
    }
}

impl Failure {
    /// Something around the program is not as it should be (exit code 3).
    pub(super) fn environment(
        key: &'static str,
        name: &dyn std::fmt::Display,
        what: &dyn std::fmt::Display,
    ) -> Self {
        Self::Environment(
            key,
            vec![("name", name.to_string()), ("what", what.to_string())],
        )
    }

    /// The store could not be opened or did not answer.
    pub(super) fn store(error: StoreError) -> Self {
        match error {
            StoreError::Held(by) => Self::Held(by),
            other => Self::Environment("settings.store", vec![("what", other.to_string())]),
        }
    }
}
