//! What a matter means and how a case moves. Pure: no I/O, no clock, no chance; everything comes in as an argument.

/// The tests beside the code read the shipped folder as those outside do.
#[cfg(test)]
extern crate self as engine;

pub mod case;
mod check;
pub mod clock;
pub mod diagnostic;
pub mod differences;
pub mod english;
pub mod expr;
pub mod guidance;
mod law;
pub mod library;
pub mod matter;
pub mod network;
pub mod picture;
pub mod revised;
pub mod scenario;
pub mod schema;
pub mod source;
pub mod table;
pub mod text;
pub mod to_enter;
pub mod yaml;
