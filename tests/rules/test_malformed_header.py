from rule_building import broken, check, model, only, span

from lbom_gate.model import Anomaly, Location

RULE = "malformed-header"


def test_a_sound_header_passes():
    assert check(RULE, model()) == []


def test_a_broken_header_is_found():
    finding = only(check(RULE, broken(RULE, "duplicate key general.name", offset=96)))

    assert finding.message == "duplicate key general.name"
    assert finding.location is not None
    assert finding.location.offset == 96
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(check(RULE, broken(RULE, "duplicate key general.name", "another", "a third")))

    assert finding.message == "duplicate key general.name; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert check(RULE, broken("another-rule", "duplicate key general.name")) == []


def test_what_was_being_read_is_noted():
    anomaly = Anomaly(RULE, "duplicate-key", "duplicate key", 96, ("metadata", "general.name"))

    finding = only(check(RULE, model(anomalies=(anomaly,))))

    assert finding.notes == ("while reading metadata: general.name at byte 96",)
    assert finding.location == Location(96, "general.name")


def test_each_kind_makes_a_finding():
    kinds = (Anomaly(RULE, "duplicate-key", "twice"), Anomaly(RULE, "overlap", "overlapping"))

    messages = [finding.message for finding in check(RULE, model(anomalies=kinds))]

    assert messages == ["twice", "overlapping"]
