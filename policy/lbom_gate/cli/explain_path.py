"""``lbom-gate explain-path``: the policy in force for one file."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from lbom_gate import pipeline, policies, sources
from lbom_gate.cli import _output, _run
from lbom_gate.reports import in_force


@click.command()
@click.argument("file", type=click.Path(path_type=str))
@_run.policy_option
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@_run.today_option
def command(file: str, policy_file: Path | None, form: str, today: datetime | None) -> int:
    """Say what the policy asks of FILE, and which line asks it.

    Shows each value with its file, line and column, the level of every rule, the overrides that
    name FILE, the waivers that could apply, and whether FILE is judged at all. FILE need not exist.
    """
    with _run.refusals():
        place = pipeline.Place.here()
        policy = pipeline.load_policy(place, policy_file, (file,))
    text = sources.relative_text(file, place.start)
    subject = sources.subject(file, place.root)
    explained = replace(policies.in_force(policy, text), subject=subject)
    render = in_force.json_v1 if form == "json" else in_force.text
    _output.write(_output.STANDARD_OUTPUT, render(explained, _run.day(today)).encode())
    return 0
