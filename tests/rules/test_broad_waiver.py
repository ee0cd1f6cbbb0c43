from datetime import date

import pytest
from rule_building import check_waiver, only, setting, settings, waiver

RULE = "broad-waiver"
POLICY = settings(waiver_max_days=setting(180))


def test_a_waiver_for_one_path_until_the_last_allowed_day_passes():
    assert check_waiver(RULE, waiver(expires=date(2027, 5, 20)), policy=POLICY) == []


@pytest.mark.parametrize("path", ["**", "*", "**/*", "./**"])
def test_a_waiver_for_every_path_is_found(path):
    finding = only(check_waiver(RULE, waiver(path), policy=POLICY))

    assert finding.message == (f"the waiver of unlisted-quantization for {path} matches every path")


def test_a_waiver_that_lasts_a_day_too_long_is_found():
    finding = only(check_waiver(RULE, waiver(expires=date(2027, 5, 21)), policy=POLICY))

    assert finding.message == (
        "the waiver of unlisted-quantization for models/tiny.gguf expires in 181 days,"
        " more than 180"
    )
    assert finding.help == "let it expire by 2027-05-20"


def test_a_long_waiver_under_a_policy_without_a_limit_passes():
    assert check_waiver(RULE, waiver(expires=date(2036, 1, 1))) == []
