//! The revisions that run: those on offer, published in the store, and older ones that cases stay on.

use crate::store::{DefinitionRow, Store, StoreError};
use engine::library::Library;
use engine::matter::Revision;
use engine::source::Sources;
use jiff::Timestamp;
use notifications::Notices;
use notifications::paper::Paper;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Under this name the files of the whole library are published; matters refer to them.
const LIBRARY: &str = "library";
/// Under this name the calendars are published, each change as a version of its own.
pub(crate) const CALENDARS: &str = "calendars";
/// Under this name what lies beside revisions and calendars is published: the network, law, advice, English, closures, scenarios.
pub(crate) const BESIDE: &str = "beside";
/// Under this name it is kept which files the program was last started with.
const GIVEN: &str = "given";
/// Where they lie.
const CALENDAR_FILES: &str = "network/calendars/";

/// A revision as it was published.
#[derive(Debug)]
pub(super) struct Published {
    pub revision: Arc<Revision>,
    /// Its running number, from 1.
    pub number: i64,
    /// What it says to whom, by what happened as the engine names it.
    pub notices: Notices,
    /// The same as it is where overlays hold, by content hash.
    cities: BTreeMap<String, Arc<Published>>,
    /// Its hand-offs as matters of their own, by content hash, made when the first case asks for one.
    letters: Mutex<BTreeMap<String, Arc<Published>>>,
    /// Templates of papers, read when the first of each is issued; none for one that cannot be read.
    papers: Mutex<BTreeMap<String, Option<Arc<Paper>>>>,
}

impl Published {
    fn new(revision: Arc<Revision>, number: i64) -> Arc<Self> {
        let notices = revision.notices().map(Notices::read);
        let notices = notices.unwrap_or_else(|| Ok(Notices::default()));
        let notices = notices.unwrap_or_else(|error| {
            tracing::error!(matter = %*revision.id.value, %error, "its notices cannot be read; the usual ones are sent");
            Notices::default()
        });
        let notices = notices.renamed(|about| named(&revision, about));
        let cities = revision.overlaid().into_iter();
        let cities = cities.map(|(hash, here)| {
            let here = Published::new(here.clone(), number);
            (hash.to_owned(), here)
        });
        Arc::new(Published {
            cities: cities.collect(),
            revision,
            number,
            notices,
            letters: Mutex::default(),
            papers: Mutex::default(),
        })
    }

    /// What a case runs that was opened on it, by content hash: itself, or what it is where overlays hold.
    pub(super) fn running(self: &Arc<Self>, hash: &str) -> Option<Arc<Published>> {
        match self.revision.hash() == hash {
            true => Some(self.clone()),
            false => self
                .cities
                .get(hash)
                .cloned()
                .or_else(|| self.lettered(hash)),
        }
    }

    /// A hand-off of it, or of what it is where overlays hold, by content hash.
    fn lettered(&self, hash: &str) -> Option<Arc<Published>> {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(letter) = letters.get(hash) {
            return Some(letter.clone());
        }
        let here = self.cities.values().map(|city| &city.revision);
        let mut all = std::iter::once(&self.revision).chain(here);
        let letter = all.find_map(|revision| revision.letter_hashed(hash))?;
        let letter = Published::new(Arc::new(letter), self.number);
        letters.insert(hash.to_owned(), letter.clone());
        Some(letter)
    }

    /// The template of a paper.
    pub(super) fn paper(&self, name: &str) -> Option<Arc<Paper>> {
        let mut papers = self.papers.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(paper) = papers.get(name) {
            return paper.clone();
        }
        let paper = self.revision.paper(name).map(Paper::read);
        let paper = paper.and_then(Result::ok).map(Arc::new);
        papers.insert(name.to_owned(), paper.clone());
        paper
    }
}

/// What a notice is about as the engine says it, `STEP.WHAT`; authors may write the groups around the step before it.
fn named(revision: &Revision, about: &str) -> String {
    let Some((address, what)) = about.rsplit_once('.') else {
        return about.to_owned();
    };
    let starts = std::iter::once(0).chain(address.match_indices('.').map(|(at, _)| at + 1));
    let step = starts.filter_map(|at| revision.named(address.get(at..)?));
    let step = step.map(|(_, step)| step.id.value.clone()).next();
    step.map_or_else(|| about.to_owned(), |step| format!("{step}.{what}"))
}

