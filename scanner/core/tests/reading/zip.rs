//! Zips: every trick by its name, members by their content, and bytes at random.

use std::io::Read as _;

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::zip::{Opened, Zip};
use lbom_scanner::reader::{Reader, Source as _};
use lbom_scanner::record::{Anomaly, AnomalyRule};
use proptest::prelude::*;

use crate::zip_writer::{Archive, Entry, deflate, extra};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// What opening an archive and reading every member finds.
fn anomalies(bytes: &[u8]) -> Vec<Anomaly> {
    let mut anomalies = Anomalies::default();
    match Zip::open(&Reader::new(&bytes), &mut anomalies) {
        Ok(zip) => {
            for member in zip.members() {
                if let Err(fault) = zip.bytes(member, 1 << 20, &mut anomalies) {
                    anomalies.report(|| fault);
                }
            }
        }
        Err(fault) => anomalies.report(|| fault),
    }
    anomalies.into_vec()
}

/// Kinds, each once.
fn kinds(archive: &Archive) -> Vec<&'static str> {
    let mut kinds: Vec<_> = anomalies(&archive.bytes())
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();
    kinds.dedup();
    kinds
}

/// What one member, between two others, is found out for.
fn told(entry: Entry) -> Vec<&'static str> {
    kinds(&Archive::of(&[
        Entry::stored("first", b"first"),
        entry,
        Entry::stored("last", b"last"),
    ]))
}

fn model() -> Archive {
    Archive::of(&[
        Entry::stored("model/data.pkl", b"\x80\x02N."),
        Entry::deflated("model/version", b"3\n"),
    ])
}

#[test]
fn members_are_read_where_they_stand() -> Outcome {
    let mut anomalies = Anomalies::default();
    let bytes = model().bytes();
    let source = bytes.as_slice();
    let zip = Zip::open(&Reader::new(&source), &mut anomalies)?;

    let pickle = zip.find(b"model/data.pkl").ok_or("no pickle")?;
    let version = zip.find(b"model/version").ok_or("no version")?;
    let window = zip.window(pickle).ok_or("no window")?;

    assert_eq!(Reader::new(&window).array::<4>()?, *b"\x80\x02N.");
    assert_eq!(window.size(), 4);
    assert!(zip.window(version).is_none());
    assert_eq!(zip.bytes(version, 2, &mut anomalies)?, b"3\n");
    assert!(matches!(
        zip.member_source(pickle, 100, &mut anomalies)?,
        Opened::InPlace(_)
    ));
    assert!(matches!(
        zip.member_source(version, 100, &mut anomalies)?,
        Opened::Memory(_)
    ));
    let mut text = String::new();
    zip.stream(version)?.read_to_string(&mut text)?;
    assert_eq!(text, "3\n");
    assert!(zip.find(b"model").is_none());
    assert_eq!(anomalies.into_vec(), []);
    Ok(())
}

#[test]
fn content_above_the_limit_is_not_kept() -> Outcome {
    let bytes = Archive::of(&[Entry::deflated("a", &[0; 10_000])]).bytes();
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let zip = Zip::open(&Reader::new(&source), &mut anomalies)?;
    let member = zip.members().first().ok_or("no member")?;

    let fault = zip.bytes(member, 9_999, &mut anomalies).err();

    let anomaly = Anomaly::from(fault.ok_or("it was kept")?);
    assert_eq!(anomaly.kind, "limit-member-size");
    assert_eq!(anomaly.rule, AnomalyRule::NotExamined);
    assert_eq!(zip.bytes(member, 10_000, &mut anomalies)?.len(), 10_000);
    Ok(())
}

#[test]
fn a_plain_archive_has_nothing_to_tell() {
    assert_eq!(kinds(&model()), [""; 0]);
    assert_eq!(kinds(&Archive::default()), [""; 0]);
    let with_comment = Archive {
        comment: b"made by hand".to_vec(),
        ..model()
    };
    assert_eq!(kinds(&with_comment), [""; 0]);
}

#[test]
fn an_archive_in_the_archive_is_no_trick() {
    let inner = model().bytes();
    let outer = Archive::of(&[Entry::stored("inner.zip", &inner)]);

    assert_eq!(kinds(&outer), [""; 0]);
}

