//! Types of elements, by the names that numpy has for them.
//!
//! Source: numpy 2.4 (`dtype.name`) and `ml_dtypes` 0.5, whose types of four and two bits take a
//! byte each.

/// Name of a type in the gate's vocabulary and the bytes of an element; `None` for one that we do
/// not know.
pub(super) fn dtype(name: &str) -> Option<(&'static str, u64)> {
    let mut known = DTYPES.iter();
    let (_, type_name, size) = known.find(|(known, ..)| *known == name)?;
    Some((type_name, *size))
}

const DTYPES: &[(&str, &str, u64)] = &[
    ("bool", "BOOL", 1),
    ("int8", "I8", 1),
    ("int16", "I16", 2),
    ("int32", "I32", 4),
    ("int64", "I64", 8),
    ("uint8", "U8", 1),
    ("uint16", "U16", 2),
    ("uint32", "U32", 4),
    ("uint64", "U64", 8),
    ("float16", "F16", 2),
    ("bfloat16", "BF16", 2),
    ("float32", "F32", 4),
    ("float64", "F64", 8),
    ("complex64", "C64", 8),
    ("complex128", "C128", 16),
    ("float8_e4m3fn", "F8_E4M3", 1),
    ("float8_e4m3fnuz", "F8_E4M3FNUZ", 1),
    ("float8_e4m3b11fnuz", "F8_E4M3B11FNUZ", 1),
    ("float8_e5m2", "F8_E5M2", 1),
    ("float8_e5m2fnuz", "F8_E5M2FNUZ", 1),
    ("float8_e8m0fnu", "F8_E8M0", 1),
    ("float4_e2m1fn", "F4", 1),
    ("int4", "int4", 1),
    ("uint4", "uint4", 1),
    ("int2", "int2", 1),
    ("uint2", "uint2", 1),
];
