//! Bytes as checkpoints of `PyTorch` before its zips: the legacy stream, and the tar before it.

#![no_main]

use lbom_scanner::format::FORMATS;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for name in ["pytorch-legacy", "pytorch-tar"] {
        let format = FORMATS.iter().find(|format| format.name == name);
        let read = format.map(|format| format.read(&mut Reader::new(&bytes)));
        let header = read.flatten().expect("a format that is read has this name");
        let _ = assess(&header.tensors, &header.claims);
    }
});
