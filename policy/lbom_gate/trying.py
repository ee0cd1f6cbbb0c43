"""Tries a policy on cases: facts that somebody wrote down, with what should be found in them."""

import posixpath
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from lbom_gate import pipeline, policies
from lbom_gate.model import Case, Cases, Expected, Finding, Model, Pin, Pins, Sbom, Tried, path_text


def load_policy(place: pipeline.Place, cases: Cases, file: Path | None) -> policies.Policy:
    """Return the policy in `file`, else the one that the cases name, else the nearest to them.

    Raises `policies.PolicyErrors`.
    """
    return pipeline.load_policy(place, file or cases.policy, (cases.path,))


def try_cases(policy: policies.Policy, cases: Cases, *, today: date) -> tuple[Tried, ...]:
    """Return what became of each case."""
    return tuple(_try(case, policy, today=cases.today or today) for case in cases.each)


def _try(case: Case, policy: policies.Policy, *, today: date) -> Tried:
    model = _in_the_run(case.model, policy)
    scanned = pipeline.Scanned(Sbom((model,)), is_whole=False, unselected=0)
    by_path = {model.path: _pin(model, case)} if case.is_pinned else {}
    pins = Pins(path=policy.lockfile.name, exists=True, by_path=by_path)
    verdict = pipeline.judge(scanned, policy, pins, today=today)
    # What is wrong with the policy itself is no case's business.
    found = [finding for finding in verdict.findings if finding.path == model.path]
    missing = _take(found, case.expected)
    return Tried(case, missing, tuple(found))


def _take(found: list[Finding], expected: Sequence[Expected]) -> tuple[Expected, ...]:
    """Take from what was found what was expected; return what was expected in vain."""
    missing = []
    for each in expected:
        finding = next((finding for finding in found if _is(finding, each)), None)
        if finding is None:
            missing.append(each)
        else:
            found.remove(finding)
    return tuple(missing)


def _is(finding: Finding, expected: Expected) -> bool:
    return (
        finding.rule == expected.rule
        and expected.level in {None, finding.level}
        and expected.is_waived == (finding.waiver is not None)
    )


def _in_the_run(model: Model, policy: policies.Policy) -> Model:
    """Return the model where the policy's patterns look for it, wherever the run stands."""
    base, start = policy.place.base_text, policy.place.start_text
    path = posixpath.relpath(posixpath.join(base, path_text(model.path)), start)
    return replace(model, files=(replace(model.files[0], path=path),))


def _pin(model: Model, case: Case) -> Pin:
    file = model.files[0]
    return Pin(file.path, file.size, file.sha256, case.span)
