"""`lbom-gate policy test`: a policy is held against cases, and no model is needed."""

from pathlib import Path

import pytest

from running import Gate

POLICY = """\
version: 1
extends: [builtin:recommended]
quantization: {allow: [Q8_0]}
pins: {require: true}
overrides:
  - paths: ["models/old/**"]
    rules: {quantization: warning}
waivers:
  - {rule: unlisted-quantization, path: models/x, reason: r, owner: o, expires: 2026-11-21}
"""
GOOD = """\
version: 1
today: 2026-11-21
cases:
  - name: Q8_0 passes
    model: &
    expect: []
  - name: Q2_K is refused
    model: %
    expect: [unlisted-quantization]
  - name: but only warned of among the old ones
    model: {path: models/old/a, ~F16}}
    expect: [{rule: unlisted-quantization, level: warning}]
  - name: and waived for a time
    model: {path: models/x, ~F16}}
    expect: [{rule: unlisted-quantization, waived: true}]
  - name: and needs a pin
    pinned: false
    model: &
    expect: [unpinned-model]
"""
GOOD = (
    GOOD.replace("&", "{path: a, ~Q8_0}}")
    .replace("%", "{path: a, ~Q2_K}}")
    .replace("~", "format: gguf, architecture: b, license: mit, quantization: {label: ")
)


@pytest.fixture
def cases(repository: Path) -> Path:
    """Return a file of cases in a folder below the policy."""
    (repository / "lbom-gate.yaml").write_text(POLICY)
    (repository / "tests").mkdir()
    file = repository / "tests" / "cases.yaml"
    file.write_text(GOOD)
    return file


def test_cases_that_hold_pass_wherever_the_run_stands(call: Gate, cases: Path) -> None:
    result = call("policy", "test", "tests/cases.yaml")
    below = call("policy", "test", "cases.yaml", cwd=cases.parent)

    assert (result.returncode, result.stdout) == (0, "tests/cases.yaml: 5 cases, 0 failed\n")
    assert (below.returncode, below.stdout) == (0, "cases.yaml: 5 cases, 0 failed\n")


def test_a_case_that_fails_says_what_is_different(call: Gate, cases: Path) -> None:
    cases.write_text(GOOD.replace("expect: []", "expect: [trailing-data]"))
    (cases.parents[1] / "lbom-gate.yaml").write_text(POLICY.replace("[Q8_0]", "[F16, Q2_K]"))
    result = call("policy", "test", "tests/cases.yaml")

    assert result.returncode == 1
    refused = "unlisted-quantization (error): Q8_0 is not an allowed quantization"
    assert result.stdout.splitlines()[:4] == [
        "FAILED tests/cases.yaml:4:11: Q8_0 passes",
        "  - expected, not found:  trailing-data (any level)",
        f"  + found, not expected:  {refused}  [lbom-gate.yaml:3:23]",
        "FAILED tests/cases.yaml:7:11: Q2_K is refused",
    ]
    assert result.stdout.splitlines()[-1] == "tests/cases.yaml: 5 cases, 5 failed"


def test_the_day_is_that_of_the_cases_else_that_of_the_run(call: Gate, cases: Path) -> None:
    cases.write_text(GOOD.replace("today: 2026-11-21\n", ""))
    late = call("policy", "test", "tests/cases.yaml", "--today", "2026-11-22")

    assert call("policy", "test", "tests/cases.yaml", "--today", "2026-11-21").returncode == 0
    assert late.returncode == 1
    assert "unlisted-quantization (any level, waived)" in late.stdout


def test_the_policy_is_the_named_one_else_that_of_the_cases_else_the_nearest(
    call: Gate, cases: Path
) -> None:
    (cases.parent / "other.yaml").write_text("version: 1\n")
    cases.write_text(GOOD.replace("today:", "policy: ./other.yaml\ntoday:"))

    assert call("policy", "test", "tests/cases.yaml").returncode == 1
    assert call("policy", "test", "tests/cases.yaml", "--policy", "lbom-gate.yaml").returncode == 0


@pytest.mark.usefixtures("cases")
@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("a.yaml", "version: 1\ncases: [{}]\n", "a.yaml:2:9"),
        ("a.yaml", "", "the file is empty"),
        ("none.yaml", None, "none.yaml cannot be read"),
    ],
)
def test_a_file_that_is_no_cases_cannot_be_judged(
    call: Gate, repository: Path, name: str, text: str | None, reason: str
) -> None:
    if text is not None:
        (repository / name).write_text(text)
    result = call("policy", "test", name)

    assert result.returncode == 2
    assert reason in result.stderr
