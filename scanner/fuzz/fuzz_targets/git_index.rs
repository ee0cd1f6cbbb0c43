//! Bytes as the index of a git repository.

#![no_main]

use lbom_scanner::git::index_lists;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for hash in [20, 32] {
        let _ = index_lists(&bytes, b".lfsconfig", hash);
    }
});
