//! The quantization method in the name of a file or a directory: a claim, never evidence.

use super::claim::{Bits, MethodClaim, Scheme};
use super::methods::IN_NAME;

/// Words of methods that stand for nothing else in names, and what they are called.
const WORDS: &[(&str, &str)] = &[
    ("aqlm", "aqlm"),
    ("awq", "awq"),
    ("bnb", "bnb"),
    ("eetq", "eetq"),
    ("exl2", "exl2"),
    ("exl3", "exl3"),
    ("fp8", "fp8"),
    ("gptq", "gptq"),
    ("hqq", "hqq"),
    ("int4", "int4"),
    ("int8", "int8"),
    ("mlx", "mlx"),
    ("mxfp4", "mxfp4"),
    ("mxfp8", "mxfp8"),
    ("nf4", "nf4"),
    ("nvfp4", "nvfp4"),
    ("vptq", "vptq"),
    ("w4a16", "int4"),
    ("w8a16", "int8"),
];

/// Words that say how many bits another method has.
const INTEGERS: &[(&str, u64)] = &[("int4", 4), ("int8", 8), ("int3", 3), ("int2", 2)];

/// Methods whose label bears their bits; with the others bits in the name say nothing.
const WITH_BITS: &[&str] = &[
    "aqlm", "awq", "bnb", "exl2", "exl3", "gptq", "hqq", "mlx", "vptq",
];

/// The method that a name claims: `Qwen2-7B-GPTQ-Int4`, `llama-3-8b-bnb-4bit`, `m-4.0bpw-exl2`.
///
/// Words stand between `-`, `_`, spaces or the ends of the name, in any letter case.
#[must_use]
pub fn method_in_name(name: &str, source: &'static str) -> Option<MethodClaim> {
    let lower = name.to_lowercase();
    let words: Vec<&str> = lower.split(['-', '_', ' ']).collect();
    let known = |word: &&str| WORDS.iter().find(|(known, _)| known == word);
    let is_integer = |word: &str| INTEGERS.iter().any(|(integer, _)| *integer == word);
    let methods = || words.iter().filter_map(known).rev();
    // `GPTQ-Int4` is GPTQ; `int4` alone is what many methods make.
    let (_, method) = methods()
        .find(|(word, _)| !is_integer(word))
        .or_else(|| methods().next())?;
    let bits = bits(&words).filter(|_| WITH_BITS.contains(method));
    // A model of any type may be stored for MLX.
    if *method == "mlx" && bits.is_none() {
        return None;
    }
    let is_said_shortly = !matches!(
        *method,
        "mlx" | "exl2" | "exl3" | "aqlm" | "vptq" | "hqq" | "eetq"
    );
    Some(MethodClaim {
        method: (*method).to_owned(),
        variant: is_said_shortly.then(|| IN_NAME.to_owned()),
        scheme: Scheme {
            bits,
            group_size: None,
        },
        source: source.to_owned(),
        ..MethodClaim::default()
    })
}

/// The last bits that words tell: `4bit`, `4 bit`, `int4`, `4.0bpw`.
fn bits(words: &[&str]) -> Option<Bits> {
    let after = words.iter().skip(1).chain(std::iter::once(&""));
    let found = words.iter().zip(after).filter_map(|(word, next)| {
        let integer = INTEGERS.iter().find(|(integer, _)| integer == word);
        if let Some((_, bits)) = integer {
            return Bits::whole(*bits);
        }
        let is_apart = matches!(*next, "bit" | "bits" | "bpw");
        let number = ["bits", "bit", "bpw"]
            .iter()
            .find_map(|unit| word.strip_suffix(unit))
            .or(is_apart.then_some(word));
        number?.parse().ok().and_then(Bits::nearest)
    });
    found.last()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Method and bits.
    fn claimed(name: &str) -> Option<(String, String)> {
        let claim = method_in_name(name, "file name")?;
        let bits = claim.scheme.bits.map(|bits| bits.to_string());
        Some((claim.method, bits.unwrap_or_default()))
    }

    #[test]
    fn names_as_people_write_them_are_understood() {
        for (name, method, bits) in [
            ("Qwen2-7B-Instruct-GPTQ-Int4", "gptq", "4"),
            ("TheBloke_Llama-2-7B-GPTQ", "gptq", ""),
            ("llama-3-8b-bnb-4bit", "bnb", "4"),
            ("Mistral-7B-AWQ", "awq", ""),
            ("Llama-3.1-8B-FP8", "fp8", ""),
            ("model-4.65bpw-exl2", "exl2", "4.65"),
            ("model-exl3-4bpw", "exl3", "4"),
            ("Llama-3.2-3B-mlx-8-bit", "mlx", "8"),
            ("bert-int8", "int8", ""),
            ("gemma-quantized.w4a16", "", ""),
            ("gemma-W4A16", "int4", ""),
            ("x-NVFP4", "nvfp4", ""),
        ] {
            let expected = (method.to_owned(), bits.to_owned());
            let expected = Some(expected).filter(|(method, _)| !method.is_empty());

            assert_eq!(claimed(name), expected, "{name}");
        }
    }

    #[test]
    fn names_without_a_method_claim_nothing() {
        for name in [
            "model",
            "Llama-3.2-3B-Instruct-4bit",
            "model-mlx",
            "bitnet-b1.58-2B",
            "",
            "awqs",
        ] {
            assert_eq!(claimed(name), None, "{name}");
        }
    }
}
