"""The policy: what a repository asks of its models, in a file that people write.

To look at this room in order: `yaml_tree` reads text and keeps places, `schema` says what a policy
may hold, `mistakes` says what is wrong, `validation` makes a `document` of it, `compiled` is what
is remembered of one, `chain` follows `extends`, `asks` and `loader` settle who wins, and `policy`
answers for a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from lbom_gate import documents
from lbom_gate.documents import ReadFile
from lbom_gate.model import (
    Cases,
    Change,
    Finding,
    InForce,
    Model,
    NewWaiver,
    RuleInfo,
    Sbom,
    Settings,
)
from lbom_gate.policies import packs, text
from lbom_gate.policies.discovery import find, find_one
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.packs import PACKS
from lbom_gate.policies.policy import Policy, apply_waivers

__all__ = [
    "PACKS",
    "JsonSchema",
    "Policy",
    "PolicyErrors",
    "apply_waivers",
    "differences",
    "find",
    "find_one",
    "in_force",
    "json_schema",
    "load",
    "pack_text",
    "propose",
    "propose_waivers",
    "read_cases",
    "read_file",
    "undecided",
    "with_waiver",
]

JsonSchema = dict[str, Any]  # what `json.dumps` takes


def load(
    file: Path | None,
    *,
    start: Path,
    root: Path,
    rules: Sequence[RuleInfo],
    read_file: ReadFile = documents.read,
) -> Policy:
    """Return the policy in `file`, or the built-in one that stands for no file.

    `start` is the directory that the paths of a run are relative to, `root` the repository's; both
    are absolute. `rules` are all rules there are. `read_file` reads from elsewhere than the disk.
    Raises `PolicyErrors`, and `LookupError` for a rule that has no level.
    """
    # Commands that judge nothing do not pay for what reads a policy.
    from lbom_gate.policies import loader

    return loader.load(file, start=start, root=root, rules=rules, read_file=read_file)


def propose(sbom: Sbom, recommended: Settings) -> str:
    """Return the text of a policy that fits the models, as far as `recommended` allows them."""
    from lbom_gate.policies import proposal

    return proposal.policy(sbom, recommended)


def undecided(sbom: Sbom) -> list[Model]:
    """Return the models for which the proposed policy leaves a decision to a person.

    They state no architecture, and a list of those of the others would deny them.
    """
    from lbom_gate.policies import proposal

    return proposal.undecided(sbom)


def propose_waivers(findings: Sequence[tuple[Finding, str]], *, expires: date) -> str:
    """Return comments for the end of a policy that would waive findings, each with its path.

    A path is relative to the policy's directory.
    """
    from lbom_gate.policies import proposal

    return proposal.waivers(findings, expires=expires)


def read_file(file: Path) -> bytes:
    """Return the bytes of a policy file, as far as one may be long; raises `OSError`."""
    return documents.read(file, text.MAX_BYTES)


def with_waiver(data: bytes, path: str, waiver: NewWaiver) -> bytes:
    """Return the text of the policy file that is shown as `path`, with one waiver more.

    Everything else in it stays, byte for byte. Raises `PolicyErrors` where that cannot be done.
    """
    from lbom_gate.policies import insertion

    return insertion.with_waiver(data, path, waiver)


def in_force(policy: Policy, path: str) -> InForce:
    """Return what the policy asks of the file at `path`, each value with the place that set it."""
    from lbom_gate.policies import origins

    return origins.in_force(policy, path)


def differences(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return what `new` loosens, tightens or says otherwise than `old`, in words."""
    from lbom_gate.policies import comparison

    return comparison.differences(old, new)


def read_cases(file: Path, *, start: Path, rules: Sequence[RuleInfo]) -> Cases:
    """Return the cases in a file that says what a policy should find in which facts.

    Raises `PolicyErrors` with every mistake in it, and `OSError`.
    """
    from lbom_gate.policies import cases

    return cases.read(file, start=start, rules=rules)


def json_schema(rules: Sequence[RuleInfo] = ()) -> JsonSchema:
    """Return the JSON Schema of a policy, for editors; with `rules`, it knows their names.

    It knows what a policy looks like. What a pattern, a destination or a date is, only the gate
    knows, so it accepts some policies that the gate refuses, and refuses none that the gate takes.
    """
    from lbom_gate.policies import draft_2020_12

    return draft_2020_12.schema(rules)


def pack_text(name: str) -> str:
    """Return the text of a built-in policy: of one of `PACKS`."""
    return packs.read(name).decode()
