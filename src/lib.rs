//! The shell around the engine: everything that touches disk, network, or clock.

pub mod authoring;
pub mod cli;
pub mod directory;
pub mod runtime;
pub mod shipped;
pub mod store;
pub mod web;
