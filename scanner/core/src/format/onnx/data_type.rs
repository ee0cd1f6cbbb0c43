//! Element types of ONNX tensors.
//!
//! A new type is one line in [`DATA_TYPES`]. Source: `TensorProto.DataType` of onnx 1.23,
//! onnx.proto, with what it says of the field that holds each type's values.

/// How elements of a type are stored.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DataType {
    id: u64,
    /// The type in the gate's vocabulary; integers of 8 bits and fewer are named as quantized
    /// weights are, because that is what they are for.
    pub(super) name: &'static str,
    /// Bits of an element in `raw_data` and in external data.
    pub(super) bits: u64,
    /// The field of typed values that may hold it.
    pub(super) field: Field,
    /// Elements in one value of that field.
    per_value: u64,
    /// Values of that field for one element.
    values: u64,
}

/// The fields of a `TensorProto` that hold values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Float,
    Int32,
    Text,
    Int64,
    Raw,
    Double,
    Uint64,
}

const DATA_TYPES: &[DataType] = &[
    of(1, "F32", 32, Field::Float),
    of(2, "uint8", 8, Field::Int32),
    of(3, "int8", 8, Field::Int32),
    of(4, "U16", 16, Field::Int32),
    of(5, "I16", 16, Field::Int32),
    of(6, "I32", 32, Field::Int32),
    of(7, "I64", 64, Field::Int64),
    // Texts have no size of their own.
    of(8, "STRING", 0, Field::Text),
    of(9, "BOOL", 8, Field::Int32),
    of(10, "F16", 16, Field::Int32),
    of(11, "F64", 64, Field::Double),
    of(12, "U32", 32, Field::Uint64),
    of(13, "U64", 64, Field::Uint64),
    pair(14, "C64", 64, Field::Float),
    pair(15, "C128", 128, Field::Double),
    of(16, "BF16", 16, Field::Int32),
    of(17, "F8_E4M3", 8, Field::Int32),
    of(18, "F8_E4M3FNUZ", 8, Field::Int32),
    of(19, "F8_E5M2", 8, Field::Int32),
    of(20, "F8_E5M2FNUZ", 8, Field::Int32),
    packed(21, "uint4", 4),
    packed(22, "int4", 4),
    packed(23, "F4", 4),
    of(24, "F8_E8M0", 8, Field::Int32),
    packed(25, "uint2", 2),
    packed(26, "int2", 2),
    of(27, "F6_E2M3", 6, Field::Int32),
    of(28, "F6_E3M2", 6, Field::Int32),
];

/// The type with this number.
pub(super) fn data_type(id: u64) -> Option<&'static DataType> {
    DATA_TYPES.iter().find(|known| known.id == id)
}

impl DataType {
    /// Values that elements take in the type's own field; `None` if the number does not fit.
    pub(super) fn values(&self, elements: u64) -> Option<u64> {
        let packed = elements.checked_add(self.per_value)?.checked_sub(1)?;
        packed.checked_div(self.per_value)?.checked_mul(self.values)
    }
}

const fn of(id: u64, name: &'static str, bits: u64, field: Field) -> DataType {
    DataType {
        id,
        name,
        bits,
        field,
        per_value: 1,
        values: 1,
    }
}

/// A complex number: two values each.
const fn pair(id: u64, name: &'static str, bits: u64, field: Field) -> DataType {
    DataType {
        values: 2,
        ..of(id, name, bits, field)
    }
}

/// As many elements in one `int32_data` as fit a byte.
const fn packed(id: u64, name: &'static str, bits: u64) -> DataType {
    DataType {
        per_value: if bits == 2 { 4 } else { 2 },
        ..of(id, name, bits, Field::Int32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_the_schema_has_its_type() {
        let ids: Vec<u64> = DATA_TYPES.iter().map(|known| known.id).collect();

        assert_eq!(ids, (1..=28).collect::<Vec<u64>>());
        assert_eq!(data_type(0), None);
        assert_eq!(data_type(29), None);
    }

    #[test]
    fn values_are_counted_as_each_type_packs_them() {
        let values = |id, elements| data_type(id).and_then(|known| known.values(elements));

        assert_eq!(values(22, 5), Some(3));
        assert_eq!(values(25, 5), Some(2));
        assert_eq!(values(27, 5), Some(5));
        assert_eq!(values(14, 5), Some(10));
        assert_eq!(values(22, 0), Some(0));
        assert_eq!(values(14, u64::MAX), None);
    }
}
