//! Pickles one behind the other, and what follows the last of them.

use std::path::Path;

use super::findings::Findings;
use super::input::Input;
use super::limits::MAX_STREAMS;
use super::machine::Machine;
use super::problem::{Limit, PickleProblem, Result};
use crate::anomalies::Fault;
use crate::format::{SNIFFED_BYTES, recognise};

/// Bytes of white space behind the last pickle that are nothing: what an editor leaves.
const MAX_SPACE: u64 = 8;

/// Follows every pickle to the end of the input, and reports what keeps it from that.
///
/// `pickle.load` stops behind the first; a program may call it again.
pub(crate) fn follow(input: &mut Input<'_>, findings: &mut Findings) {
    if let Err(fault) = follow_all(input, findings) {
        findings.report(fault);
    }
}

fn follow_all(input: &mut Input<'_>, findings: &mut Findings) -> Result<()> {
    Machine::new(0).run(input, findings)?;
    for _ in 1..MAX_STREAMS {
        if is_at_end(input)? {
            return Ok(());
        }
        let rest = Rest::of(input)?;
        let before = findings.imports.len();
        if let Err(fault) = Machine::new(0).run(input, findings) {
            let has_imports = findings.imports.len() > before;
            return Err(if has_imports { fault } else { rest.fault() });
        }
    }
    let offset = input.offset(input.position());
    Err(Fault::new(offset, PickleProblem::Limit(Limit::Streams)))
}

/// Whether nothing follows but the end of a line.
fn is_at_end(input: &mut Input<'_>) -> Result<bool> {
    if input.is_at_end()? {
        return Ok(true);
    }
    let is_short = input.left().is_some_and(|left| left <= MAX_SPACE);
    Ok(is_short && input.peek(SNIFFED_BYTES)?.trim_ascii().is_empty())
}

/// What follows the last pickle.
struct Rest {
    offset: Option<u64>,
    bytes: Option<u64>,
    like: Option<&'static str>,
}

impl Rest {
    fn of(input: &mut Input<'_>) -> Result<Self> {
        let offset = input.offset(input.position());
        let bytes = input.left();
        let start = input.peek(SNIFFED_BYTES)?;
        let format = recognise(start, bytes.unwrap_or(u64::MAX), Path::new(""));
        Ok(Self {
            offset,
            bytes,
            like: format.map(|format| format.name),
        })
    }

    fn fault(self) -> Fault<PickleProblem> {
        let Self { bytes, like, .. } = self;
        Fault::new(self.offset, PickleProblem::TrailingBytes { bytes, like })
    }
}
