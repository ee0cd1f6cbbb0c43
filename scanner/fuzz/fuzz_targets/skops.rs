//! Bytes as an archive of skops, and as one of `TorchServe`.

#![no_main]

use lbom_scanner::format::{skops, torchserve};
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for read in [skops::read, torchserve::read] {
        let header = read(&mut Reader::new(&bytes));
        let _ = assess(&header.tensors, &header.claims);
    }
});
