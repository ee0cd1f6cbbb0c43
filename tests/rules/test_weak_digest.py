from dataclasses import replace

import pytest
from rule_building import check, context, file, model, only, pin, pins, settings, span

from lbom_gate.model import Digest, File

RULE = "weak-digest"


def known_by(*algorithms, path="models/tiny.gguf"):
    return File(path, 1000, tuple(Digest(name, "ab", "claimed", "sbom") for name in algorithms))


@pytest.mark.parametrize(
    "algorithms", [["sha256"], ["md5", "sha256"], ["sha512"], ["blake3"], ["sha3-256"], []]
)
def test_a_file_with_a_strong_digest_or_with_none_passes(algorithms):
    assert check(RULE, model(known_by(*algorithms))) == []


def test_a_file_with_weak_digests_only_is_found():
    finding = only(check(RULE, model(known_by("md5", "sha-1"))))

    assert finding.message == "only md5 and sha-1 is known, which can be forged"
    assert finding.policy == span(3)


def test_a_companion_with_a_weak_digest_only_is_named():
    companion = known_by("md5", path="models/config.json")
    finding = only(check(RULE, model(known_by("sha256"), companion)))

    assert finding.path == "models/tiny.gguf"
    assert finding.message == "only md5 of models/config.json is known, which can be forged"


WEAKLY_PINNED = replace(pin(), sha256=None, weak=Digest("md5", "ab" * 16, "claimed", "dvc"))


def test_a_pin_by_a_weak_digest_is_found_though_the_bytes_are_known():
    finding = only(check(RULE, model(), settings(), context(pins(WEAKLY_PINNED))))

    assert finding.message == "pinned by md5 only, which can be forged"
    assert finding.pin == WEAKLY_PINNED.span
    assert finding.command == "lbom-gate lock --update models/tiny.gguf"


def test_a_weak_pin_of_a_file_that_is_weakly_known_makes_one_finding():
    subject = model(known_by("md5"))

    only(check(RULE, subject, settings(), context(pins(WEAKLY_PINNED))))


def test_a_pin_by_a_strong_digest_passes():
    assert check(RULE, model(file()), settings(), context(pins(pin()))) == []
