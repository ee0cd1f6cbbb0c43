//! Pickles one behind the other, and what follows the last of them.

use std::path::Path;
use std::rc::Rc;

use super::findings::{Findings, Loader};
use super::input::Input;
use super::known::Role;
use super::limits::MAX_STREAMS;
use super::machine::Machine;
use super::problem::{Limit, PickleProblem, Result};
use super::value::Value;
use crate::anomalies::Fault;
use crate::format::{Header, SNIFFED_BYTES, recognise};
use crate::reader::Source;
use crate::record::Import;

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
        let mut next = findings.aside();
        let outcome = Machine::new(0).run(input, &mut next);
        if outcome.is_err() && next.imports.is_empty() {
            findings.settle(next, false);
            return Err(rest.fault());
        }
        findings.join(next);
        outcome?;
    }
    let offset = input.offset(input.position());
    Err(Fault::new(offset, PickleProblem::Limit(Limit::Streams)))
}

/// Follows one pickle and returns what it leaves.
///
/// # Errors
/// It cannot be read to its end.
pub(crate) fn next(input: &mut Input<'_>, findings: &mut Findings) -> Result<Left> {
    Machine::new(0).run(input, findings).map(Left)
}

/// Reports bytes that follow the last part of a file.
pub(crate) fn check_end(input: &mut Input<'_>, findings: &mut Findings) {
    let rest = match is_at_end(input) {
        Ok(true) => return,
        Ok(false) => Rest::of(input),
        Err(fault) => Err(fault),
    };
    match rest {
        Ok(rest) => findings.report(rest.fault()),
        Err(fault) => findings.report(fault),
    }
}

/// What content imports that only may be a pickle, whatever else it is.
pub(crate) fn imports(source: &dyn Source) -> Vec<Import> {
    hidden(source, &mut 0).map_or_else(Vec::new, |header| header.facts.imports)
}

/// What a pickle imports where none is expected; `None` where none is. `opcodes` counts those of
/// all pickles of the file.
pub(crate) fn hidden(source: &dyn Source, opcodes: &mut u64) -> Option<Header> {
    let mut findings = Findings::after(Loader::Torch, *opcodes);
    let mut input = Input::of(source, 0, Some(0));
    // Where it ends does not matter: its imports do, up to there.
    let _ = Machine::new(0).run(&mut input, &mut findings);
    *opcodes = findings.opcodes();
    let is_pickle = findings.imports_plausibly();
    is_pickle.then(|| {
        let mut header = Header::default();
        header.facts.imports = findings.imports.into_vec();
        header
    })
}

/// The value that a pickle leaves.
pub(crate) struct Left(Value);

impl Left {
    /// The number that it is.
    pub(crate) fn number(&self) -> Option<i64> {
        match self.0 {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The texts in the list that it is.
    pub(crate) fn texts(&self) -> Option<Vec<Rc<str>>> {
        match &self.0 {
            Value::List(list) => Some(list.texts.borrow().clone()),
            _ => None,
        }
    }

    /// Bytes of an element of the class of storages that stands in the tuple that it is.
    pub(crate) fn element_size(&self, index: usize) -> Option<u64> {
        match self.0.items().get(index)? {
            Value::Global(global) => match global.role? {
                Role::Storage(_, bytes) => Some(bytes),
                _ => None,
            },
            _ => None,
        }
    }
}

/// Whether nothing follows but the end of a line.
fn is_at_end(input: &mut Input<'_>) -> Result<bool> {
    if input.is_at_end()? {
        return Ok(true);
    }
    Ok(input.left() <= MAX_SPACE && input.peek(SNIFFED_BYTES)?.trim_ascii().is_empty())
}

/// What follows the last pickle.
struct Rest {
    offset: Option<u64>,
    bytes: u64,
    like: Option<&'static str>,
}

impl Rest {
    fn of(input: &mut Input<'_>) -> Result<Self> {
        let offset = input.offset(input.position());
        let bytes = input.left();
        let start = input.peek(SNIFFED_BYTES)?;
        let format = recognise(start, bytes, Path::new(""));
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
