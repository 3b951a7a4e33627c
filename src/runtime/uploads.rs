//! Files on their way into a case and out again: judged, sealed with a key of their own, claimed by the command that hands them in.
//!
//! The key of a file is wrapped by the master key until a case has it, then by the data key of the case alone: whoever destroys that has
//! destroyed the files.

use super::Runtime;
use super::held::Loader;
use super::request::Refused;
use crate::files::{self, Bad, Kind};
use crate::store::codec::{self, Key, Place};
use crate::store::{AttachmentRow, Bytes, StoreError, UnclaimedRow, UploadRow};
use engine::case::{Actor, Command, Event, Fact, File, Rejection};
use engine::text::{Text, both};
use forms::FieldError;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

/// How long a file waits for its case (G81), and how long one that a draft names does [assumed].
const WAITS: SignedDuration = SignedDuration::from_hours(24);
const IN_DRAFT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Files of one sender that belong to no case yet: as a case may have of an applicant, ten times that of an office.
const FILES: i64 = 60;
const BYTES: i64 = 200 << 20;
const OFFICE: i64 = 10;

/// A file that was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// Bytes.
    pub size: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// What it is called.
    pub name: String,
}

/// Why a file was not kept.
#[derive(Debug)]
pub enum NotKept {
    /// The file.
    Bad(Bad),
    /// The sender has too many that belong to no case.
    Crowded,
    /// The store.
    Store(StoreError),
}

impl NotKept {
    /// Code and sentence, where it is the sender's to mend.
    pub fn said(&self) -> Option<(&'static str, Text)> {
        match self {
            NotKept::Bad(bad) => Some((bad.code(), bad.message())),
            NotKept::Crowded => {
                let args = [
                    ("files", FILES.to_string()),
                    ("most", (BYTES >> 20).to_string()),
                ];
                Some(("file.crowded", both("file.crowded", &args)))
            }
            NotKept::Store(_) => None,
        }
    }
}

/// Whose a file is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Its sender's, who has not handed it in.
    Sender(String),
    /// A case's.
    Case(u64),
}

/// A file opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What it is.
    pub kind: Kind,
    /// What it is called.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The file or its preview.
    pub bytes: Vec<u8>,
}

/// How a sender is known: an account by its id, an applicant by his case.
pub fn sender(actor: &Actor, case: u64) -> String {
    match actor {
        Actor::Person { id, .. } | Actor::Onlooker { id, .. } => id.to_string(),
        Actor::System { name } => name.clone(),
        Actor::Peer { post, .. } => post.to_string(),
        Actor::Applicant => format!("applicant/{case}"),
        Actor::Engine => "engine".to_owned(),
    }
}

/// A file judged and sealed.
struct Sealed {
    kept: Kept,
    row: UploadRow,
    preview: Option<Vec<u8>>,
    key: Key,
}

impl Runtime {
    /// Judges a file and keeps it for its sender, who has a day to hand it in.
    ///
    /// # Errors
    /// See [`NotKept`].
    pub async fn keep_file(
        &self,
        sender: &str,
        name: &str,
        bytes: Vec<u8>,
    ) -> Result<Kept, NotKept> {
        self.keep_from(sender, name, bytes, "").await
    }

    /// Takes over a file of another case for somebody who may see it there: a copy with a key of its own, which knows the number of that
    /// case (互认复用). None if there is no such file.
    ///
    /// # Errors
    /// See [`NotKept`].
    pub async fn take_over(
        &self,
        sender: &str,
        id: &str,
        origin: &str,
    ) -> Result<Option<Kept>, NotKept> {
        let opened = self.open_file(id, Bytes::File).await;
        let opened = opened.map_err(|_| NotKept::Store(StoreError::Damaged("upload")))?;
        let Some(file) = opened else {
            return Ok(None);
        };
        let kept = self.keep_from(sender, &file.name, file.bytes, origin);
        kept.await.map(Some)
    }

    async fn keep_from(
        &self,
        sender: &str,
        name: &str,
        bytes: Vec<u8>,
        origin: &str,
    ) -> Result<Kept, NotKept> {
        let size = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let share = match sender.starts_with("applicant/") {
            true => 1,
            false => OFFICE,
        };
        let (count, held) = self
            .store()
            .unclaimed_of(sender)
            .await
            .map_err(NotKept::Store)?;
        if count >= FILES * share || held.saturating_add(size) > BYTES * share {
            return Err(NotKept::Crowded);
        }
        let sealed = self.sealed(files::clean(name), bytes).await?;
        let now = self.clock().now();
        let row = UnclaimedRow {
            id: sealed.kept.id.clone(),
            owner: sender.to_owned(),
            key: self.wrapped(&sealed)?,
            expires: later(now, WAITS),
            origin: origin_of(&sealed, origin)?,
        };
        let preview = sealed.preview.as_deref();
        let kept = self.store().keep_upload(&sealed.row, preview, &row).await;
        kept.map_err(NotKept::Store)?;
        Ok(sealed.kept)
    }

