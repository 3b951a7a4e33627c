//! The pages from outside: a real browser before a real server, on a port of its own.

pub mod browser;
mod case;
mod intake;
mod keys;
mod sign_in;
mod task;
mod worklist;
