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
    let is_whole = Machine::new(0).run(&mut input, &mut findings).is_ok();
    let is_beyond = !is_whole && input.position() >= widen(start.bytes.len());
    let goes_on = is_beyond && start.size > widen(start.bytes.len());
    if SUFFIXES.contains(&start.suffix) {
        return is_whole || is_beyond || !findings.imports.is_empty();
    }
    if start.suffix == SHARED {
        let is_line = OF_A_LINE.contains(&findings.last_opcode());
        return is_whole || goes_on && !is_line || findings.imports.is_any_plausible();
    }
    let imports = findings.imports_plausibly();
    imports && (is_whole || findings.has_calls()) || goes_on && findings.opcodes() >= MANY
}
