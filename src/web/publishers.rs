//! Who published a revision, and who agreed to it as the second person: on record before it is on offer (G70).

use super::App;
use super::definitions::Plan;
use super::problem::Problem;
use crate::store::DefinitionRow;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Who published lies beside the published definitions, under this word.
const PUBLISHED: &str = "published/";

/// Who published a revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publisher {
    /// Who proposed it.
    pub by: String,
    /// Who agreed; in the sandbox nobody need.
    pub second: Option<String>,
}

impl App {
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

/// True of what is no definition but says something about one.
pub(super) fn is_about(id: &str) -> bool {
    id.starts_with(PUBLISHED)
}
