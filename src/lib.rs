//! The shell around the engine: everything that touches disk, network, or clock.

pub mod authoring;
pub mod cli;
pub mod shipped;
pub mod store;
