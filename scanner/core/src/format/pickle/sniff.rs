//! Telling a pickle by its opcodes: protocols 0 and 1 have no mark of their own.

use super::findings::{Findings, Loader};
use super::input::Input;
use super::machine::Machine;
use super::opcodes;
use crate::format::Beginning;
use crate::format::signatures::Start;
use crate::reader::widen;

/// Suffixes of pickles: content that reads as one, to its end or beyond what is looked at, is one.
const SUFFIXES: &[&str] = &[
    "bin", "ckpt", "dill", "joblib", "p", "pdparams", "pickle", "pkl", "pt", "pth",
];

/// Opcodes from which content of another suffix that goes on as one is a pickle: no text and no
/// table of numbers keeps to their order for so long.
const MANY: u64 = 32;

/// Whether a file is a pickle.
///
/// PROTO with a version from 2 on and an opcode behind it is enough. Without it the bytes must
/// hold as a program: its imports are called, or it goes on to its STOP or beyond the bytes.
pub(in crate::format) fn recognises(start: &Start<'_>) -> bool {
    match start.bytes {
        [0x80, 2..=5, opcode, ..] if opcodes::find(*opcode).is_some() => return true,
        // A zip: "P" is an opcode too.
        [b'P', b'K', 3 | 5 | 7, 4 | 6 | 8, ..] => return false,
        [first, ..] if opcodes::find(*first).is_some() => {}
        _ => return false,
    }
    let head = Beginning {
        bytes: start.bytes,
        size: start.size,
    };
    let mut findings = Findings::new(Loader::Pickle);
    let mut input = Input::of(&head, 0, Some(0));
    let outcome = Machine::new(0).run(&mut input, &mut findings);
    let is_beyond = outcome.is_err() && input.position() >= widen(start.bytes.len());
    let imports = findings.imports_plausibly();
    if SUFFIXES.contains(&start.suffix) {
        return outcome.is_ok() || is_beyond || !findings.imports.is_empty();
    }
    imports && (outcome.is_ok() || findings.has_calls())
        || is_beyond && start.size > widen(start.bytes.len()) && findings.opcodes() >= MANY
}
