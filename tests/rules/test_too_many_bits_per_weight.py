from rule_building import check, only, quantized, rows, setting, settings, span

RULE = "too-many-bits-per-weight"
MOST_8 = settings(max_bits_per_weight=setting(8.5))


def bits(value, **parts):
    return quantized(bits_per_weight=value, tensor_types=rows("F16"), **parts)


def test_at_most_the_limit_passes():
    assert check(RULE, bits(8.5), MOST_8) == []


def test_more_than_the_limit_is_found():
    finding = only(check(RULE, bits(16.0), MOST_8))

    assert finding.message == "16 bits per weight are more than 8.5"
    assert (finding.policy, finding.label) == (span(18), "the most allowed")
    assert finding.notes == ("blk.0.weight … 1 of 1 tensor is F16 (4.00 bits/weight)",)


def test_a_number_that_is_none_is_found():
    assert len(check(RULE, bits(float("nan")), MOST_8)) == 1


def test_unknown_bits_are_not_judged_here():
    assert check(RULE, bits(None), MOST_8) == []
    assert len(check("not-examined", bits(None), MOST_8)) == 1


def test_any_number_passes_where_nothing_is_asked():
    assert check(RULE, bits(32.0)) == []
