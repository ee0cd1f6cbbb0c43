//! Arrays of `NumPy`, alone and in zips.

use std::path::Path;

use lbom_scanner::format::{Header, numpy, recognise};
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::pickle::unknown;
use crate::pickle_writer::assemble;
use crate::zip_writer::{Archive, Entry};
use crate::{kinds, rules};

/// An array of a version, with this header and these data.
pub(crate) fn npy(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(header.len()).unwrap_or(0).to_le_bytes();
    let length = if version == 1 {
        length.get(..2).unwrap_or_default().to_vec()
    } else {
        length.to_vec()
    };
    [
        b"\x93NUMPY".to_vec(),
        vec![version, 0],
        length,
        header.into(),
        data.to_vec(),
    ]
    .concat()
}

/// The header of an array of a type, in rows.
pub(crate) fn header(descr: &str, shape: &str) -> String {
    format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n")
}

fn read(bytes: &[u8]) -> Header {
    numpy::read(&mut Reader::new(&bytes))
}

fn read_zip(entries: &[Entry]) -> Header {
    let bytes = Archive::of(entries).bytes();
    let size = u64::try_from(bytes.len()).unwrap_or(0);
    let format = recognise(&bytes, size, Path::new("m.npz"));
    assert_eq!(format.map(|format| format.name), Some("numpy-zip"));
    format
        .and_then(|format| format.read(&mut Reader::new(&bytes.as_slice())))
        .unwrap_or_default()
}

fn rows(header: &Header) -> Vec<(&str, &str, u64, u64)> {
    let tensors = header.tensors.iter();
    tensors
        .map(|t| (&*t.name, t.type_name, t.elements, t.bytes))
        .collect()
}

#[test]
fn an_array_tells_its_type_and_shape_in_every_version() {
    for version in 1..=3 {
        let found = read(&npy(version, &header("'<f4'", "(2, 3)"), &[0; 24]));

        assert_eq!(kinds(&found), [""; 0]);
        assert_eq!(rows(&found), [("array", "F32", 6, 24)]);
        assert_eq!(found.version, Some(format!("{version}.0")));
        assert_eq!(found.facts.parameters, Some(6));
        assert_eq!(found.facts.loading, None);
    }
}

#[test]
fn a_scalar_an_empty_array_and_a_record_are_arrays() {
    let scalar = read(&npy(1, &header("'<i8'", "()"), &[0; 8]));
    let empty = read(&npy(1, &header("'<f8'", "(0, 4)"), &[]));
    let record = "[('a', '<i4'), ('b', [('c', '|S3'), ('d', '<f8', (2,))])]";
    let record = read(&npy(1, &header(record, "(2,)"), &[0; 46]));

    assert_eq!(rows(&scalar), [("array", "I64", 1, 8)]);
    assert_eq!(rows(&empty), [("array", "F64", 0, 0)]);
    assert_eq!(rows(&record), []);
    for found in [scalar, empty, record] {
        assert_eq!(kinds(&found), [""; 0]);
    }
}

#[test]
fn the_fastest_dimension_is_the_row() {
    let fortran = header("'<f4'", "(2, 3)").replace("False", "True");
    let row = |header: &str| {
        let found = read(&npy(1, header, &[0; 24]));
        found.tensors.iter().map(|t| t.row).collect::<Vec<_>>()
    };

    assert_eq!(row(&header("'<f4'", "(2, 3)")), [3]);
    assert_eq!(row(&fortran), [2]);
}

#[test]
fn data_fill_the_file_exactly() {
    let shorter = read(&npy(1, &header("'<f4'", "(2,)"), &[0; 7]));
    let longer = read(&npy(1, &header("'<f4'", "(2,)"), &[0; 9]));

    assert_eq!(kinds(&shorter), ["missing-array-data"]);
    assert_eq!(rules(&shorter), [AnomalyRule::TruncatedFile]);
    assert_eq!(kinds(&longer), ["trailing-bytes"]);
}

#[test]
fn a_header_that_is_not_laid_down_is_told() {
    for (text, kind) in [
        ("", "broken-literal"),
        ("{'descr': __import__('os')}", "broken-literal"),
        ("{'descr': '<f4'} x", "broken-literal"),
        ("('<f4', False, ())", "broken-literal"),
        ("{'descr': '<f4', 'shape': ()}", "wrong-fields"),
        (
            "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
            "wrong-fields",
        ),
        (
            "{'descr': '<f4', 'descr': '|O', 'fortran_order': False, 'shape': ()}",
            "wrong-fields",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (), 'x': 1}",
            "wrong-fields",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': 3}",
            "wrong-shape",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
            "wrong-shape",
        ),
        (
            "{'descr': 'what', 'fortran_order': False, 'shape': ()}",
            "unknown-dtype",
        ),
        (
            "{'descr': [('a',)], 'fortran_order': False, 'shape': ()}",
            "unknown-dtype",
        ),
        (
            "{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904, 8)}",
            "size-overflow",
        ),
    ] {
        let found = read(&npy(1, text, &[]));

        assert_eq!(kinds(&found), [kind], "{text}");
        assert_eq!(rules(&found), [AnomalyRule::MalformedHeader], "{text}");
    }
    assert_eq!(kinds(&read(&npy(4, "{}", &[]))), ["unknown-version"]);
    assert_eq!(
        kinds(&read(b"\x93NUMPY\x01\0\xff\xff{")),
        ["unexpected-end"]
    );
    let long = format!("{{{}}}", " ".repeat(1024 * 1024));
    assert_eq!(kinds(&read(&npy(2, &long, &[]))), ["limit-header"]);
}

