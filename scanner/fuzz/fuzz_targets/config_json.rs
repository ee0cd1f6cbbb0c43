//! Bytes as each of the companions that are JSON.

#![no_main]

use lbom_scanner::companion::{COMPANIONS, Scope, Told};
use lbom_scanner::format::Header;
use lbom_scanner::quantization::assess;
use libfuzzer_sys::fuzz_target;

const SCOPE: Scope = Scope {
    has_claims: true,
    is_certain: true,
};

fuzz_target!(|bytes: &[u8]| {
    let mut header = Header::default();
    for kind in COMPANIONS
        .iter()
        .filter(|kind| kind.name.ends_with(".json"))
    {
        Told::read(kind, kind.name, bytes).complete(&mut header, SCOPE);
    }
    let _ = assess(&header.tensors, &header.claims);
});
