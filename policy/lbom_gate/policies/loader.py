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
from lbom_gate.model import RuleInfo
from lbom_gate.policies.asks import Asks
from lbom_gate.policies.chain import Chain, read_chain
from lbom_gate.policies.document import Document
from lbom_gate.policies.globs import Glob, compile_glob
from lbom_gate.policies.names import Names
from lbom_gate.policies.places import Place
from lbom_gate.policies.policy import Override, Policy
from lbom_gate.user_cache import UserCache

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
    names = Names.of(rules)
    cache = UserCache.outside(root)
    chain = read_chain(file, start=start, names=names, cache=cache, read_file=read_file)
    top = chain.documents[-1]
    place = Place.of(file, start=start, root=root)
    lockfile = _said(chain, lambda document: document.lockfile)
    return Policy(
        path=top.path,
        extends=tuple(extended.name for extended in top.extends),
        is_fallback=file is None,
        lockfile=Path(os.path.normpath(place.base / (lockfile or LOCKFILE))),
        waivers=_said(chain, lambda document: document.waivers) or (),
        include=_globs(_said(chain, lambda document: document.include)),
        exclude=_globs(_said(chain, lambda document: document.exclude)) or (),
        asks=_asks(chain, names),
        overrides=tuple(
            Override(tuple(map(compile_glob, each.paths)), each.asks)
            for each in _said(chain, lambda document: document.overrides) or ()
        ),
        grave=frozenset(rule.name for rule in rules if rule.is_grave),
        place=place,
        texts=tuple((document.path, document.data) for document in (chain.base, *chain.documents)),
    )


def _said(chain: Chain, value: Callable[[Document], T | None]) -> T | None:
    """Return the value of the uppermost document that says one."""
    said = map(value, reversed(chain.documents))
    return next((each for each in said if each is not None), None)


def _globs(patterns: Sequence[str] | None) -> tuple[Glob, ...] | None:
    return None if patterns is None else tuple(map(compile_glob, patterns))


def _asks(chain: Chain, names: Names) -> Asks:
    """Return what is asked of a model that no override names."""
    base = chain.base.asks
    nameless = sorted(names.rules.keys() - base.levels.keys())
    if nameless:
        message = f"{chain.base.path} has no level for {', '.join(nameless)}"
        raise LookupError(message)
    merged = Asks(
        levels=base.levels,
        waiver_max_days=base.waiver_max_days,
        expiring_days=base.expiring_days,
    )
    for document in chain.documents:
        merged = document.asks.over(merged)
    return merged
