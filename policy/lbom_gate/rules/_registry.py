"""The rules: this folder is the registry; every module in it without a leading `_` is a rule."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from lbom_gate.model import RuleInfo
from lbom_gate.rules._rule import Rule


def _modules() -> Iterator[str]:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        if not module.name.startswith("_"):
            yield f"{__package__}.{module.name}"


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
