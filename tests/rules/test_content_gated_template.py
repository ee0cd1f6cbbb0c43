from rule_building import broken, check, model, only, span

RULE = "content-gated-template"


def test_a_file_without_one_passes():
    assert check(RULE, model()) == []


def test_a_file_with_one_is_found():
    finding = only(check(RULE, broken(RULE, "what was found", offset=4096)))

    assert finding.message == "what was found"
    assert finding.location is not None
    assert finding.location.offset == 4096
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(check(RULE, broken(RULE, "what was found", "another", "a third")))

    assert finding.message == "what was found; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert check(RULE, broken("another-rule", "what was found")) == []
