//! Bytes as a compressed file, by their first byte's choice of a decoder.

#![no_main]

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::compressed::Compression;
use libfuzzer_sys::fuzz_target;

const LIMIT: usize = 1 << 16;

fuzz_target!(|bytes: &[u8]| {
    if let Some(compression) = Compression::of(bytes) {
        let unpacked = compression.unpack(&bytes, LIMIT, &mut Anomalies::default());
        assert!(unpacked.bytes.len() <= LIMIT);
    }
});
