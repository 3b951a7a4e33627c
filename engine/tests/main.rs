//! The engine from outside, one file per part; one binary for all of them, so that it is linked once and what ships is read once.

#![allow(missing_docs, clippy::unwrap_used)]

mod afar;
mod authors;
mod case;
mod certificates;
mod check;
mod check_rules;
mod cities;
mod clock;
mod english;
mod events;
mod extend;
mod guidance;
mod lent;
mod library;
mod matter;
mod model;
mod moments;
mod numbering;
mod passing;
mod picture;
mod revised;
mod rounds;
mod scenario;
mod shipped;
mod tables;
mod waits;
