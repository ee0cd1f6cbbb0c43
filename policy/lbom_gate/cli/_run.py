"""What the commands share: options, and refusals put into words."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import click

from lbom_gate import comparing, locks, pipeline, policies, sbom, sources
from lbom_gate.cli._exit import Refusal
from lbom_gate.model import Pins
from lbom_gate.reports import diagnostic, terminal

paths_argument = click.argument(
    "paths", nargs=-1, type=click.Path(path_type=str), metavar="[PATH]..."
)
jobs_option = click.option(
    "--jobs", type=click.IntRange(0, 1024), default=0, help="Threads that read files; 0: all cores."
)
policy_option = click.option(
    "--policy",
    "policy_file",
    type=click.Path(path_type=Path),
    help="The policy file; by default the nearest lbom-gate.yaml.",
)
color_option = click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour the text report; auto: on a terminal, unless NO_COLOR is set.",
)

today_option = click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge the expiry of waivers as of this day.",
)


def day(today: datetime | None) -> date:
    """Return the day that a run judges by: the given one, else the user's."""
    return date.today() if today is None else today.date()  # noqa: DTZ011


@contextmanager
def refusals(*, color: bool = False) -> Iterator[None]:
    """Turn every reason why the gate cannot judge into a `Refusal` with its text."""
    try:
        yield
    except policies.PolicyErrors as errors:
        text = diagnostic.render(errors.diagnostics, color=color)
        raise Refusal(f"{text}no model was checked (exit 2)") from errors
    except locks.LockError as error:
        text = diagnostic.render((error.diagnostic,), color=color)
        raise Refusal(f"{text}no model was checked (exit 2)") from error
    except (
        comparing.Incomparable,
        sources.Missing,
        sources.UnknownRevision,
        sbom.UnreadableSbom,
    ) as error:
        raise Refusal(terminal(f"error: {error}")) from error


def load(
    policy_file: Path | None,
    paths: tuple[str, ...] = (),
    revision: sources.Revision | None = None,
) -> tuple[pipeline.Place, policies.Policy, Pins]:
    """Return where the run stands, its policy and its lock, on the disk or in a revision."""
    place = pipeline.Place.here()
    policy = pipeline.load_policy(place, policy_file, paths, revision)
    return place, policy, pipeline.load_pins(place, policy, revision)


def revision(name: str | None) -> sources.Revision | None:
    """Return the git revision of that name, where one is named."""
    return None if name is None else sources.Revision.find(name, pipeline.Place.here().root)


def wants_color(choice: str) -> bool:
    """Return whether the text report is coloured (no-color.org, bixense.com/clicolors)."""
    import os

    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR") or os.environ.get("CLICOLOR_FORCE", "0") != "0":
        return True
    return sys.stdout is not None and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
