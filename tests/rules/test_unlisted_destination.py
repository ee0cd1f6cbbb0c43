import pytest
from rule_building import (
    SHA_A,
    Destinations,
    check,
    findings,
    model,
    only,
    setting,
    settings,
    span,
)

from lbom_gate.model import Destination, Location, Sbom

RULE = "unlisted-destination"
POLICY = settings(egress_allow=setting(Destinations("https://good.example/x")))


def metadata(value: str, source: str = "general.url") -> Destination:
    return Destination("metadata", value, source, 200)


def test_a_listed_destination_passes():
    assert check(RULE, model(destinations=(metadata("https://good.example/x"),)), POLICY) == []


def test_an_unlisted_destination_is_found():
    finding = only(check(RULE, model(destinations=(metadata("https://evil.example/x"),)), POLICY))

    assert finding.message == "https://evil.example/x is not an allowed destination"
    assert finding.help == "remove it from the model, or list it in egress.allow: an-entry"
    assert finding.level == "error"
    assert finding.location == Location(200, "general.url")
    assert finding.policy == span(18)
    assert finding.label == "not in allowlist"
    assert finding.sha256 == SHA_A


def test_destinations_of_one_host_and_class_make_one_finding():
    urls = tuple(metadata(f"https://evil.example/{i}") for i in range(4))
    other = Destination("contact", "https://evil.example/c", "x")

    messages = [f.message for f in check(RULE, model(destinations=(*urls, other)), POLICY)]

    assert messages == [
        "evil.example is not an allowed destination: https://evil.example/0 and 3 more",
        "https://evil.example/c is not an allowed destination",
    ]


def test_a_destination_without_a_host_is_found():
    finding = only(check(RULE, model(destinations=(metadata("http://[broken"),)), POLICY))

    assert finding.message == "http://[broken is not an allowed destination"


@pytest.mark.parametrize(
    ("cls", "level"),
    [
        ("contact", "error"),
        ("fetch", "error"),
        ("code", "error"),
        ("metadata", "error"),
        ("literal", "warning"),
    ],
)
def test_a_destination_of_every_class_that_is_judged_is_found(cls, level):
    destination = Destination(cls, "https://evil.example/x", "somewhere")

    assert only(check(RULE, model(destinations=(destination,)), POLICY)).level == level


def test_a_reference_passes():
    reference = Destination("reference", "https://evil.example/", "website")

    assert check(RULE, model(destinations=(reference,)), POLICY) == []


def test_a_class_that_the_policy_switches_off_passes():
    policy = settings(egress_allow=setting(Destinations()), egress_classes={"metadata": "off"})

    assert check(RULE, model(destinations=(metadata("https://evil.example/x"),)), policy) == []


def test_a_class_that_the_policy_raises_is_found():
    reference = Destination("reference", "https://evil.example/", "website")
    policy = settings(egress_allow=setting(Destinations()), egress_classes={"reference": "error"})

    assert only(check(RULE, model(destinations=(reference,)), policy)).level == "error"


def test_a_rule_at_warning_reports_no_error():
    policy = settings({RULE: "warning"}, egress_allow=setting(Destinations()))

    finding = only(check(RULE, model(destinations=(metadata("https://evil.example/x"),)), policy))

    assert finding.level == "warning"


def test_a_destination_of_the_document_is_found():
    contact = Destination("contact", "https://evil.example/api", "services")
    sbom = Sbom((), (contact,), "bom.cdx.json")

    finding = only(findings(RULE, sbom, POLICY))

    assert finding.path == "bom.cdx.json"
    assert finding.notes == ("contact destination in services",)


def test_any_destination_under_a_policy_without_an_egress_section_passes():
    assert check(RULE, model(destinations=(metadata("https://evil.example/x"),))) == []
