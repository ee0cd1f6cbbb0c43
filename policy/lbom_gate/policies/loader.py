"""Loads a policy: reads the file and what it extends, and settles who wins.

From the lowest: the levels and settings of `builtin:recommended`, then the documents of the chain
in order. Within one document a rule beats its family. A list replaces a list, `overrides` and
`waivers` too, and the overrides speak last. Patterns and the lock's path are relative to the
directory of the policy itself, also where a file in another directory, that it extends, wrote them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from lbom_gate import documents
from lbom_gate.documents import ReadFile
from lbom_gate.model import RuleInfo, Waiver
from lbom_gate.policies import schema, sections
from lbom_gate.policies.asks import Asks
from lbom_gate.policies.chain import Chain, read_chain
from lbom_gate.policies.document import Document
from lbom_gate.policies.globs import Glob, compile_glob
from lbom_gate.policies.places import Place
from lbom_gate.policies.policy import Override, Policy
from lbom_gate.policies.values import Names

T = TypeVar("T")

LOCKFILE = "lbom.lock"


def load(
    file: Path | None,
    *,
    start: Path,
    root: Path,
    rules: Sequence[RuleInfo],
    read_file: ReadFile = documents.read,
) -> Policy:
    """Return the policy; see `lbom_gate.policies.load`."""
    if file is not None:
        file = Path(os.path.abspath(start / file))  # noqa: PTH100  (links stay as they are)
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    chain = read_chain(file, start=start, names=names, read_file=read_file)
    top = chain.documents[-1]
    place = Place.of(file, start=start, root=root)
    lockfile = _said(chain, lambda content: content.pins.lockfile)
    return Policy(
        path=top.tree.path,
        extends=tuple(top.content.extends or ()),
        is_fallback=file is None,
        lockfile=Path(os.path.normpath(place.base / (lockfile or LOCKFILE))),
        waivers=_waivers(chain),
        include=_globs(_said(chain, lambda content: content.paths.include)),
        exclude=_globs(_said(chain, lambda content: content.paths.exclude)) or (),
        asks=_asks(chain, names),
        overrides=_overrides(chain, names),
        grave=frozenset(rule.name for rule in rules if rule.is_grave),
        place=place,
        trees=(chain.base.tree, *(document.tree for document in chain.documents)),
    )


def _said(chain: Chain, value: Callable[[schema.PolicyFile], T | None]) -> T | None:
    """Return the value of the uppermost document that says one."""
    document = _saying(chain, value)
    return None if document is None else value(document.content)


def _saying(chain: Chain, value: Callable[[schema.PolicyFile], T | None]) -> Document | None:
    return next((d for d in reversed(chain.documents) if value(d.content) is not None), None)


def _globs(patterns: Sequence[str] | None) -> tuple[Glob, ...] | None:
    return None if patterns is None else tuple(map(compile_glob, patterns))


def _asks(chain: Chain, names: Names) -> Asks:
    """Return what is asked of a model that no override names."""
    base = sections.read_policy(chain.base, names)
    nameless = sorted(names.rules.keys() - base.levels.keys())
    if nameless:
        message = f"{chain.base.tree.path} has no level for {', '.join(nameless)}"
        raise LookupError(message)
    merged = Asks(
        levels=base.levels,
        waiver_max_days=base.waiver_max_days,
        expiring_days=base.expiring_days,
    )
    for document in chain.documents:
        merged = sections.read_policy(document, names).over(merged)
    return merged


def _overrides(chain: Chain, names: Names) -> tuple[Override, ...]:
    document = _saying(chain, lambda content: content.overrides)
    if document is None:
        return ()
    return tuple(
        Override(
            globs=tuple(map(compile_glob, override.paths)),
            asks=sections.read(override, document.tree, ("overrides", index), names),
        )
        for index, override in enumerate(document.content.overrides or ())
    )


def _waivers(chain: Chain) -> tuple[Waiver, ...]:
    document = _saying(chain, lambda content: content.waivers)
    if document is None:
        return ()
    return tuple(
        Waiver(
            rule=waiver.rule,
            path=waiver.path,
            sha256=waiver.sha256,
            reason=waiver.reason,
            owner=waiver.owner,
            expires=waiver.expires,
            span=document.tree.value(("waivers", index)),
        )
        for index, waiver in enumerate(document.content.waivers or ())
    )
