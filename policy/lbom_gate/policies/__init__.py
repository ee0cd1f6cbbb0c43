"""The policy: what a repository asks of its models, in a file that people write.

To look at this room in order: `yaml_tree` reads text and keeps places, `schema` says what a policy
may hold, `mistakes` says what is wrong, `chain` follows `extends`, `asks` and `loader` settle who
wins, and `policy` answers for a path.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lbom_gate.model import RuleInfo
from lbom_gate.policies.discovery import find
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.policy import Policy, apply_waivers

__all__ = ["Policy", "PolicyErrors", "apply_waivers", "find", "load"]


def load(file: Path | None, *, start: Path, root: Path, rules: Sequence[RuleInfo]) -> Policy:
    """Return the policy in `file`, or the built-in one that stands for no file.

    `start` is the directory that the paths of a run are relative to, `root` the repository's; both
    are absolute. `rules` are all rules there are. Raises `PolicyErrors`, and `LookupError` for a
    rule that has no level.
    """
    # Pydantic and PyYAML take longer to import than the rest of a run without a policy.
    from lbom_gate.policies import loader  # noqa: PLC0415

    return loader.load(file, start=start, root=root, rules=rules)
