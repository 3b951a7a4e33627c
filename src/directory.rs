//! The people and systems that work here, the posts they hold, and how they prove who they are. What a post may do is decided in
//! the engine; here stands only who somebody is.

mod absence;
mod entry;
mod factor;
mod lending;
mod onlooker;
mod secret;
mod sitting;
mod wish;

pub use absence::{Stand, may_be_handed_over};

pub use entry::Outstanding;
pub use factor::{Demand, Offer};
pub use lending::may_be_lent;
pub use onlooker::Look;
pub use secret::{Token, Weak, hash_password, strength};
pub use sitting::Preferences;
pub use wish::{Unlendable, Wish};

use crate::runtime::{Clock, Keys};
use crate::store::codec::Hash;
use crate::store::{AbsenceRow, AccountRow, Accounts, StoreError, TokenRow};
use engine::case::{Actor, Lent, Party, Standing};
use engine::network::Network;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use tokio::sync::Semaphore;

/// A sign-in ends after this long however much it is used (G75).
const SESSION: SignedDuration = SignedDuration::from_hours(12);
/// The kind of a token of somebody whose password was right and whose second factor is still to come.
const HALF: &str = "half";
/// An API token lives this long unless something else was asked; never longer (G55).
pub const TOKEN_LIFE: SignedDuration = SignedDuration::from_hours(365 * 24);
/// Passwords worked on at a time: each takes 64 MiB.
const HASHING: usize = 2;

/// Everybody who may call, remembered as long as nothing has changed.
#[derive(Debug)]
pub struct Directory {
    accounts: Accounts,
    /// As it is on offer.
    network: RwLock<Arc<Network>>,
    /// The clock cases live by: absences begin and end by it.
    business: Clock,
    memory: Mutex<Memory>,
    hashing: Semaphore,
    /// Seals the secrets of second factors.
    keys: Keys,
    /// Who must have a second factor.
    demand: Demand,
}

#[derive(Debug, Default)]
struct Memory {
    /// At which version of the rights the rest was read.
    read: Option<u64>,
    people: Arc<BTreeMap<String, AccountRow>>,
    absences: Arc<Vec<AbsenceRow>>,
    callers: BTreeMap<Hash, (Caller, Timestamp)>,
    /// When a sign-in was last used.
    used: BTreeMap<Hash, sitting::Used>,
    /// Failed sign-ins, wrong codes and wrong proofs by the name given.
    failures: BTreeMap<String, Vec<Timestamp>>,
}

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Id of the account.
    pub id: Arc<str>,
    /// The name people read.
    pub name: String,
    /// Another system, not a person.
    pub system: bool,
    /// The posts held, narrowed to those of the token.
    pub posts: Arc<[Party]>,
    /// All posts held; in the browser somebody acts in one of them.
    pub held: Arc<[Party]>,
    /// Those of the posts held that are lent to him now.
    pub lent: Arc<[Lent]>,
    /// When the request came, by the clock cases live by, UTC milliseconds.
    at: i64,
    /// The posts to which the token is narrowed; none: it is not.
    narrowed: Arc<[String]>,
    /// For whom the caller acts as a deputy.
    pub stands_for: Option<Arc<Stand>>,
    /// For whom he may act now.
    pub offers: Arc<[Stand]>,
    /// For whom and in which post his sign-in was last to act.
    asked_for: Option<Arc<(String, String)>>,
    /// As what an administrator looks at the pages, reading alone.
    pub looks_as: Option<Arc<Look>>,
    /// How the person wants the pages.
    pub preferences: Preferences,
    /// The token it came with.
    pub token: Hash,
    /// A sign-in, not an API token.
    pub session: bool,
    /// Where in the network the request came from, if that is known.
    pub from: Option<IpAddr>,
    /// The hash of the id under which the sign-in began; what its forms are known by.
    pub root: Hash,
    /// When the person last proved by password or second factor who he is.
    pub proved: Timestamp,
    /// Everybody by id, as the directory was when the request came.
    pub people: Arc<BTreeMap<String, AccountRow>>,
}

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// No token, an unknown one, or a disabled account; for a sign-in: wrong name or password.
    #[error("not known")]
    Unknown,
    /// The sign-in or token has ended.
    #[error("expired")]
    Expired,
    /// Too many failures; try again after so many seconds.
    #[error("resting for {0} s")]
    Resting(i64),
    /// The password was right; what is still to come, and the token by which that is done.
    #[error("a second factor is outstanding")]
    Half(Token, Outstanding),
    /// Not the code, or one that was taken before; if it is the code of another time, by how many seconds the device is ahead.
    #[error("not the code")]
    Code(Option<i64>),
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Caller {
    /// As the engine knows the caller.
    pub fn actor(&self) -> Actor {
        if self.looks_as.is_some() {
            let (id, posts) = (self.id.clone(), self.posts.clone());
            return Actor::Onlooker { id, posts };
        }
        match self.system {
            true => Actor::System {
                name: self.id.to_string(),
            },
            false => Actor::Person {
                id: self.id.clone(),
                posts: self.posts.clone(),
                stands_for: self.stands_for.as_ref().map(|stand| Standing {
                    person: stand.person.clone(),
                    matters: stand.matters.clone(),
                }),
                lent: self.lent.to_vec(),
            },
        }
    }

    /// True if the caller holds a post of this name, in whatever city.
    pub fn holds(&self, post: &str) -> bool {
        self.posts.iter().any(|p| p.post == post)
    }
}

