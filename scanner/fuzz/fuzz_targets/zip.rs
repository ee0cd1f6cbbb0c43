//! Bytes as a zip: the directory, every local header, every member.

#![no_main]

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::zip::Zip;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut anomalies = Anomalies::default();
    let reader = Reader::new(&bytes);
    if let Ok(zip) = Zip::open_at_end(&reader, &mut anomalies) {
        for member in zip.members().iter().take(64) {
            let _ = zip.bytes(member, 1 << 16, &mut anomalies);
            let _ = zip.member_source(member, 1 << 16, &mut anomalies);
            assert!(zip.find(&member.name).is_some());
        }
    }
    if let Ok(zip) = Zip::open(&reader, &mut anomalies) {
        assert!(zip.start() <= reader.size());
    }
});
