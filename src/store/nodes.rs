//! What nodes on one PostgreSQL database call out to each other: that something was committed. On SQLite there is one node alone.
use sqlx::postgres::PgListener;

use super::{Store, StoreError};

/// The channel they call on.
const CHANNEL: &str = "onenet_committed";

/// Hears what is called out.
#[derive(Debug)]
pub struct Listener(PgListener);

impl Store {
    /// Listens to all nodes, this one too; none where there are no others.
    pub async fn listen(&self) -> Result<Option<Listener>, StoreError> {
        let Self::Postgres(postgres) = self else {
            return Ok(None);
        };
        let mut listener = PgListener::connect_with(&postgres.readers).await?;
        listener.listen(CHANNEL).await?;
        Ok(Some(Listener(listener)))
    }

    /// Calls out that something was committed.
    pub async fn call_out(&self) -> Result<(), StoreError> {
        if let Self::Postgres(postgres) = self {
            let call = sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL);
            call.execute(&postgres.readers).await?;
        }
        Ok(())
    }
}

impl Listener {
    /// Waits for the next call. After a lost connection there may have been some: that counts as one.
    pub async fn heard(&mut self) -> Result<(), StoreError> {
        self.0.try_recv().await?;
        Ok(())
    }
}