#[test]
fn a_pickled_array_of_numbers_that_numpy_does_not_know_tells_its_type() {
    let program = "PROTO 4
        GLOBAL numpy._core.multiarray _reconstruct
        GLOBAL numpy ndarray
        INT 0
        TUPLE1
        SHORT_BINBYTES 62
        TUPLE3
        REDUCE
        MARK
        INT 1
        INT 2
        INT 3
        TUPLE2
        GLOBAL numpy dtype
        GLOBAL ml_dtypes bfloat16
        NEWFALSE
        NEWTRUE
        TUPLE3
        REDUCE
        MARK
        INT 3
        UNICODE <
        NONE
        NONE
        NONE
        INT 2
        INT 2
        INT 64
        TUPLE
        BUILD
        NEWFALSE
        SHORT_BINBYTES 000000000000000000000000
        TUPLE
        BUILD
        STOP";
    let bytes = assemble(program);

    let header = lbom_scanner::format::pickle::read(&mut Reader::new(&bytes.as_slice()));

    assert_eq!(kinds(&header), [""; 0]);
    assert_eq!(unknown(&header), [""; 0]);
    assert_eq!(rows(&header), [("tensor 0", "BF16", 6, 12)]);
}

#[test]
fn elements_that_are_objects_are_a_pickle() {
    let pickle = assemble("PROTO 2\nGLOBAL os system\nEMPTY_TUPLE\nREDUCE\nSTOP");
    for descr in [
        "'|O'",
        "[('a', '<i4'), ('b', '|O')]",
        "[('a', [('b', '|O8')])]",
    ] {
        let found = read(&npy(1, &header(descr, "(1,)"), &pickle));

        assert_eq!(unknown(&found), ["os.system"], "{descr}");
        assert_eq!(found.facts.loading, Some(Loading::Program), "{descr}");
    }
    let plain = assemble("PROTO 2\nGLOBAL numpy.core.multiarray _reconstruct\nSTOP");
    let found = read(&npy(1, &header("'|O'", "(1,)"), &plain));
    assert_eq!(unknown(&found), [""; 0]);
    assert_eq!(kinds(&found), [""; 0]);
}

#[test]
fn a_zip_holds_arrays_by_name() {
    let found = read_zip(&[
        Entry::stored("w.npy", &npy(1, &header("'<f2'", "(4,)"), &[0; 8])),
        Entry::deflated("b.npy", &npy(1, &header("'<i8'", "(2,)"), &[0; 16])),
    ]);

    assert_eq!(kinds(&found), [""; 0]);
    assert_eq!(rows(&found), [("w", "F16", 4, 8), ("b", "I64", 2, 16)]);
    assert_eq!(found.facts.loading, Some(Loading::Data));
}

#[test]
fn objects_in_a_zip_are_pickles() {
    let pickle = assemble("PROTO 2\nGLOBAL os system\nEMPTY_TUPLE\nREDUCE\nSTOP");
    let array = npy(1, &header("'|O'", "(1,)"), &pickle);
    for entry in [
        Entry::stored("a.npy", &array),
        Entry::deflated("a.npy", &array),
        Entry::stored("a.npy", &pickle),
        Entry::stored("other", &pickle),
    ] {
        let plain = npy(1, &header("'<f2'", "(4,)"), &[0; 8]);
        let found = read_zip(&[Entry::stored("p.npy", &plain), entry]);

        assert_eq!(unknown(&found), ["os.system"]);
        assert_eq!(found.facts.loading, Some(Loading::Program));
    }
}

#[test]
fn a_large_compressed_array_is_read_by_its_start() {
    let data = vec![0; 20 * 1024 * 1024];
    let array = npy(1, &header("'|u1'", "(20971520,)"), &data);

    let found = read_zip(&[Entry::deflated("w.npy", &array)]);

    assert_eq!(kinds(&found), [""; 0]);
    assert_eq!(rows(&found), [("w", "U8", 20_971_520, 20_971_520)]);
}
