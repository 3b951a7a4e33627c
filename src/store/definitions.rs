//! Published definitions: what was once published stays as it is.
use super::codec::Hash;
use super::dialect::Arg;
use super::{Store, StoreError};

/// A published revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefinitionRow {
    /// Matter.
    pub id: String,
    /// Running number, from 1.
    pub revision: i64,
    /// Hash of its content.
    pub hash: Hash,
    /// What it was made of.
    pub content: String,
    /// UTC milliseconds.
    pub published: i64,
}

type Row = (String, i64, Vec<u8>, String, i64);

impl Store {
    /// The newest revision of each definition, without content, by id.
    pub async fn newest_definitions(&self) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = "SELECT id, revision, hash, '', published FROM definition AS d \
                   WHERE revision = (SELECT max(revision) FROM definition WHERE id = d.id) ORDER BY id";
        let rows: Vec<Row> = self.read(sql, &[]).await?;
        rows.into_iter().map(definition).collect()
    }

    /// All revisions of a definition, newest first, without content.
    pub async fn revisions(&self, id: &str) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = "SELECT id, revision, hash, '', published FROM definition WHERE id = $1 ORDER BY revision DESC";
        let rows: Vec<Row> = self.read(sql, &[Arg::Text(id)]).await?;
        rows.into_iter().map(definition).collect()
    }

    /// One revision, whole.
    pub async fn definition(
        &self,
        id: &str,
        revision: i64,
    ) -> Result<Option<DefinitionRow>, StoreError> {
        let sql = "SELECT id, revision, hash, content, published FROM definition WHERE id = $1 AND revision = $2";
        let args = [Arg::Text(id), Arg::Number(revision)];
        let rows: Vec<Row> = self.read(sql, &args).await?;
        rows.into_iter().map(definition).next().transpose()
    }

    /// What lies under names that begin alike, whole: published before an instant (UTC milliseconds), newest first, `limit` of them at most.
    pub async fn definitions_under(
        &self,
        begins: &str,
        before: i64,
        limit: i64,
    ) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = "SELECT id, revision, hash, content, published FROM definition \
                   WHERE id LIKE $1 || '%' AND published < $2 ORDER BY published DESC, id LIMIT $3";
        let args = [Arg::Text(begins), Arg::Number(before), Arg::Number(limit)];
        let rows: Vec<Row> = self.read(sql, &args).await?;
        rows.into_iter().map(definition).collect()
    }

    /// The newest of each name that begins alike, whole.
    pub async fn newest_under(&self, begins: &str) -> Result<Vec<DefinitionRow>, StoreError> {
        let sql = "SELECT id, revision, hash, content, published FROM definition AS d WHERE id LIKE $1 || '%' \
                   AND revision = (SELECT max(revision) FROM definition WHERE id = d.id) ORDER BY id";
        let rows: Vec<Row> = self.read(sql, &[Arg::Text(begins)]).await?;
        rows.into_iter().map(definition).collect()
    }

    /// Publishes a revision; answers false if that number is taken, perhaps by another node.
    pub async fn publish(&self, row: &DefinitionRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO definition (id, revision, hash, content, published) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT DO NOTHING RETURNING revision";
        let args = [
            Arg::Text(&row.id),
            Arg::Number(row.revision),
            Arg::Bytes(&row.hash),
            Arg::Text(&row.content),
            Arg::Number(row.published),
        ];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }
}

fn definition(row: Row) -> Result<DefinitionRow, StoreError> {
    let (id, revision, hash, content, published) = row;
    let hash = hash
        .try_into()
        .map_err(|_| StoreError::Damaged("definition"))?;
    Ok(DefinitionRow {
        id,
        revision,
        hash,
        content,
        published,
    })
}
