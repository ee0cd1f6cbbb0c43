import pytest
from rule_building import check, model, only, span

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
