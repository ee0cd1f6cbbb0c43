//! Network destinations in text: where they stand and how they are spelled.
//!
//! [`literals`] finds; `extent` knows where a URL ends among prose, quotes, Markdown and templates,
//! `scheme` where it begins. Nothing here decides whether a destination is allowed.

mod cursor;
mod extent;
mod literals;
mod scheme;

pub use literals::{Literal, Literals, URL_MAX, literals};
