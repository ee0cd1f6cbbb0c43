//! The first bytes of a file as a message that goes on behind them.

use super::MAX_NUMBER_BYTES;

/// The fields at the start of a message of which only some bytes are at hand, for telling what a
/// file is: each field that starts there, and of its bytes those that are there.
///
/// `None` in place of a field: the bytes are no message.
pub(crate) fn fields_at_start(mut rest: &[u8]) -> impl Iterator<Item = Option<StartField<'_>>> {
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        match start_field(rest) {
            Started::Field(field, after) => {
                rest = after;
                Some(Some(field))
            }
            Started::Cut => None,
            Started::Broken => {
                rest = &[];
                Some(None)
            }
        }
    })
}

/// A field at the start of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StartField<'a> {
    /// Its number in the schema.
    pub(crate) number: u64,
    /// Its value.
    pub(crate) value: StartValue<'a>,
}

/// The value of a field at the start of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartValue<'a> {
    /// A number of variable length.
    Number(u64),
    /// Four or eight bytes.
    Fixed,
    /// Bytes, as far as they are at hand, and whether these are all.
    Bytes(&'a [u8], bool),
}

enum Started<'a> {
    Field(StartField<'a>, &'a [u8]),
    Cut,
    Broken,
}

fn start_field(bytes: &[u8]) -> Started<'_> {
    let (tag, rest) = match start_number(bytes) {
        Ok(Some(read)) => read,
        Ok(None) => return Started::Cut,
        Err(Broken) => return Started::Broken,
    };
    let number = tag >> 3;
    if number == 0 || tag > u64::from(u32::MAX) {
        return Started::Broken;
    }
    let skip = |count| rest.get(count..).map(|after| (StartValue::Fixed, after));
    let read = match tag & 7 {
        0 => start_number(rest)
            .map(|read| read.map(|(value, after)| (StartValue::Number(value), after))),
        1 => Ok(skip(8)),
        5 => Ok(skip(4)),
        2 => start_number(rest).map(|read| {
            read.map(|(length, after)| {
                let whole = usize::try_from(length)
                    .ok()
                    .and_then(|length| after.split_at_checked(length));
                match whole {
                    Some((bytes, after)) => (StartValue::Bytes(bytes, true), after),
                    None => (StartValue::Bytes(after, false), Default::default()),
                }
            })
        }),
        _ => Err(Broken),
    };
    match read {
        Ok(Some((value, after))) => Started::Field(StartField { number, value }, after),
        Ok(None) => Started::Cut,
        Err(Broken) => Started::Broken,
    }
}

struct Broken;

/// A number and what follows it; `None` where the bytes at hand end within it.
fn start_number(bytes: &[u8]) -> std::result::Result<Option<(u64, &[u8])>, Broken> {
    let mut number = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if index >= MAX_NUMBER_BYTES {
            return Err(Broken);
        }
        let shift = u32::try_from(index).unwrap_or(0).saturating_mul(7);
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            let rest = bytes.get(index.saturating_add(1)..);
            return Ok(rest.map(|rest| (number, rest)));
        }
    }
    Ok(None)
}
