//! Operators that tell something about a model: which of their inputs hold quantized weights, and
//! which run code.
//!
//! Sources: onnx 1.23, Operators.md; onnxruntime, ContribOperators.md (domain com.microsoft).

use super::data_type::DataType;

/// The domain of ONNX's own operators, which an empty one stands for: `ONNX_DOMAIN` in
/// `onnx/common/constants.h`.
pub(super) const OWN_DOMAIN: &str = "ai.onnx";

/// Domains whose operators ONNX or onnxruntime define.
const KNOWN_DOMAINS: &[&str] = &[
    "",
    "ai.onnx",
    "ai.onnx.ml",
    "ai.onnx.preview",
    "ai.onnx.preview.training",
    "ai.onnx.training",
    "com.microsoft",
    "com.microsoft.dml",
    "com.microsoft.experimental",
    "com.microsoft.nchwc",
    "com.ms.internal.nhwc",
];

/// An operator that reads quantized weights.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Quantized {
    /// Its name.
    pub(super) op: &'static str,
    /// Which of its inputs hold weights, or zero points that are packed as they are.
    weights: &'static [usize],
    /// How bytes of weights are packed.
    packing: Packing,
}

/// How an operator reads `uint8` weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    /// One weight in each element.
    Whole,
    /// As many bits as an attribute of this name says, else as many as the number.
    Bits(&'static str, u64),
    /// Four bits, as bitsandbytes packs them: NF4 where `quant_type` is 1, FP4 where it is 0.
    Bnb4,
}

/// Operators of ONNX and of onnxruntime, in any of the domains "", ai.onnx and com.microsoft: the
/// quantizer of onnxruntime uses `com.microsoft::DequantizeLinear` for types that ONNX had not yet.
const QUANTIZED: &[Quantized] = &[
    whole("ConvInteger", &[1]),
    whole("DequantizeLinear", &[0]),
    whole("DynamicQuantizeLSTM", &[1, 2]),
    whole("DynamicQuantizeMatMul", &[1]),
    Quantized {
        op: "GatherBlockQuantized",
        weights: &[0, 3],
        packing: Packing::Bits("bits", 4),
    },
    Quantized {
        op: "MatMulBnb4",
        weights: &[1],
        packing: Packing::Bnb4,
    },
    whole("MatMulInteger", &[0, 1]),
    whole("MatMulInteger16", &[0, 1]),
    whole("MatMulIntegerToFloat", &[0, 1]),
    Quantized {
        op: "MatMulNBits",
        weights: &[1, 3],
        packing: Packing::Bits("bits", 4),
    },
    whole("QAttention", &[1]),
    whole("QEmbedLayerNormalization", &[2, 3, 4]),
    whole("QGemm", &[0, 3]),
    whole("QLinearAdd", &[0, 3]),
    whole("QLinearConv", &[3]),
    whole("QLinearMatMul", &[0, 3]),
    whole("QLinearMul", &[0, 3]),
    Quantized {
        op: "QMoE",
        weights: &[2, 5, 8],
        packing: Packing::Bits("expert_weight_bits", 4),
    },
    whole("QOrderedAttention", &[2, 3, 4]),
    whole("QOrderedMatMul", &[0, 2]),
];

/// The operator that reads quantized weights, if it is one.
pub(super) fn quantized(domain: &str, op: &str) -> Option<&'static Quantized> {
    matches!(domain, "" | "ai.onnx" | "com.microsoft")
        .then(|| QUANTIZED.iter().find(|known| known.op == op))?
}

/// Whether ONNX or onnxruntime define the domain.
pub(super) fn is_known_domain(domain: &str) -> bool {
    KNOWN_DOMAINS.contains(&domain)
}

/// Whether an operator calls Python: those of onnxruntime's training builds
/// (`orttraining/core/graph/training_op_defs.cc`) and of onnxruntime-extensions.
pub(super) fn calls_python(domain: &str, op: &str) -> bool {
    match domain {
        "com.microsoft" => matches!(op, "PythonOp" | "PythonOpGrad"),
        "ai.onnx.contrib" | "com.microsoft.extensions" => {
            op == "PyOp" || op.starts_with("PyCustomOp")
        }
        _ => false,
    }
}

