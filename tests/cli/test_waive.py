"""`lbom-gate waive`: an exception is written into the policy, or refused with the reason."""

import json
import os
import shutil
from pathlib import Path

import pytest

from lbom_gate import _scanner
from running import FIXTURES, Gate

POLICY = """\
version: 1 # of the format
extends: [builtin:recommended]
quantization: {allow: [Q8_0]}

# The end.
"""
WHY = ("--reason", "vendor ships only Q4", "--owner", "ml", "--today", "2026-11-21")


@pytest.fixture
def policy(repository: Path) -> Path:
    """Return a policy that a model breaks."""
    file = repository / "lbom-gate.yaml"
    file.write_text(POLICY)
    (repository / "models").mkdir()
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", repository / "models" / "a[1].gguf")
    return file


def verdicts(call: Gate, *more: str) -> list[tuple[str, bool]]:
    """Return rule and whether it is waived, for each finding."""
    result = call("check", "--format", "json", "--today", "2026-11-21", *more)
    return [(f["rule"], f["waiver"] is not None) for f in json.loads(result.stdout)["findings"]]


def test_a_waiver_lets_the_file_pass_until_its_bytes_change(call: Gate, policy: Path) -> None:
    model = policy.parent / "models" / "a[1].gguf"
    before = verdicts(call)
    result = call("waive", "unlisted-quantization", "models/a[1].gguf", "--expires", "90d", *WHY)
    waived = verdicts(call)
    model.write_bytes(model.read_bytes() + b"\0")

    assert result.returncode == 0, result.stderr
    assert ("unlisted-quantization", False) in before
    assert ("unlisted-quantization", True) in waived
    assert ("unlisted-quantization", False) in verdicts(call)
    assert policy.read_text().startswith(POLICY + "waivers:\n")
    assert 'path: "models/a[[]1].gguf"\n    sha256: ' in policy.read_text()
    assert policy.read_text().endswith("    expires: 2027-02-19\n")


def test_a_pattern_is_waived_whatever_the_bytes(call: Gate, policy: Path) -> None:
    result = call("waive", "unlisted-quantization", "models/*", "--expires", "2027-01-01", *WHY)

    assert result.returncode == 0, result.stderr
    assert "sha256" not in policy.read_text()
    assert ("unlisted-quantization", True) in verdicts(call)


def test_a_second_waiver_stands_below_the_first(call: Gate, policy: Path) -> None:
    for rule in ("unlisted-quantization", "missing-license"):
        call("waive", rule, "models/*", "--expires", "2027-01-01", *WHY)

    assert policy.read_text().count("waivers:") == 1
    assert policy.read_text().count("  - rule: ") == 2


def test_from_another_directory_the_path_is_that_of_the_policy(call: Gate, policy: Path) -> None:
    models = policy.parent / "models"
    result = call("waive", "missing-license", "b.gguf", "--expires", "1d", *WHY, cwd=models)

    assert result.returncode == 0, result.stderr
    assert "path: models/b.gguf\n" in policy.read_text()


def test_a_grave_rule_takes_the_digest_of_the_pin_where_the_file_is_gone(
    call: Gate, policy: Path
) -> None:
    call("lock")
    pinned = json.loads((policy.parent / "lbom.lock").read_text())["files"][0]["sha256"]
    (policy.parent / "models" / "a[1].gguf").unlink()
    result = call("waive", "digest-mismatch", "models/a[1].gguf", "--expires", "1d", *WHY)

    assert result.returncode == 0, result.stderr
    assert f"sha256: {pinned}\n" in policy.read_text()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("unlisted-quantisation", "a", "--expires", "1d"), "did you mean unlisted-quantization?"),
        (("missing-license", "a", "--expires", "2026-11-20"), "2026-11-20 is in the past"),
        (("missing-license", "a", "--expires", "181d"), "within 180 days, by 2027-05-20"),
        (("missing-license", "a", "--expires", "9999-12-31"), "within 180 days"),
        (("missing-license", "a", "--expires", "soon"), "'soon' is neither a number of days"),
        (("missing-license", "a", "--expires", "2026-02-30"), "neither a number of days"),
        (("missing-license", "a", "--expires", "0d"), "'0d' is neither a number of days such as"),
        (("missing-license", "**", "--expires", "1d"), "matches every path"),
        (("missing-license", "../a", "--expires", "1d"), "outside of the directory"),
        (("missing-license", "a", "--expires", "1d", "--sha256", "AB"), "64 hexadecimal digits"),
        (
            ("missing-license", "a", "--expires", "1d", "--sha256", "auto"),
            "no digest of the file is",
        ),
        (("unsafe-import", "a*", "--expires", "1d"), "only for one file"),
        (("unsafe-import", "a", "--expires", "1d"), "no digest of the file is known"),
        (("unsafe-import", "a", "--expires", "1d", "--sha256", "none"), "only for one file"),
        (("missing-license", "a//{b", "--expires", "1d"), "no alternative here"),
    ],
)
def test_a_waiver_that_could_not_hold_is_refused_and_nothing_is_written(
    call: Gate, policy: Path, arguments: tuple[str, ...], reason: str
) -> None:
    result = call("waive", *arguments, *WHY)

    assert result.returncode == 2
    assert reason in result.stderr
    assert policy.read_text() == POLICY


