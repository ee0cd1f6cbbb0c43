from rule_building import broken, check, model, only, span

RULE = "truncated-file"


def test_a_complete_file_passes():
    assert check(RULE, model()) == []


def test_a_file_that_ends_early_is_found():
    finding = only(
        check(RULE, broken(RULE, "tensor data ends at byte 4096, the file at 1024", offset=1024))
    )

    assert finding.message == "tensor data ends at byte 4096, the file at 1024"
    assert finding.location is not None
    assert finding.location.offset == 1024
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(
        check(
            RULE,
            broken(RULE, "tensor data ends at byte 4096, the file at 1024", "another", "a third"),
        )
    )

    assert finding.message == "tensor data ends at byte 4096, the file at 1024; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert (
        check(RULE, broken("another-rule", "tensor data ends at byte 4096, the file at 1024")) == []
    )