#[test]
fn headers_that_disagree_are_told() {
    let member = || Entry::deflated("member", b"content content content");
    for (entry, kind) in [
        (
            member().local(|head| head.name = b"MEMBER".into()),
            "name-differs",
        ),
        (member().local(|head| head.method = 0), "method-differs"),
        (member().local(|head| head.flags = 0x800), "flags-differ"),
        (member().local(|head| head.crc = 1), "crc-differs"),
        (member().local(|head| head.size = 1), "size-differs"),
        (
            member().local(|head| head.compressed = 1),
            "compressed-size-differs",
        ),
        (member().local(|head| head.crc = 0), "crc-differs"),
        (
            member().local(|head| head.signature = 0),
            "missing-local-header",
        ),
    ] {
        assert!(told(entry).contains(&kind), "{kind} is not told");
    }
}

#[test]
fn sizes_may_follow_the_data() {
    let data = b"content";
    let plain = Entry::stored("member", data);
    let numbers = |width: usize| {
        let mut bytes = plain.central.crc.to_le_bytes().to_vec();
        for _ in 0..2 {
            bytes.extend(7_u64.to_le_bytes().iter().take(width));
        }
        bytes
    };
    for behind in [
        numbers(4),
        numbers(8),
        [b"PK\x07\x08".to_vec(), numbers(4)].concat(),
        [b"PK\x07\x08".to_vec(), numbers(8)].concat(),
    ] {
        let streamed = Entry {
            behind,
            ..plain.clone()
        }
        .both(|head| head.flags = 8);
        let zeroed = streamed.clone().local(|head| {
            (head.crc, head.size, head.compressed) = (0, 0, 0);
        });

        assert_eq!(told(streamed), [""; 0]);
        assert_eq!(told(zeroed.clone()), [""; 0]);
        let lying = zeroed.central(|head| head.crc ^= 1);
        assert!(told(lying).contains(&"wrong-data-descriptor"));
    }
}

#[test]
fn flags_that_stop_some_readers_are_told() {
    for flags in [0x0010, 0x0020, 0x0040, 0x0080, 0x1000, 0x2000, 0x8000] {
        let entry = Entry::stored("member", b"x").both(|head| head.flags = flags);

        assert_eq!(told(entry), ["unusual-flags"]);
    }
    for flags in [0x0002, 0x0004, 0x0800] {
        let entry = Entry::stored("member", b"x").both(|head| head.flags = flags);

        assert_eq!(told(entry), [""; 0]);
    }
}

#[test]
fn a_version_that_stops_some_readers_is_told() {
    let needing = |version| Entry::stored("member", b"x").central(|head| head.version = version);

    assert_eq!(told(needing(64)), ["unusual-version"]);
    assert_eq!(told(needing(63)), [""; 0]);
    assert_eq!(told(needing(0x302d)), [""; 0]);
}

#[test]
fn a_member_that_only_says_it_is_encrypted_is_told_and_read() -> Outcome {
    let mask = |entry: Entry| entry.both(|head| head.flags = 1);
    let stored = mask(Entry::stored("a", b"plain"));
    let deflated = mask(Entry::deflated("b", b"plain"));
    let noise = mask(Entry::packed("c", 8, b"not deflated at all", b"plain"));
    let padded = mask(Entry::packed("d", 0, b"0123456789abplain", b"plain"));

    assert_eq!(told(stored.clone()), ["false-encryption-flag"]);
    assert_eq!(told(deflated.clone()), ["false-encryption-flag"]);
    assert_eq!(told(noise), ["encrypted-member"]);
    assert_eq!(told(padded), ["encrypted-member"]);

    let bytes = Archive::of(&[stored, deflated]).bytes();
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let zip = Zip::open(&Reader::new(&source), &mut anomalies)?;
    for member in zip.members() {
        assert_eq!(zip.bytes(member, 5, &mut anomalies)?, b"plain");
    }
    Ok(())
}

#[test]
fn names_that_lead_astray_are_told() {
    for (name, kind) in [
        ("", "empty-name"),
        ("/etc/passwd", "absolute-name"),
        ("C:\\x", "absolute-name"),
        ("a/../../x", "parent-directory-in-name"),
        ("data.pkl\0.txt", "nul-in-name"),
        ("a\u{202e}lkp", "deceptive-character"),
        ("first", "duplicate-name"),
        ("./first", "duplicate-name"),
    ] {
        assert_eq!(told(Entry::stored(name, b"x")), [kind]);
    }
    let not_utf8 = Entry::stored("x", b"x").both(|head| {
        head.name = b"a\xff".into();
        head.flags = 0x800;
    });
    assert_eq!(told(not_utf8), ["name-not-utf8"]);
    let renamed = [&[1, 0, 0, 0, 0][..], b"other"].concat();
    let renamed = Entry::stored("x", b"x").central(|head| head.extra = extra(0x7075, &renamed));
    assert_eq!(told(renamed), ["unicode-name-differs"]);
}