impl Directory {
    /// The directory of a store and its network.
    pub fn new(accounts: Accounts, network: Arc<Network>) -> Self {
        Self {
            accounts,
            network: RwLock::new(network),
            business: Clock::real(),
            memory: Mutex::default(),
            hashing: Semaphore::new(HASHING),
            keys: Keys::random(),
            demand: Demand::Chosen,
        }
    }

    /// The same, with the key by which the secrets of second factors are sealed.
    #[must_use]
    pub fn sealed_by(self, keys: Keys) -> Self {
        Self { keys, ..self }
    }

    /// The same, asking a second factor of these.
    #[must_use]
    pub fn demanding(self, demand: Demand) -> Self {
        Self { demand, ..self }
    }

    /// The same, by the clock that cases live by.
    #[must_use]
    pub fn living_by(self, business: Clock) -> Self {
        Self { business, ..self }
    }

    /// The tables behind it.
    pub fn accounts(&self) -> &Accounts {
        &self.accounts
    }

    /// Everybody by id. Changes are seen at once, whichever process or node made them (G51).
    pub async fn people(&self) -> Result<Arc<BTreeMap<String, AccountRow>>, StoreError> {
        Ok(self.current().await?.1)
    }

    /// The version of the rights, asked anew, and everybody as of it or later.
    async fn current(&self) -> Result<(u64, Arc<BTreeMap<String, AccountRow>>), StoreError> {
        let version = self.accounts.version().await?;
        {
            let memory = self.memory();
            if memory.read == Some(version) {
                return Ok((version, memory.people.clone()));
            }
        }
        let rows = self.accounts.accounts().await?;
        let now = self.business.now().as_millisecond();
        let absences = self.accounts.absences(now).await?;
        let lendings = self.accounts.lendings(now).await?;
        let mut people = BTreeMap::from_iter(rows.into_iter().map(|r| (r.id.clone(), r)));
        for row in lendings {
            if let Some(person) = people.get_mut(&row.person) {
                person.lent.push(row);
            }
        }
        let people = Arc::new(people);
        let mut memory = self.memory();
        memory.read = Some(version);
        memory.people = people.clone();
        memory.absences = Arc::new(absences);
        memory.callers.clear();
        Ok((version, people))
    }

