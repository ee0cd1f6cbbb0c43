from rule_building import check, model, only, setting, settings, span

RULE = "too-many-parameters"
POLICY = settings(max_parameters=setting(8_000_000_000))


def test_the_most_allowed_passes():
    assert check(RULE, model(parameters=8_000_000_000), POLICY) == []


def test_one_parameter_more_is_found():
    finding = only(check(RULE, model(parameters=8_000_000_001), POLICY))

    assert finding.message == "8,000,000,001 parameters are more than 8,000,000,000"
    assert finding.policy == span(18)


def test_an_unknown_number_is_left_to_not_examined_and_passes():
    assert check(RULE, model(parameters=None), POLICY) == []
