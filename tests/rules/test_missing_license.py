from rule_building import check, model, only

from lbom_gate.model import Anomaly

RULE = "missing-license"


def test_a_stated_license_passes():
    assert check(RULE, model(license="mit")) == []


def test_a_missing_license_is_found():
    assert only(check(RULE, model(license=None))).message == "no license is stated"


def test_an_empty_license_is_found():
    only(check(RULE, model(license="")))


def test_a_model_that_was_not_read_passes():
    unread = Anomaly("not-examined", "unreadable", "permission denied")

    assert check(RULE, model(license=None, anomalies=(unread,))) == []
