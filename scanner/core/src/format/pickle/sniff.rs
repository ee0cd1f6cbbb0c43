//! Telling a pickle by its opcodes: protocols 0 and 1 have no mark of their own.

use super::findings::{Findings, Loader};
use super::input::Input;
use super::limits::MAX_OPCODES;
use super::machine::Machine;
use super::opcodes;
use crate::format::signatures::Start;
use crate::format::{Beginning, Limited};
use crate::reader::{Source, widen};
use crate::record::{Anomaly, AnomalyRule};

/// Suffixes of pickles: content that reads as one, to its end or beyond what is looked at, is one.
const SUFFIXES: &[&str] = &[
    "ckpt", "dill", "joblib", "p", "pdparams", "pickle", "pkl", "pt", "pth",
];

/// The suffix that pickles share with data of any kind, such as weights as they stand in memory.
const SHARED: &str = "bin";

/// Opcodes whose argument is a number or a name up to the end of the line (PERSID, FLOAT, INT, LONG,
/// GLOBAL, GET, INST, PUT): one that is longer than what is looked at is none.
const OF_A_LINE: &[u8] = b"PFILcgip";

/// Opcodes from which content of another suffix that goes on as one is a pickle: no text and no
/// table of numbers keeps to their order for so long.
const MANY: u64 = 32;

/// Bytes of the longest number in an opcode's argument: one that is cut in two is not passed over.
const MAX_NUMBER: u64 = 8;

/// Bytes of a file that are read to tell whether it goes on as a pickle: what a line of text may take
/// that nothing but its end ends.
const MAX_READ: u64 = 64 * 1024 * 1024;

/// Whether a file is a pickle.
///
/// PROTO with a version from 2 on and an opcode behind it is enough. Without it the bytes must
/// hold as a program: its imports are called, or it goes on to its STOP or beyond the bytes.
pub(in crate::format) fn recognises(start: &Start<'_>) -> bool {
    if matches!(start.bytes, [0x80, 2..=5, opcode, ..] if opcodes::find(*opcode).is_some()) {
        return true;
    }
    let Some(looked) = Looked::at(start) else {
        return false;
    };
    let Looked {
        findings,
        is_whole,
        is_beyond,
        goes_on,
    } = looked;
    if SUFFIXES.contains(&start.suffix) {
        return is_whole || is_beyond || !findings.imports.is_empty();
    }
    if start.suffix == SHARED {
        let is_line = OF_A_LINE.contains(&findings.last_opcode());
        return is_whole || goes_on && !is_line || findings.imports.is_any_plausible();
    }
    is_one(&findings, is_whole) || goes_on && findings.opcodes() >= MANY && may_run(&findings)
}

/// Whether the first bytes of a file are a pickle's but too few to tell, such as a long text.
pub(in crate::format) fn may_go_on(start: &Start<'_>) -> bool {
    Looked::at(start).is_some_and(|looked| looked.goes_on)
}

/// Whether such a file goes on as one. `source` is all of it.
pub(in crate::format) fn goes_on(start: &Start<'_>, source: &dyn Source) -> bool {
    if !may_go_on(start) {
        return false;
    }
    let source = Limited::new(source, MAX_READ);
    let mut findings = Findings::after(Loader::Pickle, MAX_OPCODES.saturating_sub(MANY));
    let mut input = Input::of(&source, 0, Some(0));
    let is_whole = Machine::new(0).run(&mut input, &mut findings).is_ok();
    is_one(&findings, is_whole) || findings.opcodes() > MAX_OPCODES && may_run(&findings)
}

/// Whether bytes that hold as a program so far are one.
fn is_one(findings: &Findings, is_whole: bool) -> bool {
    findings.imports_plausibly() && (is_whole || findings.has_calls())
}

/// Whether nothing stops the unpickler at once. Lines of a list that begin with `c` are imports of
/// what nothing can be called.
fn may_run(findings: &Findings) -> bool {
    findings.imports.is_empty() || findings.imports.is_any_plausible()
}

/// What the first bytes of a file come to as a program.
struct Looked {
    findings: Findings,
    /// They reach its STOP.
    is_whole: bool,
    /// They hold as one as far as they go.
    is_beyond: bool,
    /// And the file is longer.
    goes_on: bool,
}

impl Looked {
    /// `None` where the first of them is no opcode.
    fn at(start: &Start<'_>) -> Option<Self> {
        match start.bytes {
            // A zip: "P" is an opcode too.
            [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] | [] => return None,
            [first, ..] => opcodes::find(*first)?,
        };
        let head = Beginning {
            bytes: start.bytes,
            size: start.size,
        };
        let mut findings = Findings::new(Loader::Pickle);
        let mut input = Input::of(&head, 0, Some(0));
        let outcome = Machine::new(0).run(&mut input, &mut findings);
        let is_whole = outcome.is_ok();
        let left = widen(start.bytes.len()).saturating_sub(input.position());
        let is_longer = start.size > widen(start.bytes.len());
        let is_cut = outcome.is_err_and(|fault| {
            left < MAX_NUMBER && Anomaly::from(fault).rule == AnomalyRule::TruncatedFile
        });
        let is_beyond = !is_whole && (left == 0 || is_longer && is_cut);
        Some(Self {
            findings,
            is_whole,
            is_beyond,
            goes_on: is_beyond && is_longer,
        })
    }
}
