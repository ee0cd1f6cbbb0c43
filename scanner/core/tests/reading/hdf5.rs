//! HDF5 files: what is read of valid ones, and every malformation by name. Files of the reference
//! writer are read in `tests/scanner/test_hdf5.py`.

use lbom_scanner::format::Header;
use lbom_scanner::format::hdf5::read;
use lbom_scanner::reader::Reader;
use lbom_scanner::record::{AnomalyRule, Loading};

use crate::hdf5_writer::{Hdf5, attribute, dataspace, external_link, float32};
use crate::{kinds, rules};

fn header(bytes: &[u8]) -> Header {
    read(&mut Reader::new(&bytes))
}

fn changed(at: usize, to: &[u8]) -> Vec<u8> {
    let mut bytes = Hdf5::valid().bytes();
    for (slot, byte) in bytes.iter_mut().skip(at).zip(to) {
        *slot = *byte;
    }
    bytes
}

/// Where a structure of the valid file stands.
fn place(signature: [u8; 4]) -> usize {
    let bytes = Hdf5::valid().bytes();
    let at = bytes.windows(4).position(|four| *four == signature);
    at.unwrap_or(usize::MAX)
}

#[test]
fn a_dataset_is_a_tensor() {
    let header = header(&Hdf5::valid().bytes());

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.version.as_deref(), Some("0"));
    assert_eq!(header.facts.parameters, Some(12));
    let tensors: Vec<_> = header
        .tensors
        .iter()
        .map(|t| {
            (
                &*t.name,
                t.type_name,
                t.row,
                t.dimensions,
                t.elements,
                t.bytes,
            )
        })
        .collect();
    assert_eq!(tensors, [("w", "F32", 4, 2, 12, 48)]);
}

#[test]
fn the_configuration_of_a_model_says_what_loading_runs() {
    let model = |config: &str| Hdf5 {
        root: vec![attribute("model_config", config)],
        ..Hdf5::valid()
    };
    let layer = |class: &str| {
        format!(
            r#"{{"class_name":"Sequential","config":{{"layers":[{{"class_name":"{class}"}}]}}}}"#
        )
    };

    let plain = header(&model(&layer("Dense")).bytes());
    let lambda = header(&model(&layer("Lambda")).bytes());
    let broken = header(&model("{").bytes());

    assert_eq!(plain.facts.anomalies, []);
    assert_eq!(plain.facts.architecture.as_deref(), Some("Sequential"));
    assert_eq!(plain.facts.loading, None);
    assert_eq!(kinds(&lambda), ["lambda-layer"]);
    assert_eq!(lambda.facts.loading, Some(Loading::Code));
    assert_eq!(kinds(&broken), ["broken-json"]);
}

#[test]
fn a_link_into_another_file_is_an_escape() {
    let file = Hdf5 {
        root: vec![external_link("x", "/etc/passwd")],
        ..Hdf5::valid()
    };

    let header = header(&file.bytes());

    assert_eq!(rules(&header), [AnomalyRule::ExternalDataEscape]);
    assert_eq!(kinds(&header), ["external-link"]);
}

#[test]
fn a_name_that_leads_elsewhere_is_found() {
    let file = Hdf5 {
        name: "..",
        ..Hdf5::valid()
    };

    assert_eq!(kinds(&header(&file.bytes())), ["path-like-name"]);
}

#[test]
fn bytes_before_and_behind_are_slack() {
    let mut before = vec![b'x'; 512];
    before.extend(Hdf5::valid().bytes());
    let mut behind = Hdf5::valid().bytes();
    behind.push(0);

    // The end is counted from the first byte of the file.
    assert_eq!(kinds(&header(&before)), ["user-block", "trailing-bytes"]);
    assert_eq!(kinds(&header(&behind)), ["trailing-bytes"]);
    assert_eq!(rules(&header(&behind)), [AnomalyRule::TrailingData]);
}

#[test]
fn what_does_not_fit_is_found() {
    let valid = Hdf5::valid;
    let dataset = |messages| Hdf5 {
        dataset: messages,
        ..valid()
    };
    let shape = |shape: &[usize]| dataset(vec![(3, float32()), (1, dataspace(shape))]).bytes();
    let typed = |kind: Vec<u8>| dataset(vec![(3, kind), (1, dataspace(&[3, 4]))]).bytes();
    let far = u32::MAX.to_le_bytes();
    for (bytes, kind) in [
        (shape(&[3, 5]), "wrong-size"),
        (shape(&[3, 4000]), "missing-tensor-data"),
        (shape(&[usize::MAX, 2]), "size-overflow"),
        (shape(&[1; 33]), "limit-hdf5"),
        (typed(b"\x16\0\0\0\x04\0\0\0".to_vec()), "unread-structure"),
        (changed(8, &[9]), "unknown-structure"),
        (changed(13, &[3]), "impossible-width"),
        (changed(64, &far), "unexpected-end"),
        (changed(96, &[7]), "unknown-structure"),
        (changed(place(*b"TREE"), b"LEAF"), "unknown-structure"),
        (changed(place(*b"TREE") + 4, &[1]), "unknown-structure"),
        (changed(place(*b"TREE") + 5, &[200]), "unknown-structure"),
        (changed(place(*b"HEAP"), b"PEAH"), "unknown-structure"),
        (changed(place(*b"SNOD") + 8, &far), "unexpected-end"),
    ] {
        assert_eq!(kinds(&header(&bytes)).first(), Some(&kind));
    }
}

#[test]
fn a_tree_that_turns_back_on_itself_ends() {
    let tree = place(*b"TREE");
    let itself = u64::try_from(tree).unwrap_or(0).to_le_bytes();
    let mut bytes = changed(tree + 32, &itself);
    // An inner node, so that the child is a node too.
    for (slot, byte) in bytes.iter_mut().skip(tree + 5).zip([1]) {
        *slot = byte;
    }

    assert_eq!(kinds(&header(&bytes)), ["broken-message"]);
}

#[test]
fn a_group_inside_itself_is_read_once() {
    let symbols = place(*b"SNOD");
    let root = 96_u64.to_le_bytes();

    let header = header(&changed(symbols + 16, &root));

    assert_eq!(header.facts.anomalies, []);
    assert_eq!(header.facts.parameters, Some(0));
}
