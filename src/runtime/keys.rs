//! The master key, which lies outside the database and wraps the data key of every case.

use super::signing::{Signatures, SigningFiles};
use crate::exchange::{Signer, Signing};
use crate::store::ALONE;
use crate::store::codec::{self, Key, Place, Unopened};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// How long the end of a link is: so many digits of base 62 hold 128 bits.
pub(super) const LINK: usize = 22;

fn not_a_key() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a key file holds 32 bytes")
}

/// The master key. Never printed.
#[derive(Clone)]
pub struct Keys {
    pub(super) master: Key,
    /// What letters to other deployments are signed with; none where nobody is written to.
    signing: Option<Signatures>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Of 32 random bytes.
    pub fn new(master: Key) -> Self {
        Keys {
            master,
            signing: None,
        }
    }

    /// With what letters to other deployments are signed with, as it lies in these files now and later.
    ///
    /// # Errors
    /// If a file cannot be read, or is no key.
    pub fn signed_by(self, files: SigningFiles) -> io::Result<Self> {
        Ok(Keys {
            signing: Some(Signatures::of(files)?),
            ..self
        })
    }

    /// What letters to other deployments are signed with at present.
    pub(super) fn signing(&self) -> Option<Signing> {
        self.signing.as_ref().map(Signatures::now)
    }

    /// A fresh key, for a store that lives no longer than the program.
    pub fn random() -> Self {
        Keys::new(rand::random())
    }

    /// Reads the key file. Fails if it is missing, of another length, or (on Unix) open to others.
    pub fn read(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
                return Err(io::Error::new(
                    io::ErrorKind::PermissionDenied,
                    "the key file must be readable by its owner alone (0600)",
                ));
            }
        }
        let bytes = fs::read(path)?;
        let master = bytes.try_into().map_err(|_| not_a_key())?;
        Ok(Keys::new(master))
    }

    /// Makes a key file (0600) with a fresh key. Fails if there is one.
    pub fn create(path: &Path) -> io::Result<Self> {
        let keys = Keys::random();
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&keys.master)?;
        file.sync_all()?;
        Ok(keys)
    }

    /// Reads the file of a signing key, as [`Keys::read`] does.
    pub fn read_signer(path: &Path) -> io::Result<Signer> {
        let seed = Keys::read(path)?.master;
        Signer::new(&seed).ok_or_else(not_a_key)
    }

    /// Makes the file of a signing key, as [`Keys::create`] does.
    pub fn create_signer(path: &Path) -> io::Result<Signer> {
        let seed = Keys::create(path)?.master;
        Signer::new(&seed).ok_or_else(not_a_key)
    }

    /// Seals something small that belongs to no case, such as a draft, for its place.
    ///
    /// # Errors
    /// Beyond 64 GiB.
    pub fn seal(&self, place: Place<'_>, plain: &[u8]) -> Result<Vec<u8>, Unopened> {
        codec::seal(&self.master, rand::random(), place, plain)
    }

    /// Opens what [`Keys::seal`] made for the same place.
    ///
    /// # Errors
    /// If it is damaged, was moved, or is of another key.
    pub fn unseal(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        codec::unseal(&self.master, place, sealed)
    }

    /// What stands for a value of which a matter allows one open case; says nothing about the value without this key.
    pub(super) fn once(&self, matter: &str, value: &str) -> Option<Vec<u8>> {
        self.keyed(&["unique", matter, value])
    }

    /// The kind of message by which a case asks to be alone with a value, or without one leaves it.
    pub(super) fn alone(&self, value: Option<&str>) -> String {
        let keyed = value.and_then(|value| self.keyed(&["alone", value]));
        let hex = |bytes: Vec<u8>| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
        keyed.map_or_else(
            || ALONE.to_owned(),
            |keyed| format!("{ALONE}:{}", hex(keyed)),
        )
    }

    fn keyed(&self, parts: &[&str]) -> Option<Vec<u8>> {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.master).ok()?;
        for part in parts {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        Some(mac.finalize().into_bytes().to_vec())
    }

    /// By what a case is found whose applicant has this value, such as an ID number: equal for equal values, and nothing without this key
    /// (G61). 64 bits of an HMAC: of a million cases no two meet by chance.
    pub(super) fn sought(&self, kind: &str, value: &str) -> i64 {
        (self.derived("sought", &[kind, value].join("\0"), 0) as u64).cast_signed()
    }

    /// The secret that a person's device is offered by a sign-in: it follows from both, so that nothing is kept before it is taken.
    pub fn offered(&self, account: &str, root: &codec::Hash) -> [u8; 20] {
        let root: String = root.iter().map(|b| format!("{b:02x}")).collect();
        let keyed = self.keyed(&["factor", account, &root]);
        // 32 bytes, for HMAC takes a key of any length.
        let first = keyed.as_deref().and_then(|bytes| bytes.first_chunk());
        first.copied().unwrap_or_else(rand::random)
    }

    /// What stands for a letter of another deployment, which has one case here.
    pub(super) fn letter(&self, peer: &str, subject: &str) -> Option<Vec<u8>> {
        self.once("letter", &format!("{peer}\0{subject}"))
    }

    /// The query code 查询码 of a case: six digits that follow from its number, from how often it was made anew, and from this key, so
    /// that nothing must be kept.
    pub fn query_code(&self, number: &str, times: u32) -> String {
        let code = self.derived("query-code", number, times) as u64;
        format!("{:06}", code % 1_000_000)
    }

    /// What the applicant's link of a case ends in: 128 bits that nobody can guess without this key, in letters and digits, for a phone
    /// makes a link of nothing else. It is made where it is sent, and kept nowhere but as [`Keys::link_hash`].
    pub fn link(&self, case: u64, times: u32) -> String {
        const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        let mut rest = self.derived("link", &case.to_string(), times);
        let mut link = String::with_capacity(LINK);
        for _ in 0..LINK {
            link.push(char::from(DIGITS[(rest % 62) as usize]));
            rest /= 62;
        }
        link
    }

    /// By what a link is found.
    pub fn link_hash(link: &str) -> codec::Hash {
        Sha256::digest(link.as_bytes()).into()
    }

    /// A number that follows from this key and from what it is for.
    fn derived(&self, purpose: &str, of: &str, times: u32) -> u128 {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.master) else {
            return 0; // HMAC takes a key of any length.
        };
        for part in [purpose, of, &times.to_string()] {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        let bytes = mac.finalize().into_bytes();
        let first = bytes.iter().take(16);
        first.fold(0, |number, byte| (number << 8) | u128::from(*byte))
    }
}
