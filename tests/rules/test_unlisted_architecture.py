import pytest
from rule_building import allow, check, model, only, settings, span

RULE = "unlisted-architecture"
POLICY = settings(architecture_allow=allow("llama", "qwen*"))


@pytest.mark.parametrize("architecture", ["llama", "Llama", "qwen3moe"])
def test_a_listed_architecture_passes(architecture):
    assert check(RULE, model(architecture=architecture), POLICY) == []


def test_an_unlisted_architecture_is_found():
    finding = only(check(RULE, model(architecture="mamba"), POLICY))

    assert finding.message == "mamba is not an allowed architecture"
    assert finding.policy == span(18)


def test_a_long_architecture_is_cut_in_the_message_and_is_found():
    finding = only(check(RULE, model(architecture="x" * 100_000), POLICY))

    assert finding.message == f"{'x' * 120}… is not an allowed architecture"


def test_an_unknown_architecture_is_left_to_not_examined_and_passes():
    assert check(RULE, model(architecture=None), POLICY) == []
