//! Writes what `torch.save` wrote before its zips: the legacy stream, and the tar before it.

use crate::pickle_writer::assemble;
use crate::tar_writer::{Item, tar};

/// A tensor on the stack: its class of storages, key, elements of the storage, and size.
pub(crate) fn tensor(class: &str, key: &str, elements: u64, size: &[u64]) -> String {
    let numbers = |numbers: &[u64]| {
        let lines: Vec<_> = numbers
            .iter()
            .map(|number| format!("INT {number}"))
            .collect();
        format!("MARK\n{}\nTUPLE", lines.join("\n"))
    };
    let mut strides = Vec::new();
    let mut stride = 1;
    for length in size.iter().rev() {
        strides.insert(0, stride);
        stride *= length.max(&1);
    }
    format!(
        "GLOBAL torch._utils _rebuild_tensor_v2
        MARK
        MARK
        UNICODE storage
        GLOBAL torch {class}
        UNICODE {key}
        UNICODE cpu
        INT {elements}
        TUPLE
        BINPERSID
        INT 0
        {}
        {}
        NEWFALSE
        GLOBAL collections OrderedDict
        EMPTY_TUPLE
        REDUCE
        TUPLE
        REDUCE",
        numbers(size),
        numbers(&strides),
    )
}

/// A dictionary of names and what makes their values.
pub(crate) fn dict(items: &[(&str, String)]) -> String {
    let items: Vec<_> = items
        .iter()
        .map(|(name, value)| format!("BINUNICODE {name}\n{value}"))
        .collect();
    format!("EMPTY_DICT\nMARK\n{}\nSETITEMS", items.join("\n"))
}

/// A legacy file of a program, the keys of its storages, and what follows.
pub(crate) fn legacy(program: &str, keys: &[&str], data: &[u8]) -> Vec<u8> {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| format!("BINUNICODE {key}\nAPPEND"))
        .collect();
    [
        assemble("PROTO 2\nLONG1 6cfc9c46f9206aa85019\nSTOP"),
        assemble("PROTO 2\nBININT2 1001\nSTOP"),
        assemble("PROTO 2\nEMPTY_DICT\nSTOP"),
        assemble(&format!("PROTO 2\n{program}\nSTOP")),
        assemble(&format!("PROTO 2\nEMPTY_LIST\n{}\nSTOP", keys.join("\n"))),
        data.to_vec(),
    ]
    .concat()
}

/// A tar of the first torch: an object, and the storages that its tensors lie in.
pub(crate) fn first_torch(object: &str, storages: &[u8]) -> Vec<u8> {
    let tensors = [
        assemble("PROTO 2\nINT 1\nSTOP"),
        assemble("PROTO 2\nINT 9\nINT 5\nGLOBAL torch FloatTensor\nTUPLE3\nSTOP"),
        1_u32.to_le_bytes().to_vec(),
        vec![0; 4 + 8 + 8 + 8],
    ]
    .concat();
    let pickle = |text: &str| assemble(&format!("PROTO 2\n{text}\nSTOP"));
    tar(&[
        Item::file("sys_info", &pickle("EMPTY_DICT")),
        Item::file("storages", storages),
        Item::file("tensors", &tensors),
        Item::file("pickle", &pickle(object)),
    ])
}

/// The member of a tar of the first torch that holds one storage of two floats.
pub(crate) fn storages() -> Vec<u8> {
    [
        assemble("PROTO 2\nINT 1\nSTOP"),
        assemble("PROTO 2\nINT 5\nUNICODE cpu\nGLOBAL torch FloatStorage\nTUPLE3\nSTOP"),
        2_u64.to_le_bytes().to_vec(),
        vec![0; 8],
        assemble("PROTO 2\nEMPTY_LIST\nSTOP"),
    ]
    .concat()
}
