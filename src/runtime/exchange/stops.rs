//! Places between two durable states of an exchange at which the program can be made to stand still, so that a test ends it there by
//! force.

use super::{CHANNEL, Enclosed};
use std::path::PathBuf;
use std::sync::OnceLock;

/// Names the folder in which a file of the name of a place, such as `sent.kept`, makes whoever comes there stand still.
const FOLDER: &str = "ONENET_STOPS";

/// Where an envelope is between two durable states: of whoever sends it, then of whoever gets it, then of whoever sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Stop {
    /// It lies in the outbox with its cause.
    Owed,
    /// It was lent to a courier.
    Leased,
    /// It has arrived, and nothing is kept of it.
    Arrived,
    /// It is kept, with its receipt.
    Kept,
    /// It has had its effect on the case.
    Folded,
    /// That is on record; the receipt has not left.
    Settled,
    /// The receipt has come back.
    Receipted,
    /// The receipt is kept.
    Closed,
}

impl Stop {
    fn word(self) -> &'static str {
        match self {
            Stop::Owed => "owed",
            Stop::Leased => "leased",
            Stop::Arrived => "arrived",
            Stop::Kept => "kept",
            Stop::Folded => "folded",
            Stop::Settled => "settled",
            Stop::Receipted => "receipted",
            Stop::Closed => "closed",
        }
    }
}

static WHERE: OnceLock<PathBuf> = OnceLock::new();

/// In the sandbox a test may name the folder.
pub(in crate::runtime) fn arm(sandbox: bool) {
    if let Some(folder) = std::env::var_os(FOLDER).filter(|_| sandbox) {
        WHERE.get_or_init(|| folder.into());
    }
}

/// The word that a message in the outbox tells another deployment; of one about to be lent, which is not known yet, `next`.
pub(in crate::runtime) fn word(kind: Option<&str>, body: Option<&str>) -> Option<String> {
    WHERE.get()?;
    kind?.strip_prefix(CHANNEL)?.strip_prefix(':')?;
    let Some(body) = body else {
        return Some("next".to_owned());
    };
    let enclosed: Enclosed = serde_json::from_str(body).ok()?;
    let word = enclosed.about.strip_prefix(CHANNEL)?.strip_prefix('.')?;
    Some(word.to_owned())
}

/// Goes on, unless a test wants the envelope of this word to stay here for ever. Whoever comes here again goes on.
pub(in crate::runtime) async fn pass(word: Option<&str>, stop: Stop) {
    let Some((folder, word)) = WHERE.get().zip(word) else {
        return;
    };
    let name = format!("{word}.{}", stop.word());
    let reached = folder.join(format!("{name}.reached"));
    if std::fs::rename(folder.join(name), reached).is_ok() {
        std::future::pending::<()>().await;
    }
}
