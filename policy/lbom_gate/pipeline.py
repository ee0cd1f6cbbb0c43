"""The only module that knows the order: sources, scan, SBOM, policy, rules, waivers, verdict."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Literal

from lbom_gate import _scanner, documents, locks, policies, rules, sbom, sources
from lbom_gate.dataclass import dataclass
from lbom_gate.model import (
    Changes,
    Context,
    Finding,
    Judged,
    Level,
    Model,
    Pins,
    Sbom,
    Settings,
    Status,
    Verdict,
    Waiver,
)

# So many companions without weights are named that a person knows where to look.
_MOST_NAMED = 3

FailOn = Literal["error", "warning", "never"]


_DENIED: dict[FailOn, frozenset[Level]] = {
    "error": frozenset({"error"}),
    "warning": frozenset({"error", "warning"}),
    "never": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands: both absolute."""

    start: Path  # the directory it started in; paths are spelled relative to it
    root: Path  # the repository's root, else `start`

    @classmethod
    def here(cls) -> "Place":
        """Return the place of the current directory."""
        start = Path.cwd()
        return cls(start, sources.repository_root(start))

    def at_root(self) -> "Place":
        """Return the place of a run that starts at the repository's root."""
        return Place(self.root, self.root)


@dataclass(frozen=True, slots=True)
class Scanned:
    """The bill of materials of a tree, and what was left out of it."""

    sbom: Sbom
    is_whole: bool
    unselected: int  # candidates that the policy's `paths` leave out
    left_behind: tuple[str, ...] = ()  # companions of models, where no model was found


def find_policy(
    place: Place, paths: Sequence[str] = (), revision: sources.Revision | None = None
) -> Path | None:
    """Return the nearest policy file to the paths, on the disk or in a revision.

    Paths that stand for the whole repository have that of where the run started. Raises
    `policies.PolicyErrors` where one directory has two, or the paths have different ones: no file
    is judged by what somebody put beside another one.
    """
    is_there = None if revision is None else revision.exists
    if sources.is_whole(paths):
        return policies.find(place.start, place.root, is_there)
    named = (Path(os.path.abspath(path)) for path in paths)  # noqa: PTH100 (links stay)
    directories = {path if path.is_dir() else path.parent for path in named}
    return policies.find_one(directories, place.root, is_there)


def load_policy(
    place: Place,
    file: Path | None,
    paths: Sequence[str] = (),
    revision: sources.Revision | None = None,
) -> policies.Policy:
    """Return the policy in `file`, else the nearest one to the paths, else the built-in one.

    It and what it extends are read from the disk or from a revision. Raises
    `policies.PolicyErrors`.
    """
    file = file or find_policy(place, paths, revision)
    read_file = documents.read if revision is None else revision.read
    return policies.load(
        file, start=place.start, root=place.root, rules=rules.INFOS, read_file=read_file
    )


def load_policy_text(place: Place, file: Path, data: bytes) -> policies.Policy:
    """Return the policy that `file` would be if `data` stood in it; raises `PolicyErrors`."""

    def read_file(each: Path, most: int) -> bytes:
        return data if each == file.absolute() else documents.read(each, most)

    return policies.load(
        file, start=place.start, root=place.root, rules=rules.INFOS, read_file=read_file
    )


def load_pins(
    place: Place, policy: policies.Policy, revision: sources.Revision | None = None
) -> Pins:
    """Return the lock that the policy names; raises `locks.LockError`."""
    read_file = documents.read if revision is None else revision.read
    return locks.load(policy.lockfile, start=place.start, read_file=read_file)


def scan(
    place: Place,
    selection: sources.Selection,
    policy: policies.Policy,
    pins: Pins,
    *,
    jobs: int = 0,
) -> Scanned:
    """Return the bill of materials of the files of a selection that the policy selects too."""

    def text_of(path: str) -> str:
        return sources.relative_text(path, place.start)

    selected = [path for path in selection.files if policy.selects(text_of(path))]
    problems = [problem for problem in selection.problems if policy.selects(text_of(problem.path))]
    records = _scanner.scan(selected, root=os.fspath(place.root), jobs=jobs)
    origins = _scanner.origins(os.fspath(place.root))
    built = sbom.build([*records, *problems], text_of, origins)
    targets = [os.fspath(place.root)] if selection.is_whole else selection.paths
    seen = () if built.models else map(text_of, sources.companions_under(targets))
    models = tuple(
        locks.complete(model, pins, name_agrees=_scanner.name_agrees) for model in built.models
    )
    return Scanned(
        sbom=replace(built, models=models, scope="repository" if selection.is_whole else "paths"),
        is_whole=selection.is_whole,
        unselected=len(selection.files) - len(selected),
        left_behind=tuple(islice(filter(policy.selects, seen), _MOST_NAMED)),
    )


