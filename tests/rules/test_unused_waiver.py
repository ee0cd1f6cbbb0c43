from datetime import date

from rule_building import check_waiver, only, span, waiver

RULE = "unused-waiver"


def test_a_waiver_that_matched_passes():
    assert check_waiver(RULE, waiver(), matched=1) == []


def test_a_waiver_that_matched_nothing_is_found():
    finding = only(check_waiver(RULE, waiver(), matched=0))

    assert finding.message == (
        "the waiver of unlisted-quantization for models/tiny.gguf matched no finding"
    )
    assert finding.policy == span(40)


def test_a_waiver_in_a_run_over_some_paths_passes():
    assert check_waiver(RULE, waiver(), matched=0, is_whole=False) == []


def test_an_expired_waiver_is_left_to_expired_waiver_and_passes():
    assert check_waiver(RULE, waiver(expires=date(2026, 1, 1)), matched=0) == []
