//! Tars: every trick by its name, members by their content, and bytes at random.

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::tar::{Kind, Tar};
use lbom_scanner::reader::{Reader, Source as _};
use lbom_scanner::record::{Anomaly, AnomalyRule};
use proptest::prelude::*;

use crate::tar_writer::{Item, tar};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn anomalies(bytes: &[u8]) -> Vec<Anomaly> {
    let mut anomalies = Anomalies::default();
    if let Err(fault) = Tar::open(&Reader::new(&bytes), &mut anomalies) {
        anomalies.report(|| fault);
    }
    anomalies.into_vec()
}

fn kinds(bytes: &[u8]) -> Vec<&'static str> {
    anomalies(bytes)
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect()
}

fn told(items: &[Item]) -> Vec<&'static str> {
    kinds(&tar(items))
}

#[test]
fn members_are_read_where_they_stand() -> Outcome {
    let bytes = tar(&[
        Item::of(b'5', "model/", b""),
        Item::file("model/data.pkl", b"\x80\x02N."),
        Item::file("model/weights", &[7; 700]),
    ]);
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let archive = Tar::open(&Reader::new(&source), &mut anomalies)?;

    let pickle = archive.find(b"model/data.pkl").ok_or("no pickle")?;
    let window = archive.window(pickle).ok_or("no window")?;

    assert_eq!(Reader::new(&window).array::<4>()?, *b"\x80\x02N.");
    assert_eq!(window.size(), 4);
    let members: Vec<_> = archive
        .members()
        .iter()
        .map(|member| (member.text(), member.kind, member.size))
        .collect();
    assert_eq!(
        members,
        [
            ("model/".into(), Kind::Directory, 0),
            ("model/data.pkl".into(), Kind::File, 4),
            ("model/weights".into(), Kind::File, 700),
        ]
    );
    assert_eq!(anomalies.into_vec(), []);
    Ok(())
}

#[test]
fn what_is_no_file_is_told_with_where_it_leads() {
    for (item, message) in [
        (
            Item::link(b'2', "a", "/etc/passwd"),
            "the member is a symbolic link to \"/etc/passwd\", files and directories are allowed",
        ),
        (
            Item::link(b'1', "a", "../b"),
            "the member is a hard link to \"../b\", files and directories are allowed",
        ),
        (
            Item::of(b'3', "a", b""),
            "the member is a device, files and directories are allowed",
        ),
        (
            Item::of(b'4', "a", b""),
            "the member is a device, files and directories are allowed",
        ),
        (
            Item::of(b'6', "a", b""),
            "the member is a FIFO, files and directories are allowed",
        ),
    ] {
        let found = anomalies(&tar(&[item]));

        let messages: Vec<_> = found.iter().map(|anomaly| &*anomaly.message).collect();
        assert_eq!(messages, [message]);
        assert!(found.iter().all(|anomaly| {
            anomaly.rule == AnomalyRule::ArchiveTrick && anomaly.within == ["a"]
        }));
    }
}

#[test]
fn names_that_lead_astray_are_told() {
    for (name, kind) in [
        ("/etc/passwd", "absolute-name"),
        ("a/../../x", "parent-directory-in-name"),
        ("a\u{202e}lkp", "deceptive-character"),
        ("", "empty-name"),
    ] {
        assert_eq!(told(&[Item::file(name, b"x")]), [kind]);
    }
    let twice = [Item::file("a/b", b"x"), Item::file("./a//b", b"y")];
    assert_eq!(told(&twice), ["duplicate-name"]);
    let directory_twice = [Item::of(b'5', "a/", b""), Item::of(b'5', "./a/", b"")];
    assert_eq!(told(&directory_twice), [""; 0]);
}

#[test]
fn an_extended_header_names_what_the_header_has_no_room_for() -> Outcome {
    let long = format!("{}/data.pkl", "d".repeat(150));
    for (name, plain) in [(&*long, "d"), ("größe", "gr??e")] {
        for extension in [
            Item::extended(b'x', &[("path", name)]),
            Item::of(b'L', "././@LongLink", format!("{name}\0").as_bytes()),
        ] {
            let bytes = tar(&[extension, Item::file(plain, b"x")]);
            let source = bytes.as_slice();
            let mut anomalies = Anomalies::default();
            let archive = Tar::open(&Reader::new(&source), &mut anomalies)?;

            assert!(archive.find(name.as_bytes()).is_some());
            assert_eq!(anomalies.into_vec(), []);
        }
    }
    Ok(())
}

#[test]
fn an_extended_header_that_overrides_for_no_reason_is_told() {
    let renamed = [
        Item::extended(b'x', &[("path", "evil.pkl")]),
        Item::file("readme.txt", b"x"),
    ];
    assert_eq!(told(&renamed), ["name-overridden"]);
    let escaping = [
        Item::extended(b'x', &[("path", "../evil.pkl")]),
        Item::file("readme.txt", b"x"),
    ];
    assert_eq!(
        told(&escaping),
        ["parent-directory-in-name", "name-overridden"]
    );
    let resized = [
        Item::extended(b'x', &[("size", "512")]),
        Item::file("a", b""),
        Item::file("b", b""),
    ];
    assert_eq!(told(&resized), ["size-overridden"]);
    let linked = [
        Item::extended(b'x', &[("linkpath", "/etc")]),
        Item::link(b'2', "a", "b"),
    ];
    assert!(
        anomalies(&tar(&linked))
            .iter()
            .any(|anomaly| anomaly.message.contains("\"/etc\""))
    );
    let global = [
        Item::extended(b'g', &[("path", "evil.pkl")]),
        Item::file("a", b"x"),
    ];
    assert_eq!(told(&global), ["all-members-overridden"]);
    let harmless = [
        Item::extended(b'g', &[("comment", "0123abcd")]),
        Item::extended(b'x', &[("mtime", "1.5")]),
        Item::file("a", b"x"),
    ];
    assert_eq!(told(&harmless), [""; 0]);
    let broken = [
        Item::of(b'x', "PaxHeader", b"99 path=a\n"),
        Item::file("a", b"x"),
    ];
    assert_eq!(told(&broken), ["wrong-extended-header"]);
}

