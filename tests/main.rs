//! The program from outside; one binary for all files.
mod store;
