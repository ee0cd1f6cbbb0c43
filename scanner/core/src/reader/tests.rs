use std::cell::Cell;

use proptest::prelude::*;

use super::*;

/// Bytes that count how often they are asked for, a few at a time.
struct Slow<'a> {
    bytes: &'a [u8],
    size: u64,
    reads: Cell<u32>,
}

impl Source for Slow<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads.set(self.reads.get().saturating_add(1));
        let length = buffer.len().min(3);
        self.bytes
            .read_at(offset, buffer.get_mut(..length).unwrap_or_default())
    }
}

fn end_of<T>(result: &Result<T, ReadError>) -> Option<(u64, u64, u64)> {
    match result {
        Err(ReadError {
            offset,
            problem: ReadProblem::End { wanted, available },
        }) => Some((*offset, *wanted, *available)),
        _ => None,
    }
}

#[test]
fn numbers_follow_the_order_of_bytes() -> Result<(), ReadError> {
    let bytes: &[u8] = &[
        1, 2, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1,
    ];
    let mut reader = Reader::new(&bytes);

    assert_eq!(reader.u8()?, 1);
    assert_eq!(reader.u16()?, 0x0102);
    assert_eq!(reader.u32()?, 1);
    assert_eq!(reader.u64()?, 1);
    reader.set_endian(Endian::Big);
    assert_eq!(reader.u16()?, 1);
    assert_eq!(reader.u32()?, 1);
    assert_eq!(reader.remaining(), 0);
    Ok(())
}

#[test]
fn a_number_may_lie_across_short_reads() -> Result<(), ReadError> {
    let bytes: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7, 8];
    let source = Slow {
        bytes,
        size: 9,
        reads: Cell::new(0),
    };
    let mut reader = Reader::new(&source);

    assert_eq!(reader.u8()?, 0);
    assert_eq!(reader.u64()?, 0x0807_0605_0403_0201);
    assert_eq!(source.reads.get(), 3);
    Ok(())
}

#[test]
fn skipping_reads_nothing() -> Result<(), ReadError> {
    let source = Slow {
        bytes: &[],
        size: 1 << 40,
        reads: Cell::new(0),
    };
    let mut reader = Reader::new(&source);

    reader.skip(1 << 39)?;
    reader.skip(1 << 39)?;

    assert_eq!((reader.position(), reader.remaining()), (1 << 40, 0));
    assert_eq!(source.reads.get(), 0);
    Ok(())
}

#[test]
fn a_jump_leads_anywhere_in_the_file_and_nowhere_else() -> Result<(), ReadError> {
    let bytes: &[u8] = &[0, 1, 2, 3, 4, 5, 6, 7];
    let source = Slow {
        bytes,
        size: 8,
        reads: Cell::new(0),
    };
    let mut reader = Reader::new(&source);

    reader.seek(6)?;
    assert_eq!(reader.u16()?, 0x0706);
    reader.seek(1)?;
    assert_eq!(reader.u16()?, 0x0201);
    reader.seek(8)?;
    assert_eq!(reader.remaining(), 0);
    assert_eq!(end_of(&reader.seek(9)), Some((8, 1, 0)));
    assert_eq!(reader.position(), 8);
    Ok(())
}

#[test]
fn after_a_jump_little_is_read_at_first() -> Result<(), ReadError> {
    struct Lengths(std::cell::RefCell<Vec<usize>>);
    impl Source for Lengths {
        fn size(&self) -> u64 {
            1 << 40
        }

        fn read_at(&self, _: u64, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.borrow_mut().push(buffer.len());
            Ok(buffer.len())
        }
    }
    let source = Lengths(std::cell::RefCell::default());
    let mut reader = Reader::new(&source);

    reader.u8()?;
    reader.seek(1 << 30)?;
    reader.bytes(4096 + 8192 + 1, usize::MAX)?;

    assert_eq!(*source.0.borrow(), [65536, 4096, 8192, 16384]);
    Ok(())
}

