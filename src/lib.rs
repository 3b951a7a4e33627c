//! The shell around the engine: everything that touches disk, network, or clock.
pub mod store;
