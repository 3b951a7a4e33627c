//! Prints the table of `performance.md`: what is reached, as ratios to the floor measured in the same run.

fn main() {}
