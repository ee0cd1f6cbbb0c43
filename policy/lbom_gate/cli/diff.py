"""``lbom-gate diff``: say in what models differ."""

import click

from lbom_gate import comparing, pipeline
from lbom_gate.cli import _output, _run
from lbom_gate.reports import differences


@click.command()
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
@_run.jobs_option
def command(old: str, new: str, form: str, jobs: int) -> int:
    """Say in what the models of B differ from those of A.

    A and B are bills of materials, locks, directories, model files or git revisions; of a revision
    its lock is taken, because its models may not be there. The exit code is 0 whether or not they
    differ.
    """
    with _run.refusals():
        place = pipeline.Place.here()
        found = comparing.differences(place, old, new, jobs=jobs)
    text = differences.json_v1(old, new, found) if form == "json" else differences.text(found)
    _output.write(_output.STANDARD_OUTPUT, text.encode())
    return 0
