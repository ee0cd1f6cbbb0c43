"""Tells which of several lists of patterns name a path, over any number of paths.

What a pattern asks of a directory is asked once for each directory: a repository has far fewer of
them than files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from lbom_gate.dataclass import dataclass
from lbom_gate.policies.globs import Glob

# So many directories are remembered; a run that meets more forgets the earlier ones.
_MOST_DIRECTORIES = 4096

# Fewer patterns are asked one by one, which costs less than to compile one out of them.
_MANY = 8

_Names = tuple[re.Pattern[str] | None, ...]


@dataclass(frozen=True, slots=True)
class _Reaching:
    """The lists that can name a path in one directory."""

    each: tuple[tuple[int, _Names], ...]  # index, and what the name of the file must be
    always: tuple[int, ...]  # those that name every file there
    may_name: re.Pattern[str] | None  # what no other one names but if this matches; None: unknown

    @classmethod
    def of(cls, each: Sequence[tuple[int, _Names]]) -> _Reaching:
        always = tuple(index for index, patterns in each if None in patterns)
        some = {p.pattern for _, patterns in each for p in patterns if p is not None}
        may_name = re.compile("|".join(sorted(some))) if len(some) >= _MANY else None
        return cls(tuple(each), always, may_name)


@dataclass(frozen=True, slots=True)
class Selection:
    """Lists of patterns, ready to be asked."""

    lists: Sequence[Sequence[Glob]]
    _reaching: dict[str, _Reaching] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    def naming(self, path: str) -> tuple[int, ...]:
        """Return the indices of the lists of which a pattern names the path, in order."""
        directory, _, name = path.rpartition("/")
        reaching = self._reaching.get(directory)
        if reaching is None:
            if len(self._reaching) >= _MOST_DIRECTORIES:
                self._reaching.clear()
            reaching = self._reaching[directory] = self._reach(directory)
        if reaching.may_name is not None and not reaching.may_name.match(name):
            return reaching.always
        naming = []
        for index, patterns in reaching.each:
            for pattern in patterns:
                if pattern is None or pattern.match(name):
                    naming.append(index)
                    break
        return tuple(naming)

    def _reach(self, directory: str) -> _Reaching:
        """Return the lists that can name a path in a directory, and what its name must be."""
        reaching: list[tuple[int, _Names]] = []
        for index, globs in enumerate(self.lists):
            names = tuple(glob.name for glob in globs if glob.reaches(directory))
            if names:
                # What names every file there need not be asked after anything else.
                reaching.append((index, (None,) if None in names else names))
        return _Reaching.of(reaching)
