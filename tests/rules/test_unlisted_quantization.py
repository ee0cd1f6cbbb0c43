import pytest
from rule_building import allow, check, model, only, quantized, rows, setting, settings, span

from lbom_gate.model import Claim, Location, Quantization, TensorType

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


def test_tensors_that_lie_in_no_known_way_are_judged_by_their_types():
    strange = quantized(
        label="I32",
        claims=(claim("of-tomorrow-4bit", "no-evidence"),),
        verdict="no-evidence",
        tensor_types=rows("I32"),
    )

    assert only(check(RULE, strange, POLICY)).message == "I32 is not an allowed quantization"


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


DENY_IQ1 = settings(quantization_allow=allow("*"), quantization_deny=allow("IQ1_*", line=19))


def test_a_denied_quantization_is_found_though_it_is_listed():
    subject = quantized(verdict="unclaimed", tensor_types=rows("Q4_K", "IQ1_S"))
    finding = only(check(RULE, subject, DENY_IQ1))

    assert finding.message == "IQ1_S is a denied quantization"
    assert (finding.policy, finding.label) == (span(19), "denies IQ1_S")
    assert finding.notes == ("blk.1.weight … 1 of 2 tensors is IQ1_S (4.04 bits/weight)",)


def test_a_denied_claim_that_the_tensors_bear_out_is_found():
    subject = quantized(
        label="IQ1_M",
        claims=(Claim("IQ1_M", "file name", "consistent"),),
        verdict="consistent",
        tensor_types=rows("Q2_K"),
    )

    assert only(check(RULE, subject, DENY_IQ1)).message == "IQ1_M is a denied quantization"


def test_a_denied_claim_that_the_tensors_contradict_passes():
    subject = quantized(
        label="Q4_K",
        claims=(Claim("IQ1_M", "file name", "contradicted"),),
        verdict="contradicted",
        tensor_types=rows("Q4_K"),
    )

    assert check(RULE, subject, DENY_IQ1) == []


def test_what_is_denied_and_what_is_not_listed_are_told_apart():
    policy = settings(quantization_allow=allow("Q8_0"), quantization_deny=allow("IQ1_*"))
    subject = quantized(verdict="unclaimed", tensor_types=rows("Q4_K", "IQ1_S"))

    assert only(check(RULE, subject, policy)).message == (
        "IQ1_S is a denied quantization, and Q4_K not allowed either"
    )


def share(name, parameters, embeddings=0, unexplained=0):
    return TensorType(
        name, 1, parameters, parameters, parameters, unexplained, "a.weight", embeddings
    )


def lesser(percent, **more):
    return settings(quantization_allow=allow("Q4_K*"), lesser_share=setting(percent / 100), **more)


@pytest.mark.parametrize("verdict", ["unclaimed", "contradicted"])
def test_types_that_hold_no_more_than_the_lesser_share_pass(verdict):
    subject = quantized(verdict=verdict, tensor_types=(share("Q4_K", 950), share("Q3_K", 50)))

    assert check(RULE, subject, lesser(5)) == []


def test_types_that_hold_more_than_the_lesser_share_are_found():
    types = (share("Q4_K", 940), share("Q2_K", 20), share("Q3_K", 40))
    finding = only(check(RULE, quantized(verdict="unclaimed", tensor_types=types), lesser(5)))

    assert finding.message == "Q3_K and Q2_K are not allowed"
    assert finding.notes[-1] == ("6 % of the parameters have types that are not listed, 5 % may")


def test_unexplained_types_within_the_lesser_share_pass_where_the_claim_is_listed():
    subject = quantized(
        label="Q4_K",
        claims=(Claim("Q4_K_M", "file name", "mixed"),),
        verdict="mixed",
        tensor_types=(share("Q4_K", 950), share("F16", 50, unexplained=1)),
    )

    assert check(RULE, subject, lesser(5)) == []
    assert only(check(RULE, subject, lesser(4))).message == "F16 is not an allowed quantization"


def test_a_lesser_share_does_not_excuse_a_label():
    subject = quantized(
        label="Q2_K",
        claims=(Claim("Q2_K", "file name", "consistent"),),
        verdict="consistent",
        tensor_types=(share("Q2_K", 1000),),
    )

    assert only(check(RULE, subject, lesser(100))).message == "Q2_K is not an allowed quantization"


def test_a_denied_type_is_denied_however_little_it_holds():
    subject = quantized(verdict="unclaimed", tensor_types=(share("Q4_K", 999), share("IQ1_S", 1)))

    only(check(RULE, subject, lesser(50, quantization_deny=allow("IQ1_S"))))


def test_the_type_of_exempt_embeddings_does_not_matter():
    types = (share("Q4_K", 700), share("F16", 300, embeddings=300))
    subject = quantized(verdict="unclaimed", tensor_types=types)
    exempt = settings(
        quantization_allow=allow("Q4_K"), quantization_exempt=setting(("embeddings",))
    )

    assert check(RULE, subject, exempt) == []
    assert only(check(RULE, subject, settings(quantization_allow=allow("Q4_K")))).message == (
        "F16 is not an allowed quantization"
    )


def test_other_tensors_of_the_type_of_exempt_embeddings_are_found():
    types = (share("Q4_K", 600), share("F16", 400, embeddings=300))
    exempt = settings(
        quantization_allow=allow("Q4_K"), quantization_exempt=setting(("embeddings",))
    )

    only(check(RULE, quantized(verdict="unclaimed", tensor_types=types), exempt))
