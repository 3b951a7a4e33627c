//! What letters to other deployments are signed with: read again whenever its file has become another, so that a change of keys needs no
//! restart.

use super::Keys;
use crate::exchange::Signing;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// The files of the keys this deployment signs with.
#[derive(Clone, Debug)]
pub struct SigningFiles {
    /// What it signs with.
    pub current: PathBuf,
    /// What it signed with before, if there is such a file.
    pub former: PathBuf,
}

impl SigningFiles {
    /// The keys as they are in the files.
    ///
    /// # Errors
    /// If a file cannot be read, or is no key.
    pub fn read(&self) -> io::Result<Signing> {
        Ok(Signing {
            current: Keys::read_signer(&self.current)?,
            former: match self.former.exists() {
                true => Some(Keys::read_signer(&self.former)?),
                false => None,
            },
        })
    }
}

/// The keys as they were last read; clones know the same.
#[derive(Clone)]
pub(super) struct Signatures(Arc<Inner>);

struct Inner {
    files: SigningFiles,
    read: Mutex<(Option<SystemTime>, Signing)>,
}

impl Signatures {
    /// Reads them for the first time.
    pub(super) fn of(files: SigningFiles) -> io::Result<Self> {
        let written = written(&files.current);
        let signing = files.read()?;
        let read = Mutex::new((written, signing));
        Ok(Signatures(Arc::new(Inner { files, read })))
    }

    /// The keys as they are now. What cannot be read leaves those before in use, and is looked at again.
    pub(super) fn now(&self) -> Signing {
        let mut read = self.0.read.lock().unwrap_or_else(PoisonError::into_inner);
        let written = written(&self.0.files.current);
        if written.is_some() && written != read.0 {
            match self.0.files.read() {
                Ok(signing) => *read = (written, signing),
                Err(error) => tracing::warn!(%error, "the new signing key cannot be read"),
            }
        }
        read.1.clone()
    }
}

fn written(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).ok()?.modified().ok()
}
