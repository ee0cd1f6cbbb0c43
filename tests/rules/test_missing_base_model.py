from rule_building import broken, check, model, only, setting, settings, span

RULE = "missing-base-model"
REQUIRE = settings(base_models_require=setting(value=True, line=30))


def test_a_model_that_names_one_passes():
    assert check(RULE, model(base_models=("a/b",)), REQUIRE) == []


def test_a_model_that_names_none_is_found():
    finding = only(check(RULE, model(), REQUIRE))

    assert finding.message == "no base model is stated"
    assert (finding.policy, finding.label) == (span(30), "asks every model for one")


def test_a_model_that_was_not_examined_passes_here():
    assert check(RULE, broken("not-examined", "over a limit"), REQUIRE) == []


def test_a_model_that_names_none_passes_where_none_is_asked_for():
    assert check(RULE, model()) == []
    assert check(RULE, model(), settings(base_models_require=setting(value=False))) == []
