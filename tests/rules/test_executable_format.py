import pytest
from rule_building import allow, check, model, only, setting, settings, span

RULE = "executable-format"


def weights(loading, **facts):
    return model(loading=loading, **{"format": "keras", **facts})


@pytest.mark.parametrize("loading", ["data", "program", None])
def test_a_model_whose_loading_runs_no_code_passes(loading):
    assert check(RULE, weights(loading)) == []


def test_a_model_whose_loading_runs_code_is_found():
    finding = only(check(RULE, weights("code")))

    assert finding.message == "loading keras runs code that the file brings along"
    assert finding.policy == span(3)


@pytest.mark.parametrize(
    ("asked", "loading", "count"),
    [
        ("deny", "data", 0),
        ("deny", "program", 1),
        ("deny", "code", 1),
        ("weights-only", "data", 0),
        ("weights-only", "program", 0),
        ("weights-only", "code", 1),
        ("allow", "data", 0),
        ("allow", "program", 0),
        ("allow", "code", 0),
    ],
)
def test_the_policy_says_how_far_loading_may_go(asked, loading, count):
    policy = settings(executable_formats=setting(asked))

    assert len(check(RULE, weights(loading), policy)) == count


def test_a_program_is_named_as_one_and_the_line_that_denies_it():
    policy = settings(executable_formats=setting("deny", 20))
    finding = only(check(RULE, weights("program", format="pytorch"), policy))

    assert finding.message == "loading pytorch interprets a program"
    assert (finding.policy, finding.label) == (span(20), "not allowed here")


@pytest.mark.parametrize(
    ("loading", "format_", "count"),
    [("code", "keras", 0), ("code", "torchscript", 1), ("program", "pytorch", 0)],
)
def test_only_listed_formats_may_run_code(loading, format_, count):
    policy = settings(executable_formats=allow("keras"))

    assert len(check(RULE, weights(loading, format=format_), policy)) == count
