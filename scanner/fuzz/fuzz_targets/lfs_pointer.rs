//! Bytes as a git-LFS pointer.

#![no_main]

use lbom_scanner::format::lfs_pointer::read;
use lbom_scanner::reader::Reader;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let header = read(&mut Reader::new(&bytes));
    // A pointer or a reason why there is none, never both and never neither.
    assert_eq!(header.pointer.is_some(), header.facts.anomalies.is_empty());
});