    /// Large pictures take long and much memory: one at a time, and not where others wait.
    async fn sealed(&self, name: String, bytes: Vec<u8>) -> Result<Sealed, NotKept> {
        let interrupted = |_| NotKept::Store(StoreError::Interrupted);
        let turn = self.0.judging.clone().acquire_owned().await;
        let turn = turn.map_err(|_| NotKept::Store(StoreError::Interrupted))?;
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            seal(name, &bytes)
        });
        work.await.map_err(interrupted)?
    }

    fn wrapped(&self, sealed: &Sealed) -> Result<Vec<u8>, NotKept> {
        let place = place("unclaimed", "key", &sealed.kept.id);
        let keys = &self.0.loader.keys;
        let wrapped = keys.seal(place, &sealed.key);
        wrapped.map_err(|_| NotKept::Store(StoreError::Damaged("upload")))
    }

    /// What somebody's own file that waits for its case is, without its bytes; none if it is not his, or its time is over.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn waiting_file(&self, sender: &str, id: &str) -> Result<Option<File>, Refused> {
        let file = File {
            id: id.to_owned(),
            ..File::default()
        };
        let now = self.clock().now();
        let found = claimed(&self.0.loader, &file, sender, now).await?;
        Ok(found.map(|(file, _)| file))
    }

    /// Lets somebody's files live as long as the draft that names them; false: one of them is not his, or is gone.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn keep_in_draft(&self, sender: &str, ids: &[String]) -> Result<bool, StoreError> {
        let expires = later(self.clock().now(), IN_DRAFT);
        let mut all = true;
        for id in ids {
            all &= self.store().keep_unclaimed(id, sender, expires).await?;
        }
        Ok(all)
    }

    /// Whose a file is; none: there is no such file, or its time is over.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn whose(&self, id: &str) -> Result<Option<Whose>, StoreError> {
        if let Some(row) = self.store().attachment(id).await? {
            return Ok(Some(Whose::Case(row.case_id.unsigned_abs())));
        }
        let now = self.clock().now().as_millisecond();
        let row = self.store().unclaimed(id, now).await?;
        Ok(row.map(|row| Whose::Sender(row.owner)))
    }

    /// A file opened. Who may have it is for the caller to know, by [`Runtime::whose`].
    ///
    /// # Errors
    /// If the store cannot be read, or the file is damaged.
    pub async fn open_file(&self, id: &str, which: Bytes) -> Result<Option<Opened>, Refused> {
        let Some(key) = self.key_of(id).await? else {
            return Ok(None);
        };
        let Some(row) = self.store().upload(id, which).await? else {
            return Ok(None);
        };
        let lost = || Refused::Damaged(format!("file {id} cannot be read"));
        let column = match which {
            Bytes::File => "content",
            Bytes::Preview => "preview",
        };
        let open = |column, sealed: &[u8]| {
            codec::unseal(&key, place("upload", column, id), sealed).map_err(|_| lost())
        };
        let kind = match which {
            Bytes::File => Kind::named(&row.kind).ok_or_else(lost)?,
            Bytes::Preview => Kind::Jpeg,
        };
        Ok(Some(Opened {
            kind,
            name: String::from_utf8(open("name", &row.name)?).map_err(|_| lost())?,
            bytes: open(column, &row.content)?,
            sha256: row.sha256,
        }))
    }

    /// The key of a file, out of its wrapping.
    async fn key_of(&self, id: &str) -> Result<Option<Key>, Refused> {
        let lost = || Refused::Damaged(format!("the key of file {id} cannot be read"));
        let loader = &self.0.loader;
        if let Some(row) = self.store().attachment(id).await? {
            let keys = loader.keys_of(&[row.case_id]).await?;
            let case = keys.get(&row.case_id).ok_or_else(lost)?;
            let place = place("attachment", "key", id);
            let key = codec::unseal(case, place, &row.key).map_err(|_| lost())?;
            return key.try_into().map(Some).map_err(|_| lost());
        }
        let now = self.clock().now().as_millisecond();
        match self.store().unclaimed(id, now).await? {
            Some(row) => unwrapped(loader, &row).map(Some).ok_or_else(lost),
            None => Ok(None),
        }
    }
}

/// From where a file was taken over, sealed with its key.
fn origin_of(sealed: &Sealed, origin: &str) -> Result<Option<Vec<u8>>, NotKept> {
    if origin.is_empty() {
        return Ok(None);
    }
    let place = place("unclaimed", "origin", &sealed.kept.id);
    let sealed = codec::seal(&sealed.key, rand::random(), place, origin.as_bytes());
    sealed
        .map(Some)
        .map_err(|_| NotKept::Store(StoreError::Damaged("upload")))
}

fn unwrapped(loader: &Loader, row: &UnclaimedRow) -> Option<Key> {
    let place = place("unclaimed", "key", &row.id);
    let key = loader.keys.unseal(place, &row.key).ok()?;
    key.try_into().ok()
}

