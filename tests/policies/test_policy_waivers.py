from dataclasses import replace
from datetime import date

import pytest

from lbom_gate.model import Finding, Span, Waiver
from lbom_gate.policies import apply_waivers, waivers

DIGEST = "9f2c1e77a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabb"
OTHER = "0" * 64
DAY = date(2026, 12, 31)

FINDING = Finding(
    rule="unlisted-license",
    level="error",
    path="models/a.gguf",
    message="nc is not an allowed licence",
    sha256=DIGEST,
)
WAIVER = Waiver(
    rule="unlisted-license",
    path="models/a.gguf",
    sha256=None,
    reason="asked the vendor",
    owner="ml-platform",
    expires=DAY,
    span=Span("lbom-gate.yaml", 4, 5, 28, "  - rule: unlisted-license"),
)


def apply(finding, *written, today=DAY, grave=frozenset({"digest-mismatch"})):
    """Return the waiver that the finding has, and how many findings each waiver named."""
    (judged,), matches = waivers.apply(
        [finding], written, today=today, grave=grave, locate=lambda path: path
    )
    assert replace(judged, waiver=None) == finding
    assert [waiver for waiver, _ in matches] == list(written)
    return judged.waiver, [count for _, count in matches]


def test_a_waiver_of_the_rule_and_the_path_waives():
    assert apply(FINDING, WAIVER) == (WAIVER, [1])


@pytest.mark.parametrize(
    "change",
    [
        {"rule": "missing-license"},
        {"path": "models/b.gguf"},
        {"path": "a.gguf"},
        {"sha256": OTHER},
    ],
    ids=str,
)
def test_a_waiver_of_something_else_does_not(change):
    assert apply(FINDING, replace(WAIVER, **change)) == (None, [0])


def test_a_pattern_waives_what_it_names():
    waiver = replace(WAIVER, path="models/*.gguf")

    assert apply(FINDING, waiver) == (waiver, [1])


def test_a_digest_binds_the_waiver_to_the_bytes():
    waiver = replace(WAIVER, sha256=DIGEST)

    assert apply(FINDING, waiver) == (waiver, [1])
    assert apply(replace(FINDING, sha256=OTHER), waiver) == (None, [0])
    assert apply(replace(FINDING, sha256=None), waiver) == (None, [0])


def test_a_waiver_holds_on_its_last_day_and_not_after():
    assert apply(FINDING, WAIVER, today=date(2026, 12, 31)) == (WAIVER, [1])
    assert apply(FINDING, WAIVER, today=date(2027, 1, 1)) == (None, [1])


def test_a_waiver_that_holds_stands_in_for_one_that_has_ended():
    ended = replace(WAIVER, expires=date(2026, 1, 1))

    assert apply(FINDING, ended, WAIVER) == (WAIVER, [1, 1])


@pytest.mark.parametrize(
    ("change", "is_waived"),
    [
        ({"sha256": DIGEST}, True),
        ({"sha256": None}, False),
        ({"sha256": DIGEST, "path": "models/*"}, False),
        ({"sha256": OTHER}, False),
    ],
    ids=str,
)
def test_a_grave_rule_is_waived_only_by_exact_path_and_digest(change, is_waived):
    finding = replace(FINDING, rule="digest-mismatch")
    waiver = replace(WAIVER, rule="digest-mismatch", **change)

    assert (apply(finding, waiver)[0] is not None) is is_waived


def test_a_policy_waives_in_its_own_directory(load_text):
    policy = load_text(
        "version: 1\nwaivers:\n  - rule: unlisted-license\n    path: models/**\n"
        "    reason: x\n    owner: y\n    expires: 2026-12-31\n"
    )
    inside, outside = FINDING, replace(FINDING, path="../models/a.gguf")

    (first, second), matches = apply_waivers([inside, outside], policy, today=DAY)

    assert first.waiver == policy.waivers[0]
    assert second == outside
    assert matches == ((policy.waivers[0], 1),)
