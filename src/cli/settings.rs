//! Where the store lies and where the server listens: flags over environment over `onenet.yaml`.

use super::Failure;
use crate::runtime::Keys;
use crate::store::{Accounts, Store, StoreError};
use clap::Args;
use serde::Deserialize;
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
