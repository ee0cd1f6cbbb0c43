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


def test_an_expression_that_is_not_listed_as_a_whole_is_found():
    only(check(RULE, model(license="Apache-2.0 AND MIT"), POLICY))


def test_a_missing_license_is_left_to_missing_license_and_passes():
    assert check(RULE, model(license=None), POLICY) == []
