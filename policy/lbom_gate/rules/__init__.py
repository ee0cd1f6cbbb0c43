"""Facts against policy: one rule, one file. A rule turns what it is handed into findings."""

from lbom_gate.rules._evaluate import evaluate, evaluate_waivers
from lbom_gate.rules._registry import DOCS, INFOS, RULES, explain, summary
from lbom_gate.rules._rule import WHOLE_RUN, Rule

__all__ = [
    "DOCS",
    "INFOS",
    "RULES",
    "WHOLE_RUN",
    "Rule",
    "evaluate",
    "evaluate_waivers",
    "explain",
    "summary",
]