@pytest.mark.parametrize(
    ("rule", "path", "said"),
    [
        ("unlisted-quantization", "models/a[1].gguf", ""),
        ("unlisted-quantization", "models/*", ""),
        ("unlisted-format", "models/a[1].gguf", "no finding of unlisted-format on models/a[1]"),
        ("missing-license", "models/b.gguf", "there is no models/b.gguf"),
        ("missing-license", "models/", "models/ is a directory; models/** names what is in it"),
        ("missing-license", "modles/*", "no finding of missing-license on what modles/* matches"),
    ],
)
def test_a_waiver_that_waives_nothing_today_says_so(
    call: Gate, policy: Path, rule: str, path: str, said: str
) -> None:
    result = call("waive", rule, path, "--expires", "1d", *WHY)

    assert result.returncode == 0
    assert result.stderr.startswith(f"note: it waives nothing today: {said}" if said else "")
    assert bool(result.stderr) == bool(said)
    assert f"rule: {rule}\n" in policy.read_text()


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("models/a[1].gguf", [["models/a[1].gguf"]]),
        ("models/*", [["models/a[1].gguf"]]),
        ("other/*", [[], ["b.gguf", "models/a[1].gguf"]]),
    ],
)
def test_no_more_is_read_than_tells_whether_a_waiver_waives(
    call: Gate, policy: Path, monkeypatch: pytest.MonkeyPatch, path: str, read: list[list[str]]
) -> None:
    shutil.copy(FIXTURES / "llama-Q4_K_M.gguf", policy.parent / "b.gguf")
    scanned = []
    scan = _scanner.scan

    def spy(paths: list[str], **options: object) -> object:
        scanned.append([os.path.relpath(path, policy.parent) for path in paths])
        return scan(paths, **options)

    monkeypatch.setattr(_scanner, "scan", spy)
    call("waive", "unlisted-quantization", path, "--expires", "1d", *WHY)

    assert scanned == read


def test_a_waiver_of_a_pinned_file_that_is_gone_waives_its_absence(
    call: Gate, policy: Path
) -> None:
    call("lock")
    (policy.parent / "models" / "a[1].gguf").unlink()
    result = call("waive", "missing-model", "models/a[1].gguf", "--expires", "1d", *WHY)

    assert result.returncode == 0
    assert result.stderr == ""


@pytest.mark.parametrize("words", ["", "  ", "two\nlines", "\x1b[31m"])
def test_a_reason_that_nobody_can_read_is_refused(call: Gate, policy: Path, words: str) -> None:
    result = call(
        "waive", "missing-license", "a", "--expires", "1d", "--owner", "o", "--reason", words
    )

    assert result.returncode == 2
    assert "--reason wants a few words on one line" in result.stderr
    assert policy.read_text() == POLICY


def test_without_a_policy_there_is_nothing_to_write_into(call: Gate, repository: Path) -> None:
    result = call("waive", "missing-license", "a", "--expires", "1d", *WHY)

    assert result.returncode == 2
    assert "lbom-gate init" in result.stderr
    assert not (repository / "lbom-gate.yaml").exists()


def test_a_list_that_would_replace_the_one_it_extends_is_refused(call: Gate, policy: Path) -> None:
    base = policy.with_name("base.yaml")
    base.write_text(
        "version: 1\nwaivers:\n"
        "  - {rule: missing-license, path: b, reason: r, owner: o, expires: 2027-01-01}\n"
    )
    policy.write_text("version: 1\nextends: [./base.yaml]\n")
    result = call("waive", "missing-license", "a", "--expires", "1d", *WHY)

    assert result.returncode == 2
    assert "base.yaml:3:5" in result.stderr
    assert "would replace this one" in result.stderr
