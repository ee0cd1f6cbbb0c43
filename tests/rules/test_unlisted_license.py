import pytest
from rule_building import allow, check, model, only, settings, span

from lbom_gate.model import Location

RULE = "unlisted-license"
POLICY = settings(licenses_allow=allow("Apache-2.0", "MIT"))


def test_a_listed_license_passes():
    assert check(RULE, model(license="apache-2.0"), POLICY) == []


def test_an_unlisted_license_is_found():
    stated = model(license="cc-by-nc-4.0", license_source="general.license")

    finding = only(check(RULE, stated, POLICY))

    assert finding.message == "cc-by-nc-4.0 is not an allowed license"
    assert finding.location == Location(key="general.license")
    assert finding.policy == span(18)
    assert finding.notes == ("stated in general.license",)


@pytest.mark.parametrize(
    "license_",
    [
        "Apache-2.0 AND MIT",
        "Apache-2.0 OR GPL-3.0-only",
        "(GPL-3.0-only OR MIT) AND apache-2.0",
        "mit or other",
    ],
)
def test_an_expression_with_an_allowed_choice_passes(license_):
    assert check(RULE, model(license=license_), POLICY) == []


@pytest.mark.parametrize(
    ("license_", "note"),
    [
        ("Apache-2.0 AND GPL-3.0-only", "of these, GPL-3.0-only: not listed"),
        ("GPL-2.0-only OR other", "of these, GPL-2.0-only and other: not listed"),
        (
            "MIT AND (GPL-3.0-only OR CC-BY-NC-4.0)",
            "of these, GPL-3.0-only and CC-BY-NC-4.0: not listed",
        ),
    ],
)
def test_an_expression_without_an_allowed_choice_is_found(license_, note):
    finding = only(check(RULE, model(license=license_), POLICY))

    assert finding.message == f"{license_} is not an allowed license"
    assert finding.notes == (note,)


@pytest.mark.parametrize(
    ("stated", "entry"),
    [
        ("gpl-3.0", "GPL-3.0-only"),
        ("GPL-3.0", "gpl-3.0-only"),
        ("GPL-3.0-only", "GPL-3.0"),
        ("odbl", "ODbL-1.0"),
        ("LLAMA3.1", "llama3*"),
        ("Apache-2.0+", "Apache-2.0"),
        ("our own terms", "our own terms"),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", "GPL-2.0-or-later WITH *"),
    ],
)
def test_a_license_is_listed_by_any_of_its_names(stated, entry):
    assert check(RULE, model(license=stated), settings(licenses_allow=allow(entry))) == []


def test_a_license_with_an_exception_is_another_license_to_a_list_of_what_is_allowed():
    policy = settings(licenses_allow=allow("GPL-2.0-or-later"))

    only(check(RULE, model(license="GPL-2.0-or-later WITH Classpath-exception-2.0"), policy))


@pytest.mark.parametrize(
    "license_",
    [
        "AGPL-3.0-only",
        "agpl-3.0",
        "AGPL-3.0-or-later AND MIT",
        "AGPL-3.0-only WITH Classpath-exception-2.0",
    ],
)
def test_a_denied_license_is_found_though_it_is_listed(license_):
    policy = settings(licenses_allow=allow("*"), licenses_deny=allow("AGPL-*", line=19))
    finding = only(check(RULE, model(license=license_), policy))

    assert finding.message == f"{license_} is a denied license"
    assert finding.policy == span(19)


def test_a_choice_that_is_not_denied_passes():
    policy = settings(licenses_deny=allow("AGPL-*"))

    assert check(RULE, model(license="AGPL-3.0-only OR MIT"), policy) == []
    assert check(RULE, model(license="GPL-3.0-only"), policy) == []


def test_what_is_denied_is_no_choice():
    policy = settings(licenses_allow=allow("MIT", "AGPL-*"), licenses_deny=allow("AGPL-*"))

    finding = only(check(RULE, model(license="AGPL-3.0-only OR GPL-2.0-only"), policy))
    assert finding.message == "AGPL-3.0-only OR GPL-2.0-only is not an allowed license"


def test_a_missing_license_is_left_to_missing_license_and_passes():
    assert check(RULE, model(license=None), POLICY) == []
