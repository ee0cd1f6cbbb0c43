import pytest
from rule_building import check, model, only

RULE = "extension-mismatch"


@pytest.mark.parametrize("agrees", [True, None])
def test_a_name_that_does_not_disagree_passes(agrees):
    assert check(RULE, model(name_agrees=agrees)) == []


def test_a_name_that_disagrees_is_found():
    finding = only(check(RULE, model(format="safetensors", name_agrees=False)))

    assert finding.message == "the content is safetensors, which the file's name does not say"
