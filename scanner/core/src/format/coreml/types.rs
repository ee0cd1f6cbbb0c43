//! Element types of Core ML's programs, and labels of weights packed by their bits.
//!
//! A new type is one line in [`TYPES`]. Source: coremltools 9.0, `MIL.proto` (`DataType`).

/// How elements of a type are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DataType {
    id: u64,
    /// The type in the gate's vocabulary; integers of 8 bits and fewer are named as quantized
    /// weights are.
    pub(super) name: &'static str,
    /// Bits of an element; zero where elements have no size of their own.
    pub(super) bits: u64,
}

const TYPES: &[DataType] = &[
    of(1, "BOOL", 8),
    of(2, "STRING", 0),
    of(10, "F16", 16),
    of(11, "F32", 32),
    of(12, "F64", 64),
    of(13, "BF16", 16),
    of(21, "int8", 8),
    of(22, "I16", 16),
    of(23, "I32", 32),
    of(24, "I64", 64),
    of(25, "int4", 4),
    of(31, "uint8", 8),
    of(32, "U16", 16),
    of(33, "U32", 32),
    of(34, "U64", 64),
    of(35, "uint4", 4),
    of(36, "uint2", 2),
    of(37, "uint1", 1),
    of(38, "uint6", 6),
    of(39, "uint3", 3),
    of(40, "F8_E4M3", 8),
    of(41, "F8_E5M2", 8),
];

/// Labels of weights that are indices into a table of values, by the bits of an index.
const LOOKUPS: [&str; 8] = [
    "lut1", "lut2", "lut3", "lut4", "lut5", "lut6", "lut7", "lut8",
];

/// Labels of weights that are scaled integers, by their bits.
const SCALED: [&str; 8] = [
    "int1", "int2", "int3", "int4", "int5", "int6", "int7", "int8",
];

/// The type with this number.
pub(super) fn data_type(id: u64) -> Option<DataType> {
    TYPES.iter().find(|known| known.id == id).copied()
}

/// The label of weights that are indices of so many bits into a table of values.
pub(super) fn lookup(bits: u64) -> Option<&'static str> {
    by_bits(&LOOKUPS, bits)
}

/// The label of weights that are scaled integers of so many bits.
pub(super) fn scaled(bits: u64) -> Option<&'static str> {
    by_bits(&SCALED, bits)
}

fn by_bits(labels: &[&'static str], bits: u64) -> Option<&'static str> {
    let index = usize::try_from(bits).ok()?.checked_sub(1)?;
    labels.get(index).copied()
}

const fn of(id: u64, name: &'static str, bits: u64) -> DataType {
    DataType { id, name, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_follow_the_bits() {
        assert_eq!(lookup(6), Some("lut6"));
        assert_eq!(scaled(8), Some("int8"));
        assert_eq!(scaled(0), None);
        assert_eq!(lookup(9), None);
        assert_eq!(data_type(25).map(|known| known.name), Some("int4"));
        assert_eq!(data_type(99), None);
    }
}
