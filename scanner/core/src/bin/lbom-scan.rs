//! Prints the record of each file named on the command line as JSON.

fn main() {}
