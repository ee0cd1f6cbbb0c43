//! Bytes as checkpoints of `PyTorch` before its zips: the legacy stream, and the tar before it.

#![no_main]

use lbom_scanner::format::FORMATS;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let formats = FORMATS
        .iter()
        .filter(|format| ["pytorch-legacy", "pytorch-tar"].contains(&format.name));
    for header in formats.filter_map(|format| format.read(&mut Reader::new(&bytes))) {
        let _ = assess(&header.tensors, &header.claims);
    }
});
