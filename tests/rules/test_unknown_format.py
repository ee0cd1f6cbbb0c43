from rule_building import broken, check, model, only

from lbom_gate.model import Anomaly

RULE = "unknown-format"


def test_a_known_format_passes():
    assert check(RULE, model()) == []


def test_an_unknown_format_is_found():
    finding = only(check(RULE, model(format=None, name_agrees=None)))

    assert finding.message == "the content is no format the gate knows"


def test_a_file_of_which_something_else_is_wrong_passes():
    empty = Anomaly("truncated-file", "empty", "the file is empty")

    assert check(RULE, model(format=None, anomalies=(empty,))) == []
    assert check(RULE, broken("not-examined", "permission denied")) == []


def test_a_document_that_does_not_say_passes():
    assert check(RULE, model(format=None, evidence="declared")) == []
