"""``lbom-gate check``: judge model files by the policy."""

from datetime import datetime
from pathlib import Path

import click

from lbom_gate import comparing, pipeline, reports, rules, sbom, sources
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import Refusal
from lbom_gate.model import Verdict
from lbom_gate.reports import terminal


class _OutputTarget(click.ParamType[tuple[str, str]]):
    """FORMAT=PATH."""

    name = "FORMAT=PATH"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        form, separator, path = str(value).partition("=")
        if not separator or not path or form not in reports.REPORTS:
            self.fail(
                f"{value!r} is not FORMAT=PATH with one of {', '.join(reports.REPORTS)}", param, ctx
            )
        return form, path


@click.command()
@_run.paths_argument
@_run.policy_option
@click.option(
    "--format",
    "form",
    type=click.Choice(list(reports.REPORTS)),
    help="What is printed; text by default, concise with --hook.",
)
@click.option(
    "--output",
    "outputs",
    type=_OutputTarget(),
    multiple=True,
    help="Also write a report in FORMAT to PATH; may be repeated.",
)
@click.option(
    "--sbom", "sbom_file", metavar="FILE", help="Also write the bill of materials to FILE."
)
@click.option(
    "--from-sbom",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Judge a bill of materials (CycloneDX JSON) in place of files.",
)
@click.option(
    "--policy-from",
    "since",
    metavar="REV",
    help="Judge by the policy, the waivers and the lock of a git revision, and report what the "
    "files change of them.",
)
@click.option(
    "--all", "is_all", is_flag=True, help="Judge the whole repository, whatever PATH says."
)
@click.option(
    "--hook",
    "is_hook",
    is_flag=True,
    help="Be brief, and silent about files that are no models; only the given files are judged.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    help="The lowest level that fails the run.",
)
@click.option("--require-models", is_flag=True, help="Exit 2 when no model was found.")
@_run.today_option
@_run.color_option
@_run.jobs_option
def command(
    paths: tuple[str, ...],
    policy_file: Path | None,
    form: str | None,
    outputs: tuple[tuple[str, str], ...],
    sbom_file: str | None,
    from_sbom: Path | None,
    since: str | None,
    fail_on: pipeline.FailOn,
    today: datetime | None,
    color: str,
    jobs: int,
    *,
    is_all: bool,
    is_hook: bool,
    require_models: bool,
) -> int:
    """Judge the model files under PATH, by default the whole repository."""
    if from_sbom is not None and (paths or is_all):
        raise click.UsageError("--from-sbom judges a document; it takes no PATH and no --all")
    is_report = form is not None or bool(outputs) or sbom_file is not None
    is_asked = is_report or require_models or since is not None
    asked = () if is_all else paths
    selection = None
    is_colored = _run.wants_color(color)
    with _run.refusals(color=is_colored):
        if is_hook and asked:
            selection = sources.select(asked, root=pipeline.Place.here().root, as_found=True)
            # What is no model has no policy either, and a commit of nothing else is not held up.
            if not selection.leading and not is_asked:
                return 0
            asked = selection.leading or asked
        revision = _run.revision(since)
        place, policy, pins = _run.load(policy_file, asked, revision)
        if from_sbom is not None:
            scanned = _read(from_sbom, place)
        else:
            selection = selection or sources.select(asked, root=place.root)
            scanned = pipeline.scan(place, selection, policy, pins, jobs=jobs)
        verdict = pipeline.judge(
            scanned,
            policy,
            pins,
            today=_run.day(today),
            fail_on=fail_on,
            changes=None
            if revision is None
            else comparing.changes_since(place, revision, policy, pins, policy_file, asked),
        )
    if sbom_file is not None:
        _output.write(sbom_file, sbom.write(scanned.sbom))
    form = form or ("concise" if is_hook else "text")
    for name, target in (*outputs, (form, _output.STANDARD_OUTPUT)):
        is_screen = target == _output.STANDARD_OUTPUT
        _output.write(target, _render(name, verdict, color=is_colored and is_screen))
    if is_hook and not is_asked and verdict.exit_code:
        _advise(verdict)
    if require_models and not scanned.sbom.models:
        raise Refusal("error: no model file was found, and --require-models asks for one")
    return verdict.exit_code


def _advise(verdict: Verdict) -> None:
    """Print what to do about each rule that was broken: who commits may not know the gate.

    A hook may be the only place where it is installed, so no command is referred to.
    """
    advice = {f.rule: f.help for f in verdict.findings if f.level == "error" and f.waiver is None}
    for rule, text in advice.items():
        click.echo(terminal(f"help: {rule}: {text}"), err=True)


def _read(file: Path, place: pipeline.Place) -> pipeline.Scanned:
    try:
        return pipeline.read_sbom(file, place)
    except OSError as error:
        raise Refusal(terminal(f"error: {file} cannot be read: {error.strerror}")) from error


def _render(form: str, verdict: Verdict, *, color: bool) -> bytes:
    text = reports.render(form, verdict, color=color, docs=rules.DOCS)
    return text.encode()
