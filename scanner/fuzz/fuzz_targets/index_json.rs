//! Bytes as the index of a model in two files.

#![no_main]

use lbom_scanner::sharding::{Index, Set};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let index = Index::read(bytes);
    let mut set = Set::default();
    for name in index.files().iter().take(2) {
        set.add(
            name,
            Some("safetensors"),
            lbom_scanner::format::Header::default(),
        );
    }
    set.compare("model.safetensors.index.json", index);
    let _ = set.finish();
});
