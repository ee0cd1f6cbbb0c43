import pytest
from rule_building import check, only, quantized, rows

from lbom_gate.model import Claim

RULE = "undeclared-quantization"


@pytest.mark.parametrize("name", ["F64", "F32", "F16", "BF16"])
def test_an_unquantized_model_without_a_claim_passes(name):
    assert check(RULE, quantized(label=name, tensor_types=rows(name))) == []


def test_a_quantized_model_with_a_claim_passes():
    claim = Claim("Q4_0", "file name", "consistent")
    claimed = quantized(claims=(claim,), verdict="consistent", tensor_types=rows("Q4_0"))

    assert check(RULE, claimed) == []


def test_a_quantized_model_without_a_claim_is_found():
    finding = only(check(RULE, quantized(label="Q4_0", tensor_types=rows("Q4_0", "F32"))))

    assert finding.message == ("the tensors are Q4_0, and nothing says that the model is quantized")
    assert finding.notes == ("blk.0.weight … 1 of 2 tensors is Q4_0 (4.00 bits/weight)",)


def test_quantized_layers_beside_a_claim_of_a_plain_type_are_found():
    claim = Claim("BF16", "config.json: dtype", "mixed")
    subject = quantized(
        label="BF16", claims=(claim,), verdict="mixed", tensor_types=rows("BF16", "U8")
    )

    finding = only(check(RULE, subject))

    assert finding.message == "the tensors are U8, and nothing says that the model is quantized"


def test_a_contradicted_claim_of_a_plain_type_passes_here_because_its_own_rule_reports_it():
    claim = Claim("BF16", "config.json: dtype", "contradicted")
    subject = quantized(
        label="U8", claims=(claim,), verdict="contradicted", tensor_types=rows("U8")
    )

    assert check(RULE, subject) == []
    assert len(check("contradicted-quantization", subject)) == 1


def test_packed_weights_that_are_stored_as_floats_are_found():
    finding = only(check(RULE, quantized(label="bnb-nf4", tensor_types=rows("BF16"))))

    assert finding.message == (
        "the tensors are bnb-nf4, and nothing says that the model is quantized"
    )
