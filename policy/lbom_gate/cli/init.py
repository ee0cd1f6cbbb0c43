"""``lbom-gate init``: write a policy and a lock that fit what is there."""

from datetime import datetime
from pathlib import Path

import click

from lbom_gate import pipeline, policies, proposing
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import VIOLATION, Refusal
from lbom_gate.reports import terminal

_POLICY, _LOCK = "lbom-gate.yaml", "lbom.lock"
_PRE_COMMIT = ".pre-commit-config.yaml"

_HOOK = """\
repos:
  # lbom-gate is found on the PATH. It looks at the whole repository, so that a model that goes is
  # seen as well as one that comes.
  - repo: local
    hooks:
      - id: lbom-gate
        name: lbom-gate (AI model supply-chain policy)
        entry: lbom-gate check --hook --all
        language: system
        always_run: true
        pass_filenames: false
        require_serial: true
"""
_WORKFLOW = """\
# .github/workflows/lbom-gate.yml; put the commits of the releases that you trust in the places of
# <commit>, and the name of the repository that has your lbom-gate in the place of OWNER.
name: models
on: [push, pull_request]
permissions: { contents: read }
jobs:
  lbom-gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@<commit>
        with: { lfs: true } # or false: a git-LFS pointer is judged by what lbom.lock knows of it
      - uses: OWNER/lbom-gate@<commit>
"""


@click.command()
@click.option(
    "--pre-commit",
    "wants_hook",
    is_flag=True,
    help=f"Also write {_PRE_COMMIT}; where there is one, print what to add to it.",
)
@click.option(
    "--github", "wants_workflow", is_flag=True, help="Also print a workflow for GitHub Actions."
)
@click.option("--force", is_flag=True, help="Write over a policy and a lock that are there.")
@_run.today_option
@_run.jobs_option
def command(
    today: datetime | None,
    jobs: int,
    *,
    wants_hook: bool,
    wants_workflow: bool,
    force: bool,
) -> int:
    """Write a policy and a lock that fit the models of the repository.

    Every line of the policy has its reason and what was found. What cannot pass is not let pass: it
    is named, it stands in the policy as a comment that would waive it, and the exit code is 1.
    """
    with _run.refusals():
        place = pipeline.Place.here().at_root()
        file = policies.find(place.root, place.root) or place.root / _POLICY
        lock = place.root / _LOCK
        present = [each for each in (file, lock) if each.exists() or each.is_symlink()]
        if present and not force:
            names = " and ".join(each.name for each in present)
            raise Refusal(terminal(f"error: there is {names} already; --force writes over it"))
        proposal = proposing.propose(place, file, lock, today=_run.day(today), jobs=jobs)
    _output.write(str(file), proposal.policy)
    _output.write(str(lock), proposal.lock.data)
    _tell(proposal, file, lock)
    if wants_hook:
        _write_hook(place.root / _PRE_COMMIT)
    if wants_workflow:
        click.echo(f"\n{_WORKFLOW}", nl=False)
    return VIOLATION if proposal.denied else 0


def _tell(proposal: proposing.Proposal, file: Path, lock: Path) -> None:
    models = len(proposal.verdict.models)
    click.echo(terminal(f"wrote {file.name} for {models} model(s), each line with its reason"))
    click.echo(terminal(f"wrote {lock.name} with {proposal.lock.entries} pinned file(s)"))
    if not models:
        click.echo("note: no model file was found; run it again, with --force, when there is one")
    for model in proposal.undecided:
        text = f"to decide: {model.path}: no architecture is stated, and a list would ask for one"
        click.echo(terminal(text))
    if proposal.undecided:
        click.echo(f"`architecture` stands in {file.name} as a comment until that is decided")
    for finding in proposal.denied:
        click.echo(terminal(f"cannot pass: {finding.path}: {finding.rule}: {finding.message}"))
    if proposal.denied:
        click.echo(
            f"`lbom-gate check` fails today: {len(proposal.denied)} finding(s). Mend them, or waive"
            f" them for a time: the last lines of {file.name} say how"
        )
    else:
        click.echo("`lbom-gate check` passes today")


def _write_hook(file: Path) -> None:
    if file.exists() or file.is_symlink():
        click.echo(terminal(f"\nthere is {file.name} already; add this to its `repos`:"))
        click.echo(_HOOK.partition("\n")[2], nl=False)
    else:
        _output.write(str(file), _HOOK.encode())
        click.echo(terminal(f"wrote {file.name}; to use it: pre-commit install"))
