"""Every finding comes with a command that helps, spelled as a shell takes it."""

import shlex
from datetime import date

import pytest
from rule_building import broken, check, file, model, only, setting, settings, waiver
from rule_building import check_waiver as check_the_waiver


def command(path="models/tiny.gguf", **asked):
    subject = model(file(path), license=None)
    return only(check("missing-license", subject, settings(**asked))).command


def test_a_finding_about_a_model_may_be_waived():
    assert command() == (
        "lbom-gate waive missing-license models/tiny.gguf --reason … --owner … --expires 90d"
    )


def test_the_waiver_is_no_longer_than_the_policy_lets_it_be():
    assert command(waiver_max_days=setting(30)).endswith(" --expires 30d")
    assert command(waiver_max_days=setting(365)).endswith(" --expires 90d")


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("a b.gguf", "'a b.gguf'"),
        ("$(id).gguf", "'$(id).gguf'"),
        ("it's.gguf", "'it'\"'\"'s.gguf'"),
        ("-rf", "./-rf"),
        ("模型.gguf", "模型.gguf"),
    ],
)
def test_a_path_is_quoted_for_the_shell(path, typed):
    text = command(path)

    assert typed in text
    assert len(shlex.split(text)) == 10


@pytest.mark.parametrize("path", ["a\\xff.gguf", "a\n.gguf", "a\x1b[2J.gguf", "a\u202e.gguf"])
def test_a_path_that_cannot_be_typed_has_no_command(path):
    assert command(path) == ""


def test_a_grave_finding_is_explained_and_its_waiver_not_offered():
    finding = only(check("malformed-header", broken("malformed-header", "x")))

    assert finding.command == "lbom-gate explain malformed-header"


def test_a_finding_about_the_policy_is_explained():
    finding = only(check_the_waiver("expired-waiver", waiver(expires=date(2026, 1, 1))))

    assert finding.command == "lbom-gate explain expired-waiver"


def test_bytes_that_are_not_pinned_can_be():
    policy = settings(pins_require=setting(value=True))

    finding = only(check("unpinned-model", model(), policy))
    assert finding.command == "lbom-gate lock --update models/tiny.gguf"
