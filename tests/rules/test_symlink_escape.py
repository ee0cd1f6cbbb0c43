from rule_building import broken, check, model, only, span

RULE = "symlink-escape"


def test_a_file_that_is_no_link_passes():
    assert check(RULE, model()) == []


def test_a_link_out_of_the_root_is_found():
    finding = only(
        check(RULE, broken(RULE, "the link leads to /etc/passwd, outside the repository", offset=0))
    )

    assert finding.message == "the link leads to /etc/passwd, outside the repository"
    assert finding.location is not None
    assert finding.location.offset == 0
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(
        check(
            RULE,
            broken(
                RULE, "the link leads to /etc/passwd, outside the repository", "another", "a third"
            ),
        )
    )

    assert finding.message == "the link leads to /etc/passwd, outside the repository; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert (
        check(RULE, broken("another-rule", "the link leads to /etc/passwd, outside the repository"))
        == []
    )