#[test]
fn the_end_is_an_error_with_its_offset_and_moves_nothing() -> Result<(), ReadError> {
    let bytes: &[u8] = &[1, 2, 3];
    let mut reader = Reader::new(&bytes);
    reader.u8()?;

    assert_eq!(end_of(&reader.u32()), Some((1, 4, 2)));
    assert_eq!(end_of(&reader.skip(u64::MAX)), Some((1, u64::MAX, 2)));
    assert_eq!(
        end_of(&reader.bytes(1 << 60, usize::MAX)),
        Some((1, 1 << 60, 2))
    );
    assert_eq!(reader.u16()?, 0x0302);
    Ok(())
}

#[test]
fn bytes_beyond_the_limit_stay_unread() -> Result<(), ReadError> {
    let bytes: &[u8] = &[1, 2, 3];
    let mut reader = Reader::new(&bytes);

    assert_eq!(reader.bytes(3, 2)?, None);
    assert_eq!(reader.bytes(3, 3)?, Some(vec![1, 2, 3]));
    Ok(())
}

#[test]
fn a_file_that_has_shrunk_is_a_failure_to_read() {
    let source = Slow {
        bytes: &[1, 2],
        size: 8,
        reads: Cell::new(0),
    };

    let outcome = Reader::new(&source).u64();

    let problem = outcome.map_err(|error| (error.problem.rule(), error.problem.kind()));
    assert_eq!(problem, Err((AnomalyRule::NotExamined, "read-error")));
}

/// Bytes that come some at a time.
struct Portions<'a>(&'a [u8], usize);

impl Source for Portions<'_> {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.1);
        self.0
            .read_at(offset, buffer.get_mut(..length).unwrap_or_default())
    }
}

proptest! {
    #[test]
    fn texts_at_hand_are_those_that_are_read_one_by_one(
        texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..30),
        some in 1_usize..100,
        end in 0_u64..400,
    ) {
        let mut bytes = Vec::new();
        for text in &texts {
            bytes.extend(widen(text.len()).to_le_bytes());
            bytes.extend(text);
        }
        let source = Portions(&bytes, some);
        let mut reader = Reader::new(&source);
        let mut found: Vec<Vec<u8>> = Vec::new();
        while found.len() < texts.len() {
            let left = widen(texts.len() - found.len());
            let before = found.len();
            let count = reader.texts_at_hand(left, end, |index, text| {
                assert_eq!(index, widen(found.len() - before));
                found.push(text.to_vec());
            });
            prop_assert_eq!(count, widen(found.len() - before));
            prop_assert!(count == 0 || reader.position() <= end);
            if found.len() < texts.len() {
                let length = reader.u64().map_err(|error| TestCaseError::fail(error.to_string()))?;
                let text = reader.bytes(length, usize::MAX);
                found.extend(text.map_err(|error| TestCaseError::fail(error.to_string()))?);
            }
        }

        prop_assert_eq!(found, texts);
        prop_assert_eq!(reader.remaining(), 0);
    }
}

#[test]
fn a_text_that_is_longer_than_the_file_is_not_at_hand() -> Result<(), ReadError> {
    let bytes: &[u8] = &[
        2, 0, 0, 0, 0, 0, 0, 0, b'a', b'b', 255, 255, 255, 255, 255, 255, 255, 255, b'c',
    ];
    let mut reader = Reader::new(&bytes);
    // Nothing is at hand before something was read.
    assert_eq!(reader.texts_at_hand(9, u64::MAX, |_, _| {}), 0);
    reader.u8()?;
    reader.seek(0)?;
    let mut found = Vec::new();

    let count = reader.texts_at_hand(9, u64::MAX, |_, text| found.push(text.to_vec()));

    assert_eq!((count, reader.position()), (1, 10));
    assert_eq!(found, [b"ab"]);
    Ok(())
}
