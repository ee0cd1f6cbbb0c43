"""Which rules are asked: all that could have something to say."""

from hypothesis import given, settings
from rule_building import TODAY, allow
from rule_building import settings as asked

from bills import sboms
from lbom_gate.model import Context, Pins
from lbom_gate.rules import RULES, evaluate

CONTEXT = Context(Pins("lbom.lock", exists=False, by_path={}), TODAY, is_whole=False)
ASKED = asked(architecture_allow=allow("llama"), licenses_allow=allow("mit"))


@settings(deadline=None, max_examples=60)
@given(sboms())
def test_a_rule_that_is_not_asked_has_nothing_to_say(sbom):
    every = [
        finding
        for rule in RULES
        for finding in (
            *(each for model in sbom.models for each in rule.check(model, ASKED, CONTEXT)),
            *rule.check_sbom(sbom, ASKED, CONTEXT),
        )
    ]

    found = evaluate(sbom, lambda _: ASKED, CONTEXT)
    assert sorted(map(repr, found)) == sorted(map(repr, every))