#[test]
fn files_that_are_none_are_told() {
    for mode in [0o120_777, 0o020_600, 0o060_600, 0o010_600, 0o140_600] {
        let entry = Entry {
            made_by: 0x0314,
            attributes: mode << 16,
            ..Entry::stored("member", b"target")
        };

        assert_eq!(told(entry), ["special-file"]);
    }
    assert_eq!(
        told(Entry::stored("directory/", b"x")),
        ["directory-with-data"]
    );
}

#[test]
fn sizes_that_cannot_be_are_told() {
    let stored = Entry::stored("a", b"xyz").both(|head| head.size = 4);
    let bomb = Entry::deflated("a", b"xyz").both(|head| head.size = 1 << 30);
    let short = Entry::deflated("a", b"xyz").both(|head| head.size = 2);

    assert_eq!(
        told(stored),
        ["stored-size-differs", "content-size-differs"]
    );
    assert_eq!(told(bomb), ["decompression-bomb", "content-size-differs"]);
    assert_eq!(told(short), ["content-size-differs"]);
}

#[test]
fn an_archive_that_grows_out_of_measure_is_told() {
    let entries: Vec<Entry> = (0..20)
        .map(|index| {
            Entry::packed(&index.to_string(), 12, b"BZh9", b"").both(|head| {
                head.size = 4_000_000_000;
            })
        })
        .collect();
    let bytes = Archive::of(&entries).bytes();
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();

    assert!(Zip::open(&Reader::new(&source), &mut anomalies).is_ok());

    let kinds: Vec<_> = anomalies
        .into_vec()
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();
    assert_eq!(kinds, ["decompression-bomb"]);
}

#[test]
fn content_that_is_not_what_is_stated_is_told_and_read() -> Outcome {
    let wrong_crc = Entry::stored("a", b"xyz").both(|head| head.crc ^= 1);
    assert_eq!(told(wrong_crc), ["crc-mismatch"]);
    let hidden = [deflate(b"xyz"), b"hidden".to_vec()].concat();
    assert_eq!(
        told(Entry::packed("a", 8, &hidden, b"xyz")),
        ["bytes-behind-compressed-data"]
    );
    assert_eq!(
        told(Entry::packed("a", 12, b"BZh9", b"xyz")),
        ["compression-not-read"]
    );

    let mut broken = deflate(&b"abcdefgh".repeat(1000));
    broken.truncate(broken.len() - 2);
    let bytes = Archive::of(&[Entry::packed("a", 8, &broken, &b"abcdefgh".repeat(1000))]).bytes();
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let zip = Zip::open(&Reader::new(&source), &mut anomalies)?;
    let member = zip.members().first().ok_or("no member")?;
    let content = zip.bytes(member, 10_000, &mut anomalies)?;
    assert!(content.starts_with(b"abcdefgh"));
    let kinds: Vec<_> = anomalies
        .into_vec()
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();
    assert_eq!(kinds.first(), Some(&"broken-compressed-data"));
    Ok(())
}

#[test]
fn bytes_that_belong_to_nothing_are_told() {
    let unlisted = Archive::of(&[Entry::stored("hidden", b"hidden")]).bytes();
    let plain = model();
    for (archive, kind) in [
        (
            Archive {
                before: b"MZ".to_vec(),
                ..plain.clone()
            },
            "data-before-archive",
        ),
        (
            Archive {
                before_directory: vec![0; 5],
                ..plain.clone()
            },
            "unlisted-bytes",
        ),
        (
            Archive {
                before_directory: unlisted.get(..42).unwrap_or_default().to_vec(),
                ..plain.clone()
            },
            "unlisted-member",
        ),
        (
            Archive {
                before_end: vec![0; 5],
                ..plain.clone()
            },
            "unlisted-bytes",
        ),
        (
            Archive {
                after: b"more".to_vec(),
                ..plain.clone()
            },
            "data-after-archive",
        ),
    ] {
        assert_eq!(kinds(&archive), [kind]);
    }
    let padded = Entry {
        behind: vec![0; 3],
        ..Entry::stored("member", b"x")
    };
    assert_eq!(told(padded), ["unlisted-bytes"]);
}

