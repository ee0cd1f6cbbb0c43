use std::cell::Cell;
use std::io::{self, ErrorKind, Read};

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::{Backend, Digested, digest_all, digest_all_with};

/// Bytes that a lane reads at once, on the far side of which blocks come from another chunk.
const CHUNK: usize = 64 * 1024;

/// A stream that behaves as told.
#[derive(Debug, Clone)]
struct Stream {
    content: Vec<u8>,
    at: usize,
    /// Most bytes given per read.
    most: usize,
    /// Whether every other read is interrupted.
    stutters: bool,
    is_interrupted: bool,
    /// Byte offset at which reading fails.
    fails_at: Option<usize>,
}

impl Stream {
    fn of(content: impl Into<Vec<u8>>) -> Self {
        Self {
            content: content.into(),
            at: 0,
            most: usize::MAX,
            stutters: false,
            is_interrupted: false,
            fails_at: None,
        }
    }

    fn failing_at(self, offset: usize) -> Self {
        Self {
            fails_at: Some(offset),
            ..self
        }
    }

    /// What digesting the stream must come to.
    fn expected(&self) -> Result<Digested, ErrorKind> {
        if self
            .fails_at
            .is_some_and(|offset| offset <= self.content.len())
        {
            return Err(ErrorKind::ConnectionReset);
        }
        Ok(Digested {
            sha256: Sha256::digest(&self.content).into(),
            bytes: u64::try_from(self.content.len()).unwrap_or(u64::MAX),
        })
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.is_interrupted = self.stutters && !self.is_interrupted;
        if self.is_interrupted {
            return Err(ErrorKind::Interrupted.into());
        }
        if self.fails_at == Some(self.at) {
            return Err(ErrorKind::ConnectionReset.into());
        }
        let most = self
            .fails_at
            .map_or(self.most, |end| self.most.min(end.saturating_sub(self.at)));
        let mut rest = self
            .content
            .get(self.at..)
            .unwrap_or_default()
            .take(u64::try_from(most).unwrap_or(u64::MAX));
        let read = rest.read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

/// Bytes without a short period, other ones for every seed.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let mut state = u32::try_from(seed).unwrap_or(0).wrapping_mul(0x9e37_79b9) | 1;
    let mut noise = Vec::with_capacity(length + 4);
    while noise.len() < length {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        noise.extend(state.to_le_bytes());
    }
    noise.truncate(length);
    noise
}

fn outcomes(results: Vec<io::Result<Digested>>) -> Vec<Result<Digested, ErrorKind>> {
    results
        .into_iter()
        .map(|result| result.map_err(|error| error.kind()))
        .collect()
}

/// Asserts that every back end makes of the streams what `sha2` makes of each.
fn assert_digested(streams: &[Stream]) {
    let expected: Vec<_> = streams.iter().map(Stream::expected).collect();
    for backend in Backend::available() {
        let results = digest_all_with(backend, streams.to_vec(), &|| false);

        assert_eq!(outcomes(results), expected, "{}", backend.name());
    }
}

fn hexadecimal(digest: [u8; 32]) -> String {
    let nibbles = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles
        .filter_map(|nibble| char::from_digit(nibble.into(), 16))
        .collect()
}

#[test]
fn every_back_end_agrees_with_the_vectors_of_nist() {
    let vectors: [(Vec<u8>, &str); 5] = [
        (vec![], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (b"abc".into(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq".into(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
                .into(),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1",
        ),
        (vec![b'a'; 1_000_000], "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    ];
    let expected: Vec<_> = vectors
        .iter()
        .map(|(_, digest)| *digest)
        .cycle()
        .take(20)
        .collect();
    for backend in Backend::available() {
        let streams = vectors
            .iter()
            .map(|(content, _)| content.as_slice())
            .cycle()
            .take(20);

        let digests: Vec<_> = digest_all_with(backend, streams.collect(), &|| false)
            .into_iter()
            .flatten()
            .map(|digested| hexadecimal(digested.sha256))
            .collect();

        assert_eq!(digests, expected, "{}", backend.name());
    }
}

#[test]
fn no_streams_have_no_results() {
    assert_digested(&[]);
}

#[test]
fn every_length_around_a_block_and_its_padding_is_digested() {
    let streams: Vec<_> = (0..=200)
        .map(|length| Stream::of(noise(length, length)))
        .collect();

    assert_digested(&streams);
}

#[test]
fn every_length_around_a_chunk_is_digested() {
    let lengths = [
        CHUNK - 65,
        CHUNK - 64,
        CHUNK - 9,
        CHUNK - 8,
        CHUNK - 1,
        CHUNK,
        CHUNK + 1,
        CHUNK + 55,
        CHUNK + 56,
        CHUNK + 64,
        2 * CHUNK - 1,
        2 * CHUNK,
        2 * CHUNK + 1,
        4 * CHUNK - 1,
        4 * CHUNK,
        4 * CHUNK + 1,
    ];
    let streams: Vec<_> = lengths
        .iter()
        .map(|length| Stream::of(noise(*length, *length)))
        .collect();

    assert_digested(&streams);
}

#[test]
fn any_number_of_streams_is_digested() {
    for count in 1..=40 {
        let streams: Vec<_> = (0..count)
            .map(|seed| Stream::of(noise(seed, 1000)))
            .collect();

        assert_digested(&streams);
    }
}

#[test]
fn lanes_keep_apart_streams_of_very_different_lengths() {
    let lengths = [
        0, 300_000, 1, 63, 64, 65, 100_000, 0, 55, 56, 200_000, 7, 70_000, 0, 128, 1_000,
    ];
    let streams: Vec<_> = (0..48)
        .zip(lengths.iter().cycle())
        .map(|(seed, length)| Stream::of(noise(seed, *length)))
        .collect();

    assert_digested(&streams);
}

#[test]
fn an_error_ends_its_own_stream_only() {
    let streams: Vec<_> = (0..40)
        .map(|seed| {
            let stream = Stream::of(noise(seed, 10_000));
            if seed % 3 == 1 {
                stream.failing_at(seed * 250)
            } else {
                stream
            }
        })
        .collect();

    assert_digested(&streams);
}

#[test]
fn interrupted_and_short_reads_are_read_over() {
    let streams: Vec<_> = (1..20)
        .map(|most| Stream {
            most,
            stutters: true,
            ..Stream::of(noise(most, 500))
        })
        .collect();

    assert_digested(&streams);
}

#[test]
fn a_stream_that_claims_more_than_was_asked_for_is_an_error() {
    struct Boastful;
    impl Read for Boastful {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Ok(buffer.len() + 1)
        }
    }
    for backend in Backend::available() {
        let results = digest_all_with(backend, vec![Boastful], &|| false);

        assert_eq!(
            outcomes(results),
            [Err(ErrorKind::InvalidData)],
            "{}",
            backend.name()
        );
    }
}

#[test]
fn a_run_cancelled_beforehand_reads_nothing() {
    struct Untouchable;
    impl Read for Untouchable {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(ErrorKind::PermissionDenied.into())
        }
    }
    for backend in Backend::available() {
        let streams = (0..40).map(|_| Untouchable).collect();

        let results = digest_all_with(backend, streams, &|| true);

        assert_eq!(
            outcomes(results),
            vec![Err(ErrorKind::Interrupted); 40],
            "{}",
            backend.name()
        );
    }
}

#[test]
fn cancelling_ends_streams_without_an_end() {
    for backend in Backend::available() {
        let asked = Cell::new(0);
        let cancelled = || asked.replace(asked.get() + 1) == 20;

        let results = digest_all_with(backend, (0..5).map(io::repeat).collect(), &cancelled);

        assert_eq!(
            outcomes(results),
            vec![Err(ErrorKind::Interrupted); 5],
            "{}",
            backend.name()
        );
        assert_eq!(
            asked.get(),
            21,
            "asked again after the answer was yes: {}",
            backend.name()
        );
    }
}

#[test]
fn cancelling_keeps_what_was_finished_before() {
    for backend in Backend::available() {
        let asked = Cell::new(0);
        let cancelled = || asked.replace(asked.get() + 1) == 20;
        let streams: Vec<Box<dyn Read>> = vec![
            Box::new(&b"abc"[..]),
            Box::new(io::repeat(1)),
            Box::new(io::repeat(2)),
            Box::new(io::repeat(3)),
        ];

        let results = outcomes(digest_all_with(backend, streams, &cancelled));

        let digests: Vec<_> = results
            .iter()
            .map(|result| result.map(|digested| hexadecimal(digested.sha256)))
            .collect();
        assert_eq!(
            digests.first(),
            Some(&Ok(
                "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".into()
            ))
        );
        assert_eq!(
            digests.get(1..),
            Some(&[const { Err(ErrorKind::Interrupted) }; 3][..])
        );
    }
}

#[test]
fn every_back_end_has_a_name_of_its_own() {
    let names: Vec<_> = Backend::available().map(Backend::name).collect();

    let known = ["one-by-one", "avx2-x8", "avx512-x16"];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    assert!(
        names.is_sorted_by_key(|name| known.iter().position(|other| other == name)),
        "{names:?}"
    );
    assert!(names.contains(&Backend::detect().name()), "{names:?}");
}

#[cfg(target_arch = "x86_64")]
#[test]
fn lanes_hand_their_last_streams_to_sha_instructions() {
    use crate::alone::Alone::ShaInstructions;
    use crate::intrinsics::{Avx2, Avx512};
    use crate::lanes;
    use crate::reading::Cancellation;

    let cancellation = Cancellation::new(&|| false);
    for count in [1, 9, 10, 11, 16, 30] {
        let streams: Vec<_> = (0..count)
            .map(|seed| Stream::of(noise(seed, 100 * seed)))
            .collect();
        let expected: Vec<_> = streams.iter().map(Stream::expected).collect();
        if let Some(avx512) = Avx512::detect() {
            let results =
                lanes::digest_all(avx512, ShaInstructions, streams.clone(), &cancellation);
            assert_eq!(outcomes(results), expected);
        }
        if let Some(avx2) = Avx2::detect() {
            let results = lanes::digest_all(avx2, ShaInstructions, streams, &cancellation);
            assert_eq!(outcomes(results), expected);
        }
    }
}

#[test]
fn the_detected_back_end_is_the_default() {
    let streams: Vec<_> = (0..20).map(|seed| Stream::of(noise(seed, 2000))).collect();
    let expected: Vec<_> = streams.iter().map(Stream::expected).collect();

    assert_eq!(outcomes(digest_all(streams, &|| false)), expected);
}

/// Lengths small and large, and now and then one at an edge of a block or chunk.
fn lengths() -> impl Strategy<Value = usize> {
    prop_oneof![
        8 => 0..300_usize,
        1 => 0..2 * CHUNK,
        1 => (0..3_usize, 0..20_usize).prop_map(|(chunks, over)| (chunks * CHUNK + over).saturating_sub(10)),
    ]
}

fn streams() -> impl Strategy<Value = Vec<Stream>> {
    let most = prop_oneof![Just(usize::MAX), 300..100_000_usize];
    let failure = prop::option::weighted(0.2, lengths());
    let stream = (any::<u16>(), lengths(), most, any::<bool>(), failure).prop_map(
        |(seed, length, most, stutters, fails_at)| Stream {
            most,
            stutters,
            fails_at,
            ..Stream::of(noise(seed.into(), length))
        },
    );
    prop::collection::vec(stream, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_back_end_equals_the_reference(streams in streams()) {
        assert_digested(&streams);
    }

    #[test]
    fn a_cancelled_run_never_gives_a_wrong_digest(streams in streams(), patience in 0..200_usize) {
        for backend in Backend::available() {
            let asked = Cell::new(0);
            let cancelled = || asked.replace(asked.get() + 1) == patience;

            let results = outcomes(digest_all_with(backend, streams.clone(), &cancelled));

            prop_assert_eq!(results.len(), streams.len());
            for (result, stream) in results.iter().zip(&streams) {
                prop_assert!(*result == Err(ErrorKind::Interrupted) || *result == stream.expected());
            }
        }
    }
}
