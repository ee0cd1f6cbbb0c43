import pytest
from rule_building import check_waiver, only, waiver

RULE = "broad-waiver"


def test_a_waiver_for_one_path_passes():
    assert check_waiver(RULE, waiver()) == []


@pytest.mark.parametrize("path", ["**", "*", "**/*", "./**"])
def test_a_waiver_for_every_path_is_found(path):
    finding = only(check_waiver(RULE, waiver(path)))

    assert finding.message == (f"the waiver of unlisted-quantization for {path} matches every path")
