//! Bytes as a tree of arrays of Flax.

#![no_main]

use lbom_scanner::format::flax::read;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let header = read(&mut Reader::new(&bytes));
    let _ = assess(&header.tensors, &header.claims);
});
