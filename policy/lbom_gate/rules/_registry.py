"""The rules: this folder is the registry; every module in it without a leading `_` is a rule."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib import import_module

from lbom_gate.model import RuleInfo
from lbom_gate.rules._rule import Rule


def _modules() -> Iterator[str]:
    for file in os.listdir(os.path.dirname(__file__)):  # noqa: PTH120, PTH208  (ten times as fast)
        name, suffix = os.path.splitext(file)  # noqa: PTH122
        if suffix == ".py" and not name.startswith("_"):
            yield f"{__package__}.{name}"


def _rule(module: str) -> Rule:
    rule: Rule = import_module(module).RULE
    return rule


RULES: tuple[Rule, ...] = tuple(sorted(map(_rule, _modules()), key=lambda rule: rule.name))
INFOS: tuple[RuleInfo, ...] = tuple(
    RuleInfo(name=rule.name, family=rule.family, is_grave=rule.is_grave) for rule in RULES
)
DOCS: dict[str, str] = {
    rule.name: import_module(type(rule).__module__).__doc__ or "" for rule in RULES
}


def summary(name: str) -> str:
    """Return a rule in one line.

    Raises:
        KeyError: No rule has that name.

    """
    return DOCS[name].partition("\n")[0]


def explain(name: str) -> str:
    """Return all there is to know of a rule, as Markdown.

    Raises:
        KeyError: No rule has that name.

    """
    rule = {rule.name: rule for rule in RULES}[name]
    waivable = "; can be waived only by exact path and digest" if rule.is_grave else ""
    return (
        f"# {rule.name}\n\n"
        f"Family `{rule.family}`; `{rule.recommended}` in `builtin:recommended`{waivable}.\n\n"
        f"{DOCS[name].strip()}\n"
    )
