import pytest
from rule_building import allow, check, model, only, settings, span

RULE = "unknown-license"


@pytest.mark.parametrize(
    "license_",
    [
        "mit",
        "Apache-2.0",
        "llama3.1",
        "GPL-3.0-or-later",
        "MIT AND Apache-2.0",
        "other OR MIT",
        "GPL-2.0-or-later WITH Classpath-exception-2.0",
        "openrail++",
        None,
    ],
)
def test_a_license_that_spdx_or_the_hub_names_passes(license_):
    assert check(RULE, model(license=license_)) == []


@pytest.mark.parametrize(
    ("license_", "unknown"),
    [
        ("other", "other"),
        ("unknown", "unknown"),
        ("our own terms", "our own terms"),
        ("LicenseRef-ours", "LicenseRef-ours"),
        ("MIT AND other", "other"),
        ("MIT/Apache-2.0", "MIT/Apache-2.0"),
        ("((((", "(((("),
        ("MIT AND", "MIT AND"),
        ("no\x00thing", "no\x00thing"),
        ("x" * 5000, "x" * 120 + "…"),
    ],
)
def test_a_license_that_nobody_can_tell_is_found(license_, unknown):
    subject = model(license=license_, license_source="general.license")
    finding = only(check(RULE, subject))

    assert finding.message == f"{unknown} is no license of SPDX's list or the Hub's"
    assert finding.policy == span(3)
    assert finding.location.key == "general.license"


def test_where_licenses_are_listed_the_list_decides():
    policy = settings(licenses_allow=allow("ours"))

    assert check(RULE, model(license="ours"), policy) == []
    assert check(RULE, model(license="other"), policy) == []
