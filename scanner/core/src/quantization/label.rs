//! How labels of methods are spelled.

use super::Bits;

/// How the label of a method is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// This word, whatever the bits.
    Word(&'static str),
    /// This word and the bits: `gptq-4bit`.
    Bits(&'static str),
    /// `int` and the bits: `int4`.
    Int,
    /// This word and bits that are an average: `exl3-4.0bpw`.
    BitsPerWeight(&'static str),
    /// This word and the variant: `quanto-int8`.
    Variant(&'static str),
    /// This word and the type of weights that the name of a class holds: `torchao-int4`.
    Class(&'static str),
}

impl Label {
    /// The label of a method of these bits and this variant.
    pub(crate) fn spell(self, bits: Option<Bits>, variant: Option<&str>) -> String {
        let with_bits =
            |word: &str| bits.map_or(word.to_owned(), |bits| format!("{word}-{bits}bit"));
        match self {
            Self::Word(word) => word.to_owned(),
            Self::Bits(word) => with_bits(word),
            Self::Int => bits.map_or("int".to_owned(), |bits| format!("int{bits}")),
            Self::BitsPerWeight(word) => bits.map_or(word.to_owned(), |bits| {
                let point = if bits.as_whole().is_some() { ".0" } else { "" };
                format!("{word}-{bits}{point}bpw")
            }),
            Self::Variant(word) => match variant {
                Some(variant) => format!("{word}-{}", variant.to_ascii_lowercase()),
                None => with_bits(word),
            },
            Self::Class(word) => match variant {
                Some(class) => format!("{word}-{}", weight_type(class)),
                None => with_bits(word),
            },
        }
    }

    /// Whether the bits are those of all layers together, and of no single one.
    pub(crate) fn is_average(self) -> bool {
        matches!(self, Self::BitsPerWeight(_))
    }
}

/// The type of the weights in the name of a class of torchao: of
/// `Int8DynamicActivationInt4WeightConfig` it is `int4`.
pub(crate) fn weight_type(class: &str) -> String {
    const TYPES: [&str; 7] = ["int4", "int8", "float8", "mxfp4", "mxfp8", "nvfp4", "intx"];
    let class = &class.to_ascii_lowercase();
    let weights = class.find("weight").and_then(|end| class.get(..end));
    let last = |text: &str| {
        let found = TYPES
            .iter()
            .filter_map(|name| Some((text.rfind(name)?, *name)));
        found.max().map(|(_, name)| name)
    };
    let first = || {
        let found = TYPES
            .iter()
            .filter_map(|name| Some((class.find(name)?, *name)));
        found.min().map(|(_, name)| name)
    };
    weights
        .and_then(last)
        .or_else(first)
        .unwrap_or(class)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_the_weights_is_found_in_the_name_of_a_class() {
        for (class, label) in [
            ("Int4WeightOnlyConfig", "torchao-int4"),
            ("int8_weight_only", "torchao-int8"),
            ("Int8DynamicActivationInt4WeightConfig", "torchao-int4"),
            (
                "Float8DynamicActivationFloat8WeightConfig",
                "torchao-float8",
            ),
            ("Float8Tensor", "torchao-float8"),
            ("IntxUnpackedToInt8Tensor", "torchao-intx"),
            ("Autoquant", "torchao-autoquant"),
        ] {
            assert_eq!(Label::Class("torchao").spell(None, Some(class)), label);
        }
    }
}
