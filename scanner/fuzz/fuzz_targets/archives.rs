//! Bytes as an archive of whatever is recognised in it.

#![no_main]

use std::path::Path;

use lbom_scanner::format::{is_model, recognise};
use lbom_scanner::reader::{Reader, Source as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let start = bytes.get(..4096).unwrap_or(bytes);
    let path = Path::new("model");
    let _ = is_model(start, &bytes, path);
    if let Some(format) = recognise(start, bytes.size(), path) {
        let _ = format.read(&mut Reader::new(&bytes));
    }
});
