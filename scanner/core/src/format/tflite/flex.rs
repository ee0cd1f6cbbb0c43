//! Operators of TensorFlow in a `TFLite` model: the Flex delegate runs what their options say,
//! whatever the operator code is named.
//!
//! The options are a flexbuffer that is read from its end: a vector of a name and a `NodeDef`.
//! Sources: `tensorflow/lite/delegates/flex/kernel.cc`, `flatbuffers/flexbuffers.h`.

use std::collections::HashSet;

use super::{Result, TfliteProblem};
use crate::anomalies::{Anomalies, Fault, clip};
use crate::archive::Window;
use crate::flatbuffer::{Flatbuffer, Table};
use crate::format::tensorflow;
use crate::reader::{Reader, widen};

/// What the name of such an operator starts with: `kFlexCustomCodePrefix`.
const PREFIX: &str = "Flex";

/// Fields of `Operator`.
const OPTIONS: usize = 5;
const LARGE_OPTIONS_OFFSET: usize = 9;
const LARGE_OPTIONS_SIZE: usize = 10;

/// Types of a flexbuffer: `FBT_STRING` and `FBT_VECTOR`.
const STRING: u8 = 5;
const VECTOR: u8 = 10;

/// Texts of the options: a name and a `NodeDef`.
const TEXTS: u64 = 2;

/// Bytes of a name. Those of TensorFlow have some forty.
const MAX_NAME: usize = 1024;

/// The operator of TensorFlow that the name of an operator code stands for.
pub(super) fn operator(name: &str) -> Option<&str> {
    name.strip_prefix(PREFIX)
}

/// The options that are judged so far: operators may share them, or have some that overlap.
#[derive(Debug, Default)]
pub(super) struct Judged {
    /// Where they stand, how long they are, and the operator's code.
    places: HashSet<(u64, u64, u32)>,
    bytes: u64,
}

impl Judged {
    /// Whether these options are new. Options stand apart, so that all of them come to no more
    /// bytes than the file has.
    fn take(&mut self, at: u64, length: u64, code: u32, most: u64) -> Result<bool> {
        // That the limit is reached is said once.
        if self.bytes > most || !self.places.insert((at, length, code)) {
            return Ok(false);
        }
        self.bytes = self.bytes.saturating_add(length);
        if self.bytes > most {
            let of = "bytes of options";
            return Err(Fault::at(at, TfliteProblem::Limit { of, most }));
        }
        Ok(true)
    }
}

/// Judges what the options of an operator have the delegate run. `code` is the name of its code
/// without the prefix, and its number.
pub(super) fn judge(
    buffer: &mut Flatbuffer<'_, '_>,
    table: &Table,
    (code, number): (&str, u32),
    judged: &mut Judged,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let mut places = Vec::new();
    if let Some(vector) = buffer.vector(table, OPTIONS, 1)? {
        places.push((vector.at, vector.length));
    }
    // Options of more than 2 GB stand behind the flatbuffer; the runtime takes a 1 for none.
    let offset = buffer.u64(table, LARGE_OPTIONS_OFFSET)?;
    if offset > 1 {
        places.push((offset, buffer.u64(table, LARGE_OPTIONS_SIZE)?));
    }
    if places.is_empty() {
        return Err(Fault::at(table.at, TfliteProblem::FlexOptions));
    }
    let most = buffer.reader().size();
    for (at, length) in places {
        if !judged.take(at, length, number, most)? {
            continue;
        }
        judge_options(buffer.reader(), at, length, code, anomalies)?;
    }
    Ok(())
}

fn judge_options(
    reader: &mut Reader<'_>,
    at: u64,
    length: u64,
    code: &str,
    anomalies: &mut Anomalies,
) -> Result<()> {
    let end = at.checked_add(length).filter(|end| *end <= reader.size());
    let end = end.ok_or_else(|| Fault::at(at, TfliteProblem::FlexOptions))?;
    let source = reader.source();
    let mut options = Options {
        reader,
        start: at,
        end,
    };
    let [name, node] = options.texts()?;
    let name = options.name(name)?;
    // The delegate looks the operator up by the node, and older ones by the name beside it.
    let window = Window::new(source, 0, node.end);
    let mut reader = Reader::new(&window);
    reader.seek(node.start)?;
    let Some(node) = tensorflow::read_node(&mut reader, anomalies) else {
        return Ok(());
    };
    if name != code || node.name != code {
        let problem = TfliteProblem::FlexNames {
            code: clip(code),
            name: clip(&name),
            node: clip(&node.name),
        };
        anomalies.report(|| Fault::at(at, problem));
    }
    let is_told = |operator: &str| operator == code && tensorflow::is_more_than_computing(code);
    let mut report = |operator: &str| {
        let problem = TfliteProblem::ExecutableOperator(clip(operator));
        anomalies.report(|| Fault::at(at, problem));
    };
    if name != node.name && !is_told(&name) && tensorflow::is_more_than_computing(&name) {
        report(&name);
    }
    let is_more = node.is_more_than_computing || tensorflow::is_more_than_computing(&node.name);
    if is_more && !is_told(&node.name) {
        report(&node.name);
    }
    Ok(())
}

