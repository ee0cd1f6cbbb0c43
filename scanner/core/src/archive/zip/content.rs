//! The content of a member: stored or deflated, never more of it in memory than was asked for.

use std::io::{self, Read};

use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::limits::{INPUT, MAX_DEFLATE_RATIO};
use super::problem::ZipProblem;
use super::{DEFLATED, Member, Result, io_fault};
use crate::anomalies::{Anomalies, Fault};
use crate::archive::Window;
use crate::reader::{Source, widen};

/// The content of a member as a source.
pub enum Opened<'source> {
    /// The member is stored: its bytes where they stand.
    InPlace(Window<'source>),
    /// The member was decompressed.
    Memory(Vec<u8>),
}

impl Source for Opened<'_> {
    fn size(&self) -> u64 {
        match self {
            Self::InPlace(window) => window.size(),
            Self::Memory(bytes) => widen(bytes.len()),
        }
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::InPlace(window) => window.read_at(offset, buffer),
            Self::Memory(bytes) => bytes.as_slice().read_at(offset, buffer),
        }
    }
}

/// The content of a member, first byte to last.
///
/// It ends at the end of the content, or where the compressed data break off;
/// [`Self::report`] tells which.
pub struct Content<'source> {
    raw: Window<'source>,
    /// Bytes taken of the raw ones.
    taken: u64,
    decoder: Option<Box<Decoder>>,
    crc: Crc,
    /// Whether the content is held against the checksum that is stated.
    pub(super) has_checksum: bool,
    read: u64,
    state: State,
    stated: Stated,
}

/// What the directory says of the content.
struct Stated {
    name: String,
    header_offset: u64,
    size: u64,
    crc32: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Ended,
    Broken,
}

struct Decoder {
    inflate: Decompress,
    input: Vec<u8>,
    /// Bytes of the input that were decoded.
    used: usize,
}

impl<'source> Content<'source> {
    pub(super) fn new(raw: Window<'source>, member: &Member) -> Self {
        // Some writers call an empty member deflated and store nothing.
        let is_empty = raw.size() == 0 && member.size == 0;
        let decoder = (member.method == DEFLATED && !is_empty).then(|| {
            Box::new(Decoder {
                inflate: Decompress::new(false),
                input: Vec::new(),
                used: 0,
            })
        });
        Self {
            raw,
            taken: 0,
            decoder,
            crc: Crc::new(),
            has_checksum: true,
            read: 0,
            state: State::Reading,
            stated: Stated {
                name: member.text().into_owned(),
                header_offset: member.header_offset,
                size: member.size,
                crc32: member.crc32,
            },
        }
    }

    /// Everything up to `limit` bytes, and what is wrong with it.
    ///
    /// # Errors
    /// Content of more than `limit` bytes, or a file that cannot be read.
    pub(super) fn into_bytes(mut self, limit: usize, anomalies: &mut Anomalies) -> Result<Vec<u8>> {
        let too_long = ZipProblem::Limit {
            kind: "limit-member-size",
            of: "bytes of this member",
            most: widen(limit),
        };
        // What says itself that it is too long, and can be, costs nothing.
        let most = self.raw.size().saturating_mul(MAX_DEFLATE_RATIO);
        if self.stated.size.min(most) > widen(limit) {
            return Err(self.fault(too_long));
        }
        let mut bytes = Vec::new();
        let mut chunk = vec![0; INPUT];
        loop {
            let read = self.next(&mut chunk)?;
            if read == 0 {
                break;
            }
            if bytes.len().saturating_add(read) > limit {
                return Err(self.fault(too_long));
            }
            bytes.extend_from_slice(chunk.get(..read).unwrap_or_default());
        }
        self.report(anomalies);
        Ok(bytes)
    }

