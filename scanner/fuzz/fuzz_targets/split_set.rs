//! Bytes as the parts of a split GGUF, and the index beside them. A line that says `-- part --` ends
//! each; the first line of a part is its name.

#![no_main]

use lbom_scanner::format::gguf;
use lbom_scanner::quantization::assess;
use lbom_scanner::reader::Reader;
use lbom_scanner::sharding::{Index, Set};
use libfuzzer_sys::fuzz_target;

const END: &[u8] = b"\n-- part --\n";

fuzz_target!(|bytes: &[u8]| {
    let mut set = Set::default();
    let mut rest = bytes;
    while let Some(end) = rest.windows(END.len()).position(|window| window == END) {
        let (part, after) = rest.split_at(end);
        let line = part.iter().position(|byte| *byte == b'\n').unwrap_or(0);
        let (name, mut file) = part.split_at(line);
        file = file.get(1..).unwrap_or_default();
        let header = gguf::read(&mut Reader::new(&file));
        set.add(&String::from_utf8_lossy(name), Some("gguf"), header);
        rest = after.get(END.len()..).unwrap_or_default();
    }
    set.compare("m.safetensors.index.json", Index::read(rest));
    let whole = set.finish();
    let _ = assess(&whole.tensors, &whole.claims);
});