/// Whether an operator holds what an execution provider compiled.
pub(super) fn is_compiled(domain: &str, op: &str) -> bool {
    domain == "com.microsoft" && op == "EPContext"
}

/// What an operator makes of the weights it reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    /// The operator.
    pub(super) op: &'static str,
    /// For packed bytes: the label, and the bits of a weight.
    packed: Option<(&'static str, u64)>,
}

impl Quantized {
    /// Which of the inputs hold weights.
    pub(super) fn weights(&self) -> &'static [usize] {
        self.weights
    }

    /// What the operator makes of its weights, given its whole-number attributes.
    pub(super) fn reads(&self, attribute: impl Fn(&str) -> Option<u64>) -> Use {
        let packed = match self.packing {
            Packing::Whole => None,
            Packing::Bits(name, default) => match attribute(name).unwrap_or(default) {
                2 => Some(("int2", 2)),
                4 => Some(("int4", 4)),
                8 => Some(("int8", 8)),
                _ => None,
            },
            Packing::Bnb4 => match attribute("quant_type") {
                Some(0) => Some(("bnb-fp4", 4)),
                _ => Some(("bnb-nf4", 4)),
            },
        };
        Use {
            op: self.op,
            packed,
        }
    }
}

impl Use {
    /// The label of a tensor so used, and the bits of a weight; `None` where it is no quantized one.
    pub(super) fn label(&self, stored: &DataType) -> Option<(&'static str, u64)> {
        match (self.packed, stored.name) {
            (Some(packed), "uint8" | "int8") => Some(packed),
            (_, "I16") => Some(("int16", 16)),
            (_, "U16") => Some(("uint16", 16)),
            // Biases of 32 bits, scales and what a quantizer left in floats are no weights.
            (_, "I32" | "F32" | "F16" | "BF16" | "F64") => None,
            _ => Some((stored.name, stored.bits)),
        }
    }
}

const fn whole(op: &'static str, weights: &'static [usize]) -> Quantized {
    Quantized {
        op,
        weights,
        packing: Packing::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::onnx::data_type::data_type;

    fn label(op: &str, attribute: Option<u64>, stored: u64) -> Option<(&'static str, u64)> {
        let known = quantized("com.microsoft", op)?;
        known.reads(|_| attribute).label(data_type(stored)?)
    }

    #[test]
    fn packed_bytes_are_what_the_attributes_say() {
        assert_eq!(label("MatMulNBits", Some(4), 2), Some(("int4", 4)));
        assert_eq!(label("MatMulNBits", Some(8), 2), Some(("int8", 8)));
        assert_eq!(label("MatMulNBits", Some(3), 2), Some(("uint8", 8)));
        assert_eq!(label("MatMulBnb4", Some(0), 2), Some(("bnb-fp4", 4)));
        assert_eq!(label("MatMulBnb4", Some(1), 2), Some(("bnb-nf4", 4)));
        assert_eq!(label("QMoE", None, 2), Some(("int4", 4)));
    }

    #[test]
    fn what_is_dequantized_is_named_by_its_type() {
        assert_eq!(label("DequantizeLinear", None, 3), Some(("int8", 8)));
        assert_eq!(label("DequantizeLinear", None, 5), Some(("int16", 16)));
        assert_eq!(label("DequantizeLinear", None, 22), Some(("int4", 4)));
        assert_eq!(label("DequantizeLinear", None, 17), Some(("F8_E4M3", 8)));
        assert_eq!(label("DequantizeLinear", None, 6), None);
    }

    #[test]
    fn the_domain_decides_what_an_operator_is() {
        assert!(quantized("ai.onnx", "DequantizeLinear").is_some());
        assert!(quantized("org.example", "DequantizeLinear").is_none());
        assert!(calls_python("com.microsoft", "PythonOp"));
        assert!(!calls_python("org.example", "PythonOp"));
    }
}
