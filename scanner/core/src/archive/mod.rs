//! Containers: files that hold files. Members are listed, held against each other and read in
//! place; nothing is ever extracted.

pub mod compressed;
mod names;
pub mod tar;
mod window;
pub mod zip;

pub use names::NameProblem;
pub use window::Window;
