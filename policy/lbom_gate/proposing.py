"""Proposes a policy and a lock for the models that are there."""

import os
from datetime import date, timedelta
from pathlib import Path

from lbom_gate import locks, pipeline, policies, rules, sources
from lbom_gate.dataclass import dataclass
from lbom_gate.model import Finding, Model, Pins, Verdict

# What `init` starts from, and how long the waivers it proposes hold: a quarter of a year.
RECOMMENDED = b"version: 1\nextends: [builtin:recommended]\n"
PROPOSED_DAYS = 90


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy and a lock for a tree, and how the tree stands under them today."""

    policy: bytes
    lock: locks.Rendered
    verdict: Verdict
    denied: tuple[Finding, ...]  # what does not pass; the policy has a waiver of it as a comment
    undecided: tuple[Model, ...]  # without an architecture; the policy has the list as a comment


def propose(
    place: pipeline.Place, file: Path, lock: Path, *, today: date, jobs: int = 0
) -> Proposal:
    """Return the policy for `file` and the lock for `lock` under which the repository passes."""
    base = policies.load(None, start=place.start, root=place.root, rules=rules.INFOS)
    where = sources.relative_text(os.fspath(lock), place.start)
    nothing = Pins(path=where, exists=False, by_path={})
    every = sources.select((), root=place.root)
    scanned = pipeline.scan(place, every, base, nothing, jobs=jobs)
    recommended = pipeline.load_policy_text(place, file, RECOMMENDED)
    text = policies.propose(scanned.sbom, recommended.settings_for(""))
    rendered = locks.render(
        scanned.sbom, nothing, keep_others=False, lock_directory=lock.parent, start=place.start
    )
    policy = pipeline.load_policy_text(place, file, text.encode())
    pins = locks.load(lock, start=place.start, read_file=lambda _file, _most: rendered.data)
    verdict = pipeline.judge(scanned, policy, pins, today=today)
    denied = tuple(finding for finding in verdict.findings if finding.level == "error")
    paths = [(each, policy.place.locate(each.path)) for each in denied]
    waivers = policies.propose_waivers(
        [(finding, path) for finding, path in paths if path is not None],
        expires=today + timedelta(days=min(PROPOSED_DAYS, policy.waiver_max_days)),
    )
    undecided = tuple(policies.undecided(scanned.sbom))
    return Proposal((text + waivers).encode(), rendered, verdict, denied, undecided)
