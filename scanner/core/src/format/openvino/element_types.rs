//! Types of elements, by the names that a model has for them.
//!
//! Source: `src/core/src/type/element_type.cpp` of `OpenVINO` 2026.4.

/// How an element is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementType {
    spelled: &'static str,
    /// The type as the field spells it.
    pub(super) name: &'static str,
    /// What a matrix of it is called: integers of a few bits stand for weights.
    pub(super) matrix: &'static str,
    /// Bits of an element; zero where they differ from element to element.
    pub(super) bits: u64,
}

/// The type of this name; `None` where there is none that we know.
pub(super) fn element_type(spelled: &str) -> Option<ElementType> {
    let mut types = ELEMENT_TYPES.iter();
    types.find(|kind| kind.spelled == spelled).copied()
}

const ELEMENT_TYPES: &[ElementType] = &[
    plain("f64", "F64", 64),
    plain("f32", "F32", 32),
    plain("f16", "F16", 16),
    plain("bf16", "BF16", 16),
    weights("f8e4m3", "F8_E4M3", "fp8", 8),
    weights("f8e5m2", "F8_E5M2", "fp8", 8),
    plain("f8e8m0", "F8_E8M0", 8),
    weights("f4e2m1", "F4", "mxfp4", 4),
    weights("nf4", "NF4", "nf4", 4),
    plain("i64", "I64", 64),
    plain("i32", "I32", 32),
    plain("i16", "I16", 16),
    weights("i8", "I8", "int8", 8),
    weights("i4", "I4", "int4", 4),
    plain("u64", "U64", 64),
    plain("u32", "U32", 32),
    plain("u16", "U16", 16),
    weights("u8", "U8", "uint8", 8),
    weights("u4", "U4", "uint4", 4),
    weights("u2", "U2", "uint2", 2),
    weights("u1", "U1", "uint1", 1),
    plain("boolean", "BOOL", 8),
    plain("string", "STRING", 0),
];

const fn plain(spelled: &'static str, name: &'static str, bits: u64) -> ElementType {
    weights(spelled, name, name, bits)
}

const fn weights(
    spelled: &'static str,
    name: &'static str,
    matrix: &'static str,
    bits: u64,
) -> ElementType {
    ElementType {
        spelled,
        name,
        matrix,
        bits,
    }
}
