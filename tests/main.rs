//! The program from outside, one file per face; one binary for all of them.

#![allow(missing_docs, clippy::unwrap_used)]

mod api;
mod cli;
mod forms;
mod kill;
mod places;
mod runtime;
mod store;
mod tidy;
mod verify;
mod workflows;
