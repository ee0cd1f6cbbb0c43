"""Every value that is in force at a path is shown with the line that set it."""

from dataclasses import fields

from lbom_gate.model import Said
from lbom_gate.policies import in_force
from lbom_gate.policies.asks import Asks

POLICY = """\
version: 1
extends: [builtin:recommended]
paths: {include: ["models/**"], exclude: ["models/old/**"]}
quantization: {allow: [Q8_0, "Q4_K*"]}
architecture: {allow: [llama], max-parameters: 7B}
pins: {require: true}
egress: {allow: [huggingface.co], classes: {literal: error}}
licenses: {allow: [MIT]}
rules: {code: warning, missing-license: off}
overrides:
  - paths: ["models/a*"]
    quantization: {allow: [F16], min-bits-per-weight: 4}
  - paths: ["models/ab*"]
    quantization: {allow: [F32]}
waivers:
  - {rule: missing-license, path: "models/*", reason: r, owner: o, expires: 2020-01-01}
  - {rule: missing-license, path: models/b, reason: r, owner: o, expires: 2027-01-01}
"""


def where(said: Said) -> str:
    """Return path, line and column of a value."""
    span = said.span
    return "" if span is None else f"{span.path}:{span.line}:{span.column}"


def test_a_value_stands_under_its_key_with_the_line_that_set_it(load_text):
    explained = in_force(load_text(POLICY), "models/b")
    asked = {each.key: (each.value, where(each)) for each in explained.asked}

    assert asked["quantization.allow"] == (("Q8_0", "Q4_K*"), "lbom-gate.yaml:4:23")
    assert asked["architecture.max-parameters"] == (7_000_000_000, "lbom-gate.yaml:5:48")
    assert asked["pins.require"] == (True, "lbom-gate.yaml:6:17")
    assert asked["egress"] == ("judged", "lbom-gate.yaml:7:1")
    assert asked["egress.allow"] == (("huggingface.co",), "lbom-gate.yaml:7:17")
    assert asked["egress.classes.literal"] == ("error", "lbom-gate.yaml:7:54")
    assert asked["egress.classes.reference"] == ("off", "")
    assert asked["settings.waiver-max-days"][0] == 180
    assert asked["settings.waiver-max-days"][1].startswith("builtin:recommended:")


def test_the_last_override_that_names_the_path_wins(load_text):
    explained = in_force(load_text(POLICY), "models/abc")
    asked = {each.key: (each.value, where(each)) for each in explained.asked}

    assert [(each.value, where(each)) for each in explained.overrides] == [
        (("models/a*",), "lbom-gate.yaml:11:5"),
        (("models/ab*",), "lbom-gate.yaml:13:5"),
    ]
    assert asked["quantization.allow"] == (("F32",), "lbom-gate.yaml:14:27")
    assert asked["quantization.min-bits-per-weight"] == (4.0, "lbom-gate.yaml:12:55")


def test_the_level_of_every_rule_is_shown_with_the_line_of_its_selector(load_text, rules):
    explained = in_force(load_text(POLICY), "models/b")
    levels = {each.key: (each.value, where(each)) for each in explained.levels}

    assert sorted(levels) == sorted(rule.name for rule in rules)
    assert levels["remote-code"] == ("warning", "lbom-gate.yaml:9:15")
    assert levels["missing-license"] == ("off", "lbom-gate.yaml:9:41")
    assert levels["not-examined"][0] == "error"
    assert levels["not-examined"][1].startswith("builtin:recommended:")


def test_a_waiver_is_shown_where_its_pattern_names_the_path_also_when_it_has_expired(load_text):
    policy = load_text(POLICY)

    assert [w.span.line for w in in_force(policy, "models/b").waivers] == [16, 17]
    assert [w.span.line for w in in_force(policy, "models/c").waivers] == [16]
    assert in_force(policy, "models/deep/c").waivers == ()


def test_what_the_policy_leaves_out_is_said(load_text):
    policy = load_text(POLICY)
    explained = in_force(policy, "models/old/x")

    assert not explained.is_selected
    assert in_force(policy, "models/x").is_selected
    assert [(each.key, each.value) for each in explained.selection] == [
        ("paths.include", ("models/**",)),
        ("paths.exclude", ("models/old/**",)),
    ]


def test_every_value_a_policy_can_ask_for_is_shown_under_a_key_of_the_policy(load_text):
    policy = load_text(POLICY)
    said = {field.name for field in fields(Asks) if getattr(policy.asks, field.name) is not None}
    shown = {each.key for each in in_force(policy, "models/b").asked}
    others = {key for key in shown if not key.startswith("egress")}

    assert len(others) == len(said - {"levels", "egress"})
    assert all("." in key for key in others)
