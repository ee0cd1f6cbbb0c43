"""The policy in force: what it asks at each path, and what it waives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Finding, Settings, Waiver
from lbom_gate.policies import waivers
from lbom_gate.policies.asks import Asks
from lbom_gate.policies.globs import Glob, compile_glob
from lbom_gate.policies.places import Place
from lbom_gate.policies.selection import Selection

if TYPE_CHECKING:  # it imports PyYAML
    from lbom_gate.policies.yaml_tree import Tree


@dataclass(frozen=True, slots=True)
class Override:
    """What is asked of the models at some paths instead."""

    globs: tuple[Glob, ...]
    asks: Asks


@dataclass(frozen=True, slots=True)
class Policy:
    """What a repository asks of its models. Paths are those of the run that loaded it."""

    path: str  # of the file, or the name of the built-in policy
    extends: tuple[str, ...]  # as the file names them
    is_fallback: bool  # there is no file, and a built-in policy stands for it
    lockfile: Path  # absolute
    waivers: tuple[Waiver, ...]
    include: tuple[Glob, ...] | None  # None: all
    exclude: tuple[Glob, ...]
    asks: Asks
    overrides: tuple[Override, ...]  # a later one wins
    grave: frozenset[str]  # rules whose findings are waived only by exact path and digest
    place: Place
    texts: tuple[tuple[str, bytes], ...]  # path and bytes of all files that speak, lowest first
    _settings: dict[tuple[int, ...], Settings] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )
    _trees: list[Tree] = field(default_factory=list, init=False, compare=False, repr=False)
    _overriding: Selection = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        overriding = Selection([override.globs for override in self.overrides])
        object.__setattr__(self, "_overriding", overriding)

    @property
    def waiver_max_days(self) -> int:
        """How many days ahead a waiver may expire; none, were there no policy that says it."""
        days = self.asks.waiver_max_days
        return 0 if days is None else days.value

    @property
    def trees(self) -> Sequence[Tree]:
        """The values of all files that speak, lowest first; the last is the policy itself."""
        if not self._trees:
            from lbom_gate.policies import yaml_tree

            self._trees.extend(yaml_tree.parse(data, path) for path, data in self.texts)
        return self._trees

    def settings_for(self, path: str) -> Settings:
        """Return what the policy asks of the model at `path`.

        No override speaks for the run as a whole, which is ``""`` or ``"."``.
        """
        key = self.overriding(path)
        if key not in self._settings:
            self._settings[key] = self.asks_under(key).settings()
        return self._settings[key]

    def overriding(self, path: str) -> tuple[int, ...]:
        """Return which overrides speak for the path, in their order."""
        located = None if path in {"", "."} else self.place.locate(path)
        return () if located is None else self._overriding.naming(located)

    def asks_under(self, overrides: Iterable[int]) -> Asks:
        """Return what is asked where those overrides speak."""
        asks = self.asks
        for index in overrides:
            asks = self.overrides[index].asks.over(asks)
        return asks

    def naming(self, waiver: Waiver) -> Callable[[str], bool]:
        """Return what tells whether the pattern of a waiver names a path."""
        glob = compile_glob(waiver.path)

        def names(path: str) -> bool:
            located = self.place.locate(path)
            return located is not None and glob.matches(located)

        return names

    def selects(self, path: str) -> bool:
        """Whether the policy says that the file at `path` is to be judged.

        What lies outside of the policy's directory is judged where nothing is included by name.
        """
        located = self.place.locate(path)
        if located is None:
            return self.include is None
        is_included = self.include is None or any(glob.matches(located) for glob in self.include)
        return is_included and not any(glob.matches(located) for glob in self.exclude)


def apply_waivers(
    findings: Iterable[Finding], policy: Policy, *, today: date
) -> tuple[tuple[Finding, ...], waivers.Matches]:
    """Return the findings, waived where the policy says so, and how many each waiver named."""
    return waivers.apply(
        findings, policy.waivers, today=today, grave=policy.grave, locate=policy.place.locate
    )
