//! Files handed in: kept sealed, unclaimed at first, then of a case; what nobody claims is forgotten.
use super::dialect::Arg;
use super::{Store, StoreError};

/// A file as it lies in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRow {
    /// Random.
    pub id: String,
    /// `jpeg`, `png` or `pdf`.
    pub kind: String,
    /// Bytes of the file.
    pub size: i64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// What it was called, sealed.
    pub name: Vec<u8>,
    /// The file or its preview, sealed.
    pub content: Vec<u8>,
}

/// A file that belongs to no case yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnclaimedRow {
    /// Its id.
    pub id: String,
    /// Who sent it.
    pub owner: String,
    /// Its key, wrapped by the master key.
    pub key: Vec<u8>,
    /// UTC milliseconds.
    pub expires: i64,
    /// The number of the case it was taken over from, sealed.
    pub origin: Option<Vec<u8>>,
}

/// What there is to know of a file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadFacts {
    /// `jpeg`, `png` or `pdf`.
    pub kind: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// What it was called, sealed.
    pub name: Vec<u8>,
}

/// A file's place in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// Its id.
    pub id: String,
    /// The case.
    pub case_id: i64,
    /// Its key, wrapped by the data key of the case.
    pub key: Vec<u8>,
}

/// Which bytes of a file are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    /// The file as it came.
    File,
    /// A small picture of it.
    Preview,
}

type Waiting = (String, String, Vec<u8>, i64, Option<Vec<u8>>);
type Upload = (String, String, i64, String, Vec<u8>, Vec<u8>);

/// Between the end of a file's time, from when on nobody can claim it, and its deletion: no command takes so long.
const GRACE: i64 = 60 * 60 * 1000;

impl Store {
    /// Keeps a file that belongs to no case yet, with its preview.
    pub async fn keep_upload(
        &self,
        row: &UploadRow,
        preview: Option<&[u8]>,
        unclaimed: &UnclaimedRow,
    ) -> Result<(), StoreError> {
        // First the key: bytes without one would never be found again.
        let sql = "INSERT INTO unclaimed (id, owner, size, key, expires, origin) VALUES ($1, $2, $3, $4, $5, $6) RETURNING size";
        let origin = unclaimed.origin.as_deref();
        let args = [
            Arg::Text(&unclaimed.id),
            Arg::Text(&unclaimed.owner),
            Arg::Number(row.size),
            Arg::Bytes(&unclaimed.key),
            Arg::Number(unclaimed.expires),
            origin.map_or(Arg::Nothing, Arg::Bytes),
        ];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        let sql = "INSERT INTO upload (id, kind, size, sha256, name, content, preview) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING size";
        let preview = preview.map_or(Arg::Nothing, Arg::Bytes);
        let args = [
            Arg::Text(&row.id),
            Arg::Text(&row.kind),
            Arg::Number(row.size),
            Arg::Text(&row.sha256),
            Arg::Bytes(&row.name),
            Arg::Bytes(&row.content),
            preview,
        ];
        let _: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(())
    }

    /// How many files somebody has sent that belong to no case, and their bytes.
    pub async fn unclaimed_of(&self, owner: &str) -> Result<(i64, i64), StoreError> {
        let sql = "SELECT count(*), CAST(coalesce(sum(size), 0) AS BIGINT) FROM unclaimed WHERE owner = $1";
        let rows: Vec<(i64, i64)> = self.read(sql, &[Arg::Text(owner)]).await?;
        Ok(rows.into_iter().next().unwrap_or_default())
    }

    /// A file that belongs to no case, if there is one of this id and its time is not over.
    pub async fn unclaimed(&self, id: &str, now: i64) -> Result<Option<UnclaimedRow>, StoreError> {
        let sql =
            "SELECT id, owner, key, expires, origin FROM unclaimed WHERE id = $1 AND expires > $2";
        let rows: Vec<Waiting> = self.read(sql, &[Arg::Text(id), Arg::Number(now)]).await?;
        let row = rows.into_iter().next();
        Ok(row.map(|(id, owner, key, expires, origin)| UnclaimedRow {
            id,
            owner,
            key,
            expires,
            origin,
        }))
    }

    /// Lets somebody's own file that belongs to no case live until `expires`, if it would not anyway.
    pub async fn keep_unclaimed(
        &self,
        id: &str,
        owner: &str,
        expires: i64,
    ) -> Result<bool, StoreError> {
        let sql =
            "UPDATE unclaimed SET expires = $3 WHERE id = $1 AND owner = $2 RETURNING expires";
        let args = [Arg::Text(id), Arg::Text(owner), Arg::Number(expires)];
        let rows: Vec<(i64,)> = self.write(sql, &args).await?;
        Ok(!rows.is_empty())
    }

    /// What there is to know of a file without its bytes.
    pub async fn upload_facts(&self, id: &str) -> Result<Option<UploadFacts>, StoreError> {
        let sql = "SELECT kind, size, sha256, name FROM upload WHERE id = $1";
        let rows: Vec<(String, i64, String, Vec<u8>)> = self.read(sql, &[Arg::Text(id)]).await?;
        let row = rows.into_iter().next();
        Ok(row.map(|(kind, size, sha256, name)| UploadFacts {
            kind,
            size,
            sha256,
            name,
        }))
    }

    /// A file; none where there is no such file, or no preview of it.
    pub async fn upload(&self, id: &str, which: Bytes) -> Result<Option<UploadRow>, StoreError> {
        let column = match which {
            Bytes::File => "content",
            Bytes::Preview => "preview",
        };
        let sql = format!(
            "SELECT id, kind, size, sha256, name, {column} FROM upload WHERE id = $1 AND {column} IS NOT NULL"
        );
        let rows: Vec<Upload> = self.read(&sql, &[Arg::Text(id)]).await?;
        let row = rows.into_iter().next();
        Ok(
            row.map(|(id, kind, size, sha256, name, content)| UploadRow {
                id,
                kind,
                size,
                sha256,
                name,
                content,
            }),
        )
    }

    /// The case a file belongs to.
    pub async fn attachment(&self, id: &str) -> Result<Option<AttachmentRow>, StoreError> {
        let sql = "SELECT id, case_id, key FROM attachment WHERE id = $1";
        let rows: Vec<(String, i64, Vec<u8>)> = self.read(sql, &[Arg::Text(id)]).await?;
        let row = rows.into_iter().next();
        Ok(row.map(|(id, case_id, key)| AttachmentRow { id, case_id, key }))
    }

    /// Deletes files that nobody claimed in their time (G81).
    pub async fn forget_uploads(&self, now: i64) -> Result<(), StoreError> {
        let before = [Arg::Number(now - GRACE)];
        // The keys go last: whatever stops half-way is done again.
        for sql in [
            "DELETE FROM upload WHERE id IN (SELECT id FROM unclaimed WHERE expires < $1) RETURNING size",
            "DELETE FROM unclaimed WHERE expires < $1 RETURNING size",
        ] {
            let _: Vec<(i64,)> = self.write(sql, &before).await?;
        }
        Ok(())
    }
}
