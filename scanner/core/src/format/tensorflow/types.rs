//! Element types of TensorFlow tensors.
//!
//! A new type is one line in [`TYPES`]. Source: `DataType` of TensorFlow 2.21,
//! tensorflow/core/framework/types.proto.

/// How elements of a type are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataType {
    id: u64,
    /// The type in the gate's vocabulary; integers of 8 bits and fewer, and those that are scaled,
    /// are named as quantized weights are.
    pub(super) name: &'static str,
    /// Bits of an element; zero where elements have no size of their own.
    pub(super) bits: u64,
}

/// Resources and variants: handles, not numbers.
const HANDLES: [u64; 2] = [20, 21];

/// What is added to a type's number for a reference to a value of it.
const REFERENCE: u64 = 100;

const TYPES: &[DataType] = &[
    of(1, "F32", 32),
    of(2, "F64", 64),
    of(3, "I32", 32),
    of(4, "uint8", 8),
    of(5, "I16", 16),
    of(6, "int8", 8),
    of(7, "STRING", 0),
    of(8, "C64", 64),
    of(9, "I64", 64),
    of(10, "BOOL", 8),
    of(11, "int8", 8),
    of(12, "uint8", 8),
    // Biases and accumulators, not weights.
    of(13, "I32", 32),
    of(14, "BF16", 16),
    of(15, "int16", 16),
    of(16, "uint16", 16),
    of(17, "U16", 16),
    of(18, "C128", 128),
    of(19, "F16", 16),
    of(22, "U32", 32),
    of(23, "U64", 64),
    of(24, "F8_E5M2", 8),
    of(25, "F8_E4M3", 8),
    of(26, "F8_E4M3FNUZ", 8),
    of(27, "F8_E4M3B11FNUZ", 8),
    of(28, "F8_E5M2FNUZ", 8),
    // A byte each, in memory and in files.
    of(29, "int4", 8),
    of(30, "uint4", 8),
    of(31, "int2", 8),
    of(32, "uint2", 8),
    of(33, "F4", 8),
];

/// What a number says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// A type of numbers or texts.
    Type(&'static DataType),
    /// A handle to something that is made at run time.
    Handle,
    /// Nothing we know.
    Unknown,
}

/// The type with this number, itself or by reference.
pub(super) fn data_type(id: u64) -> Known {
    let id = id.checked_sub(REFERENCE).unwrap_or(id);
    if HANDLES.contains(&id) {
        return Known::Handle;
    }
    let known = TYPES.iter().find(|known| known.id == id);
    known.map_or(Known::Unknown, Known::Type)
}

/// The name of the type with this number; `None` where nothing is said.
pub(super) fn type_name(id: u64) -> Option<String> {
    match data_type(id) {
        Known::Type(known) => Some(known.name.to_owned()),
        Known::Handle => Some("resource".to_owned()),
        Known::Unknown if id == 0 => None,
        Known::Unknown => Some(id.to_string()),
    }
}

const fn of(id: u64, name: &'static str, bits: u64) -> DataType {
    DataType { id, name, bits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_schema_has_its_meaning() {
        let name = |id| match data_type(id) {
            Known::Type(known) => known.name,
            Known::Handle => "handle",
            Known::Unknown => "unknown",
        };

        assert!((1..=33).all(|id| data_type(id) != Known::Unknown));
        assert_eq!(name(0), "unknown");
        assert_eq!(name(34), "unknown");
        assert_eq!(name(11), "int8");
        assert_eq!(name(101), "F32");
        assert_eq!(name(20), "handle");
    }
}
