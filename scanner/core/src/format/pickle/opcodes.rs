//! The opcodes of pickles, protocols 0 to 5.
//!
//! Source: `CPython` 3.14, `Lib/pickletools.py`, `opcodes`.

/// What follows an opcode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Argument {
    /// Nothing.
    None,
    /// Text to the end of the line.
    Line,
    /// Two lines.
    Lines,
    /// A number of 1, 2, 4 or 8 bytes, little-endian, or a float, big-endian.
    Number(u8),
    /// A length of 1, 4 or 8 bytes, then as many.
    Counted(u8),
    /// A length of 4 bytes that has a sign, then as many.
    CountedSigned,
}

/// An opcode.
#[derive(Debug)]
pub(super) struct Opcode {
    /// Its byte.
    pub(super) code: u8,
    /// Its name in `pickletools`.
    pub(super) name: &'static str,
    /// What follows.
    pub(super) argument: Argument,
    /// The protocol that brought it.
    pub(super) protocol: u8,
}

const fn opcode(code: u8, name: &'static str, argument: Argument, protocol: u8) -> Opcode {
    Opcode {
        code,
        name,
        argument,
        protocol,
    }
}

/// Every opcode, by its byte.
#[rustfmt::skip]
pub(super) const OPCODES: &[Opcode] = &[
    opcode(b'(', "MARK", Argument::None, 0),
    opcode(b')', "EMPTY_TUPLE", Argument::None, 1),
    opcode(b'.', "STOP", Argument::None, 0),
    opcode(b'0', "POP", Argument::None, 0),
    opcode(b'1', "POP_MARK", Argument::None, 1),
    opcode(b'2', "DUP", Argument::None, 0),
    opcode(b'B', "BINBYTES", Argument::Counted(4), 3),
    opcode(b'C', "SHORT_BINBYTES", Argument::Counted(1), 3),
    opcode(b'F', "FLOAT", Argument::Line, 0),
    opcode(b'G', "BINFLOAT", Argument::Number(8), 1),
    opcode(b'I', "INT", Argument::Line, 0),
    opcode(b'J', "BININT", Argument::Number(4), 1),
    opcode(b'K', "BININT1", Argument::Number(1), 1),
    opcode(b'L', "LONG", Argument::Line, 0),
    opcode(b'M', "BININT2", Argument::Number(2), 1),
    opcode(b'N', "NONE", Argument::None, 0),
    opcode(b'P', "PERSID", Argument::Line, 0),
    opcode(b'Q', "BINPERSID", Argument::None, 1),
    opcode(b'R', "REDUCE", Argument::None, 0),
    opcode(b'S', "STRING", Argument::Line, 0),
    opcode(b'T', "BINSTRING", Argument::CountedSigned, 1),
    opcode(b'U', "SHORT_BINSTRING", Argument::Counted(1), 1),
    opcode(b'V', "UNICODE", Argument::Line, 0),
    opcode(b'X', "BINUNICODE", Argument::Counted(4), 1),
    opcode(b']', "EMPTY_LIST", Argument::None, 1),
    opcode(b'a', "APPEND", Argument::None, 0),
    opcode(b'b', "BUILD", Argument::None, 0),
    opcode(b'c', "GLOBAL", Argument::Lines, 0),
    opcode(b'd', "DICT", Argument::None, 0),
    opcode(b'e', "APPENDS", Argument::None, 1),
    opcode(b'g', "GET", Argument::Line, 0),
    opcode(b'h', "BINGET", Argument::Number(1), 1),
    opcode(b'i', "INST", Argument::Lines, 0),
    opcode(b'j', "LONG_BINGET", Argument::Number(4), 1),
    opcode(b'l', "LIST", Argument::None, 0),
    opcode(b'o', "OBJ", Argument::None, 1),
    opcode(b'p', "PUT", Argument::Line, 0),
    opcode(b'q', "BINPUT", Argument::Number(1), 1),
    opcode(b'r', "LONG_BINPUT", Argument::Number(4), 1),
    opcode(b's', "SETITEM", Argument::None, 0),
    opcode(b't', "TUPLE", Argument::None, 0),
    opcode(b'u', "SETITEMS", Argument::None, 1),
    opcode(b'}', "EMPTY_DICT", Argument::None, 1),
    opcode(0x80, "PROTO", Argument::Number(1), 2),
    opcode(0x81, "NEWOBJ", Argument::None, 2),
    opcode(0x82, "EXT1", Argument::Number(1), 2),
    opcode(0x83, "EXT2", Argument::Number(2), 2),
    opcode(0x84, "EXT4", Argument::Number(4), 2),
    opcode(0x85, "TUPLE1", Argument::None, 2),
    opcode(0x86, "TUPLE2", Argument::None, 2),
    opcode(0x87, "TUPLE3", Argument::None, 2),
    opcode(0x88, "NEWTRUE", Argument::None, 2),
    opcode(0x89, "NEWFALSE", Argument::None, 2),
    opcode(0x8a, "LONG1", Argument::Counted(1), 2),
    opcode(0x8b, "LONG4", Argument::CountedSigned, 2),
    opcode(0x8c, "SHORT_BINUNICODE", Argument::Counted(1), 4),
    opcode(0x8d, "BINUNICODE8", Argument::Counted(8), 4),
    opcode(0x8e, "BINBYTES8", Argument::Counted(8), 4),
    opcode(0x8f, "EMPTY_SET", Argument::None, 4),
    opcode(0x90, "ADDITEMS", Argument::None, 4),
    opcode(0x91, "FROZENSET", Argument::None, 4),
    opcode(0x92, "NEWOBJ_EX", Argument::None, 4),
    opcode(0x93, "STACK_GLOBAL", Argument::None, 4),
    opcode(0x94, "MEMOIZE", Argument::None, 4),
    opcode(0x95, "FRAME", Argument::Number(8), 4),
    opcode(0x96, "BYTEARRAY8", Argument::Counted(8), 5),
    opcode(0x97, "NEXT_BUFFER", Argument::None, 5),
    opcode(0x98, "READONLY_BUFFER", Argument::None, 5),
];

/// The opcode of a byte.
pub(super) fn find(code: u8) -> Option<&'static Opcode> {
    let index = OPCODES.binary_search_by_key(&code, |known| known.code);
    OPCODES.get(index.ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_opcode_of_pickletools_is_there_and_found() {
        assert_eq!(OPCODES.len(), 68);
        for known in OPCODES {
            assert_eq!(find(known.code).map(|found| found.name), Some(known.name));
        }
        assert!(find(b' ').is_none());
        assert!(find(0x99).is_none());
    }
}
