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
