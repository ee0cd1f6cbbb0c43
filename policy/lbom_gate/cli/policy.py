"""``lbom-gate policy``: validate the policy, show a built-in one, print the schema."""

import json
from pathlib import Path

import click

from lbom_gate import policies, rules
from lbom_gate.cli import _run
from lbom_gate.reports import terminal


@click.group()
def command() -> None:
    """Validate the policy, show a built-in one, print the schema."""


@command.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE]...")
@_run.color_option
def validate(files: tuple[Path, ...], color: str) -> int:
    """Validate the policy, its waivers and its lock; no model file is opened."""
    with _run.refusals(color=_run.wants_color(color)):
        named: list[Path | None] = [file for file in files if file.suffix != ".lock"]
        for file in named or [None]:
            _, policy, pins = _run.load(file)
            lock = f"{len(pins.by_path)} pins" if pins.exists else "no lock"
            click.echo(terminal(f"{policy.path}: valid ({lock})"))
    return 0


@command.command()
@click.argument("name", type=click.Choice([f"builtin:{name}" for name in policies.PACKS]))
def show(name: str) -> int:
    """Print the text of a built-in policy."""
    click.echo(policies.pack_text(name.removeprefix("builtin:")), nl=False)
    return 0


@command.command()
def schema() -> int:
    """Print the JSON Schema of the policy file."""
    click.echo(json.dumps(policies.json_schema(rules.INFOS), indent=2, ensure_ascii=False))
    return 0
