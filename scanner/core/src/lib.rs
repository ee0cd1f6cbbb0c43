//! Reads model files as bytes and reports what they really are.
//!
//! Nothing in a file is executed, unpickled, resolved or believed. A broken file is a value
//! ([`record::Record`]), never a panic and never the end of a run.

pub mod anomalies;
pub mod archive;
mod beside;
pub mod companion;
mod content;
mod description;
mod destinations;
mod digest;
pub mod discovery;
pub mod flatbuffer;
pub mod format;
pub mod git;
mod json;
mod name_claims;
mod naming;
mod opening;
mod protobuf;
pub mod quantization;
pub mod reader;
pub mod record;
pub mod repository;
pub mod scan;
pub mod sharding;
pub mod template;
mod xml;
