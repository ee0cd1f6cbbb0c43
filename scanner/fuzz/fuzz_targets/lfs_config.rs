//! Bytes as `.lfsconfig`.

#![no_main]

use lbom_scanner::repository::lfs_destinations;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for destination in lfs_destinations(bytes).into_iter().flatten() {
        // Each says where it stands, and names something.
        assert!(destination.offset.is_some_and(|at| at < bytes.len() as u64));
        assert!(!destination.value.is_empty() && !destination.source.is_empty());
    }
});
