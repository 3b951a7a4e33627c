//! Decides what a command does to a case. Reads nothing but its arguments.

use super::{Case, Command, Context, Event, Rejection};
use crate::matter::Revision;

/// Decides what a command does to a case and moves the case along as it emits; refuses before its first event. If the commit of the
/// events fails, the case must be thrown away and folded anew.
pub fn decide(
    _matter: &Revision,
    _case: &mut Case,
    command: &Command,
    _context: &Context<'_>,
) -> Result<Vec<Event>, Rejection> {
    Err(Rejection::NotFound {
        what: format!("{command:?}"),
    })
}
