//! Bytes as a `config.json`.

#![no_main]

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::companion::Config;
use lbom_scanner::quantization::assess;
use lbom_scanner::record::Facts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let config = Config::read(bytes, &mut Anomalies::default());
    config.complete(&mut Facts::default());
    let _ = assess(&[], &config.claims());
});
