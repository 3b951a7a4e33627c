//! The master key, which lies outside the database and wraps the data key of every case.

use crate::store::codec::{self, Key, Place, Unopened};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// The master key. Never printed.
#[derive(Clone)]
pub struct Keys {
    pub(super) master: Key,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys")
    }
}

impl Keys {
    /// Of 32 random bytes.
    pub fn new(master: Key) -> Self {
        Keys { master }
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
        let master = bytes
            .try_into()
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a key file holds 32 bytes"))?;
        Ok(Keys { master })
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
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.master).ok()?;
        for part in ["unique", matter, value] {
            mac.update(part.as_bytes());
            mac.update(b"\0");
        }
        Some(mac.finalize().into_bytes().to_vec())
    }

    /// The query code 查询码 of a case: six digits that follow from its number and this key, so that nothing must be kept.
    pub fn query_code(&self, number: &str) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.master) else {
            return String::new(); // HMAC takes a key of any length.
        };
        mac.update(b"query-code\0");
        mac.update(number.as_bytes());
        let bytes = mac.finalize().into_bytes();
        let number = bytes
            .iter()
            .take(8)
            .fold(0_u64, |n, b| (n << 8) | u64::from(*b));
        format!("{:06}", number % 1_000_000)
    }
}
