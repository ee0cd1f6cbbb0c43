//! Containers: files that hold files. Members are listed, held against each other and read in
//! place; nothing is ever extracted.

mod window;
pub mod zip;

pub use window::Window;