def judge(
    scanned: Scanned,
    policy: policies.Policy,
    pins: Pins,
    *,
    today: date,
    fail_on: FailOn = "error",
    changes: Changes | None = None,
) -> Verdict:
    """Return the verdict of the policy on a bill of materials.

    `changes` is what the files bring along to change the policy, where another one judges them.
    """
    # A file that the policy does not want judged is not missing either.
    wanted = locks.select(pins, policy.selects)
    context = Context(pins=wanted, today=today, is_whole=scanned.is_whole, changes=changes)
    found = rules.evaluate(scanned.sbom, policy.settings_for, context)
    judged, matches = policies.apply_waivers(found, policy, today=today)
    findings = (*judged, *rules.evaluate_waivers(matches, policy.settings_for, context))
    denied = [f for f in findings if f.level in _DENIED[fail_on] and f.waiver is None]
    denied_at: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in denied:
        denied_at[finding.path].append(finding)
    return Verdict(
        status=_worst(denied),
        exit_code=1 if denied else 0,
        models=tuple(Judged(model, _status(model, denied_at)) for model in scanned.sbom.models),
        findings=findings,
        policy=policy.path,
        extends=policy.extends,
        notes=(*_judged_by(changes), *_notes(scanned, policy, findings)),
    )


def judge_waiver(policy: policies.Policy, waiver: Waiver, *, today: date) -> list[Finding]:
    """Return what the rules say of a waiver that waives something."""
    context = Context(pins=Pins("", exists=False, by_path={}), today=today, is_whole=False)
    return rules.evaluate_waivers([(waiver, 1)], policy.settings_for, context)


def is_waived_among(scanned: Scanned, policy: policies.Policy, pins: Pins, *, today: date) -> bool:
    """Return whether the last waiver of the policy names a finding on what was scanned."""
    wanted = locks.select(pins, policy.selects)
    context = Context(pins=wanted, today=today, is_whole=scanned.is_whole)
    found = rules.evaluate(scanned.sbom, policy.settings_for, context)
    _, matches = policies.apply_waivers(found, policy, today=today)
    return matches[-1][1] > 0


def is_waived_anywhere(place: Place, policy: policies.Policy, pins: Pins, *, today: date) -> bool:
    """Return whether the last waiver of the policy names a finding in the repository."""
    every = sources.select((), root=place.root)
    names = policy.naming(policy.waivers[-1])
    files = [f for f in every.files if names(sources.relative_text(f, place.start))]
    # Nearly always a finding is on a model, so that the others need not be read.
    models = replace(every, files=tuple(files), is_whole=False)
    return any(
        is_waived_among(scan(place, each, policy, pins), policy, pins, today=today)
        for each in (models, every)
    )


def read_sbom(file: Path, place: Place) -> Scanned:
    """Return a bill of materials read from a document; raises `sbom.UnreadableSbom`, `OSError`."""
    text = sources.relative_text(os.fspath(file), place.start)
    data = documents.read(file, sbom.MAX_BYTES)
    bill = sbom.read(data, text)
    return Scanned(bill, is_whole=bill.scope == "repository", unselected=0)


def digest_of(path: str, scanned: Scanned | None, pins: Pins) -> str | None:
    """Return the SHA-256 that a finding on the file at `path` is bound to, as far as it is known.

    That of its content, or where it is not there and nothing was scanned, of its pin.
    """
    if scanned is not None:
        files = (file for model in scanned.sbom.models for file in model.files)
        return next((file.sha256 for file in files if file.path == path), None)
    return pins.by_path[path].sha256 if path in pins.by_path else None


def _worst(denied: Sequence[Finding]) -> Status:
    if not denied:
        return "pass"
    if all(finding.rule == "not-examined" for finding in denied):
        return "not-examined"
    return "violation"


def _status(model: Model, denied_at: Mapping[str, list[Finding]]) -> Status:
    paths = {file.path for file in model.files}
    status = _worst([finding for path in paths for finding in denied_at.get(path, ())])
    if status == "pass" and not model.is_examined:
        return "not-examined"
    return status


def _judged_by(changes: Changes | None) -> list[str]:
    if changes is None:
        return []
    return [f"judged by the policy, the waivers and the lock of {changes.since}"]


def _notes(scanned: Scanned, policy: policies.Policy, findings: Sequence[Finding]) -> list[str]:
    """Return what a run must say aloud, because its silence would look like a pass."""
    notes = []
    paths = [model.path for model in scanned.sbom.models]
    if not paths and all(finding.rule != "no-models" for finding in findings):
        notes.append("no model file was found, so nothing was judged")
    if scanned.left_behind:
        notes.append(
            f"there are companions of models and no weights: {', '.join(scanned.left_behind)};"
            " fetch the weights (git lfs pull), or check the directory that has them"
        )
    if scanned.unselected:
        notes.append(
            f"{scanned.unselected} model file(s) were not judged: `paths` of {policy.path} leaves"
            " them out"
        )
    if all(_is_off(policy.settings_for(path)) for path in paths or [""]):
        notes.append(f"no rule is active in {policy.path}: nothing could fail")
    if policy.is_fallback:
        notes.append(
            f"no policy file was found, so {policy.path} applies; to choose, run lbom-gate init, or"
            " write lbom-gate.yaml with the lines `version: 1` and `extends: [builtin:recommended]`"
        )
    return notes


def _is_off(settings: Settings) -> bool:
    return all(level.value == "off" for level in settings.levels.values())
