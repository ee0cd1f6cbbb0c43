//! Text as a chat template.

#![no_main]

use lbom_scanner::template::signs;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for (offset, _) in signs(&text) {
        assert!(
            text.is_char_boundary(offset),
            "a sign stands at a character"
        );
    }
});
