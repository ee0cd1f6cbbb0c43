from rule_building import allow, check, only, quantized, rows, settings, span

from lbom_gate.model import Claim

RULE = "disagreeing-claims"
METADATA = Claim("Q4_K_M", "general.file_type", "consistent")


def claims(*others, verdict="consistent"):
    return quantized(
        label="Q4_K_M",
        claims=(METADATA, *others),
        verdict=verdict,
        tensor_types=rows("Q4_K"),
    )


def test_claims_that_say_the_same_pass():
    assert check(RULE, claims()) == []
    assert check(RULE, claims(Claim("q4_k_m", "file name", "consistent"))) == []


def test_claims_that_name_different_quantizations_are_found():
    finding = only(check(RULE, claims(Claim("Q4_K_S", "file name", "mixed"), verdict="mixed")))

    assert finding.message == "general.file_type claims Q4_K_M and file name claims Q4_K_S"
    assert finding.location.key == "general.file_type"
    assert finding.notes == ("blk.0.weight … 1 of 1 tensor is Q4_K (4.00 bits/weight)",)
    assert finding.policy == span(3)


def test_a_contradicted_claim_passes_here_because_its_own_rule_reports_it():
    subject = claims(Claim("Q8_0", "file name", "contradicted"), verdict="contradicted")

    assert check(RULE, subject) == []
    assert len(check("contradicted-quantization", subject)) == 1


def test_the_type_of_what_a_method_leaves_alone_passes():
    subject = quantized(
        label="awq-4bit",
        claims=(
            Claim("awq-4bit", "config.json: quantization_config", "consistent"),
            Claim("F16", "config.json: dtype", "consistent"),
        ),
        verdict="consistent",
    )

    assert check(RULE, subject) == []


def test_a_type_that_differs_from_the_file_name_is_found():
    subject = quantized(
        claims=(
            Claim("BF16", "config.json: dtype", "no-evidence"),
            Claim("F16", "file name", "no-evidence"),
        ),
        verdict="no-evidence",
    )

    assert len(check(RULE, subject)) == 1


def test_a_claim_that_does_not_count_passes():
    policy = settings(claim_must_match=allow("general.*"))

    assert check(RULE, claims(Claim("Q4_K_S", "file name", "mixed")), policy) == []


def test_the_type_of_what_a_method_of_another_file_leaves_alone_passes():
    subject = quantized(
        label="quanto-int8",
        claims=(
            Claim("BF16", "config.json: dtype", "consistent"),
            Claim("quanto-int8", "quantization_map.json", "consistent"),
        ),
        verdict="consistent",
    )

    assert check(RULE, subject) == []
