//! Turns the text of a pickle, one opcode a line as `pickletools` names them, into its bytes.
//!
//! Programs that would do harm stand in the tests as such text only.

use std::fmt::Write as _;

/// What follows an opcode.
#[derive(Clone, Copy)]
enum Kind {
    Nothing,
    /// The rest of the line, and its end.
    Line,
    /// Two words, each of which is a line.
    Lines,
    /// A number in this many bytes.
    Number(usize),
    /// A text with its length in this many bytes before it.
    Text(usize),
    /// Bytes, written in hex, with their length in this many bytes before them.
    Bytes(usize),
}

#[rustfmt::skip]
const OPCODES: &[(&str, u8, Kind)] = &[
    ("MARK", b'(', Kind::Nothing), ("STOP", b'.', Kind::Nothing), ("POP", b'0', Kind::Nothing),
    ("POP_MARK", b'1', Kind::Nothing), ("DUP", b'2', Kind::Nothing), ("FLOAT", b'F', Kind::Line),
    ("INT", b'I', Kind::Line), ("BININT", b'J', Kind::Number(4)), ("BININT1", b'K', Kind::Number(1)),
    ("LONG", b'L', Kind::Line), ("BININT2", b'M', Kind::Number(2)), ("NONE", b'N', Kind::Nothing),
    ("PERSID", b'P', Kind::Line), ("BINPERSID", b'Q', Kind::Nothing), ("REDUCE", b'R', Kind::Nothing),
    ("STRING", b'S', Kind::Line), ("BINSTRING", b'T', Kind::Text(4)),
    ("SHORT_BINSTRING", b'U', Kind::Text(1)), ("UNICODE", b'V', Kind::Line),
    ("BINUNICODE", b'X', Kind::Text(4)), ("APPEND", b'a', Kind::Nothing), ("BUILD", b'b', Kind::Nothing),
    ("GLOBAL", b'c', Kind::Lines), ("DICT", b'd', Kind::Nothing), ("EMPTY_DICT", b'}', Kind::Nothing),
    ("APPENDS", b'e', Kind::Nothing), ("GET", b'g', Kind::Line), ("BINGET", b'h', Kind::Number(1)),
    ("INST", b'i', Kind::Lines), ("LONG_BINGET", b'j', Kind::Number(4)), ("LIST", b'l', Kind::Nothing),
    ("EMPTY_LIST", b']', Kind::Nothing), ("OBJ", b'o', Kind::Nothing), ("PUT", b'p', Kind::Line),
    ("BINPUT", b'q', Kind::Number(1)), ("LONG_BINPUT", b'r', Kind::Number(4)),
    ("SETITEM", b's', Kind::Nothing), ("TUPLE", b't', Kind::Nothing), ("EMPTY_TUPLE", b')', Kind::Nothing),
    ("SETITEMS", b'u', Kind::Nothing), ("BINFLOAT", b'G', Kind::Number(8)), ("PROTO", 0x80, Kind::Number(1)),
    ("NEWOBJ", 0x81, Kind::Nothing), ("EXT1", 0x82, Kind::Number(1)), ("EXT2", 0x83, Kind::Number(2)),
    ("EXT4", 0x84, Kind::Number(4)), ("TUPLE1", 0x85, Kind::Nothing), ("TUPLE2", 0x86, Kind::Nothing),
    ("TUPLE3", 0x87, Kind::Nothing), ("NEWTRUE", 0x88, Kind::Nothing), ("NEWFALSE", 0x89, Kind::Nothing),
    ("LONG1", 0x8a, Kind::Bytes(1)), ("LONG4", 0x8b, Kind::Bytes(4)), ("BINBYTES", b'B', Kind::Bytes(4)),
    ("SHORT_BINBYTES", b'C', Kind::Bytes(1)), ("SHORT_BINUNICODE", 0x8c, Kind::Text(1)),
    ("BINUNICODE8", 0x8d, Kind::Text(8)), ("BINBYTES8", 0x8e, Kind::Bytes(8)),
    ("EMPTY_SET", 0x8f, Kind::Nothing), ("ADDITEMS", 0x90, Kind::Nothing),
    ("FROZENSET", 0x91, Kind::Nothing), ("NEWOBJ_EX", 0x92, Kind::Nothing),
    ("STACK_GLOBAL", 0x93, Kind::Nothing), ("MEMOIZE", 0x94, Kind::Nothing), ("FRAME", 0x95, Kind::Number(8)),
    ("BYTEARRAY8", 0x96, Kind::Bytes(8)), ("NEXT_BUFFER", 0x97, Kind::Nothing),
    ("READONLY_BUFFER", 0x98, Kind::Nothing),
];

