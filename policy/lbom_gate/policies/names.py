"""The names of rules that a policy may speak of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lbom_gate.dataclass import dataclass
from lbom_gate.model import RuleInfo


@dataclass(frozen=True, slots=True)
class Names:
    """The rules that there are."""

    rules: Mapping[str, RuleInfo]
    families: frozenset[str]
    tolerated: frozenset[str] = frozenset()  # unknown here, and marked `if-known`

    @classmethod
    def of(cls, rules: Sequence[RuleInfo]) -> Names:
        """Return the names of those rules."""
        return cls({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