/// Where a text stands in the file.
#[derive(Debug, Clone, Copy)]
struct Text {
    start: u64,
    end: u64,
}

/// A flexbuffer, and where it stands in the file.
struct Options<'a, 'source> {
    reader: &'a mut Reader<'source>,
    start: u64,
    end: u64,
}

impl Options<'_, '_> {
    /// The two texts of the vector at the root. The delegate takes no other type for them, and the
    /// converter writes no third.
    fn texts(&mut self) -> Result<[Text; 2]> {
        let (of_root, of_type) = (self.before(self.end, 1)?, self.before(self.end, 2)?);
        let width = self.number(of_root, 1)?;
        let root = self.before(of_type, width)?;
        let (kind, item_width) = self.packed_type(of_type)?;
        let items = self.follow(root, width)?;
        let length = self.before(items, item_width)?;
        if kind != VECTOR || self.number(length, item_width)? != TEXTS {
            return Err(self.broken());
        }
        let types = items.saturating_add(item_width.saturating_mul(TEXTS));
        Ok([
            self.text(items, item_width, types)?,
            self.text(
                items.saturating_add(item_width),
                item_width,
                types.saturating_add(1),
            )?,
        ])
    }

    fn text(&mut self, item: u64, width: u64, of_type: u64) -> Result<Text> {
        let (kind, width_of_length) = self.packed_type(of_type)?;
        let start = self.follow(item, width)?;
        let length = self.before(start, width_of_length)?;
        let length = self.number(length, width_of_length)?;
        let end = start.checked_add(length).filter(|end| *end <= self.end);
        match (kind, end) {
            (STRING, Some(end)) => Ok(Text { start, end }),
            _ => Err(self.broken()),
        }
    }

    fn name(&mut self, text: Text) -> Result<String> {
        self.reader.seek(text.start)?;
        let length = text.end.saturating_sub(text.start);
        let Some(bytes) = self.reader.bytes(length, MAX_NAME)? else {
            let most = widen(MAX_NAME);
            let of = "bytes of an operator's name";
            return Err(Fault::at(text.start, TfliteProblem::Limit { of, most }));
        };
        String::from_utf8(bytes).map_err(|_| Fault::at(text.start, TfliteProblem::NotUtf8))
    }

    /// A type, and the width of what the value counts with.
    fn packed_type(&mut self, at: u64) -> Result<(u8, u64)> {
        let packed = self.number(at, 1)?;
        let kind = u8::try_from(packed >> 2).unwrap_or_default();
        Ok((kind, 1 << (packed & 3)))
    }

    /// Where a distance back leads to.
    fn follow(&mut self, at: u64, width: u64) -> Result<u64> {
        let distance = self.number(at, width)?;
        self.before(at, distance)
    }

    fn before(&self, at: u64, distance: u64) -> Result<u64> {
        at.checked_sub(distance)
            .filter(|at| *at >= self.start)
            .ok_or_else(|| self.broken())
    }

    fn number(&mut self, at: u64, width: u64) -> Result<u64> {
        let end = at.checked_add(width);
        if at < self.start || end.is_none_or(|end| end > self.end) {
            return Err(self.broken());
        }
        self.reader.seek(at)?;
        Ok(match width {
            1 => self.reader.u8()?.into(),
            2 => self.reader.u16()?.into(),
            4 => self.reader.u32()?.into(),
            8 => self.reader.u64()?,
            _ => return Err(self.broken()),
        })
    }

    fn broken(&self) -> Fault<TfliteProblem> {
        Fault::at(self.start, TfliteProblem::FlexOptions)
    }
}