fn seal(name: String, bytes: &[u8]) -> Result<Sealed, NotKept> {
    if name.is_empty() {
        return Err(NotKept::Bad(Bad::Ending));
    }
    let good = files::judge(&name, bytes).map_err(NotKept::Bad)?;
    let id = format!("{:032x}", rand::random::<u128>());
    let key: Key = rand::random();
    let seal = |column, plain: &[u8]| {
        let sealed = codec::seal(&key, rand::random(), place("upload", column, &id), plain);
        sealed.map_err(|_| NotKept::Store(StoreError::Damaged("upload")))
    };
    let hash = Sha256::digest(bytes);
    let sha256: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let row = UploadRow {
        id: id.clone(),
        kind: good.kind.word().to_owned(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: sha256.clone(),
        name: seal("name", name.as_bytes())?,
        content: seal("content", bytes)?,
    };
    let preview = good.preview.map(|preview| seal("preview", &preview));
    let kept = Kept {
        kind: good.kind,
        size: bytes.len() as u64,
        sha256,
        name,
        id: id.clone(),
    };
    Ok(Sealed {
        kept,
        row,
        preview: preview.transpose()?,
        key,
    })
}

/// Where something of a file lies; its id is 128 bits in hexadecimal.
fn place<'a>(table: &'a str, column: &'a str, id: &str) -> Place<'a> {
    let id = u128::from_str_radix(id, 16).unwrap_or_default();
    Place {
        table,
        column,
        case_id: ((id >> 64) as u64).cast_signed(),
        seq: (id as u64).cast_signed(),
    }
}

fn later(now: Timestamp, by: SignedDuration) -> i64 {
    now.saturating_add(by).unwrap_or(now).as_millisecond()
}

/// A command with what the store knows of the files that come with it, and their keys.
pub(super) struct Claim {
    pub command: Command,
    keys: Vec<(String, Key)>,
}

impl Claim {
    /// Of a command; none if no files come with it.
    pub(super) async fn of(
        loader: &Loader,
        command: &Command,
        actor: &Actor,
        case: u64,
        now: Timestamp,
    ) -> Result<Option<Claim>, Refused> {
        let Command::HandIn { files, with } = command else {
            return Ok(None);
        };
        let sender = sender(actor, case);
        let (mut known, mut keys, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
        for file in files {
            match claimed(loader, file, &sender, now).await? {
                Some((file, key)) => {
                    keys.push((file.id.clone(), key));
                    known.push(file);
                }
                None => unknown.push(FieldError {
                    pointer: format!("/materials/{}", file.material),
                    code: "file.unknown",
                    message: both("file.unknown", &[("name", file.material.clone())]),
                }),
            }
        }
        if !unknown.is_empty() {
            return Err(Refused::Rejected(Rejection::Invalid(unknown)));
        }
        let command = Command::HandIn {
            files: known,
            with: with.clone(),
        };
        Ok(Some(Claim { command, keys }))
    }

    /// The rows that make the files added by these events the case's own.
    pub(super) fn rows(&self, events: &[Event], case_id: i64, key: &Key) -> Vec<AttachmentRow> {
        let added = events.iter().filter_map(|event| match &event.fact {
            Fact::FileAdded { file, .. } => Some(file),
            _ => None,
        });
        let row = |id: &String| {
            let (_, own) = self.keys.iter().find(|(known, _)| known == id)?;
            let place = place("attachment", "key", id);
            let key = codec::seal(key, rand::random(), place, own).ok()?;
            Some(AttachmentRow {
                id: id.clone(),
                case_id,
                key,
            })
        };
        added.filter_map(row).collect()
    }
}

/// A file of this sender that belongs to no case, with its key.
async fn claimed(
    loader: &Loader,
    file: &File,
    sender: &str,
    now: Timestamp,
) -> Result<Option<(File, Key)>, Refused> {
    let store = &loader.store;
    let row = store.unclaimed(&file.id, now.as_millisecond()).await?;
    let Some(row) = row.filter(|row| row.owner == sender) else {
        return Ok(None);
    };
    let facts = store.upload_facts(&file.id).await?;
    let Some((facts, key)) = facts.zip(unwrapped(loader, &row)) else {
        return Ok(None);
    };
    let text = |at, sealed: &[u8]| {
        let plain = codec::unseal(&key, at, sealed).ok();
        plain.and_then(|plain| String::from_utf8(plain).ok())
    };
    let name = text(place("upload", "name", &file.id), &facts.name);
    let origin = row.origin.as_deref();
    let origin = origin.and_then(|o| text(place("unclaimed", "origin", &file.id), o));
    let file = File {
        id: file.id.clone(),
        material: file.material.clone(),
        kind: facts.kind,
        size: facts.size.unsigned_abs(),
        sha256: facts.sha256,
        name: name.unwrap_or_default(),
        origin: origin.unwrap_or_default(),
    };
    Ok(Some((file, key)))
}
