from datetime import timedelta

import pytest
from rule_building import TODAY, check_waiver, only, setting, settings, span, waiver

RULE = "expiring-waiver"
SOON = settings(expiring_days=setting(14))


def ends_in(days, policy=SOON):
    return check_waiver(RULE, waiver(expires=TODAY + timedelta(days=days)), policy=policy)


@pytest.mark.parametrize("days", [15, 180, -1, -100])
def test_a_waiver_with_time_left_or_none_at_all_passes(days):
    assert ends_in(days) == []


@pytest.mark.parametrize(("days", "when"), [(14, "in 14 days"), (1, "in 1 day"), (0, "today")])
def test_a_waiver_that_ends_soon_is_found(days, when):
    finding = only(ends_in(days))

    assert finding.message == (
        "the waiver of unlisted-quantization for models/tiny.gguf ends"
        f" {when} ({TODAY + timedelta(days=days)})"
    )
    assert finding.help == "ask ml whether it is still needed; renew or remove it"
    assert finding.notes == ("reason: vendor ships only Q2_K",)
    assert finding.policy == span(40)


def test_a_waiver_passes_where_nothing_says_what_soon_is():
    assert ends_in(0, settings()) == []
