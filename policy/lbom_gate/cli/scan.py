"""``lbom-gate scan``: write the bill of materials of model files."""

from pathlib import Path

import click

from lbom_gate import pipeline, sbom, sources
from lbom_gate.cli import _output, _run
from lbom_gate.model import UNEXAMINED
from lbom_gate.reports import terminal


@click.command()
@_run.paths_argument
@_run.policy_option
@click.option(
    "-o",
    "--output",
    "target",
    default=_output.STANDARD_OUTPUT,
    metavar="FILE",
    help="Write to FILE; by default to the standard output.",
)
@click.option("--spec", type=click.Choice(["1.6", "1.7"]), default="1.6", help="CycloneDX version.")
@click.option(
    "--timestamp",
    envvar="SOURCE_DATE_EPOCH",
    type=click.IntRange(0, 253_402_300_799),  # to the end of the year 9999
    metavar="SECONDS",
    help="Time to write into the document, in seconds since 1970; by default none.",
)
@_run.jobs_option
def command(
    paths: tuple[str, ...],
    policy_file: Path | None,
    target: str,
    spec: str,
    timestamp: int | None,
    jobs: int,
) -> int:
    """Write the bill of materials (CycloneDX JSON) of the model files under PATH."""
    with _run.refusals():
        place, policy, pins = _run.load(policy_file, paths)
        selection = sources.select(paths, root=place.root)
        scanned = pipeline.scan(place, selection, policy, pins, jobs=jobs)
    _output.write(target, sbom.write(scanned.sbom, spec_version=spec, timestamp=_iso(timestamp)))
    for model in scanned.sbom.models:
        for anomaly in model.facts.anomalies:
            if anomaly.rule in UNEXAMINED:
                text = f"not examined: {model.path}: {anomaly.message}"
                click.echo(terminal(text), err=True)
    if not scanned.sbom.models:
        click.echo("note: no model file was found; the document is empty", err=True)
    return 0


def _iso(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    from datetime import datetime, timezone

    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
