//! The shell around the engine: everything that touches disk, network, or clock.

pub mod authoring;
pub mod cli;
pub mod directory;
pub mod endpoint;
pub mod exchange;
pub mod files;
mod pages;
pub mod peer;
pub mod runtime;
pub mod shipped;
pub mod store;
pub mod system;
pub mod web;

/// A command is many small texts and maps that live for microseconds: an allocator made for that is a tenth of its cost.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
