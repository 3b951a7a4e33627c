//! The pages from outside: a real browser before a real server, on a port of its own.

mod board;
#[allow(clippy::module_inception)] // in the tests before a browser, the browser itself
pub mod browser;
mod by_keys;
mod case;
mod certificates;
mod every_page;
mod factor;
mod files;
mod intake;
mod keys;
mod lending;
mod paper;
mod progress;
mod red;
mod search;
mod sign_in;
mod stories;
mod task;
mod told;
mod worklist;