/// Revisions by matter and running number.
#[derive(Debug)]
pub(super) struct Definitions {
    offer: RwLock<Arc<Offer>>,
    /// Those in memory.
    loaded: Mutex<HashMap<(String, i64), Arc<Published>>>,
    /// How much was published when it was last looked what other nodes had published.
    looked: AtomicI64,
}

/// What is on offer at a time.
#[derive(Debug)]
struct Offer {
    library: Arc<Library>,
    /// Running number of its files.
    number: i64,
    /// Version of its calendars.
    calendars: i64,
    /// The newest of each of its matters.
    newest: BTreeMap<String, Arc<Published>>,
}

/// What is published of a matter: which files it was read from.
#[derive(Serialize, Deserialize)]
struct Origin {
    library: i64,
}

impl Definitions {
    /// Begins with a library; publishes what is new in it. What was published while the program ran stays: of the files it is started with
    /// those count that are others than at its last start.
    pub(super) async fn publish(
        store: &Store,
        library: Arc<Library>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let library = since_last_start(store, library, now).await?;
        let offer = Offer::publish(store, library, now).await?;
        Ok(Definitions {
            loaded: Mutex::new(offer.numbered().collect()),
            offer: RwLock::new(Arc::new(offer)),
            looked: AtomicI64::default(),
        })
    }

    /// What a store holds, with nothing on offer: to read cases, not to open any.
    pub(super) async fn stored(store: &Store) -> Result<Self, StoreError> {
        let library = match newest(store, LIBRARY).await? {
            Some(row) => {
                let read = tokio::task::spawn_blocking(move || read(&row.content));
                read.await.unwrap_or_default()
            }
            None => Library::default(),
        };
        let offer = Offer {
            library: Arc::new(library),
            number: 0,
            calendars: 0,
            newest: BTreeMap::new(),
        };
        Ok(Definitions {
            loaded: Mutex::default(),
            offer: RwLock::new(Arc::new(offer)),
            looked: AtomicI64::default(),
        })
    }

    /// Puts another library on offer; publishes what is new in it. Running cases stay on their revisions.
    pub(super) async fn replace(
        &self,
        store: &Store,
        library: Arc<Library>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let offer = Offer::publish(store, library, now).await?;
        self.put(offer);
        Ok(())
    }

    /// Puts on offer what another node has published since, once all of it is there; answers whether there was anything.
    pub(super) async fn follow(&self, store: &Store) -> Result<bool, StoreError> {
        let newest = by_id(store.newest_definitions().await?);
        let published = newest.values().map(|row| row.revision).sum();
        if self.looked.load(Ordering::Relaxed) == published {
            return Ok(false);
        }
        let number = newest.get(LIBRARY).map_or(0, |row| row.revision);
        let offer = match store.definition(LIBRARY, number).await? {
            Some(files) if number > self.offer().number => {
                let read = tokio::task::spawn_blocking(move || read(&files.content));
                let library = read.await.unwrap_or_default();
                Offer::published(Arc::new(library), number, &newest)
            }
            _ => None,
        };
        self.looked.store(published, Ordering::Relaxed);
        Ok(offer.map(|offer| self.put(offer)).is_some())
    }

    fn put(&self, offer: Offer) {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.extend(offer.numbered());
        *self.offer.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(offer);
    }

    /// The library on offer.
    pub(super) fn library(&self) -> Arc<Library> {
        self.offer().library.clone()
    }

    /// The version of the calendars on offer.
    pub(super) fn calendars(&self) -> i64 {
        self.offer().calendars
    }

    fn offer(&self) -> Arc<Offer> {
        let offer = self.offer.read().unwrap_or_else(PoisonError::into_inner);
        offer.clone()
    }

    /// The newest revision of a matter, if it is on offer.
    pub(super) fn newest(&self, matter: &str) -> Option<Arc<Published>> {
        self.offer().newest.get(matter).cloned()
    }

