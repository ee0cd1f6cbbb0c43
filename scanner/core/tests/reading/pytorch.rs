//! Checkpoints of `PyTorch`: zips, the legacy stream, the tar before it.

use std::path::Path;

use lbom_scanner::format::{Header, pytorch, recognise};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::checkpoint_writer::{dict, first_torch, legacy, storages, tensor};
use crate::pickle::{imports, is_cut, unknown};
use crate::pickle_writer::assemble;
use crate::zip_writer::{Archive, Entry};
use crate::{kinds, rules};

fn entry(name: &str, data: &[u8]) -> Entry {
    Entry::stored(&format!("archive/{name}"), data)
}

/// The members of a checkpoint of this program and these storages.
fn members(program: &str, storages: &[(&str, &[u8])]) -> Vec<Entry> {
    let mut entries = vec![
        entry("data.pkl", &assemble(&format!("PROTO 2\n{program}\nSTOP"))),
        entry("byteorder", b"little"),
    ];
    for (key, data) in storages {
        entries.push(entry(&format!("data/{key}"), data));
    }
    entries.push(entry("version", b"3\n"));
    entries
}

fn read_zip(entries: &[Entry]) -> Header {
    read(&Archive::of(entries).bytes())
}

fn read(bytes: &[u8]) -> Header {
    pytorch::read(&mut Reader::new(&bytes))
}

fn rows(header: &Header) -> Vec<(&str, &str, u64, u64)> {
    let tensors = header.tensors.iter();
    tensors
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect()
}

