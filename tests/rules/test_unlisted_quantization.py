import pytest
from rule_building import allow, check, model, only, quantized, rows, settings, span

from lbom_gate.model import Claim, Location, Quantization

RULE = "unlisted-quantization"
POLICY = settings(quantization_allow=allow("Q8_0", "Q4_K*", "F16"))


def claim(value: str, verdict: str) -> Claim:
    return Claim(value, "general.file_type", verdict)


def mixed(claimed: str, label: str, **unexplained):
    return quantized(
        label=label,
        claims=(claim(claimed, "mixed"),),
        verdict="mixed",
        tensor_types=rows(label, "Q2_K", "F32", **unexplained),
    )


@pytest.mark.parametrize("verdict", ["consistent", "unclaimed"])
def test_a_listed_label_passes(verdict):
    assert check(RULE, quantized(label="q4_k_m", verdict=verdict), POLICY) == []


@pytest.mark.parametrize("verdict", ["consistent", "unclaimed"])
def test_an_unlisted_label_is_found(verdict):
    tiny = quantized(label="Q2_K", verdict=verdict, tensor_types=rows("Q2_K", "Q4_K"))

    finding = only(check(RULE, tiny, POLICY))

    assert finding.message == "Q2_K is not an allowed quantization"
    assert finding.help == "use a model quantized to Q8_0, Q4_K* or F16"
    assert finding.policy == span(18)
    assert finding.label == "none of these matches Q2_K"
    assert finding.location == Location(key="blk.0.weight")
    assert finding.notes == ("blk.0.weight … 1 of 2 tensors is Q2_K (4.00 bits/weight)",)


def test_a_recipe_that_is_listed_and_supported_passes_whatever_its_types():
    recipe = quantized(
        label="Q4_K_M",
        claims=(claim("Q4_K_M", "consistent"),),
        verdict="consistent",
        tensor_types=rows("Q4_K", "Q6_K"),
    )

    assert check(RULE, recipe, POLICY) == []


def test_a_mixed_model_whose_claim_and_unexplained_types_are_listed_passes():
    odd = quantized(
        label="Q4_K",
        claims=(claim("Q4_K_M", "mixed"),),
        verdict="mixed",
        tensor_types=rows("Q4_K", "F16", unexplained=("F16",)),
    )

    assert check(RULE, odd, POLICY) == []


def test_a_mixed_model_whose_label_alone_is_listed_passes():
    assert check(RULE, mixed("Q5_K_M", "Q4_K"), POLICY) == []


def test_an_unlisted_type_that_the_claim_does_not_explain_is_found():
    finding = only(check(RULE, mixed("Q4_K_M", "Q4_K", unexplained=("Q2_K",)), POLICY))

    assert finding.message == "Q2_K is not an allowed quantization"


def test_a_mixed_model_of_which_neither_claim_nor_label_is_listed_is_found():
    finding = only(check(RULE, mixed("Q5_K_M", "Q5_K", unexplained=("Q2_K",)), POLICY))

    assert finding.message == "Q5_K_M, Q5_K and Q2_K are not allowed"


def test_a_claim_that_the_tensors_contradict_does_not_speak_for_a_mixed_model_and_is_found():
    both = quantized(
        label="Q5_K",
        claims=(claim("Q5_K_M", "mixed"), claim("Q8_0", "contradicted")),
        verdict="mixed",
        tensor_types=rows("Q5_K"),
    )

    assert only(check(RULE, both, POLICY)).message == "Q5_K_M and Q5_K are not allowed"


def test_a_listed_claim_that_the_tensors_contradict_is_found():
    lie = quantized(
        label="Q2_K",
        claims=(claim("Q8_0", "contradicted"),),
        verdict="contradicted",
        tensor_types=rows("Q2_K", "Q8_0"),
    )

    finding = only(check(RULE, lie, POLICY))

    assert finding.message == "Q2_K is not an allowed quantization"
    assert finding.notes == (
        "general.file_type claims Q8_0",
        "blk.0.weight … 1 of 2 tensors is Q2_K (4.00 bits/weight)",
    )


def test_a_contradicted_claim_over_listed_types_passes():
    harmless = quantized(
        label="Q8_0",
        claims=(claim("Q2_K", "contradicted"),),
        verdict="contradicted",
        tensor_types=rows("Q8_0"),
    )

    assert check(RULE, harmless, POLICY) == []


def test_a_claim_that_no_tensor_could_tell_of_passes():
    assert check(RULE, quantized(label="Q2_K", verdict="no-evidence"), POLICY) == []


def test_an_unlisted_quantization_that_a_document_declares_is_found():
    claims = (claim("Q2_K", "no-evidence"),)
    declared = model(
        evidence="declared", quantization=Quantization(claims=claims, verdict="no-evidence")
    )

    assert only(check(RULE, declared, POLICY)).message == "Q2_K is not an allowed quantization"


def test_any_quantization_under_a_policy_without_a_list_passes():
    assert check(RULE, quantized(label="Q2_K")) == []


def test_many_refused_types_are_counted():
    names = ("Q2_K", "Q3_K", "IQ1_S", "IQ1_M", "IQ2_S", "IQ3_S", "IQ4_XS", "TQ1_0")
    lie = quantized(verdict="contradicted", tensor_types=rows(*names))

    assert only(check(RULE, lie, POLICY)).message == (
        "Q2_K, Q3_K, IQ1_S, IQ1_M, IQ2_S, IQ3_S and 2 more are not allowed"
    )