    /// A caller remembered as of a version.
    fn remembered(&self, hash: &Hash, version: u64) -> Option<(Caller, Timestamp)> {
        let memory = self.memory();
        let current = memory.read == Some(version);
        memory.callers.get(hash).filter(|_| current).cloned()
    }

    /// Remembers a caller; not if what he was made of is older or newer than the rest.
    fn remember(&self, hash: Hash, version: u64, known: &(Caller, Timestamp)) {
        let mut memory = self.memory();
        if memory.read == Some(version) {
            memory.callers.insert(hash, known.clone());
        }
    }

    /// Who calls with this token; the sign-in it belongs to is used by it.
    pub async fn caller(&self, token: &str, now: Timestamp) -> Result<Caller, Denied> {
        let caller = self.known_caller(token, now).await?;
        self.use_now(&caller, now).await?;
        Ok(caller)
    }

    /// Who calls with this token. Asking so does not keep a sign-in from ending: nobody need sit before the screen.
    pub async fn known_caller(&self, token: &str, now: Timestamp) -> Result<Caller, Denied> {
        let (version, people) = self.current().await?;
        let hash = secret::digest(token);
        let (caller, expires) = match self.remembered(&hash, version) {
            Some(known) => known,
            None => {
                let row = self.accounts.token(&hash).await?;
                let row = row.filter(|row| row.kind != HALF);
                let row = row.ok_or(Denied::Unknown)?;
                let used = row.used;
                let mut known = self.known(row, &people)?;
                known.0.preferences = self.preferences(&known.0.id).await?;
                self.remember(hash, version, &known);
                self.remember_used(&known.0, used);
                known
            }
        };
        if now >= expires || self.idle(&caller, now).await? {
            return Err(Denied::Expired);
        }
        let today = self.business.now();
        Ok(self.stand(self.lend(caller, today), today).looking(now))
    }

    /// Whose sign-in this token was, though it has ended by time: within the length of another one, if nobody signed him out.
    pub async fn lapsed(&self, token: &str) -> Result<Option<Caller>, Denied> {
        let row = self.accounts.token(&secret::digest(token)).await?;
        let Some(row) = row.filter(|row| row.kind == "session") else {
            return Ok(None);
        };
        let people = self.people().await?;
        Ok(Some(self.known(row, &people)?.0))
    }

    /// Ends a sign-in.
    pub async fn sign_out(&self, caller: &Caller) -> Result<(), StoreError> {
        self.accounts.drop_token(&caller.token).await?;
        self.memory().callers.remove(&caller.token);
        Ok(())
    }

