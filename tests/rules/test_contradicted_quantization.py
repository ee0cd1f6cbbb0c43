from rule_building import allow, check, only, quantized, rows, settings, span

from lbom_gate.model import Claim, Location

RULE = "contradicted-quantization"


def test_a_supported_claim_passes():
    supported = quantized(claims=(Claim("Q8_0", "file name", "consistent"),), verdict="consistent")

    assert check(RULE, supported) == []


def test_a_mixed_claim_passes():
    assert check(RULE, quantized(verdict="mixed", tensor_types=rows("Q8_0", "F16"))) == []


LIE = quantized(
    claims=(
        Claim("Q2_K", "file name", "consistent"),
        Claim("Q8_0", "general.file_type", "contradicted"),
    ),
    verdict="contradicted",
    tensor_types=rows("Q2_K"),
)


def test_a_contradicted_claim_that_does_not_count_passes():
    for counted in ((), ("file name",), ("config.json*",)):
        assert check(RULE, LIE, settings(claim_must_match=allow(*counted))) == []


def test_a_contradicted_claim_that_counts_is_found():
    only(check(RULE, LIE, settings(claim_must_match=allow("general.*"))))


def test_a_contradicted_claim_is_found():
    lie = quantized(
        claims=(
            Claim("Q2_K", "file name", "consistent"),
            Claim("Q8_0", "general.file_type", "contradicted"),
        ),
        verdict="contradicted",
        tensor_types=rows("Q2_K", "F32"),
    )

    finding = only(check(RULE, lie))

    assert finding.message == "general.file_type claims Q8_0, but the tensors are Q2_K and F32"
    assert finding.location == Location(key="general.file_type")
    assert finding.policy == span(3)
    assert finding.notes == (
        "file name claims Q2_K",
        "general.file_type claims Q8_0",
        "blk.0.weight … 1 of 2 tensors is Q2_K (4.00 bits/weight)",
        "blk.1.weight … 1 of 2 tensors is F32 (4.04 bits/weight)",
    )