#[test]
fn data_before_the_archive_may_be_uncounted() -> Outcome {
    let bytes = [b"#!/bin/sh\n".to_vec(), model().bytes()].concat();

    let kinds: Vec<_> = anomalies(&bytes)
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();

    assert_eq!(kinds, ["data-before-archive"]);
    let source = bytes.as_slice();
    let mut anomalies = Anomalies::default();
    let zip = Zip::open_at_end(&Reader::new(&source), &mut anomalies)?;
    assert_eq!(zip.start(), 10);
    let pickle = zip.find(b"model/data.pkl").ok_or("no pickle")?;
    assert_eq!(zip.bytes(pickle, 4, &mut anomalies)?, b"\x80\x02N.");
    assert_eq!(anomalies.into_vec(), []);
    Ok(())
}

#[test]
fn members_that_share_bytes_are_told() {
    let archive = Archive::of(&[
        Entry::stored("a", b"content"),
        Entry {
            offset: Some(0),
            ..Entry::stored("b", b"content")
        },
    ]);

    let kinds = kinds(&archive);

    assert!(kinds.contains(&"overlapping-members"), "{kinds:?}");
    assert!(kinds.contains(&"name-differs"), "{kinds:?}");
    assert!(kinds.contains(&"unlisted-member"), "{kinds:?}");
}

#[test]
fn a_member_beyond_the_directory_is_told() {
    let entry = Entry::stored("a", b"x").both(|head| (head.size, head.compressed) = (99, 99));

    assert!(kinds(&Archive::of(&[entry])).contains(&"overlapping-members"));
}

#[test]
fn two_archives_in_a_file_are_told() {
    let (first, second) = (model().bytes(), Archive::of(&[Entry::stored("b", b"b")]));
    let appended = [first.clone(), second.bytes()].concat();
    let in_comment = Archive {
        comment: first,
        ..second
    };

    let kinds_of = |bytes: &[u8]| -> Vec<_> {
        anomalies(bytes)
            .iter()
            .map(|anomaly| anomaly.kind)
            .collect()
    };
    assert_eq!(
        kinds_of(&appended),
        ["data-before-archive", "several-end-records"]
    );
    assert!(kinds_of(&in_comment.bytes()).contains(&"several-end-records"));
}

#[test]
fn two_directories_are_told() {
    let decoy = Archive::of(&[Entry::stored("a", b"a")]);
    let decoy_bytes = decoy.bytes();
    let directory = decoy_bytes.get(32..79).unwrap_or_default().to_vec();
    let archive = Archive {
        before_directory: directory,
        directory_offset: Some(32),
        ..decoy
    };

    assert!(kinds(&archive).contains(&"two-directories"));
}

#[test]
fn an_end_record_that_lies_is_told() {
    for (archive, kind) in [
        (
            Archive {
                count: Some(1),
                ..model()
            },
            "wrong-member-count",
        ),
        (
            Archive {
                directory_size: Some(40),
                ..model()
            },
            "wrong-entry-signature",
        ),
        (
            Archive {
                directory_offset: Some(1 << 20),
                ..model()
            },
            "directory-outside-file",
        ),
        (
            Archive {
                directory_size: Some(1 << 20),
                ..model()
            },
            "directory-outside-file",
        ),
    ] {
        let kinds = kinds(&archive);
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
}

#[test]
fn zip64_that_lies_is_told() {
    let zip64 = |numbers: &[u64]| {
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_le_bytes())
            .collect();
        extra(1, &bytes)
    };
    let member = || Entry::stored("member", b"content");
    let large = member().both(|head| {
        (head.size, head.compressed) = (u32::MAX, u32::MAX);
        head.extra = zip64(&[7, 7]);
    });
    assert_eq!(told(large.clone()), [""; 0]);
    let lying = large.clone().local(|head| head.extra = zip64(&[8, 7]));
    assert_eq!(told(lying), ["size-differs"]);
    let missing = large.clone().central(|head| head.extra = zip64(&[7]));
    assert!(told(missing).contains(&"zip64-missing"));
    let unneeded = member().central(|head| head.extra = zip64(&[8, 7]));
    assert_eq!(told(unneeded), ["zip64-disagrees"]);
    let twice = large.both(|head| head.extra = [zip64(&[7, 7]), zip64(&[7, 7])].concat());
    assert_eq!(told(twice), ["broken-extra-field"]);
    let cut = member().both(|head| head.extra = vec![1, 0, 9, 0, 0]);
    assert_eq!(told(cut), ["broken-extra-field"]);
}