#[test]
fn a_name_that_is_cut_at_a_slash_is_no_directory() -> Outcome {
    let long = format!("{}/data", "d".repeat(99));
    let plain = long.get(..100).unwrap_or_default();
    let bytes = tar(&[
        Item::of(b'L', "././@LongLink", long.as_bytes()),
        Item::of(0, plain, b"content"),
        Item::of(0, "directory/", b""),
    ]);
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let archive = Tar::open(&Reader::new(&source), &mut anomalies)?;

    let kinds: Vec<_> = archive.members().iter().map(|member| member.kind).collect();
    assert_eq!(kinds, [Kind::File, Kind::Directory]);
    assert_eq!(anomalies.into_vec(), []);
    Ok(())
}

#[test]
fn a_directory_of_a_size_is_told() {
    let sized = Item {
        size: Some(*b"00000000001\0"),
        ..Item::of(b'5', "a/", b"")
    };
    assert_eq!(told(&[sized]), ["directory-with-data"]);
}

#[test]
fn what_cannot_be_read_is_told() {
    assert_eq!(told(&[Item::of(b'S', "a", b"x")]), ["sparse-member"]);
    let sparse = [
        Item::extended(b'x', &[("GNU.sparse.major", "1")]),
        Item::file("a", b"x"),
    ];
    assert_eq!(told(&sparse), ["sparse-member"]);
    assert_eq!(told(&[Item::of(b'M', "a", b"x")]), ["unknown-member-type"]);
    let no_number = Item {
        size: Some(*b"not a number"),
        ..Item::file("a", b"")
    };
    assert_eq!(told(&[no_number]), ["wrong-number"]);
}

#[test]
fn bytes_behind_the_end_are_told() {
    let mut padded = tar(&[Item::file("a", b"x")]);
    padded.resize(10_240, 0);
    assert_eq!(kinds(&padded), [""; 0]);

    padded.extend(b"PK\x03\x04");
    let found = anomalies(&padded);

    let found: Vec<_> = found
        .iter()
        .map(|anomaly| (anomaly.kind, anomaly.offset))
        .collect();
    assert_eq!(found, [("data-after-archive", Some(10_240))]);
}

#[test]
fn a_header_with_a_wrong_checksum_ends_the_reading() -> Outcome {
    let mut bytes = tar(&[Item::file("a", b"x"), Item::file("b", b"y")]);
    if let Some(byte) = bytes.get_mut(1024) {
        *byte = b'c';
    }
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let archive = Tar::open(&Reader::new(&source), &mut anomalies)?;

    assert_eq!(archive.members().len(), 1);
    let kinds: Vec<_> = anomalies
        .into_vec()
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();
    assert_eq!(kinds, ["wrong-checksum"]);
    Ok(())
}

#[test]
fn every_prefix_of_a_tar_is_cut() {
    let bytes = tar(&[Item::file("a", &[7; 600]), Item::file("b", b"y")]);
    // The second of the two zero blocks at the end says nothing new.
    for length in (0..bytes.len() - 1024).step_by(7) {
        let prefix = bytes.get(..length).unwrap_or_default();

        let rules: Vec<_> = anomalies(prefix)
            .iter()
            .map(|anomaly| anomaly.rule)
            .collect();

        assert_eq!(
            rules,
            [AnomalyRule::TruncatedFile],
            "the first {length} bytes"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        anomalies(&bytes);
    }

    #[test]
    fn no_records_make_it_panic(records in proptest::collection::vec(any::<u8>(), 0..200)) {
        for kind in [b'x', b'g', b'L', b'K'] {
            let header = Item { data: records.clone(), ..Item::of(kind, "", b"") };
            anomalies(&tar(&[header, Item::file("a", b"x")]));
        }
    }

    #[test]
    fn every_tar_that_was_written_is_read_as_it_was_written(
        members in proptest::collection::btree_map(
            "[a-z0-9_é]{1,20}",
            proptest::collection::vec(any::<u8>(), 0..1100),
            1..8,
        ),
    ) {
        let items: Vec<Item> = members.iter().map(|(name, data)| Item::file(name, data)).collect();
        let bytes = tar(&items);
        let source = bytes.as_slice();
        let mut found = Anomalies::default();
        let archive = Tar::open(&Reader::new(&source), &mut found);
        let archive = archive.map_err(|fault| TestCaseError::fail(fault.to_string()))?;

        for (member, (name, data)) in archive.members().iter().zip(&members) {
            prop_assert_eq!(member.text(), name.as_str());
            let window = archive.window(member).ok_or_else(|| TestCaseError::fail("no window"))?;
            let content = Reader::new(&window).bytes(window.size(), 2000);
            prop_assert_eq!(&content.map_err(|e| TestCaseError::fail(e.to_string()))?, &Some(data.clone()));
        }
        prop_assert_eq!(archive.members().len(), members.len());
        prop_assert_eq!(found.into_vec(), []);
    }
}
