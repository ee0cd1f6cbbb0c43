import pytest
from rule_building import allow, check, model, only, setting, settings, span

RULE = "non-commercial-license"
DENY = settings(non_commercial=setting("deny", 26))


@pytest.mark.parametrize(
    "license_",
    ["mit", "CC-BY-4.0", "cc-by-nd-4.0", "llama3.1", "CC-BY-NC-4.0 OR MIT", "other", "ncsa", None],
)
def test_a_license_that_allows_commercial_use_passes(license_):
    assert check(RULE, model(license=license_), DENY) == []


@pytest.mark.parametrize(
    "license_",
    [
        "cc-by-nc-4.0",
        "CC-BY-NC-SA-3.0-IGO",
        "CC-BY-NC-ND-2.5",
        "MIT AND CC-BY-NC-4.0",
        "PolyForm-Noncommercial-1.0.0",
        "apple-amlr",
        "fair-noncommercial-research-license",
        "flux-1-dev-non-commercial-license",
        "stabilityai-nc-research-community",
        "Qwen-Research",
        "mrl",
    ],
)
def test_a_license_that_forbids_commercial_use_is_found(license_):
    finding = only(check(RULE, model(license=license_), DENY))

    assert finding.message == f"{license_} forbids commercial use"
    assert (finding.policy, finding.label) == (span(26), "denied here")


def test_a_list_that_allows_the_license_does_not_excuse_it():
    policy = settings(non_commercial=setting("deny"), licenses_allow=allow("CC-BY-NC-4.0"))

    assert len(check(RULE, model(license="cc-by-nc-4.0"), policy)) == 1


def test_such_a_license_passes_where_the_policy_does_not_deny_it():
    assert check(RULE, model(license="cc-by-nc-4.0")) == []
    assert (
        check(RULE, model(license="cc-by-nc-4.0"), settings(non_commercial=setting("allow"))) == []
    )
