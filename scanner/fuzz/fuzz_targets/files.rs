//! Bytes as a file: of the format that they show, and whatever else they are.

#![no_main]

use std::path::Path;

use lbom_scanner::format::{SNIFFED_BYTES, is_model};
use lbom_scanner::quantization::assess;
use lbom_scanner::scan::read_header;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let start = bytes.get(..SNIFFED_BYTES).unwrap_or(bytes);
    // More is said of what has the name of a model.
    let is_named = bytes.len().is_multiple_of(2);
    let path = Path::new(if is_named { "model.gguf" } else { "model" });
    let _ = is_model(start, &bytes, path);
    let (_, header) = read_header(path, start, &bytes);
    let _ = assess(&header.tensors, &header.claims);
});
