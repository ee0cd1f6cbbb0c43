from rule_building import check, model, only, setting, settings, span

RULE = "too-few-parameters"
LEAST = settings(min_parameters=setting(1_000_000))


def test_as_many_as_asked_for_passes():
    assert check(RULE, model(parameters=1_000_000), LEAST) == []


def test_fewer_than_asked_for_is_found():
    finding = only(check(RULE, model(parameters=15_000), LEAST))

    assert finding.message == "15,000 parameters are fewer than 1,000,000"
    assert (finding.policy, finding.label) == (span(18), "the least allowed")


def test_an_unknown_number_is_not_examined():
    assert check(RULE, model(parameters=None), LEAST) == []
    finding = only(check("not-examined", model(parameters=None), LEAST))
    assert finding.message == (
        "the number of parameters is unknown, and architecture.min-parameters asks for it"
    )
