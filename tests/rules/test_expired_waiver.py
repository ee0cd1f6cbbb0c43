from datetime import date

from rule_building import check_waiver, only, span, waiver

RULE = "expired-waiver"


def test_a_waiver_on_its_last_day_passes():
    assert check_waiver(RULE, waiver(expires=date(2026, 11, 21))) == []


def test_a_waiver_on_the_day_after_is_found():
    finding = only(check_waiver(RULE, waiver(expires=date(2026, 11, 20))))

    assert finding.message == (
        "the waiver of unlisted-quantization for models/tiny.gguf expired on 2026-11-20"
    )
    assert finding.path == "lbom-gate.yaml"
    assert finding.policy == span(40)
    assert finding.notes == ("reason: vendor ships only Q2_K",)