    /// A revision by its running number; read from the store if it is not in memory. None if it cannot be read any more.
    pub(super) async fn numbered(
        &self,
        store: &Store,
        matter: &str,
        number: i64,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        let key = (matter.to_owned(), number);
        if let Some(published) = self.in_memory(&key) {
            return Ok(Some(published));
        }
        let Some(row) = store.definition(matter, number).await? else {
            return Ok(None);
        };
        let Ok(origin) = serde_json::from_str::<Origin>(&row.content) else {
            return Ok(None);
        };
        let Some(files) = store.definition(LIBRARY, origin.library).await? else {
            return Ok(None);
        };
        let read = tokio::task::spawn_blocking(move || read(&files.content));
        let mut library = read.await.unwrap_or_default();
        let revision = library
            .matters
            .remove(matter)
            .filter(|revision| Sha256::digest(revision.hash()) == row.hash);
        let published = revision.map(|revision| Published::new(revision, number));
        if let Some(published) = &published {
            let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
            loaded.insert(key, published.clone());
        }
        Ok(published)
    }

    /// What a letter of another deployment runs: a hand-off of the revision with this content hash, if it was ever published here.
    pub(super) async fn letter(
        &self,
        store: &Store,
        matter: &str,
        hash: &str,
        step: &str,
    ) -> Result<Option<Arc<Published>>, StoreError> {
        let of = |published: Arc<Published>| {
            let running = published.running(hash)?;
            let letter = running.revision.letter(step)?;
            published.running(letter.hash())
        };
        if let Some(letter) = self.newest(matter).and_then(of) {
            return Ok(Some(letter));
        }
        for row in store.revisions(matter).await? {
            let published = self.numbered(store, matter, row.revision).await?;
            if let Some(letter) = published.and_then(of) {
                return Ok(Some(letter));
            }
        }
        Ok(None)
    }

    /// The files a published revision was made of, with those it shares with others.
    pub(super) async fn files(
        store: &Store,
        row: &DefinitionRow,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let Ok(origin) = serde_json::from_str::<Origin>(&row.content) else {
            return Ok(BTreeMap::new());
        };
        let files = store.definition(LIBRARY, origin.library).await?;
        let files = files.and_then(|files| serde_json::from_str(&files.content).ok());
        Ok(files.unwrap_or_default())
    }

    fn in_memory(&self, key: &(String, i64)) -> Option<Arc<Published>> {
        let loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        loaded.get(key).cloned()
    }
}

impl Offer {
    async fn publish(
        store: &Store,
        library: Arc<Library>,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut newest = by_id(store.newest_definitions().await?);
        let files = serde_json::to_string(&*library.files).unwrap_or_default();
        let hash = Sha256::digest(&files).into();
        let published = now.as_millisecond();
        let mut publish = async |id: &str, hash, content: String| {
            let before = newest.remove(id);
            publish(store, id, before, hash, content, published).await
        };
        let number = publish(LIBRARY, hash, files).await?;
        let origin = Origin { library: number };
        let origin = serde_json::to_string(&origin).unwrap_or_default();
        let hash = calendar_hash(&library.files);
        let calendars = publish(CALENDARS, hash, origin.clone()).await?;
        publish(BESIDE, beside_hash(&library.files), origin.clone()).await?;
        let mut offered = BTreeMap::new();
        for (id, revision) in &library.matters {
            let hash = Sha256::digest(revision.hash()).into();
            let number = publish(id, hash, origin.clone()).await?;
            offered.insert(id.clone(), Published::new(revision.clone(), number));
        }
        Ok(Offer {
            newest: offered,
            calendars,
            number,
            library,
        })
    }

    /// A library as it was published; none while one of its definitions is not there yet.
    fn published(
        library: Arc<Library>,
        number: i64,
        newest: &BTreeMap<String, DefinitionRow>,
    ) -> Option<Self> {
        let numbered = |id: &str, hash: [u8; 32]| {
            let row = newest.get(id).filter(|row| row.hash == hash)?;
            Some(row.revision)
        };
        let calendars = numbered(CALENDARS, calendar_hash(&library.files))?;
        let mut offered = BTreeMap::new();
        for (id, revision) in &library.matters {
            let number = numbered(id, Sha256::digest(revision.hash()).into())?;
            offered.insert(id.clone(), Published::new(revision.clone(), number));
        }
        Some(Offer {
            newest: offered,
            calendars,
            number,
            library,
        })
    }

    fn numbered(&self) -> impl Iterator<Item = ((String, i64), Arc<Published>)> {
        let newest = self.newest.iter();
        newest.map(|(id, published)| ((id.clone(), published.number), published.clone()))
    }
}

