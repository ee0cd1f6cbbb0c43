//! Operators of a graph that read quantized weights, as a claim about the whole.

use crate::quantization::{Claimed, Tensor, assess};
use crate::record::QuantizationVerdict::{self, Consistent, Mixed, Unclaimed};

fn matrix(type_name: &'static str, elements: u64) -> Tensor {
    Tensor {
        name: type_name.into(),
        type_name,
        row: 16,
        dimensions: 2,
        elements,
        bytes: elements,
    }
}

/// Verdict, label and claims of a graph whose operators read these types.
fn judged(
    tensors: &[Tensor],
    labels: &[&'static str],
) -> (QuantizationVerdict, Option<String>, Vec<String>) {
    let claims: Vec<Claimed> = labels
        .iter()
        .map(|label| Claimed::Graph {
            label,
            source: "graph: DequantizeLinear".to_owned(),
        })
        .collect();
    let found = assess(tensors, &claims);
    let claims = found.claims.into_iter().map(|claim| claim.value).collect();
    (found.verdict, found.label, claims)
}

#[test]
fn operators_that_read_most_weights_name_the_model() {
    let tensors = [matrix("int8", 4096), matrix("F32", 1024)];

    let claimed = vec!["int8".to_owned()];
    assert_eq!(
        judged(&tensors, &["int8"]),
        (Consistent, Some("int8".to_owned()), claimed)
    );
}

#[test]
fn weights_of_another_quantized_type_stay_unexplained() {
    let tensors = [matrix("int8", 4096), matrix("uint8", 1024)];

    let claimed = vec!["int8".to_owned()];
    assert_eq!(
        judged(&tensors, &["int8", "uint8"]),
        (Mixed, Some("int8".to_owned()), claimed)
    );
    let rows = assess(
        &tensors,
        &[Claimed::Graph {
            label: "int8",
            source: String::new(),
        }],
    );
    let unexplained: Vec<_> = rows
        .tensor_types
        .iter()
        .filter(|row| row.unexplained_tensors > 0)
        .map(|row| row.name.as_str())
        .collect();
    assert_eq!(unexplained, ["uint8"]);
}

#[test]
fn operators_that_read_few_weights_claim_nothing() {
    let tensors = [matrix("int8", 1024), matrix("F32", 4096)];

    assert_eq!(
        judged(&tensors, &["int8"]),
        (Unclaimed, Some("F32".to_owned()), Vec::new())
    );
}

#[test]
fn of_two_types_that_hold_as_much_one_alone_is_claimed() {
    let tensors = [matrix("int8", 2048), matrix("uint8", 2048)];

    let claimed = vec!["int8".to_owned()];
    assert_eq!(
        judged(&tensors, &["int8", "uint8"]),
        (Mixed, Some("int8".to_owned()), claimed)
    );
}
