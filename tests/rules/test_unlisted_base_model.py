import pytest
from rule_building import allow, check, model, only, settings, span

RULE = "unlisted-base-model"
ALLOW = settings(base_models_allow=allow("Qwen/*", "meta-llama/*"))


@pytest.mark.parametrize(
    "base",
    [
        "Qwen/Qwen2.5-7B",
        "qwen/qwen2.5-7b",
        "https://huggingface.co/Qwen/Qwen2.5-7B",
        "https://huggingface.co/Qwen/Qwen2.5-7B/tree/main",
        "https://hf.co/meta-llama/Llama-3.1-8B",
    ],
)
def test_a_listed_base_model_passes(base):
    assert check(RULE, model(base_models=(base,)), ALLOW) == []


@pytest.mark.parametrize(
    "base", ["someone/Qwen2.5-7B", "Qwen2.5 7B", "https://evil.example/Qwen/Qwen2.5-7B", "http://["]
)
def test_a_base_model_off_the_list_is_found(base):
    finding = only(check(RULE, model(base_models=(base,)), ALLOW))

    assert finding.message == f"made from {base}, which is not an allowed base model"
    assert finding.help == "use a model that was made from Qwen/* or meta-llama/*"
    assert (finding.policy, finding.label) == (span(18), f"none of these matches {base}")


def test_several_make_one_finding():
    finding = only(check(RULE, model(base_models=("Qwen/x", "a/b", "c/d")), ALLOW))

    assert finding.message == "made from a/b and c/d, which are not allowed"


def test_what_is_denied_is_found_though_it_is_listed():
    policy = settings(
        base_models_allow=allow("*"), base_models_deny=allow("*/*-abliterated", line=19)
    )
    finding = only(check(RULE, model(base_models=("a/b", "a/b-Abliterated")), policy))

    assert finding.message == "made from a/b-Abliterated, which the policy denies"
    assert (finding.policy, finding.label) == (span(19), "denies a/b-Abliterated")


def test_a_model_without_a_base_model_passes():
    assert check(RULE, model(), ALLOW) == []


def test_any_base_model_passes_where_nothing_is_listed():
    assert check(RULE, model(base_models=("a/b",))) == []