/// The library that was last on offer, with what has changed since the last start among the files the program is started with.
async fn since_last_start(
    store: &Store,
    library: Arc<Library>,
    now: Timestamp,
) -> Result<Arc<Library>, StoreError> {
    let hashed = |text: &String| format!("{:x?}", Sha256::digest(text));
    let given: BTreeMap<&String, String> = library
        .files
        .iter()
        .map(|(path, text)| (path, hashed(text)))
        .collect();
    let content = serde_json::to_string(&given).unwrap_or_default();
    let before = newest(store, GIVEN).await?;
    let hash = Sha256::digest(&content).into();
    let known = before.as_ref().map(|row| DefinitionRow {
        content: String::new(),
        ..row.clone()
    });
    publish(store, GIVEN, known, hash, content, now.as_millisecond()).await?;
    let Some(before) = before else {
        return Ok(library);
    };
    let before: BTreeMap<String, String> =
        serde_json::from_str(&before.content).unwrap_or_default();
    let offered = newest(store, LIBRARY).await?;
    let offered = offered.and_then(|row| serde_json::from_str(&row.content).ok());
    let mut files: BTreeMap<String, String> = offered.unwrap_or_default();
    files.retain(|path, _| given.contains_key(path) || !before.contains_key(path));
    for (path, hash) in &given {
        if before.get(*path) != Some(hash)
            && let Some(text) = library.files.get(*path)
        {
            files.insert((*path).clone(), text.clone());
        }
    }
    if files == *library.files {
        return Ok(library);
    }
    let files = serde_json::to_string(&files).unwrap_or_default();
    let read = tokio::task::spawn_blocking(move || read(&files));
    Ok(Arc::new(read.await.unwrap_or_default()))
}

fn by_id(rows: Vec<DefinitionRow>) -> BTreeMap<String, DefinitionRow> {
    let rows = rows.into_iter();
    rows.map(|row| (row.id.clone(), row)).collect()
}

/// The newest revision of a definition, whole.
async fn newest(store: &Store, id: &str) -> Result<Option<DefinitionRow>, StoreError> {
    match store.revisions(id).await?.into_iter().next() {
        Some(row) => store.definition(id, row.revision).await,
        None => Ok(None),
    }
}

/// The hash by which one version of the calendars is known from another.
pub(crate) fn calendar_hash(files: &BTreeMap<String, String>) -> [u8; 32] {
    hash_of(files, |path| path.starts_with(CALENDAR_FILES))
}

/// The hash by which one version of what lies beside revisions and calendars is known from another.
pub(crate) fn beside_hash(files: &BTreeMap<String, String>) -> [u8; 32] {
    hash_of(files, lies_beside)
}

/// True of a file that is part of no revision and of no calendar.
fn lies_beside(path: &str) -> bool {
    match path.split_once('/') {
        None => true,
        Some(("network", _)) => !path.starts_with(CALENDAR_FILES),
        Some(("tables", _)) => false,
        Some((_, file)) => file == "guidance.yaml" || file.starts_with("tests/"),
    }
}

/// True of a file that is published under a name.
pub(crate) fn belongs(path: &str, name: &str) -> bool {
    match name {
        BESIDE => lies_beside(path),
        CALENDARS => path.starts_with(CALENDAR_FILES),
        matter => path
            .split_once('/')
            .is_some_and(|(folder, _)| folder == matter),
    }
}

fn hash_of(files: &BTreeMap<String, String>, which: impl Fn(&str) -> bool) -> [u8; 32] {
    let mut hash = Sha256::new();
    let own = files.iter().filter(|(path, _)| which(path));
    for part in own.flat_map(|(path, text)| [path, text]) {
        hash.update(part.len().to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Publishes a definition if it differs from the newest one; answers its running number.
async fn publish(
    store: &Store,
    id: &str,
    mut before: Option<DefinitionRow>,
    hash: [u8; 32],
    content: String,
    published: i64,
) -> Result<i64, StoreError> {
    loop {
        if let Some(row) = before.as_ref().filter(|row| row.hash == hash) {
            return Ok(row.revision);
        }
        let row = DefinitionRow {
            id: id.to_owned(),
            revision: before.map_or(1, |row| row.revision + 1),
            hash,
            content: content.clone(),
            published,
        };
        if store.publish(&row).await? {
            return Ok(row.revision);
        }
        // Another node was faster.
        before = store.revisions(id).await?.into_iter().next();
    }
}

fn read(files: &str) -> Library {
    let files: BTreeMap<String, String> = serde_json::from_str(files).unwrap_or_default();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    Library::read(&files, &mut Sources::default())
}
