//! The program from outside, one file per face.

#![allow(missing_docs, clippy::unwrap_used)]

mod cli;
mod tidy;
