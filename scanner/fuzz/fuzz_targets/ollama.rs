//! Bytes as an Ollama manifest.

#![no_main]

use lbom_scanner::format::ollama::read;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = read(&mut Reader::new(&bytes));
});
