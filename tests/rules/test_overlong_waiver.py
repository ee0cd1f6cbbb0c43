from datetime import timedelta

from rule_building import TODAY, check_waiver, only, setting, settings, span, waiver

RULE = "overlong-waiver"
LIMIT = settings(waiver_max_days=setting(180))


def test_a_waiver_that_expires_in_time_passes():
    on_time = waiver(expires=TODAY + timedelta(days=180))

    assert check_waiver(RULE, on_time, policy=LIMIT) == []


def test_a_waiver_that_expires_too_late_is_found():
    late = waiver(expires=TODAY + timedelta(days=181))
    finding = only(check_waiver(RULE, late, policy=LIMIT))

    assert finding.message == (
        "the waiver of unlisted-quantization for models/tiny.gguf expires in 181 days,"
        " more than 180"
    )
    assert finding.help == "let it expire by 2027-05-20"
    assert finding.policy == span(40)


def test_a_waiver_without_a_limit_passes():
    assert check_waiver(RULE, waiver(expires=TODAY.replace(year=2099))) == []
