"""``lbom-gate lock``: pin model files in lbom.lock."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from lbom_gate import _scanner, locks, pipeline, sources
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import VIOLATION, Refusal
from lbom_gate.model import Sbom
from lbom_gate.reports import terminal


@click.command()
@_run.paths_argument
@_run.policy_option
@click.option(
    "--check", "is_check", is_flag=True, help="Write nothing; exit 1 if the lock would change."
)
@click.option(
    "--update",
    "updated",
    multiple=True,
    metavar="PATH",
    help="Pin these bytes, whatever was claimed of them, and nothing else. Repeatable.",
)
@click.option(
    "--import",
    "imported",
    multiple=True,
    type=click.Path(path_type=str),
    help="Take digests from SHA256SUMS, a .dvc file, a model.sig, an OCI manifest, a store of"
    " Ollama, or a cache or --local-dir of Hugging Face. Repeatable.",
)
@click.option(
    "--public-key",
    type=click.Path(path_type=Path),
    help="PEM of the key that an imported model.sig must be signed with.",
)
@_run.jobs_option
def command(
    paths: tuple[str, ...],
    policy_file: Path | None,
    updated: tuple[str, ...],
    imported: tuple[str, ...],
    public_key: Path | None,
    jobs: int,
    *,
    is_check: bool,
) -> int:
    """Pin the model files under PATH, by default of the whole repository.

    With PATH only what is under PATH changes in the lock. What an import, or a git-LFS pointer,
    says of a file is pinned as claimed until the bytes were read.
    """
    if paths and updated:
        raise click.UsageError("--update names the files itself; leave PATH out")
    with _run.refusals():
        place, policy, pins = _run.load(policy_file, paths or updated)
        selection = sources.select(paths or updated, root=place.root)
        scanned = pipeline.scan(place, selection, policy, pins, jobs=jobs)
    claims = _imports(imported, public_key, place)
    spoken_of = [claim for claim in claims if _is_model(claim.path, scanned.sbom)]
    if len(spoken_of) < len(claims):
        click.echo(f"{len(claims) - len(spoken_of)} imported file(s) are no models: left out")
    rendered = locks.render(
        scanned.sbom,
        pins,
        keep_others=not scanned.is_whole,
        lock_directory=policy.lockfile.parent,
        start=place.start,
        claims=[*locks.pointers(scanned.sbom, pins), *spoken_of],
        updated={sources.relative_text(_absolute(each), place.start) for each in updated},
    )
    lock = pins.path
    for path, reason in rendered.unpinned:
        click.echo(terminal(f"not pinned: {path}: {reason}"), err=True)
    for change in rendered.changes:
        click.echo(terminal(str(change)))
    if is_check:
        is_current = not rendered.changes and not rendered.unpinned
        verb = "would change; run: lbom-gate lock" if rendered.changes else "is up to date"
        missing = "; not every model can be pinned" if rendered.unpinned else ""
        click.echo(terminal(f"{lock} {verb}{missing}"))
        return 0 if is_current else VIOLATION
    _output.write(str(policy.lockfile), rendered.data)
    read = rendered.entries - rendered.claimed
    claimed = f", {rendered.claimed} as claimed" if rendered.claimed else ""
    click.echo(terminal(f"{lock}: {read} file(s) pinned{claimed}"))
    return VIOLATION if rendered.unpinned else 0


def _absolute(path: str) -> str:
    return os.path.abspath(path)  # noqa: PTH100 (links stay)


def _imports(
    imported: Sequence[str], key: Path | None, place: pipeline.Place
) -> list[locks.Claimed]:
    if not imported:
        return []
    from lbom_gate.locks import imports

    def text_of(path: str) -> str:
        return sources.relative_text(_absolute(path), place.start)

    try:
        return [
            claim
            for name in imported
            for claim in imports.read(_present(name), key=key, text_of=text_of)
        ]
    except (imports.ImportRefused, sources.Missing) as error:
        raise Refusal(terminal(f"error: {error}")) from error


def _present(name: str) -> Path:
    """Return the path that an import is asked of; raises `sources.Missing`."""
    if not os.path.lexists(name):
        raise sources.Missing(name)
    return Path(name)


def _is_model(path: str, bill: Sbom) -> bool:
    """Whether the run looked at the file, or would if it were there."""
    suffixes = {f".{suffix}" for each in _scanner.formats() for suffix in each.suffixes}
    name = path.rpartition("/")[2].lower()
    return (
        any(path == file.path for model in bill.models for file in model.files)
        or name.startswith("sha256-")
        or any(name.endswith(suffix) for suffix in suffixes)
    )
