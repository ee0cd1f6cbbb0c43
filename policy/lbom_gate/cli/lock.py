"""``lbom-gate lock``: pin model files in lbom.lock."""

from pathlib import Path

import click

from lbom_gate import locks, pipeline
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import VIOLATION
from lbom_gate.reports import terminal


@click.command()
@_run.paths_argument
@_run.policy_option
@click.option(
    "--check", "is_check", is_flag=True, help="Write nothing; exit 1 if the lock would change."
)
@_run.jobs_option
def command(paths: tuple[str, ...], policy_file: Path | None, jobs: int, *, is_check: bool) -> int:
    """Pin the model files under PATH, by default of the whole repository.

    With PATH only what is under PATH changes in the lock.
    """
    with _run.refusals():
        place, policy, pins = _run.load(policy_file, paths)
        scanned = pipeline.scan(place, paths, policy, pins, jobs=jobs)
    rendered = locks.render(
        scanned.sbom,
        pins,
        keep_others=not scanned.is_whole,
        lock_directory=policy.lockfile.parent,
        start=place.start,
    )
    lock = pins.path
    for path, reason in rendered.unpinned:
        click.echo(terminal(f"not pinned: {path}: {reason}"), err=True)
    for change in rendered.changes:
        click.echo(terminal(change))
    if is_check:
        is_current = not rendered.changes and not rendered.unpinned
        verb = "is up to date" if is_current else "would change; run: lbom-gate lock"
        click.echo(terminal(f"{lock} {verb}"))
        return 0 if is_current else VIOLATION
    _output.write(str(policy.lockfile), rendered.data)
    click.echo(terminal(f"{lock}: {rendered.entries} file(s) pinned"))
    return VIOLATION if rendered.unpinned else 0