    /// Makes an API token for an account, narrowed to `posts` if there are any. The text is shown once and kept nowhere.
    pub async fn issue_token(
        &self,
        account: &AccountRow,
        posts: Vec<String>,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<Token, StoreError> {
        self.issue(account, "api", posts, now, life.min(TOKEN_LIFE))
            .await
    }

    async fn issue(
        &self,
        account: &AccountRow,
        kind: &str,
        posts: Vec<String>,
        now: Timestamp,
        life: SignedDuration,
    ) -> Result<Token, StoreError> {
        let token = Token::random();
        let expires = now.saturating_add(life).unwrap_or(Timestamp::MAX);
        let hash = secret::digest(token.text());
        let row = TokenRow {
            hash,
            root: hash,
            account: account.id.clone(),
            kind: kind.to_owned(),
            posts,
            created: now.as_millisecond(),
            expires: expires.as_millisecond(),
            used: (kind == "session").then(|| now.as_millisecond()),
            stands_for: None,
            looks_as: None,
        };
        self.accounts.add_token(&row).await?;
        Ok(token)
    }

    fn known(
        &self,
        row: TokenRow,
        people: &Arc<BTreeMap<String, AccountRow>>,
    ) -> Result<(Caller, Timestamp), Denied> {
        let account = people.get(&row.account).filter(|a| a.state == "active");
        let account = account.ok_or(Denied::Unknown)?;
        let posts = account.posts.iter();
        let network = self.network();
        let held = posts.filter_map(|p| post(p, &network).ok());
        let held: Arc<[Party]> = held.collect();
        let own = row.stands_for.is_none();
        let narrowed = |p: &&Party| match own {
            true => row.posts.is_empty() || row.posts.contains(&p.to_string()),
            // Whoever acts for another has his own first post again when that ends.
            false => held.first() == Some(*p),
        };
        let asked = row.stands_for.clone().zip(row.posts.first().cloned());
        let caller = Caller {
            id: account.id.as_str().into(),
            name: account.name.clone(),
            system: account.kind == "system",
            posts: held.iter().filter(narrowed).cloned().collect(),
            held,
            lent: Arc::default(),
            at: 0,
            narrowed: row.posts.as_slice().into(),
            stands_for: None,
            offers: Arc::default(),
            asked_for: asked.map(Arc::new),
            looks_as: self.look(&row).map(Arc::new),
            preferences: Preferences::default(),
            token: row.hash,
            session: row.kind == "session",
            from: None,
            root: row.root,
            proved: Timestamp::from_millisecond(row.created).unwrap_or(Timestamp::MIN),
            people: people.clone(),
        };
        let expires = Timestamp::from_millisecond(row.expires).unwrap_or(Timestamp::MIN);
        Ok((caller, expires))
    }

    /// As what the person of a sign-in was last to look.
    fn look(&self, row: &TokenRow) -> Option<Look> {
        let (as_post, until) = row.looks_as.as_ref()?;
        Some(Look {
            post: post(as_post, &self.network()).ok()?,
            until: Timestamp::from_millisecond(*until).ok()?,
        })
    }

    fn network(&self) -> Arc<Network> {
        let network = self.network.read();
        network.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Another network was published: posts are those of it from now on.
    pub fn know(&self, network: Arc<Network>) {
        *self.network.write().unwrap_or_else(PoisonError::into_inner) = network;
        self.memory().callers.clear();
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a text names no post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoPost {
    /// Not `city/department/post`.
    Shape,
    /// No such city; the nearest one.
    City(String),
    /// No such department; all there are.
    Department(String),
    /// The department has no such post; those it has.
    Post(String),
}

/// Posts of the network as a whole that any department may hold.
const ANYWHERE: [&str; 4] = ["policy", "system-admin", "security-admin", "audit-admin"];

/// Whether a password is the one of an account.
pub fn right_password(account: &AccountRow, password: &str) -> bool {
    secret::verify(password, &account.secret)
}

/// Reads `450400/si`, city and department; the city by code or name. None if there is no such office.
pub fn office(text: &str, network: &Network) -> Option<String> {
    let (city, department) = text.split_once('/')?;
    let city = network.city(city)?;
    network.department(department)?;
    Some(format!("{}/{department}", city.code))
}

/// Reads `450400/si/window`; the city by code or name.
pub fn post(text: &str, network: &Network) -> Result<Party, NoPost> {
    let parts: Vec<&str> = text.split('/').collect();
    let [city, department, post] = parts.as_slice() else {
        return Err(NoPost::Shape);
    };
    let Some(city) = network.city(city) else {
        let names = network
            .cities()
            .flat_map(|c| [c.code.as_str(), c.name.as_str()]);
        let near = engine::diagnostic::nearest(city, names).unwrap_or_default();
        return Err(NoPost::City(near));
    };
    let Some(known) = network.department(department) else {
        return Err(NoPost::Department((*department).to_owned()));
    };
    if !known.posts.iter().any(|p| p == post) && !ANYWHERE.contains(post) {
        return Err(NoPost::Post(known.posts.join(" ")));
    }
    Ok(Party {
        city: city.code.clone(),
        department: (*department).to_owned(),
        post: (*post).to_owned(),
    })
}