/// A zip64 end record and its locator, right before the end record.
fn zip64_end(archive: &Archive, count: u64, misplaced: u64) -> Archive {
    let plain = archive.bytes();
    let end = plain.len() - 22;
    let number = |at: usize| {
        let field = plain.get(at..at + 4).and_then(|field| field.first_chunk());
        u64::from(u32::from_le_bytes(field.copied().unwrap_or_default()))
    };
    let (size, offset) = (number(end + 12), number(end + 16));
    let mut record = b"PK\x06\x06".to_vec();
    record.extend(44_u64.to_le_bytes());
    record.extend([0; 12]);
    for value in [count, count, size, offset] {
        record.extend(value.to_le_bytes());
    }
    record.extend(b"PK\x06\x07\0\0\0\0");
    let at = u64::try_from(end).unwrap_or_default() + misplaced;
    record.extend(at.to_le_bytes());
    record.extend(1_u32.to_le_bytes());
    Archive {
        before_end: record,
        ..archive.clone()
    }
}

#[test]
fn a_zip64_end_record_must_agree() {
    let right = zip64_end(&model(), 2, 0);
    assert_eq!(kinds(&right), [""; 0]);
    assert_eq!(
        kinds(&Archive {
            count: Some(u16::MAX),
            directory_offset: Some(u32::MAX),
            ..right
        }),
        [""; 0]
    );
    let kinds_of_lie = kinds(&zip64_end(&model(), 1, 0));
    assert_eq!(kinds_of_lie, ["zip64-disagrees", "wrong-member-count"]);
    assert_eq!(kinds(&zip64_end(&model(), 2, 5)), ["zip64-misplaced"]);
}

#[test]
fn every_prefix_of_a_zip_is_cut() {
    let bytes = model().bytes();
    for length in 0..bytes.len() {
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
        anomalies(&[&b"PK\x03\x04"[..], &bytes, b"PK\x05\x06", &[0; 18]].concat());
    }

    #[test]
    fn no_change_to_a_valid_zip_makes_it_panic(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        is_zip64 in any::<bool>(),
    ) {
        let archive = if is_zip64 { zip64_end(&model(), 2, 0) } else { model() };
        let mut bytes = archive.bytes();
        for (index, value) in changes {
            let length = bytes.len();
            if let Some(byte) = bytes.get_mut(index.index(length)) {
                *byte = value;
            }
        }
        prop_assert!(anomalies(&bytes).len() <= 101);
    }

    #[test]
    fn every_zip_that_was_written_is_read_as_it_was_written(
        members in proptest::collection::btree_map(
            "[a-z][a-z0-9_./é]{0,20}[a-z]",
            (any::<bool>(), proptest::collection::vec(any::<u8>(), 0..200)),
            0..8,
        ),
        comment in proptest::collection::vec(b' '..b'~', 0..40),
    ) {
        prop_assume!(!members.keys().any(|name| name.contains("..") || name.contains("//") || name.contains("/./")));
        let entries: Vec<Entry> = members
            .iter()
            .map(|(name, (is_stored, data))| {
                if *is_stored { Entry::stored(name, data) } else { Entry::deflated(name, data) }
            })
            .collect();
        let bytes = Archive { comment, ..Archive::of(&entries) }.bytes();
        let source = bytes.as_slice();
        let mut found = Anomalies::default();
        let reader = Reader::new(&source);
        let zip = Zip::open(&reader, &mut found);
        let zip = zip.map_err(|fault| TestCaseError::fail(fault.to_string()))?;

        for (member, (name, (_, data))) in zip.members().iter().zip(&members) {
            prop_assert_eq!(member.text(), name.as_str());
            let content = zip.bytes(member, 200, &mut found);
            prop_assert_eq!(&content.map_err(|fault| TestCaseError::fail(fault.to_string()))?, data);
        }
        prop_assert_eq!(zip.members().len(), members.len());
        prop_assert_eq!(found.into_vec(), []);
    }
}
