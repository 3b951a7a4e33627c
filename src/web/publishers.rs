//! Who published a revision, and who agreed to it as the second person: on record before it is on offer (G70). What is published on
//! another node of the same database is on offer here soon after.

use super::App;
use super::definitions::Plan;
use super::problem::Problem;
use crate::store::DefinitionRow;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// Who published lies beside the published definitions, under this word.
const PUBLISHED: &str = "published/";

/// It is looked so often at most what other nodes have published.
const PAUSE: Duration = Duration::from_secs(1);
/// And so often at least, though none of them was heard.
const AGAIN: Duration = Duration::from_secs(5);

/// Who published a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Who proposed it.
    pub by: String,
    /// Who agreed; in the sandbox nobody need.
    pub second: Option<String>,
    /// Why, as it was proposed; empty if nobody said.
    #[serde(default)]
    pub why: String,
}

/// A revision that was published here.
#[derive(Debug)]
pub struct Published {
    /// The matter, `calendars`, or `beside`.
    pub id: String,
    /// Its number.
    pub revision: i64,
    /// Since when it holds, UTC milliseconds.
    pub at: i64,
    /// Who published it.
    pub publisher: Publisher,
}

impl App {
    /// Puts on offer what another node has published, in the directory too.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn catch_up(&self) -> Result<(), Problem> {
        if self.runtime.follow().await? {
            self.directory.know(self.runtime.library().network.clone());
        }
        Ok(())
    }

    /// Puts on record who publishes all that a plan changes.
    pub(super) async fn published_by(
        &self,
        plan: &Plan,
        publisher: &Publisher,
    ) -> Result<(), Problem> {
        let content = serde_json::to_string(publisher).map_err(|e| Problem::internal(&e))?;
        for change in plan.changes() {
            let row = DefinitionRow {
                id: format!("{PUBLISHED}{}", change.matter),
                revision: change.revision,
                hash: Sha256::digest(&content).into(),
                content: content.clone(),
                published: self.runtime.clock().now().as_millisecond(),
            };
            self.runtime.store().publish(&row).await?;
        }
        Ok(())
    }

    /// What was published here before an instant (UTC milliseconds), the newest first, `limit` of them at most.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn publications(&self, before: i64, limit: i64) -> Result<Vec<Published>, Problem> {
        let rows = self
            .runtime
            .store()
            .definitions_under(PUBLISHED, before, limit);
        let rows = rows.await?.into_iter();
        let published = rows.filter_map(|row| {
            Some(Published {
                id: row.id.strip_prefix(PUBLISHED)?.to_owned(),
                revision: row.revision,
                at: row.published,
                publisher: serde_json::from_str(&row.content).ok()?,
            })
        });
        Ok(published.collect())
    }

    /// Who published a revision; none of one that came with the program.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn publisher(&self, id: &str, revision: i64) -> Result<Option<Publisher>, Problem> {
        let id = format!("{PUBLISHED}{id}");
        let row = self.runtime.store().definition(&id, revision).await?;
        Ok(row.and_then(|row| serde_json::from_str(&row.content).ok()))
    }
}

/// Puts on offer what other nodes publish, again and again.
pub(super) async fn follow(app: Arc<App>) {
    let mut committed = app.runtime.committed();
    loop {
        if let Err(problem) = app.catch_up().await {
            tracing::debug!(?problem, "what other nodes have published was not seen");
        }
        tokio::time::sleep(PAUSE).await;
        _ = tokio::time::timeout(AGAIN, committed.changed()).await;
    }
}

/// True of what is no definition but says something about one.
pub(super) fn is_about(id: &str) -> bool {
    id.starts_with(PUBLISHED)
}
