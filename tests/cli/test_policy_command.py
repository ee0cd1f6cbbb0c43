"""`lbom-gate policy`, `rules` and `explain`: what can be asked without a model."""

import json
from pathlib import Path

import pytest

from lbom_gate import rules
from running import Gate

PACKS = ["minimal", "recommended", "strict"]


@pytest.mark.parametrize("pack", PACKS)
def test_a_built_in_policy_is_shown_and_is_a_policy(
    call: Gate, repository: Path, pack: str
) -> None:
    shown = call("policy", "show", f"builtin:{pack}")
    (repository / "lbom-gate.yaml").write_text(shown.stdout)

    assert shown.returncode == 0, shown.stderr
    assert call("policy", "validate").stdout == "lbom-gate.yaml: valid (no lock)\n"


def test_an_unknown_policy_cannot_be_shown(call: Gate) -> None:
    assert call("policy", "show", "builtin:lenient").returncode == 2


@pytest.mark.parametrize("words", [(), ("policy",)])
def test_a_command_without_its_command_shows_the_help_as_it_is_laid_out(
    call: Gate, words: tuple[str, ...]
) -> None:
    result = call(*words)

    assert result.returncode == 2
    assert result.stderr.startswith("Usage: ")
    assert "\n\nCommands:\n" in result.stderr
    assert "error" not in result.stderr.partition("\n")[0]
    assert "\\x0a" not in result.stderr


def test_a_misspelled_command_is_suggested(call: Gate) -> None:
    result = call("chek", "models")

    assert result.returncode == 2
    assert "error: no command is named 'chek'; did you mean check?\n" in result.stderr
    assert "error: no command is named 'xyzzy'; `lbom-gate --help`" in call("xyzzy").stderr
    assert "error: missing argument 'FILE'\n" in call("explain-path").stderr


def test_a_missing_choice_is_named_with_the_choices_on_one_line(call: Gate) -> None:
    result = call("policy", "show")

    assert result.returncode == 2
    assert "Choose from: builtin:minimal, builtin:recommended, builtin:strict\n" in result.stderr


def test_a_policy_with_a_mistake_is_not_valid(call: Gate, repository: Path) -> None:
    (repository / "good.yaml").write_text("version: 1\n")
    (repository / "bad.yaml").write_text("version: 1\nquantisation: {}\n")
    result = call("policy", "validate", "good.yaml", "bad.yaml")

    assert result.returncode == 2
    assert "bad.yaml:2:1" in result.stderr
    assert "did you mean `quantization`?" in result.stderr


def test_a_policy_is_not_valid_with_a_lock_that_cannot_be_read(
    call: Gate, repository: Path
) -> None:
    (repository / "lbom-gate.yaml").write_text("version: 1\n")
    (repository / "lbom.lock").write_text("{")

    assert call("policy", "validate", "lbom.lock").returncode == 2


def test_a_lock_that_is_named_stands_for_the_policy_beside_it(call: Gate, repository: Path) -> None:
    (repository / "sub").mkdir()
    (repository / "lbom-gate.yaml").write_text("version: 1\n")
    (repository / "sub" / "lbom-gate.yaml").write_text("version: 1\nalow: []\n")
    (repository / "sub" / "lbom.lock").write_text('{\n"version": 1,\n"files": [\n]\n}\n')
    broken = call("policy", "validate", "sub/lbom.lock")
    (repository / "sub" / "lbom-gate.yaml").write_text("version: 1\n")
    both = call("policy", "validate", "sub/lbom.lock", "sub/lbom-gate.yaml")
    absent = call("policy", "validate", "lbom.lock")

    assert broken.returncode == 2
    assert "sub/lbom-gate.yaml:2:1" in broken.stderr
    assert both.stdout == "sub/lbom-gate.yaml: valid (0 pins)\n"
    assert absent.returncode == 2
    assert "no such file or directory: lbom.lock" in absent.stderr


def test_a_lock_of_no_policy_is_validated_by_itself(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text("version: 1\n")
    (repository / "old.lock").write_text("{")
    broken = call("policy", "validate", "old.lock")
    (repository / "old.lock").write_text('{\n"version": 1,\n"files": [\n]\n}\n')
    result = call("policy", "validate", "old.lock")

    assert broken.returncode == 2
    assert result.stdout == "old.lock: valid (0 pins), and not the lock of lbom-gate.yaml\n"


def test_the_schema_is_json(call: Gate) -> None:
    result = call("policy", "schema")

    assert result.returncode == 0
    assert json.loads(result.stdout)["type"] == "object"


def test_every_rule_is_listed_and_explained(call: Gate) -> None:
    names = [info.name for info in rules.INFOS]
    listed = call("rules").stdout
    explained = call("explain", "--all").stdout

    assert [name for name in names if f"  {name} " not in listed] == []
    assert [name for name in names if name not in explained] == []


def test_a_misspelled_rule_is_suggested(call: Gate) -> None:
    result = call("explain", "unlisted-quantisation")

    assert result.returncode == 2
    assert "did you mean 'unlisted-quantization'?" in result.stderr
