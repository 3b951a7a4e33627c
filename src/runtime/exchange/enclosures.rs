//! Papers that travel with a word: by their text, whose hash the signature and the receipt of the envelope cover.

use super::super::request::Refused;
use super::super::{Issued, Runtime, Seen};
use super::{Letter, Saying, incoming, subject};
use crate::exchange::sha256;
use engine::case::HandoffNo;
use jiff::Timestamp;
use notifications::paper::Finished;
use serde::{Deserialize, Serialize};

/// A paper as it travels. Its page is drawn where it is read, so that nobody sends markup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime) struct Enclosure {
    /// Its number 文号.
    number: String,
    /// SHA-256 of its text.
    sha256: String,
    /// Its text.
    text: String,
}

impl From<Issued> for Enclosure {
    fn from(issued: Issued) -> Self {
        Enclosure {
            number: issued.number,
            sha256: issued.sha256,
            text: issued.finished.text,
        }
    }
}

impl Enclosure {
    /// Whether its text is what its hash says.
    pub(super) fn is_sound(&self) -> bool {
        sha256(self.text.as_bytes()) == self.sha256
    }
}

/// What goes with a word, whichever it is.
#[derive(Deserialize)]
struct Any {
    #[serde(default)]
    papers: Vec<Enclosure>,
}

/// A paper that came with a letter or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CameWith {
    /// When it arrived here.
    pub received: Timestamp,
    /// The paper.
    pub paper: Issued,
}

impl Letter {
    pub(super) fn is_sound(&self) -> bool {
        self.papers.iter().all(Enclosure::is_sound)
    }
}

impl Saying {
    pub(super) fn is_sound(&self) -> bool {
        self.papers.iter().all(Enclosure::is_sound)
    }
}

impl Runtime {
    /// The papers that the other deployment has sent with a letter or with what it said of one, in the order in which it did.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn came_with(&self, seen: &Seen, no: HandoffNo) -> Result<Vec<CameWith>, Refused> {
        let Some((peer, _)) = seen.case.correspondent(no) else {
            return Ok(Vec::new());
        };
        let rows = self
            .store()
            .exchange(peer, &subject(&seen.case, no))
            .await?;
        let mut all = Vec::new();
        for row in rows {
            let Some((_, envelope)) = incoming::open(&row, &self.0.loader.keys) else {
                continue;
            };
            let Ok(Any { papers }) = serde_json::from_value(envelope.data) else {
                continue;
            };
            let received = Timestamp::from_millisecond(row.received).unwrap_or_default();
            all.extend(papers.into_iter().map(|paper| CameWith {
                received,
                paper: Issued {
                    number: paper.number,
                    sha256: paper.sha256,
                    code: None,
                    finished: Finished::read(&paper.text),
                },
            }));
        }
        Ok(all)
    }
}
