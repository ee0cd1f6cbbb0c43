import math

from rule_building import check, model, only, quantized, rows, setting, settings, span

RULE = "too-few-bits-per-weight"
POLICY = settings(min_bits_per_weight=setting(4.0))


def test_enough_bits_passes():
    assert check(RULE, quantized(bits_per_weight=4.0), POLICY) == []


def test_too_few_bits_is_found():
    few = quantized(bits_per_weight=3.35, tensor_types=rows("Q2_K", "F32"))

    finding = only(check(RULE, few, POLICY))

    assert finding.message == "3.35 bits per weight are fewer than 4"
    assert finding.policy == span(18)
    assert finding.notes == (
        "blk.0.weight … 1 of 2 tensors is Q2_K (4.00 bits/weight)",
        "blk.1.weight … 1 of 2 tensors is F32 (4.04 bits/weight)",
    )


def test_bits_that_are_no_number_is_found():
    only(check(RULE, quantized(bits_per_weight=math.nan), POLICY))


def test_unknown_bits_is_left_to_not_examined_and_passes():
    assert check(RULE, model(), POLICY) == []


def test_any_bits_under_a_policy_that_does_not_ask_passes():
    assert check(RULE, quantized(bits_per_weight=1.5)) == []