/// A pickle with a bit of everything: tensors, an array, names from the memo, a pickle in bytes.
pub(crate) const RICH: &str = "PROTO 4
    FRAME 20
    EMPTY_DICT
    MEMOIZE
    MARK
    SHORT_BINUNICODE w
    GLOBAL torch._utils _rebuild_tensor_v2
    MARK
    MARK
    BINUNICODE storage
    GLOBAL torch FloatStorage
    UNICODE 0
    STRING 'cpu'
    BININT1 6
    TUPLE
    BINPERSID
    INT 0
    BININT1 2
    BININT2 3
    TUPLE2
    BININT 3
    LONG1 01
    TUPLE2
    NEWFALSE
    SHORT_BINUNICODE collections
    MEMOIZE
    SHORT_BINUNICODE OrderedDict
    BINPUT 7
    STACK_GLOBAL
    EMPTY_TUPLE
    REDUCE
    TUPLE
    REDUCE
    SHORT_BINUNICODE a
    GLOBAL numpy.core.multiarray _reconstruct
    GLOBAL numpy ndarray
    INT 0
    TUPLE1
    SHORT_BINBYTES 62
    TUPLE3
    REDUCE
    MARK
    INT 1
    INT 2
    TUPLE1
    GLOBAL numpy dtype
    UNICODE f8
    NEWFALSE
    NEWTRUE
    TUPLE3
    REDUCE
    MARK
    INT 3
    UNICODE <
    NONE
    NONE
    NONE
    INT -1
    INT -1
    INT 0
    TUPLE
    BUILD
    NEWFALSE
    BINBYTES 00000000000000000000000000000000
    TUPLE
    BUILD
    SHORT_BINUNICODE n
    BINBYTES 80048c08636f6c6c65637473942e
    BINUNICODE letters
    SHORT_BINUNICODE gASVPwAAAAAAAACMCGJ1aWx0aW5zlIwFcHJpbnSU
    SETITEMS
    EMPTY_LIST
    MARK
    BINFLOAT 0
    FLOAT 1.5
    LONG 12L
    BINGET 7
    EMPTY_SET
    MARK
    DUP
    FROZENSET
    APPENDS
    POP
    MARK
    GLOBAL a B
    OBJ
    POP
    EXT1 3
    POP
    STOP";

/// The bytes of a pickle. Lines that are empty are nothing, `RAW` is followed by bytes in hex.
///
/// A name that is no opcode becomes a byte that is none either, so that no test passes by it.
pub(crate) fn assemble(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for line in text.lines().map(str::trim_start) {
        let (name, argument) = line.split_once(' ').unwrap_or((line, ""));
        match OPCODES.iter().find(|(known, ..)| *known == name) {
            Some((_, code, kind)) => {
                bytes.push(*code);
                bytes.extend(kind.write(argument));
            }
            None if name == "RAW" => bytes.extend(unhex(argument)),
            None if name.is_empty() => {}
            None => bytes.push(0xff),
        }
    }
    bytes
}

/// The digits of bytes, as [`assemble`] reads them.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text
        .chars()
        .filter_map(|digit| digit.to_digit(16))
        .collect();
    let (pairs, _) = digits.as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| high * 16 + low);
    bytes.filter_map(|byte| u8::try_from(byte).ok()).collect()
}

impl Kind {
    fn write(self, argument: &str) -> Vec<u8> {
        let with_length = |width: usize, bytes: &[u8]| {
            let length = u64::try_from(bytes.len()).unwrap_or(0).to_le_bytes();
            let length = length.get(..width).unwrap_or_default();
            [length, bytes].concat()
        };
        match self {
            Self::Nothing => Vec::new(),
            Self::Line => format!("{argument}\n").into(),
            Self::Lines => format!("{}\n", argument.replacen(' ', "\n", 1)).into(),
            Self::Number(width) => {
                let number: i64 = argument.parse().unwrap_or(i64::MIN);
                number
                    .to_le_bytes()
                    .get(..width)
                    .unwrap_or_default()
                    .to_vec()
            }
            Self::Text(width) => with_length(width, argument.as_bytes()),
            Self::Bytes(width) => with_length(width, &unhex(argument)),
        }
    }
}
