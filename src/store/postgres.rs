//! A PostgreSQL server: several connections read, one writes, so that a batch waits for nobody and nobody for a pool.
use std::sync::Arc;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{ConnectOptions, Connection};
use tokio::sync::Mutex;

use super::{StoreError, migrations};

/// The server, as one node uses it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Postgres {
    pub(super) readers: PgPool,
    /// None until it is needed, and after it broke.
    writer: Arc<Mutex<Option<PgConnection>>>,
    options: Arc<PgConnectOptions>,
}

/// Every statement of ours goes by an index. Left to its statistics, which lag behind a table that grows fast, the server plans a
/// walk through the whole of it, and keeps to that plan for a prepared statement. Compiling a statement costs it more (10 to 50 ms) than
/// any of ours gains by it.
fn by_index(options: PgConnectOptions) -> PgConnectOptions {
    options.options([
        ("enable_seqscan", "off"),
        ("enable_hashjoin", "off"),
        ("enable_mergejoin", "off"),
        ("jit", "off"),
    ])
}

impl Postgres {
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        let options = by_index(url.parse()?);
        let readers = PgPoolOptions::new()
            .max_connections(5) // one of them listens
            .connect_with(options.clone())
            .await?;
        for (setting, query) in [
            ("fsync", "SHOW fsync"),
            ("synchronous_commit", "SHOW synchronous_commit"),
            ("full_page_writes", "SHOW full_page_writes"),
        ] {
            let (value,): (String,) = sqlx::query_as(query).fetch_one(&readers).await?;
            if value != "on" {
                return Err(StoreError::Unsafe(setting, value));
            }
        }
        migrations::migrator(migrations::Flavour::Postgres)
            .await?
            .run(&readers)
            .await?;
        Ok(Postgres {
            readers,
            writer: Arc::default(),
            options: Arc::new(options),
        })
    }

    /// Opens it to read; changes no table.
    pub(super) async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let options = by_index(url.parse()?);
        let pool = PgPoolOptions::new().max_connections(1);
        Ok(Postgres {
            readers: pool.connect_with(options.clone()).await?,
            writer: Arc::default(),
            options: Arc::new(options),
        })
    }

    /// Does something on the connection that writes; opens it if need be, and lets it go if it broke.
    pub(super) async fn on_writer<T>(
        &self,
        deed: impl AsyncFnOnce(&mut PgConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, sqlx::Error> {
        let mut place = self.writer.lock().await;
        // Taken out: if this is cancelled half-way, the connection goes with it and its transaction is rolled back.
        let mut writer = match place.take() {
            Some(writer) => writer,
            None => self.options.connect().await?,
        };
        let done = deed(&mut writer).await;
        let broken = done
            .as_ref()
            .is_err_and(|error| error.as_database_error().is_none());
        if !broken {
            *place = Some(writer);
        }
        done
    }

    pub(super) async fn close(&self) -> Result<(), StoreError> {
        if let Some(writer) = self.writer.lock().await.take() {
            writer.close().await?;
        }
        self.readers.close().await;
        Ok(())
    }
}
