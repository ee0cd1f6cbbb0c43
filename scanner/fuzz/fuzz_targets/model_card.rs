//! Bytes as the companions that are no JSON: a model card, a chat template.

#![no_main]

use lbom_scanner::companion::{COMPANIONS, Scope, Told};
use lbom_scanner::format::Header;
use libfuzzer_sys::fuzz_target;

const SCOPE: Scope = Scope {
    has_claims: true,
    is_certain: false,
};

fuzz_target!(|bytes: &[u8]| {
    let mut header = Header::default();
    for kind in COMPANIONS
        .iter()
        .filter(|kind| !kind.name.ends_with(".json"))
    {
        Told::read(kind, kind.name, bytes).complete(&mut header, SCOPE);
    }
});
