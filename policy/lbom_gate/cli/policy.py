"""``lbom-gate policy``: validate, compare and test policies, show one, print the schema."""

import json
import os
from datetime import datetime
from pathlib import Path

import click

from lbom_gate import comparing, locks, pipeline, policies, rules, sources, trying
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import VIOLATION, Refusal
from lbom_gate.model import Cases, Pins
from lbom_gate.reports import changes as changes_
from lbom_gate.reports import terminal, tried


@click.group()
def command() -> None:
    """Validate, compare and test policies, show a built-in one, print the schema."""


@command.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@_run.color_option
def validate(files: tuple[Path, ...], color: str) -> int:
    """Validate the policy, its waivers and its lock; no model file is opened.

    A FILE that is a lock stands for the policy that is the nearest to it.
    """
    with _run.refusals(color=_run.wants_color(color)):
        # Each once, in the order in which they are named.
        said = dict.fromkeys(_validated(file) for file in files or [None])
    for line in said:
        click.echo(terminal(line))
    return 0


def _validated(file: Path | None) -> str:
    """Return what is valid; raises whatever is wrong with it."""
    if file is None or file.suffix != ".lock":
        _, policy, pins = _run.load(file)
    else:
        place, policy, pins = _run.load(None, (os.fspath(file.parent),))
        if not os.path.lexists(file):
            raise sources.Missing(os.fspath(file))
        if os.path.abspath(file) != os.path.abspath(policy.lockfile):  # noqa: PTH100 (links stay)
            pins = locks.load(file.absolute(), start=place.start)
            number = len(pins.by_path)
            return f"{pins.path}: valid ({number} pins), and not the lock of {policy.path}"
    lock = f"{len(pins.by_path)} pins" if pins.exists else "no lock"
    return f"{policy.path}: valid ({lock})"


@command.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@_run.policy_option
@_run.today_option
@_run.color_option
def test(
    files: tuple[str, ...], policy_file: Path | None, today: datetime | None, color: str
) -> int:
    """Hold the policy against cases: facts of models, and what it should find in them.

    A FILE is YAML with `version: 1` and `cases`, a list. Each case has a `name`, a `model` (facts
    under the names of the JSON report: path, format, architecture, parameters, license,
    quantization with label, bits_per_weight and tensor_types, destinations, ...) and `expect`, a
    list of every finding: a rule's name, or {rule, level, waived}. `pinned: false` takes away the
    pin of a case. The file may name its `policy` and the day, `today`. No model is needed. The exit
    code is 1 where a case fails.
    """
    has_failed = False
    with _run.refusals(color=_run.wants_color(color)):
        place = pipeline.Place.here()
        for file in files:
            cases = _read_cases(file, place)
            policy = trying.load_policy(place, cases, policy_file)
            outcome = trying.try_cases(policy, cases, today=_run.day(today))
            _output.write(_output.STANDARD_OUTPUT, tried.text(cases.path, outcome).encode())
            has_failed = has_failed or any(each.missing or each.unexpected for each in outcome)
    return VIOLATION if has_failed else 0


def _read_cases(file: str, place: pipeline.Place) -> Cases:
    try:
        return policies.read_cases(Path(file), start=place.start, rules=rules.INFOS)
    except OSError as error:
        raise Refusal(terminal(f"error: {file} cannot be read: {error.strerror}")) from error


@command.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
def diff(old: str, new: str, form: str) -> int:
    """Say in words what B loosens, tightens and changes against A.

    A and B are policy files, REV:PATH as git has it, or revisions, whose own policy is taken. Their
    locks are compared too. The exit code is 0 whether or not they differ.
    """
    with _run.refusals():
        place = pipeline.Place.here()
        changes = comparing.compare(*_standing(place, old), *_standing(place, new))
    text = changes_.json_v1(old, new, changes) if form == "json" else changes_.text(changes)
    _output.write(_output.STANDARD_OUTPUT, text.encode())
    return 0


def _standing(place: pipeline.Place, name: str) -> tuple[policies.Policy, Pins]:
    """Return the policy of that name and its lock."""
    file: Path | None = Path(name)
    revision = None
    if not os.path.lexists(name):
        commit, separator, path = name.partition(":")
        revision = comparing.revision_of(commit, place)
        file = place.root / path if separator else None
    policy = pipeline.load_policy(place, file, (), revision)
    return policy, pipeline.load_pins(place, policy, revision)


@command.command()
@click.argument(
    "name", type=click.Choice([f"builtin:{name}" for name in policies.PACKS]), metavar="NAME"
)
def show(name: str) -> int:
    """Print the text of a built-in policy.

    NAME is builtin:minimal, builtin:recommended or builtin:strict.
    """
    click.echo(policies.pack_text(name.removeprefix("builtin:")), nl=False)
    return 0


@command.command()
def schema() -> int:
    """Print the JSON Schema of the policy file."""
    click.echo(json.dumps(policies.json_schema(rules.INFOS), indent=2, ensure_ascii=False))
    return 0
