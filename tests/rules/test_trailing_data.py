from rule_building import broken, check, model, only, span

RULE = "trailing-data"


def test_a_file_without_more_passes():
    assert check(RULE, model()) == []


def test_a_file_with_more_behind_is_found():
    finding = only(check(RULE, broken(RULE, "7 bytes follow the last tensor", offset=4096)))

    assert finding.message == "7 bytes follow the last tensor"
    assert finding.location is not None
    assert finding.location.offset == 4096
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(
        check(RULE, broken(RULE, "7 bytes follow the last tensor", "another", "a third"))
    )

    assert finding.message == "7 bytes follow the last tensor; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert check(RULE, broken("another-rule", "7 bytes follow the last tensor")) == []
