//! Element types of safetensors files.
//!
//! A new type is one line in [`DTYPES`]. Source: `safetensors` 0.8.0, `tensor.rs` (`enum Dtype`);
//! names are case-sensitive there.

/// How an element is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dtype {
    /// The type as the header spells it.
    pub name: &'static str,
    /// Bits of an element; a tensor's bits are a whole number of bytes.
    pub bits: u64,
}

/// Every type that the reference reader knows.
pub const DTYPES: &[Dtype] = &[
    Dtype {
        name: "BOOL",
        bits: 8,
    },
    Dtype {
        name: "F4",
        bits: 4,
    },
    Dtype {
        name: "F6_E2M3",
        bits: 6,
    },
    Dtype {
        name: "F6_E3M2",
        bits: 6,
    },
    Dtype {
        name: "U8",
        bits: 8,
    },
    Dtype {
        name: "I8",
        bits: 8,
    },
    Dtype {
        name: "F8_E5M2",
        bits: 8,
    },
    Dtype {
        name: "F8_E4M3",
        bits: 8,
    },
    Dtype {
        name: "F8_E8M0",
        bits: 8,
    },
    Dtype {
        name: "F8_E4M3FNUZ",
        bits: 8,
    },
    Dtype {
        name: "F8_E5M2FNUZ",
        bits: 8,
    },
    Dtype {
        name: "I16",
        bits: 16,
    },
    Dtype {
        name: "U16",
        bits: 16,
    },
    Dtype {
        name: "F16",
        bits: 16,
    },
    Dtype {
        name: "BF16",
        bits: 16,
    },
    Dtype {
        name: "I32",
        bits: 32,
    },
    Dtype {
        name: "U32",
        bits: 32,
    },
    Dtype {
        name: "F32",
        bits: 32,
    },
    Dtype {
        name: "C64",
        bits: 64,
    },
    Dtype {
        name: "F64",
        bits: 64,
    },
    Dtype {
        name: "I64",
        bits: 64,
    },
    Dtype {
        name: "U64",
        bits: 64,
    },
];

/// Names of `PyTorch` and of everyday speech, in lower case, and the types they mean. Source:
/// `safetensors.torch` (`_TYPES`); those of 8-bit floats carry a suffix that the
/// header's do not.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("float64", "F64"),
    ("double", "F64"),
    ("float32", "F32"),
    ("float", "F32"),
    ("fp32", "F32"),
    ("float16", "F16"),
    ("half", "F16"),
    ("fp16", "F16"),
    ("bfloat16", "BF16"),
    ("float8_e4m3fn", "F8_E4M3"),
    ("float8_e5m2", "F8_E5M2"),
    ("float8_e4m3fnuz", "F8_E4M3FNUZ"),
    ("float8_e5m2fnuz", "F8_E5M2FNUZ"),
    ("int8", "I8"),
    ("uint8", "U8"),
];

/// The type of this name, spelled as a safetensors header spells it.
#[must_use]
pub fn dtype(name: &str) -> Option<&'static Dtype> {
    DTYPES.iter().find(|dtype| dtype.name == name)
}

/// The type that a configuration or a file name means: `bfloat16`, `torch.float16`, `fp16`, `F32`.
#[must_use]
pub fn spoken_dtype(name: &str) -> Option<&'static Dtype> {
    let lower = name.to_ascii_lowercase();
    let spoken = lower.strip_prefix("torch.").unwrap_or(&lower);
    OTHER_NAMES
        .iter()
        .find(|(other, _)| *other == spoken)
        .and_then(|(_, meant)| dtype(meant))
        .or_else(|| {
            DTYPES
                .iter()
                .find(|dtype| dtype.name.eq_ignore_ascii_case(spoken))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_spells_types_in_upper_case_only() {
        assert_eq!(
            dtype("BF16"),
            Some(&Dtype {
                name: "BF16",
                bits: 16
            })
        );
        assert_eq!(dtype("bf16"), None);
        assert_eq!(dtype("F8_E4M3FN"), None);
    }

    #[test]
    fn a_configuration_may_use_the_names_of_pytorch() {
        let meant = |name| spoken_dtype(name).map(|dtype| dtype.name);

        assert_eq!(meant("bfloat16"), Some("BF16"));
        assert_eq!(meant("torch.float16"), Some("F16"));
        assert_eq!(meant("float8_e4m3fn"), Some("F8_E4M3"));
        assert_eq!(meant("bf16"), Some("BF16"));
        assert_eq!(meant("auto"), None);
    }

    #[test]
    fn the_table_holds_the_twenty_two_types_of_the_reference_reader() {
        assert_eq!(DTYPES.len(), 22);
        assert!(OTHER_NAMES.iter().all(|(_, meant)| dtype(meant).is_some()));
    }
}
