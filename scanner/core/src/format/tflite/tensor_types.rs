//! Types of elements, by their number in the schema.
//!
//! Source: `enum TensorType` of `schema.fbs`, as `ai-edge-litert` 2.3.0 carries it.

/// How an element is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TensorType {
    /// The type as the field spells it.
    pub(super) name: &'static str,
    /// What it is called where a scale says that it stands for real numbers.
    pub(super) scaled: &'static str,
    /// Bits of an element; zero where they differ from element to element.
    pub(super) bits: u64,
}

/// The type of this number; `None` where the schema has no such number yet.
pub(super) fn tensor_type(number: u8) -> Option<TensorType> {
    TENSOR_TYPES.get(usize::from(number)).copied()
}

/// Whether a name is that of a type with a scale.
pub(super) fn is_scaled(name: &str) -> bool {
    let mut types = TENSOR_TYPES.iter();
    types.any(|kind| kind.scaled == name && kind.name != name)
}

const TENSOR_TYPES: [TensorType; 23] = [
    plain("F32", 32),
    plain("F16", 16),
    scalable("I32", "int32", 32),
    scalable("U8", "uint8", 8),
    scalable("I64", "int64", 64),
    plain("STRING", 0),
    plain("BOOL", 8),
    scalable("I16", "int16", 16),
    plain("C64", 64),
    scalable("I8", "int8", 8),
    plain("F64", 64),
    plain("C128", 128),
    scalable("U64", "uint64", 64),
    plain("RESOURCE", 0),
    plain("VARIANT", 0),
    scalable("U32", "uint32", 32),
    scalable("U16", "uint16", 16),
    scalable("I4", "int4", 4),
    plain("BF16", 16),
    scalable("I2", "int2", 2),
    scalable("U4", "uint4", 4),
    scalable("F8_E4M3", "fp8", 8),
    scalable("F8_E5M2", "fp8", 8),
];

const fn plain(name: &'static str, bits: u64) -> TensorType {
    scalable(name, name, bits)
}

const fn scalable(name: &'static str, scaled: &'static str, bits: u64) -> TensorType {
    TensorType { name, scaled, bits }
}
