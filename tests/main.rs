//! The program from outside; one binary for all files.
#![allow(clippy::unwrap_used)]
mod store;
