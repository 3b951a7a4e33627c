//! The HTTP API from outside: real requests to a real server on a port of its own, over a real store.

mod accounts;
mod bad_requests;
mod definitions;
mod messages;
mod operations;
mod papers;
pub mod program;
pub mod server;
mod sight;
mod story;
