//! The quantization label in a file's name: a claim, never evidence.

use super::llama_ftype;

/// Labels that people write for short, and the recipes or types they mean.
const SHORT: &[(&str, &str)] = &[
    ("Q3_K", "Q3_K_M"),
    ("Q4_K", "Q4_K_M"),
    ("Q5_K", "Q5_K_M"),
    ("MXFP4", "MXFP4_MOE"),
    ("FP16", "F16"),
    ("FP32", "F32"),
];

/// The last label in a file's name that we have a word for, as the field spells it.
///
/// A label stands between `-`, `.`, `_` or the ends of the name, in any letter case, and may hold
/// `_` itself: of `Q4_K_M` and `Q4_K` the longer counts. A label that only begins like one of
/// ours (`Q2_K_L`, `Q4_K_XL`) claims nothing, because nobody but its author knows what it means.
#[must_use]
pub fn claim_in_file_name(name: &str) -> Option<String> {
    name.split(['-', '.'])
        .rev()
        .find_map(label_in)
        .map(str::to_owned)
}

/// The last label in a part of a name that holds neither `-` nor `.`.
fn label_in(part: &str) -> Option<&'static str> {
    let starts = || std::iter::once(0).chain(part.match_indices('_').map(|(at, _)| at + 1));
    let ends = || {
        part.match_indices('_')
            .map(|(at, _)| at)
            .chain(std::iter::once(part.len()))
    };
    let mut last = None;
    let mut free = 0;
    for start in starts() {
        if start < free {
            continue;
        }
        let longest = ends().rev().find_map(|end| {
            let label = known(part.get(start..end)?)?;
            Some((end, label))
        });
        if let Some((end, label)) = longest {
            free = end;
            last = (!is_continued(part.get(end..)?)).then_some(label).or(last);
        }
    }
    last
}

/// Whether what follows a label makes it another label that is not ours, as `_L` or the repacked
/// layouts of the past (`Q4_0_4_4`) do.
fn is_continued(rest: &str) -> bool {
    const SIZES: &[&str] = &["XXS", "XS", "S", "M", "L", "XL", "XXL", "K"];
    let next = rest
        .strip_prefix('_')
        .and_then(|rest| rest.split('_').next());
    next.is_some_and(|next| {
        SIZES.iter().any(|size| size.eq_ignore_ascii_case(next))
            || (next.len() == 1 && next.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

/// The word of our vocabulary that a label is, in any letter case.
fn known(label: &str) -> Option<&'static str> {
    let meant = SHORT
        .iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(label));
    meant
        .map(|(_, meant)| *meant)
        .or_else(|| llama_ftype::named(label).map(|file_type| file_type.name))
}

#[cfg(test)]
mod tests {
    use super::claim_in_file_name;

    fn claim(name: &str) -> Option<String> {
        claim_in_file_name(name)
    }

    #[test]
    fn a_recipe_is_found_wherever_it_is_delimited() {
        for name in [
            "tinyllama-random.Q4_K_M-pure.gguf",
            "Example-8B-Q4_K_M.gguf",
            "model-q4_k_m-00001-of-00003.gguf",
            "Example_8B_q4_k_m.gguf",
            "Q4_K_M.gguf",
        ] {
            assert_eq!(claim(name).as_deref(), Some("Q4_K_M"), "{name}");
        }
    }

    #[test]
    fn a_short_label_means_the_recipe_it_is_short_for() {
        assert_eq!(claim("m-Q3_K.gguf").as_deref(), Some("Q3_K_M"));
        assert_eq!(claim("m-q4_k.gguf").as_deref(), Some("Q4_K_M"));
        assert_eq!(claim("m-Q5_K.gguf").as_deref(), Some("Q5_K_M"));
        assert_eq!(
            claim("gpt-oss-20b-mxfp4.gguf").as_deref(),
            Some("MXFP4_MOE")
        );
    }

    #[test]
    fn plain_types_are_claims_in_all_their_spellings() {
        assert_eq!(claim("m-fp16.gguf").as_deref(), Some("F16"));
        assert_eq!(claim("m.F16.gguf").as_deref(), Some("F16"));
        assert_eq!(claim("m-bf16.safetensors").as_deref(), Some("BF16"));
        assert_eq!(claim("m_fp32.safetensors").as_deref(), Some("F32"));
    }

    #[test]
    fn the_last_label_counts() {
        assert_eq!(claim("m-F16-to-Q8_0.gguf").as_deref(), Some("Q8_0"));
        assert_eq!(claim("m_F16_Q8_0.gguf").as_deref(), Some("Q8_0"));
    }

    #[test]
    fn a_label_that_is_not_ours_claims_nothing() {
        for name in [
            "m-Q2_K_L.gguf",
            "m-UD-Q4_K_XL.gguf",
            "m-Q4_0_4_4.gguf",
            "m-Q9_0.gguf",
            "model.gguf",
            "IQ.gguf",
            "",
            "-._-",
            "ü_Q4_Kä.gguf",
        ] {
            assert_eq!(claim(name), None, "{name}");
        }
    }

    #[test]
    fn an_unknown_label_does_not_hide_an_earlier_one() {
        assert_eq!(claim("m-Q8_0-Q2_K_L.gguf").as_deref(), Some("Q8_0"));
    }

    #[test]
    fn a_label_of_known_parts_is_read_at_its_longest() {
        assert_eq!(claim("m-IQ2_XXS.gguf").as_deref(), Some("IQ2_XXS"));
        assert_eq!(claim("m-Q2_K_S.gguf").as_deref(), Some("Q2_K_S"));
        assert_eq!(claim("m-mxfp4_moe.gguf").as_deref(), Some("MXFP4_MOE"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_answered(name in "\\PC{0,40}") {
            let _ = claim(&name);
        }

        #[test]
        fn a_claim_is_a_word_of_ours(prefix in "[a-z]{1,8}", label in "(q|Q)[1-8]_[01K]") {
            let found = claim(&format!("{prefix}-{label}.gguf"));
            proptest::prop_assert!(found.is_none_or(|found| super::known(&found).is_some()));
        }
    }
}
