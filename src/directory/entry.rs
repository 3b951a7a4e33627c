//! How somebody gets in, and proves again who he is: by password, by second factor, and never by guessing either (G57, G75).

use super::factor::{self, Judged, Offer, Typed};
use super::{Caller, Denied, Directory, HALF, SESSION, Token, secret};
use crate::store::codec::{Hash, Unopened};
use crate::store::{AccountRow, FactorRow, StoreError, TokenRow};
use jiff::{SignedDuration, Timestamp};

/// Sign-ins one person may have at a time (G75).
const SESSIONS: i64 = 3;
/// Failures within [`REST`] after which a name rests for as long (G57).
const FAILURES: usize = 5;
const REST: SignedDuration = SignedDuration::from_mins(15);
/// How long the second factor may be in coming.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);
/// For so long somebody need not prove again who he is (G75).
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// What is outstanding of a sign-in whose password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outstanding {
    /// A code of the person's device.
    Code,
    /// He has no device yet, and needs one.
    Device,
}

impl Caller {
    /// Whether somebody has proved within five minutes who he is (G75). A key of a program is not asked.
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        !self.session || now.duration_since(self.proved) < FRESH
    }
}

impl Directory {
    /// Lets a person in by password: the token of the sign-in and who it is. Unknown name, disabled account and wrong password look
    /// alike and take equally long.
    ///
    /// # Errors
    /// [`Denied::Half`] where a second factor is still to come.
    pub async fn sign_in(
        &self,
        user: &str,
        password: String,
        now: Timestamp,
    ) -> Result<(Token, Caller), Denied> {
        self.rested(user, now)?;
        let people = self.people().await?;
        let account = people
            .get(user)
            .filter(|a| a.state == "active" && !a.secret.is_empty());
        let secret = account.map_or(secret::NOBODY, |a| &a.secret).to_owned();
        let right = self.fits(password, secret).await;
        let (Some(account), true) = (account, right) else {
            self.failed(user, now);
            return Err(Denied::Unknown);
        };
        let outstanding = match self.accounts.factor(user).await? {
            Some(_) => Outstanding::Code,
            None if self.demands(account) => Outstanding::Device,
            None => return self.let_in(account, now).await,
        };
        let half = self.issue(account, HALF, Vec::new(), now, PATIENCE).await?;
        Err(Denied::Half(half, outstanding))
    }

    /// Whether a password is the one behind a text; a few at a time.
    async fn fits(&self, password: String, secret: String) -> bool {
        let Ok(_turn) = self.hashing.acquire().await else {
            return false;
        };
        let right = tokio::task::spawn_blocking(move || secret::verify(&password, &secret));
        right.await.unwrap_or(false)
    }

    /// Whether a second factor is demanded of an account.
    pub fn demands(&self, account: &AccountRow) -> bool {
        account.kind == "person" && self.demand.of(account.all_posts())
    }

    async fn let_in(
        &self,
        account: &AccountRow,
        now: Timestamp,
    ) -> Result<(Token, Caller), Denied> {
        self.forget(&account.id, now);
        let token = self
            .issue(account, "session", Vec::new(), now, SESSION)
            .await?;
        let at = now.as_millisecond();
        self.accounts
            .trim_sessions(&account.id, SESSIONS, at)
            .await?;
        let caller = self.caller(token.text(), now).await?;
        Ok((token, caller))
    }

    /// Whose password was right, by the token he was given for that, and the hash of this.
    async fn half(&self, token: &str, now: Timestamp) -> Result<(AccountRow, Hash), Denied> {
        let hash = secret::digest(token);
        let row = self.accounts.token(&hash).await?;
        let row = row.filter(|row| row.kind == HALF && now.as_millisecond() < row.expires);
        let row = row.ok_or(Denied::Expired)?;
        let people = self.people().await?;
        let account = people.get(&row.account).filter(|a| a.state == "active");
        Ok((account.cloned().ok_or(Denied::Unknown)?, hash))
    }

    /// What is outstanding of a sign-in, by the token it was given: a code, or a device that is to take over what is offered.
    ///
    /// # Errors
    /// If the token is none of somebody who has just given the right password.
    pub async fn outstanding(
        &self,
        half: &str,
        now: Timestamp,
    ) -> Result<(Outstanding, Offer), Denied> {
        let (account, hash) = self.half(half, now).await?;
        let outstanding = match self.accounts.factor(&account.id).await? {
            Some(_) => Outstanding::Code,
            None => Outstanding::Device,
        };
        Ok((outstanding, Offer::new(&self.keys, &account.id, &hash)))
    }

