//! What is owed to the outside world because of an event: notices, calls, and words to parent and child cases.

use super::{Case, Command, Event, Name, Party};
use crate::matter::Revision;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// Something owed. The shell writes it with the events in one transaction: commands to other cases at once, the rest by the outbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// A case of another matter is to be opened by this `Command::Open`; its `number` is empty and for the shell to give.
    Open {
        /// Its matter.
        matter: Name,
        /// The command.
        command: Box<Command>,
    },
    /// A command to a case of this store: to the parent or a child.
    Tell {
        /// Which case.
        case: u64,
        /// The command.
        command: Box<Command>,
    },
    /// Somebody is to be told, if there is a template for it.
    Notice {
        /// What happened: `received`, `accepted`, `STEP.opened`, `STEP.OUTCOME`, `card.yellow`, an end state, …
        about: String,
        /// Whom; empty: whom the template names.
        to: Vec<Recipient>,
        /// A template of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        template: Option<Name>,
    },
    /// Another system is to be asked; the answer comes back as a message.
    Call {
        /// The connector.
        connector: Name,
        /// What it is sent.
        send: Json,
    },
}

/// Somebody who can be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Recipient {
    /// The applicant.
    Applicant,
    /// Whoever holds this post.
    Post(Party),
}

/// What is owed because of an event that has just been applied.
pub fn effects(_matter: &Revision, _case: &Case, _event: &Event) -> Vec<Effect> {
    Vec::new()
}
