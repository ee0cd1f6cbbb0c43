//! Bytes as a tar.

#![no_main]

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::tar::Tar;
use lbom_scanner::reader::{Reader, Source as _};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut anomalies = Anomalies::default();
    if let Ok(tar) = Tar::open(&Reader::new(&bytes), &mut anomalies) {
        for member in tar.members() {
            if let Some(window) = tar.window(member) {
                assert!(window.start().saturating_add(window.size()) <= bytes.size());
            }
        }
    }
});
