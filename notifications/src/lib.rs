//! Wording and delivery of messages; knows no cases. What to say and when to try again is pure; one file per channel does the sending.
//!
//! | module | holds |
//! |---|---|
//! | [`template`] | the bounded template language: compile, name its fields, fill |
//! | [`facts`] | what a notice may know: safe fields only |
//! | [`wording`] | `notices.yaml` and the default texts → the words of a message |
//! | [`message`] | a message and the texts that fit their place: [`message::Sms`], [`message::Subject`] |
//! | [`paper`] | a paper's Markdown and its values → text and A4 page |
//! | [`retry`] | when again, when dead; quiet hours; a channel that is down |
//! | [`email`], [`sms`], [`webhook`] | the channels |
//! | [`destination`], `line` | where a call may go at all, and how it is made and answered |
//!
//! Deliberately absent: the outbox (rows, leases, the loop) is the shell's.

pub mod choice;
pub mod destination;
pub mod email;
mod escape;
mod exchange;
pub mod facts;
mod line;
pub mod message;
pub mod paper;
pub mod retry;
pub mod sms;
mod tags;
pub mod template;
pub mod webhook;
pub mod wording;

pub use facts::Facts;
pub use message::{Body, Channel, Message, Sms, Subject};
pub use template::Template;
pub use wording::Notices;
