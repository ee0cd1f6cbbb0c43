"""Each attack is made, and a check of the directory exits 1 and names it."""

import json
from pathlib import Path

import pytest

import repositories
from attack import Attack
from lbom_gate import _scanner
from lbom_gate.sources import companions
from running import Gate
from table import FAMILIES

# Nothing is refused for its format, and what is a warning elsewhere fails: an attack has to be
# named by its own rule.
POLICY = """\
version: 1
extends: [builtin:recommended]
base-models: {allow: [meta-llama/*]}
egress: {allow: [huggingface.co]}
rules:
  unlisted-format: off
  content-gated-template: error
  deceptive-name: error
  trailing-data: error
"""

ATTACKS = [(family, attack) for family, attacks in FAMILIES.items() for attack in attacks]
NAMES = [f"{family}: {attack.name}" for family, attack in ATTACKS]


@pytest.mark.parametrize("attack", [attack for _, attack in ATTACKS], ids=NAMES)
def test_an_attack_fails_and_is_named(call: Gate, repository: Path, attack: Attack) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    attack.write(repository)
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)
    errors = {(f["rule"], f["path"]) for f in report["findings"] if f["level"] == "error"}

    assert (attack.rule, attack.path) in errors
    assert result.returncode == 1


@pytest.mark.parametrize("attack", [attack for _, attack in ATTACKS], ids=NAMES)
def test_a_hook_passes_over_nothing_of_an_attack_that_a_search_finds(
    repository: Path, attack: Attack
) -> None:
    attack.write(repository)
    found = _scanner.discover([repository], root=repository)
    shown = _scanner.discover([each.path for each in found], root=repository, as_found=True)

    assert shown == found


@pytest.mark.parametrize(
    "attack",
    [each for each in repositories.ATTACKS if each.rule == repositories.CODE],
    ids=lambda attack: attack.name,
)
def test_a_hook_that_is_shown_only_a_companion_finds_the_weights_it_is_about(
    call: Gate, repository: Path, attack: Attack
) -> None:
    attack.write(repository)
    weights = repository / attack.path
    # No name tells what they are.
    weights.rename(weights.with_name("weights"))
    files = [path.relative_to(repository) for path in repository.rglob("*") if path.is_file()]
    shown = [path for path in files if companions.companion(str(path))]
    (repository / "lbom-gate.yaml").write_text(POLICY)
    result = call("check", "--hook", *shown)

    assert f"{weights.with_name('weights').relative_to(repository)}: remote-code" in result.stdout
    assert result.returncode == 1


def test_every_attack_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)