#[test]
fn tensors_are_named_typed_and_sized() {
    let program = dict(&[
        (
            "model",
            dict(&[
                ("w", tensor("FloatStorage", "0", 6, &[2, 3])),
                ("b", tensor("BFloat16Storage", "1", 3, &[3])),
            ]),
        ),
        ("step", tensor("LongStorage", "2", 1, &[])),
        ("q", tensor("QInt8Storage", "3", 4, &[2, 2])),
        ("none", tensor("HalfStorage", "4", 0, &[0, 5])),
    ]);
    let header = read_zip(&members(
        &program,
        &[
            ("0", &[0; 24]),
            ("1", &[0; 6]),
            ("2", &[0; 8]),
            ("3", &[0; 4]),
            ("4", &[]),
        ],
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(unknown(&header), [""; 0]);
    assert_eq!(header.version.as_deref(), Some("3"));
    assert_eq!(header.facts.parameters, Some(14));
    assert_eq!(
        rows(&header),
        [
            ("model.w", "F32", 6, 24),
            ("model.b", "BF16", 3, 6),
            ("step", "I64", 1, 8),
            ("q", "I8", 4, 4),
            ("none", "F16", 0, 0),
        ]
    );
    let row: Vec<_> = header
        .tensors
        .iter()
        .map(|t| (t.row, t.dimensions))
        .collect();
    assert_eq!(row, [(3, 2), (3, 1), (1, 0), (2, 2), (5, 2)]);
}

#[test]
fn a_tensor_of_bytes_tells_its_own_type() {
    let program = "GLOBAL torch._utils _rebuild_tensor_v3
        MARK
        MARK
        UNICODE storage
        GLOBAL torch.storage UntypedStorage
        UNICODE 0
        UNICODE cpu
        INT 6
        TUPLE
        BINPERSID
        INT 0
        INT 6
        TUPLE1
        INT 1
        TUPLE1
        NEWFALSE
        EMPTY_DICT
        GLOBAL torch float8_e4m3fn
        EMPTY_DICT
        TUPLE
        REDUCE";
    let header = read_zip(&members(
        &dict(&[("w", program.to_owned())]),
        &[("0", &[0; 6])],
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(rows(&header), [("w", "F8_E4M3", 6, 6)]);
}

#[test]
fn two_numbers_of_four_bits_stand_in_what_torch_counts_as_one() {
    let program = tensor("UntypedStorage", "0", 8, &[2, 4])
        .replace("_rebuild_tensor_v2", "_rebuild_tensor_v3")
        .replace("torch UntypedStorage", "torch.storage UntypedStorage")
        .replace(
            "EMPTY_TUPLE\n        REDUCE\n",
            "EMPTY_TUPLE\n        REDUCE\n        GLOBAL torch float4_e2m1fn_x2\n",
        );

    let header = read_zip(&members(&program, &[("0", &[0; 8])]));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(rows(&header), [("tensor 0", "F4", 16, 8)]);
}

#[test]
fn parameters_and_subclasses_are_the_tensors_that_they_wrap() {
    let weight = tensor("FloatStorage", "0", 2, &[2]);
    let parameter =
        format!("GLOBAL torch._utils _rebuild_parameter\n{weight}\nNEWTRUE\nNONE\nTUPLE3\nREDUCE");
    let inner = weight
        .strip_prefix("GLOBAL torch._utils _rebuild_tensor_v2\n")
        .and_then(|rest| rest.strip_suffix("\n        REDUCE"))
        .unwrap_or_default();
    let subclass = format!(
        "GLOBAL torch._tensor _rebuild_from_type_v2
        MARK
        GLOBAL torch._utils _rebuild_tensor_v2
        GLOBAL torch Tensor
        {inner}
        EMPTY_DICT
        TUPLE
        REDUCE"
    );
    let header = read_zip(&members(
        &dict(&[("p", parameter), ("s", subclass)]),
        &[("0", &[0; 8])],
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(rows(&header), [("p", "F32", 2, 8), ("s", "F32", 2, 8)]);
}

#[test]
fn storages_are_held_against_their_data() {
    let program = dict(&[("w", tensor("FloatStorage", "0", 6, &[2, 3]))]);
    let found = |storages: &[(&str, &[u8])]| {
        let header = read_zip(&members(&program, storages));
        kinds(&header).join(" ")
    };

    assert_eq!(found(&[("0", &[0; 24])]), "");
    assert_eq!(found(&[("0", &[0; 20])]), "wrong-storage-size");
    assert_eq!(found(&[("0", &[0; 28])]), "wrong-storage-size");
    assert_eq!(found(&[]), "missing-storage");
    assert_eq!(found(&[("0", &[0; 24]), ("1", &[0; 4])]), "unused-storage");
}

#[test]
fn a_tensor_lies_within_its_storage() {
    let program = dict(&[("w", tensor("FloatStorage", "0", 6, &[2, 4]))]);
    let header = read_zip(&members(&program, &[("0", &[0; 24])]));

    assert_eq!(kinds(&header), ["tensor-outside-storage"]);
    assert_eq!(rules(&header), [AnomalyRule::MalformedHeader]);
}

#[test]
fn a_storage_is_described_in_one_way() {
    let program = dict(&[
        ("a", tensor("FloatStorage", "0", 6, &[6])),
        ("b", tensor("FloatStorage", "0", 5, &[5])),
    ]);
    let header = read_zip(&members(&program, &[("0", &[0; 24])]));

    assert!(kinds(&header).contains(&"storage-differs"));
}

#[test]
fn tensors_that_are_described_in_another_way_are_told_once() {
    let other = "GLOBAL torch._utils _rebuild_tensor_v2\nEMPTY_TUPLE\nREDUCE".to_owned();
    let program = dict(&[("a", other.clone()), ("b", other.clone()), ("c", other)]);

    let header = read_zip(&members(&program, &[]));

    let found: Vec<_> = header
        .facts
        .anomalies
        .iter()
        .map(|anomaly| (anomaly.kind, anomaly.rule, &*anomaly.message))
        .collect();
    let message = "3 tensors, of which this is the first, are described in a way that is not read";
    assert_eq!(
        found,
        [("tensor-not-read", AnomalyRule::NotExamined, message)]
    );
}

#[test]
fn items_set_on_a_tensor_are_told() {
    let weight = tensor("FloatStorage", "0", 1, &[1]);
    let header = read_zip(&members(
        &format!("{weight}\nINT 0\nINT 9\nSETITEM"),
        &[("0", &[0; 4])],
    ));

    assert_eq!(kinds(&header), ["wrong-target"]);
}

#[test]
fn a_reference_to_no_storage_is_told() {
    for id in ["UNICODE x", "INT 1\nTUPLE1", "UNICODE storage\nTUPLE1"] {
        let header = read_zip(&members(&format!("{id}\nBINPERSID"), &[]));

        assert_eq!(kinds(&header), ["unexpected-persistent-id"], "{id}");
        assert_eq!(rules(&header), [AnomalyRule::UnsafeImport]);
    }
}

#[test]
fn imports_have_their_offset_in_the_file() {
    let bytes = Archive::of(&members("GLOBAL os system", &[])).bytes();
    let place = bytes
        .windows(11)
        .position(|bytes| bytes == b"cos\nsystem\n");

    let header = read(&bytes);

    let offsets: Vec<_> = header.facts.imports.iter().map(|i| i.offset).collect();
    assert_eq!(unknown(&header), ["os.system"]);
    assert_eq!(offsets, [place.and_then(|place| u64::try_from(place).ok())]);
}

#[test]
fn a_compressed_pickle_is_read_too() {
    let pickle = assemble("PROTO 2\nGLOBAL os system\nSTOP");
    let header = read_zip(&[
        Entry::deflated("archive/data.pkl", &pickle),
        entry("version", b"3"),
    ]);

    assert_eq!(unknown(&header), ["os.system"]);
    assert_eq!(kinds(&header), [""; 0]);
}

#[test]
fn pickles_are_found_in_every_member() {
    let harm = assemble("PROTO 2\nGLOBAL os system\nEMPTY_TUPLE\nREDUCE\nSTOP");
    let program = dict(&[("w", tensor("ByteStorage", "0", 25, &[25]))]);
    for (name, size) in [
        ("data/0", 25),
        ("extra/notes.txt", 0),
        ("x.pkl", 0),
        ("data/7", 0),
    ] {
        let mut entries = members(&program, &[]);
        let mut data = harm.clone();
        data.resize(size.max(harm.len()), b'.');
        entries.push(entry(name, &data));
        if name != "data/0" {
            entries.push(entry("data/0", &[0; 25]));
        }

        assert_eq!(unknown(&read_zip(&entries)), ["os.system"], "{name}");
    }
}

#[test]
fn a_pickle_whose_two_names_differ_is_read_and_told() {
    // CVE-2025-1944: some readers fail on the names and skip the file.
    let pickle = assemble("PROTO 2\nGLOBAL os system\nSTOP");
    let entry = entry("data.pkl", &pickle).local(|head| head.name = b"archive/data.txt".to_vec());

    let header = read_zip(&[entry]);

    assert_eq!(unknown(&header), ["os.system"]);
    assert!(kinds(&header).contains(&"name-differs"));
    assert!(rules(&header).contains(&AnomalyRule::ArchiveTrick));
}

#[test]
fn flags_and_checksums_that_stop_other_readers_do_not_hide_a_pickle() {
    // CVE-2025-1945 and CVE-2025-10156.
    let pickle = assemble("PROTO 2\nGLOBAL os system\nSTOP");
    for (flags, crc) in [(0x01, None), (0x20, None), (0x40, None), (0, Some(7))] {
        let entry = entry("data.pkl", &pickle).both(|head| {
            head.flags = flags;
            head.crc = crc.unwrap_or(head.crc);
        });
        let header = read_zip(&[entry]);

        assert_eq!(unknown(&header), ["os.system"], "{flags:#x}");
        assert!(
            rules(&header).contains(&AnomalyRule::ArchiveTrick),
            "{flags:#x}"
        );
    }
}

#[test]
fn checksums_that_the_writer_left_out_are_no_trick() {
    let entries = members(&tensor("FloatStorage", "0", 2, &[2]), &[("0", &[0; 8])]);
    let without = |entry: Entry| entry.both(|head| head.crc = 0);

    let none: Vec<_> = entries.iter().cloned().map(without).collect();
    let mut some = entries;
    some.first_mut()
        .into_iter()
        .for_each(|entry| *entry = without(entry.clone()));

    assert_eq!(kinds(&read_zip(&none)), [""; 0]);
    assert_eq!(kinds(&read_zip(&some)), ["crc-mismatch"]);
}

#[test]
fn what_only_looks_like_a_zip_is_read_as_a_pickle() {
    // CVE-2025-10155: "PK..." is an opcode and its line.
    let header = read(
        &[
            b"PK\x03\x04\n0".to_vec(),
            assemble("GLOBAL os system\nSTOP"),
        ]
        .concat(),
    );

    assert_eq!(unknown(&header), ["os.system"]);
    assert_eq!(kinds(&header), ["missing-end-record"]);
}

#[test]
fn a_zip_without_a_pickle_is_said_not_to_be_examined() {
    let header = read_zip(&[entry("version", b"3"), entry("readme.txt", b"hello")]);

    assert_eq!(kinds(&header), ["missing-pickle"]);
    assert_eq!(rules(&header), [AnomalyRule::NotExamined]);
}

#[test]
fn an_order_of_bytes_is_little_or_big() {
    let found = |order: &[u8]| {
        let header = read_zip(&[
            entry("data.pkl", &assemble("PROTO 2\nEMPTY_DICT\nSTOP")),
            entry("byteorder", order),
        ]);
        kinds(&header).join(" ")
    };

    assert_eq!(found(b"little"), "");
    assert_eq!(found(b"big"), "");
    assert_eq!(found(b"middle"), "unknown-byteorder");
}

#[test]
fn torchscript_is_code_and_its_own_classes_are_no_imports() {
    let header = read_zip(&[
        entry(
            "data.pkl",
            &assemble(
                "PROTO 2\nGLOBAL __torch__.net Net\nEMPTY_TUPLE\nNEWOBJ\nEMPTY_DICT\nBUILD\nSTOP",
            ),
        ),
        entry(
            "constants.pkl",
            &assemble(
                "PROTO 2\nGLOBAL torch.jit._pickle build_intlist\nEMPTY_LIST\nTUPLE1\nREDUCE\nSTOP",
            ),
        ),
        entry("code/__torch__/net.py", b"class Net(Module):\n  pass\n"),
        entry("version", b"3"),
    ]);

    assert_eq!(header.facts.loading, Some(Loading::Code));
    assert_eq!(imports(&header), ["torch.jit._pickle.build_intlist"]);
    assert_eq!(kinds(&header), [""; 0]);
}

#[test]
fn storages_of_constants_are_beside_their_pickle() {
    let constants = format!(
        "PROTO 2\n{}\nTUPLE1\nSTOP",
        tensor("FloatStorage", "0", 2, &[2])
    );
    let data = format!("PROTO 2\n{}\nSTOP", tensor("FloatStorage", "0", 3, &[3]));
    let header = read_zip(&[
        entry("data.pkl", &assemble(&data)),
        entry("constants.pkl", &assemble(&constants)),
        entry("data/0", &[0; 12]),
        entry("constants/0", &[0; 8]),
        entry("version", b"3"),
    ]);

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.facts.parameters, Some(5));
}

#[test]
fn an_exported_program_with_machine_code_is_code() {
    let json = entry("models/model.json", b"{}");
    let format = entry("archive_format", b"pt2");
    let library = entry("data/aotinductor/model/model.so", b"\x7fELF");

    let plain = read_zip(&[format.clone(), json.clone()]);
    let compiled = read_zip(&[format, json, library]);

    assert_eq!(plain.facts.loading, None);
    assert_eq!(kinds(&plain), [""; 0]);
    assert_eq!(compiled.facts.loading, Some(Loading::Code));
}

/// What `torch.export.save` writes of a weight: name, member, number of the type, sizes and
/// strides.
type Payload<'a> = (&'a str, &'a str, u64, &'a [u64], &'a [u64]);

/// A description of weights.
fn weights_config(items: &[Payload<'_>]) -> Vec<u8> {
    let numbers = |numbers: &[u64]| -> Vec<_> {
        let numbers = numbers.iter();
        numbers
            .map(|number| serde_json::json!({ "as_int": number }))
            .collect()
    };
    let items = items.iter().map(|(name, member, dtype, sizes, strides)| {
        let meta = serde_json::json!({
            "dtype": dtype, "sizes": numbers(sizes), "requires_grad": true,
            "device": {"type": "cpu", "index": null}, "strides": numbers(strides),
            "storage_offset": {"as_int": 0}, "layout": 7,
        });
        let payload = serde_json::json!({
            "path_name": member, "is_param": true, "use_pickle": false, "tensor_meta": meta,
        });
        ((*name).to_owned(), payload)
    });
    let config: serde_json::Map<_, _> = items.collect();
    serde_json::json!({ "config": config })
        .to_string()
        .into_bytes()
}

/// An exported program of these weights, with an example of its input.
fn exported(config: &[u8], data: &[(&str, &[u8])]) -> Vec<Entry> {
    let example = members(&tensor("FloatStorage", "0", 2, &[2]), &[("0", &[0; 8])]);
    let mut entries: Vec<_> = data
        .iter()
        .map(|(name, bytes)| entry(&format!("data/weights/{name}"), bytes))
        .collect();
    entries.extend([
        entry("data/weights/model_weights_config.json", config),
        entry(
            "data/constants/model_constants_config.json",
            br#"{"config": {"o": {"path_name": "opaque_obj_0", "use_pickle": true, "tensor_meta": null}}}"#,
        ),
        entry("models/model.json", b"{}"),
        entry(
            "data/sample_inputs/model.pt",
            &Archive::of(&example).bytes(),
        ),
        entry("archive_format", b"pt2"),
    ]);
    entries
}

#[test]
fn weights_of_an_exported_program_are_those_that_it_describes() {
    let config = weights_config(&[
        ("fc.weight", "weight_0", 7, &[2, 3], &[3, 1]),
        ("fc.tied", "weight_0", 7, &[3, 2], &[1, 3]),
        ("fc.bias", "weight_1", 13, &[3], &[1]),
        ("none", "weight_2", 5, &[0], &[1]),
    ]);

    let header = read_zip(&exported(
        &config,
        &[("weight_0", &[0; 24]), ("weight_1", &[0; 6])],
    ));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.facts.parameters, Some(15));
    assert_eq!(
        rows(&header),
        [
            ("fc.bias", "BF16", 3, 6),
            ("fc.tied", "F32", 6, 24),
            ("fc.weight", "F32", 6, 24),
            ("none", "I64", 0, 0),
        ]
    );
}

#[test]
fn weights_of_an_exported_program_lie_within_their_data() {
    let found = |config: &[u8]| {
        let header = read_zip(&exported(config, &[("weight_0", &[0; 24])]));
        kinds(&header).join(" ")
    };
    let one = |item| weights_config(&[item]);

    let cases = [
        ("wrong-storage-size", one(("w", "weight_0", 7, &[7], &[1]))),
        (
            "wrong-storage-size",
            one(("w", "weight_0", 7, &[2], &[u64::MAX])),
        ),
        ("missing-storage", one(("w", "weight_1", 7, &[1], &[1]))),
        (
            "unknown-tensor-type",
            one(("w", "weight_0", 99, &[1], &[1])),
        ),
        ("unreadable-weights-config", b"{\"config\": 1}".to_vec()),
    ];
    for (kind, config) in cases {
        assert_eq!(found(&config), kind);
    }
}

#[test]
fn what_a_function_was_traced_with_is_no_weight() {
    let traced = |data: &[u8]| {
        let pickle = format!(
            "PROTO 2\n{}\nTUPLE1\nSTOP",
            tensor("FloatStorage", "0", 8, &[1, 8])
        );
        let mut entries = members(&tensor("FloatStorage", "0", 2, &[2]), &[("0", &[0; 8])]);
        entries.extend([
            entry("code/__torch__.py", b""),
            entry("traced_inputs/0", data),
            entry("traced_inputs.pkl", &assemble(&pickle)),
        ]);
        read_zip(&entries)
    };

    let header = traced(b"");

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(header.facts.parameters, Some(2));
    assert_eq!(kinds(&traced(&[0; 31])), ["wrong-storage-size"]);
}

#[test]
fn a_checkpoint_within_a_checkpoint_is_read_to_a_depth() {
    let mut bytes = Archive::of(&members("GLOBAL os system", &[])).bytes();
    for _ in 0..4 {
        bytes = Archive::of(&[
            entry("data.pkl", &assemble("PROTO 2\nEMPTY_DICT\nSTOP")),
            entry("extra/inner.pt", &bytes),
        ])
        .bytes();
    }
    assert_eq!(unknown(&read(&bytes)), ["os.system"]);

    let deeper = Archive::of(&[
        entry("data.pkl", &assemble("PROTO 2\nEMPTY_DICT\nSTOP")),
        entry("extra/inner.pt", &bytes),
    ]);
    assert_eq!(kinds(&read(&deeper.bytes())), ["limit-nested-archives"]);
}

fn read_legacy(bytes: &[u8]) -> Header {
    let size = u64::try_from(bytes.len()).unwrap_or(0);
    let format = recognise(bytes, size, Path::new("m.pt"));
    format
        .and_then(|format| format.read(&mut Reader::new(&bytes)))
        .unwrap_or_default()
}

#[test]
fn the_legacy_stream_is_read_to_the_end_of_its_data() {
    let program = dict(&[("w", tensor("FloatStorage", "7", 2, &[2]))]);
    let data = [2_u64.to_le_bytes().to_vec(), vec![0; 8]].concat();
    let whole = legacy(&program, &["7"], &data);
    let header = read_legacy(&whole);

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(rows(&header), [("w", "F32", 2, 8)]);
    assert_eq!(header.version.as_deref(), Some("1001"));
    assert_eq!(header.facts.loading, Some(Loading::Program));

    for length in 15..whole.len() {
        let header = read_legacy(whole.get(..length).unwrap_or_default());
        assert!(is_cut(&header), "{length}");
    }
    let longer = read_legacy(&[whole, b"PK\x03\x04".to_vec()].concat());
    assert_eq!(kinds(&longer), ["trailing-bytes"]);
}

#[test]
fn the_legacy_stream_is_known_in_every_protocol_that_torch_loads() {
    let number = "LONG1 6cfc9c46f9206aa85019\nSTOP";
    for start in [
        "PROTO 2",
        "PROTO 3",
        "PROTO 4\nFRAME 13",
        "PROTO 5\nFRAME 13",
    ] {
        let bytes = assemble(&format!("{start}\n{number}"));
        let format = recognise(&bytes, 100, Path::new("m.pt"));
        assert_eq!(format.map(|format| format.name), Some("pytorch-legacy"));
    }
}

#[test]
fn each_pickle_of_the_legacy_stream_is_followed() {
    for program in ["GLOBAL os system", "EMPTY_DICT\nGLOBAL os system\nPOP"] {
        assert_eq!(
            unknown(&read_legacy(&legacy(program, &[], b""))),
            ["os.system"]
        );
    }
    let keys = [
        assemble("PROTO 2\nLONG1 6cfc9c46f9206aa85019\nSTOP"),
        assemble("PROTO 2\nBININT2 1001\nSTOP"),
        assemble("PROTO 2\nGLOBAL os system\nSTOP"),
    ];
    assert_eq!(unknown(&read_legacy(&keys.concat())), ["os.system"]);
}

#[test]
fn storages_of_the_legacy_stream_have_the_length_that_is_described() {
    let program = dict(&[("w", tensor("FloatStorage", "7", 2, &[2]))]);
    let data = [1_u64.to_le_bytes().to_vec(), vec![0; 4]].concat();

    let shorter = read_legacy(&legacy(&program, &["7"], &data));
    let unknown = read_legacy(&legacy(&program, &["8"], &data));

    assert_eq!(kinds(&shorter), ["wrong-storage-size"]);
    assert_eq!(kinds(&unknown), ["wrong-legacy-part", "trailing-bytes"]);
}

#[test]
fn the_tar_of_the_first_torch_is_code_and_its_pickles_are_followed() {
    let storages = storages();
    let plain = read_legacy(&first_torch("UNICODE 9\nBINPERSID", &storages));
    let harm = read_legacy(&first_torch("GLOBAL os system", &storages));
    let first = assemble("PROTO 2\nGLOBAL os system\nSTOP");
    let hidden = read_legacy(&first_torch("NONE", &first));

    assert_eq!(plain.facts.loading, Some(Loading::Code));
    assert_eq!(kinds(&plain), [""; 0]);
    assert_eq!(unknown(&plain), [""; 0]);
    assert_eq!(unknown(&harm), ["os.system"]);
    assert_eq!(unknown(&hidden), ["os.system"]);
    assert_eq!(
        rules(&hidden),
        [AnomalyRule::MalformedHeader, AnomalyRule::TruncatedFile]
    );
}