    /// Reads to the end and keeps nothing but what is wrong.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub(super) fn drain(mut self, anomalies: &mut Anomalies) -> Result<()> {
        let mut chunk = vec![0; INPUT];
        while self.next(&mut chunk)? > 0 {}
        self.report(anomalies);
        Ok(())
    }

    /// Whether the data decode to what is stated, and to no more than `limit` bytes.
    pub(super) fn decodes(mut self, limit: u64) -> bool {
        let mut chunk = vec![0; INPUT];
        while let Ok(read @ 1..) = self.read(&mut chunk) {
            if self.read.saturating_sub(widen(read)) > limit {
                return false;
            }
        }
        self.state == State::Ended
            && self.crc.sum() == self.stated.crc32
            && self.read == self.stated.size
    }

    /// Whether the compressed data broke off, as far as they were read.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.state == State::Broken
    }

    /// Says what is wrong with the content that was read: after the end, whether its size and
    /// checksum are those stated. Content that was not read to its end is not judged.
    pub fn report(&self, anomalies: &mut Anomalies) {
        let (stated, found) = (self.stated.size, self.read);
        let mut report = |problem| anomalies.report(|| self.fault(problem));
        match self.state {
            State::Reading => return,
            State::Broken => report(ZipProblem::BrokenData),
            State::Ended => {}
        }
        if stated != found {
            report(ZipProblem::ContentSize { stated, found });
        }
        let differs = self.has_checksum && self.crc.sum() != self.stated.crc32;
        if differs && self.state == State::Ended {
            report(ZipProblem::Crc {
                stated: self.stated.crc32,
                found: self.crc.sum(),
            });
        }
        let left = self.undecoded();
        if left > 0 && self.state == State::Ended {
            report(ZipProblem::HiddenBytes(left));
        }
    }

    /// Bytes of the member behind the end of its compressed data.
    fn undecoded(&self) -> u64 {
        let unused = self.decoder.as_ref().map_or(0, |decoder| {
            decoder.input.len().saturating_sub(decoder.used)
        });
        self.raw
            .size()
            .saturating_sub(self.taken)
            .saturating_add(widen(unused))
    }

    fn fault(&self, problem: ZipProblem) -> Fault<ZipProblem> {
        Fault::at(self.stated.header_offset, problem).within(&self.stated.name)
    }

    fn next(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.read(buffer)
            .map_err(|error| io_fault(self.raw.start().saturating_add(self.taken), error))
    }

    fn inflate(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Some(decoder) = &mut self.decoder else {
            return Ok(0);
        };
        loop {
            if decoder.used >= decoder.input.len() {
                decoder.input.resize(INPUT, 0);
                let fetched = self.raw.fill(self.taken, &mut decoder.input)?;
                decoder.input.truncate(fetched);
                decoder.used = 0;
                self.taken = self.taken.saturating_add(widen(fetched));
            }
            let input = decoder.input.get(decoder.used..).unwrap_or_default();
            let before = (decoder.inflate.total_in(), decoder.inflate.total_out());
            let status = decoder
                .inflate
                .decompress(input, buffer, FlushDecompress::None);
            let used = decoder.inflate.total_in().saturating_sub(before.0);
            let made = decoder.inflate.total_out().saturating_sub(before.1);
            let made = usize::try_from(made).unwrap_or_default();
            let is_stuck = used == 0 && made == 0;
            decoder.used = decoder
                .used
                .saturating_add(usize::try_from(used).unwrap_or_default());
            match status {
                Ok(Status::StreamEnd) => self.state = State::Ended,
                Ok(_) if is_stuck => self.state = State::Broken,
                Ok(_) if made == 0 => continue,
                Ok(_) => {}
                Err(_) => self.state = State::Broken,
            }
            return Ok(made);
        }
    }

    fn copy(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.raw.fill(self.taken, buffer)?;
        self.taken = self.taken.saturating_add(widen(read));
        if read == 0 {
            self.state = State::Ended;
        }
        Ok(read)
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.state != State::Reading || buffer.is_empty() {
            return Ok(0);
        }
        let made = if self.decoder.is_some() {
            self.inflate(buffer)?
        } else {
            self.copy(buffer)?
        };
        self.crc.update(buffer.get(..made).unwrap_or_default());
        self.read = self.read.saturating_add(widen(made));
        Ok(made)
    }
}
