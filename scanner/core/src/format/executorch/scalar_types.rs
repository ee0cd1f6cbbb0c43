//! Types of elements, by their number in the schema.
//!
//! Source: `scalar_type.fbs` of executorch 1.5.1, whose numbers are those of `c10::ScalarType`.

/// How an element is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScalarType {
    number: u8,
    /// The type as the field spells it.
    pub(super) name: &'static str,
    /// What it is called where an operator reads it as quantized weights.
    pub(super) quantized: &'static str,
    /// Bits of an element.
    pub(super) bits: u64,
    /// Whether operators may read it as quantized weights.
    pub(super) may_be_quantized: bool,
}

/// The type of this number; `None` where the runtime has no such type.
pub(super) fn scalar_type(number: u8) -> Option<ScalarType> {
    let mut types = SCALAR_TYPES.iter();
    types.find(|kind| kind.number == number).copied()
}

const SCALAR_TYPES: &[ScalarType] = &[
    integer(0, "U8", "uint8", 8),
    integer(1, "I8", "int8", 8),
    integer(2, "I16", "int16", 16),
    integer(3, "I32", "int32", 32),
    plain(4, "I64", 64),
    plain(5, "F16", 16),
    plain(6, "F32", 32),
    plain(7, "F64", 64),
    plain(11, "BOOL", 8),
    integer(12, "int8", "int8", 8),
    integer(13, "uint8", "uint8", 8),
    integer(14, "int32", "int32", 32),
    plain(15, "BF16", 16),
    integer(16, "uint4", "uint4", 4),
    integer(17, "uint2", "uint2", 2),
    plain(22, "U16", 16),
    plain(23, "F8_E5M2", 8),
    plain(24, "F8_E4M3", 8),
    plain(25, "F8_E5M2FNUZ", 8),
    plain(26, "F8_E4M3FNUZ", 8),
    integer(27, "U16", "uint16", 16),
    plain(28, "U32", 32),
    plain(29, "U64", 64),
];

const fn plain(number: u8, name: &'static str, bits: u64) -> ScalarType {
    ScalarType {
        may_be_quantized: false,
        ..integer(number, name, name, bits)
    }
}

const fn integer(number: u8, name: &'static str, quantized: &'static str, bits: u64) -> ScalarType {
    ScalarType {
        number,
        name,
        quantized,
        bits,
        may_be_quantized: true,
    }
}
