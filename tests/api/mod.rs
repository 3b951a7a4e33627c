//! The HTTP API from outside: real requests to a real server on a port of its own, over a real store.

mod absence;
mod accounts;
mod bad_requests;
mod board;
mod calendars;
mod calls;
mod definitions;
mod digest;
pub mod factor;
mod incoming;
mod mail_server;
mod messages;
mod operations;
mod outages;
mod papers;
mod private;
pub mod program;
mod progress;
pub mod samples;
pub mod server;
mod sight;
mod story;
mod told;
mod tries;
mod uploads;
mod visitor;
mod webhooks;
