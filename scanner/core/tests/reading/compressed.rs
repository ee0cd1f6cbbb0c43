//! Compressed files: unpacked whole, cut, broken, out of measure.

use lbom_scanner::anomalies::Anomalies;
use lbom_scanner::archive::compressed::{Compression, Unpacked};
use proptest::prelude::*;

use crate::compressed_files::{FILES, bytes};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn content() -> Vec<u8> {
    b"model ".repeat(20)
}

/// What is unpacked, and the kinds of what is wrong.
fn unpack(compression: Compression, bytes: &[u8], limit: usize) -> (Unpacked, Vec<&'static str>) {
    let mut anomalies = Anomalies::default();
    let unpacked = compression.unpack(&bytes, limit, &mut anomalies);
    let kinds = anomalies
        .into_vec()
        .iter()
        .map(|anomaly| anomaly.kind)
        .collect();
    (unpacked, kinds)
}

#[test]
fn what_the_tools_wrote_is_unpacked() -> Outcome {
    for (compression, hex) in FILES {
        let file = bytes(hex)?;

        let (unpacked, kinds) = unpack(*compression, &file, 1000);

        assert_eq!(Compression::of(&file), Some(*compression));
        assert_eq!(unpacked.bytes, content(), "{compression:?}");
        assert!(unpacked.is_whole);
        assert_eq!(kinds, [""; 0]);
    }
    Ok(())
}

#[test]
fn content_above_the_limit_is_cut_and_told() -> Outcome {
    for (compression, hex) in FILES {
        let (unpacked, kinds) = unpack(*compression, &bytes(hex)?, 119);

        assert_eq!(Some(&*unpacked.bytes), content().get(..119));
        assert!(!unpacked.is_whole);
        assert_eq!(kinds, ["limit-content-size"]);
        assert!(unpack(*compression, &bytes(hex)?, 120).0.is_whole);
    }
    Ok(())
}

#[test]
fn more_files_laid_end_to_end_than_are_worth_a_decoder_are_told() -> Outcome {
    for (compression, hex) in FILES {
        let file = bytes(hex)?.repeat(4097);

        let kinds = unpack(*compression, &file, usize::MAX).1;

        let may_repeat = !matches!(
            compression,
            Compression::Zlib | Compression::ZFile | Compression::Lzma
        );
        let expected = if may_repeat {
            "limit-parts"
        } else {
            "trailing-bytes"
        };
        assert_eq!(kinds, [expected], "{compression:?}");
    }
    Ok(())
}

#[test]
fn every_prefix_is_cut() -> Outcome {
    for (compression, hex) in FILES {
        let file = bytes(hex)?;
        let first = if *compression == Compression::ZFile {
            22
        } else {
            1
        };
        // The end mark of LZMA is not checked by all decoders, and its last bytes hold nothing.
        let last = if *compression == Compression::Lzma {
            5
        } else {
            0
        };
        for length in first..file.len() - last {
            let prefix = file.get(..length).unwrap_or_default();

            let (unpacked, kinds) = unpack(*compression, prefix, 1000);

            assert!(!unpacked.is_whole, "{compression:?}: {length} bytes pass");
            assert_eq!(kinds, ["unexpected-end"], "{compression:?}: {length} bytes");
        }
    }
    Ok(())
}

#[test]
fn bytes_behind_the_data_are_told() -> Outcome {
    for (compression, hex) in FILES {
        let file = [bytes(hex)?, b"more bytes than any padding".to_vec()].concat();

        let (unpacked, kinds) = unpack(*compression, &file, 1000);

        assert_eq!(unpacked.bytes, content(), "{compression:?}");
        assert_eq!(kinds, ["trailing-bytes"], "{compression:?}");
    }
    Ok(())
}

#[test]
fn files_laid_end_to_end_are_one() -> Outcome {
    for (compression, hex) in FILES {
        if matches!(
            compression,
            Compression::Zlib | Compression::ZFile | Compression::Lzma
        ) {
            continue;
        }
        let file = [bytes(hex)?, bytes(hex)?].concat();

        let (unpacked, kinds) = unpack(*compression, &file, 1000);

        assert_eq!(unpacked.bytes, b"model ".repeat(40), "{compression:?}");
        assert_eq!(kinds, [""; 0]);
    }
    Ok(())
}

#[test]
fn a_decoder_gets_no_more_memory_than_it_may_have() -> Outcome {
    // A zstd frame with a window of a gibibyte, an LZMA file and an xz block with a dictionary of
    // one.
    let zstd = bytes("28b52ffd00a0010000")?;
    let lzma = bytes("5d00000040ffffffffffffffff00369bc8b057177286067fb64bffffc21b0000")?;

    for (compression, file) in [(Compression::Zstd, zstd), (Compression::Lzma, lzma)] {
        let (unpacked, kinds) = unpack(compression, &file, 1000);

        assert!(!unpacked.is_whole);
        assert_eq!(kinds, ["limit-window"], "{compression:?}");
    }
    Ok(())
}

#[test]
fn what_only_looks_compressed_is_not() {
    for start in [
        &b"BZh9 is no archive"[..],
        b"x\x9cis a text",
        b"x\x01",
        b"]\0\0\0\0 text",
        b"\x1f\x8b\x00",
        b"ZFS",
        b"",
    ] {
        assert_eq!(Compression::of(start), None, "{start:?}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_decoder_panic(
        index in 0..FILES.len(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        rest in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        for (compression, hex) in FILES.iter().skip(index).take(1) {
            let mut file = bytes(hex).map_err(|error| TestCaseError::fail(error.to_string()))?;
            for (index, value) in &changes {
                let length = file.len();
                if let Some(byte) = file.get_mut(index.index(length)) {
                    *byte = *value;
                }
            }
            file.extend(&rest);

            let (unpacked, _) = unpack(*compression, &file, 10_000);

            prop_assert!(unpacked.bytes.len() <= 10_000);
        }
    }
}
