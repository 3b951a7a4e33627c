//! The shell around the engine: command line, store, and what is shipped.

pub mod cli;
pub mod shipped;