    /// Lets a person in by the code of his device, or by a recovery code.
    ///
    /// # Errors
    /// If it is not the code, the password was given too long ago, or the name rests.
    pub async fn second(
        &self,
        half: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<(Token, Caller), Denied> {
        let (account, hash) = self.half(half, now).await?;
        self.rested(&account.id, now)?;
        let factor = self.accounts.factor(&account.id).await?;
        let factor = factor.ok_or(Denied::Expired)?;
        self.judged(&factor, code, now).await?;
        self.accounts.drop_token(&hash).await?;
        self.let_in(&account, now).await
    }

    /// Lets a person in whose device has taken over what was offered, which his first code proves; also his recovery codes, shown once.
    ///
    /// # Errors
    /// As [`Directory::second`].
    pub async fn with_device(
        &self,
        half: &str,
        code: &str,
        now: Timestamp,
    ) -> Result<(Token, Caller, Vec<String>), Denied> {
        let (account, hash) = self.half(half, now).await?;
        if self.accounts.factor(&account.id).await?.is_some() {
            return Err(Denied::Expired);
        }
        let codes = self.take_device(&account.id, &hash, code, now).await?;
        self.accounts.drop_token(&hash).await?;
        let (token, caller) = self.let_in(&account, now).await?;
        Ok((token, caller, codes))
    }

    /// What the device of somebody who is in is offered.
    pub fn for_device(&self, caller: &Caller) -> Offer {
        Offer::new(&self.keys, &caller.id, &caller.root)
    }

    /// Takes over the device of somebody who is in, in place of the one he had; his recovery codes, shown once.
    ///
    /// # Errors
    /// If it is not the code, or the name rests.
    pub async fn own_device(
        &self,
        caller: &Caller,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, Denied> {
        self.take_device(&caller.id, &caller.root, code, now).await
    }

    async fn take_device(
        &self,
        account: &str,
        root: &Hash,
        code: &str,
        now: Timestamp,
    ) -> Result<Vec<String>, Denied> {
        self.rested(account, now)?;
        let offer = Offer::new(&self.keys, account, root);
        let taken = match Typed::read(code) {
            Typed::Digits(digits) => {
                self.step(factor::judge(&offer.secret, digits, now), account, now)?
            }
            _ => return Err(self.wrong(account, now)),
        };
        let codes = self.new_recovery(account).await?;
        let row = FactorRow {
            account: account.to_owned(),
            sealed: offer.sealed(&self.keys).map_err(unsealed)?,
            taken,
            since: now.as_millisecond(),
        };
        self.accounts.keep_factor(&row).await?;
        Ok(codes)
    }

    /// Fresh recovery codes in place of those a person had.
    ///
    /// # Errors
    /// If the store does not answer.
    pub async fn new_recovery(&self, account: &str) -> Result<Vec<String>, StoreError> {
        let (shown, kept): (Vec<String>, Vec<Hash>) = factor::recovery().into_iter().unzip();
        self.accounts.keep_recovery(account, &kept).await?;
        Ok(shown)
    }

    /// Takes a code of the device, or a recovery code; each is taken once.
    async fn judged(&self, row: &FactorRow, code: &str, now: Timestamp) -> Result<(), Denied> {
        let account = &row.account;
        let fresh = match Typed::read(code) {
            Typed::Digits(digits) => {
                let secret = factor::opened(&self.keys, account, &row.sealed).map_err(unsealed)?;
                let step = self.step(factor::judge(&secret, digits, now), account, now)?;
                self.accounts.take_step(account, step).await?
            }
            Typed::Recovery(hash) => self.accounts.take_recovery(account, &hash).await?,
            Typed::Neither => false,
        };
        match fresh {
            true => Ok(()),
            false => Err(self.wrong(account, now)),
        }
    }

    fn step(&self, judged: Judged, account: &str, now: Timestamp) -> Result<i64, Denied> {
        match judged {
            Judged::Step(step) => Ok(step),
            Judged::Off(seconds) => {
                self.failed(account, now);
                Err(Denied::Code(Some(seconds)))
            }
            Judged::Wrong => Err(self.wrong(account, now)),
        }
    }

    fn wrong(&self, account: &str, now: Timestamp) -> Denied {
        self.failed(account, now);
        Denied::Code(None)
    }

    /// Somebody who is in proves again who he is: by the code of his device if he has one, else by password. His sign-in goes on under a
    /// new id, no longer than it would have.
    ///
    /// # Errors
    /// If it is wrong, or the name rests.
    pub async fn prove(
        &self,
        caller: &Caller,
        given: &str,
        now: Timestamp,
    ) -> Result<(Token, Caller), Denied> {
        self.rested(&caller.id, now)?;
        match self.accounts.factor(&caller.id).await? {
            Some(factor) => self.judged(&factor, given, now).await?,
            None => {
                let account = caller.people.get(&*caller.id).ok_or(Denied::Unknown)?;
                if !self.fits(given.to_owned(), account.secret.clone()).await {
                    self.failed(&caller.id, now);
                    return Err(Denied::Unknown);
                }
            }
        }
        self.forget(&caller.id, now);
        let row = self.accounts.token(&caller.token).await?;
        let token = Token::random();
        let row = TokenRow {
            hash: secret::digest(token.text()),
            created: now.as_millisecond(),
            used: Some(now.as_millisecond()),
            ..row.ok_or(Denied::Unknown)?
        };
        self.accounts.add_token(&row).await?;
        self.sign_out(caller).await?;
        let caller = self.caller(token.text(), now).await?;
        Ok((token, caller))
    }

    fn rested(&self, user: &str, now: Timestamp) -> Result<(), Denied> {
        let mut memory = self.memory();
        memory.failures.retain(|_, times| {
            times.retain(|at| now.duration_since(*at) < REST);
            !times.is_empty()
        });
        let times = memory.failures.get(user);
        let last = times.filter(|t| t.len() >= FAILURES).and_then(|t| t.last());
        match last {
            Some(last) => {
                let left = REST - now.duration_since(*last);
                Err(Denied::Resting(left.as_secs().max(1)))
            }
            None => Ok(()),
        }
    }

    /// Whoever is in wipes out the failures before it; and what was last used before any sign-in of today need not be known.
    fn forget(&self, user: &str, now: Timestamp) {
        let mut memory = self.memory();
        memory.failures.remove(user);
        memory
            .used
            .retain(|_, used| now.duration_since(used.last) < SESSION);
    }

    fn failed(&self, user: &str, now: Timestamp) {
        let mut memory = self.memory();
        memory
            .failures
            .entry(user.to_owned())
            .or_default()
            .push(now);
    }
}

/// A secret that does not open is a fault of the store, or of the key.
fn unsealed(_: Unopened) -> Denied {
    Denied::Store(StoreError::Damaged("factor"))
}
