from dataclasses import replace

import pytest
from rule_building import check, context, model, only, pin, pins, setting, settings, span

RULE = "mutable-revision"
COMMIT = "8b1c0f2d4e6a7b9c1d3e5f708192a3b4c5d6e7f8"
ASKED = settings(pins_revision=setting("commit", 22))


def found(source, revision, policy=ASKED):
    lock = pins(replace(pin(), source=source, revision=revision))
    return check(RULE, model(), policy, context(lock))


@pytest.mark.parametrize(
    ("source", "revision"),
    [
        ("hf:our-org/chat", COMMIT),
        ("huggingface.co/our-org/chat", COMMIT),
        ("huggingface.co.example/our-org/chat", None),
        ("https://huggingface.co/our-org/chat", COMMIT),
        ("oci:registry.example/chat", "sha256:" + "a" * 64),
        ("https://models.example.org/chat.gguf", None),
        (None, None),
        (None, "main"),
    ],
)
def test_a_pin_by_a_commit_or_of_no_hub_passes(source, revision):
    assert found(source, revision) == []


@pytest.mark.parametrize("revision", ["main", "v1.0", COMMIT[:12], COMMIT.upper(), COMMIT + "0"])
def test_a_pin_by_a_name_that_may_move_is_found(revision):
    finding = only(found("hf:our-org/chat", revision))

    assert finding.message == f"hf:our-org/chat is pinned at {revision}, which may move"
    assert (finding.policy, finding.label) == (span(22), "asks for a commit")
    assert finding.pin == pin().span


@pytest.mark.parametrize(
    "source",
    ["hf:our-org/chat", "https://huggingface.co/our-org/chat", "hf.co/a/b", "huggingface.co"],
)
def test_a_reference_to_a_hub_without_a_revision_is_found(source):
    assert only(found(source, None)).message == f"{source} is recorded without a revision"


def test_any_revision_passes_where_the_policy_does_not_ask():
    assert found("hf:our-org/chat", "main", settings()) == []


def test_a_file_that_is_not_pinned_passes():
    assert check(RULE, model(), ASKED) == []
