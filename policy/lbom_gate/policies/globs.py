"""Patterns of paths, as a policy writes them.

A pattern is held against the whole path, `/` by `/`, letter by letter: `*` is any run of characters
but `/`, `?` one of them, `[abc]`, `[a-z]` and `[!abc]` one of a set, and `**` between slashes any
number of directories (at the end, at least one name). Matching takes at most as many steps as the
pattern's length times the path's, whatever they hold.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from lbom_gate.dataclass import dataclass

_ANY = "**"
_ANYTHING = re.compile("")
_SPECIAL = re.compile(r"[*?[]")
_SET = re.compile(r"\[!?([^\]!^][^\]]*)\]")
_ONE = re.compile(r"\[[^\]!^]\]")
_RANGE = re.compile(r"(.)-(.)")
_MEANING = re.compile(r"[*?\[{]")
# What Linux takes for a path; a longer pattern names none.
MAX_LENGTH = 4096
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class BadGlob(ValueError):
    """Why a pattern is refused, and what to write in its place."""

    def __init__(self, *, reason: str, advice: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Glob:
    """A compiled pattern."""

    text: str
    is_exact: bool  # it can match one path only
    segments: tuple[re.Pattern[str] | None, ...]  # None is `**`

    def matches(self, path: str) -> bool:
        """Whether the pattern names the path."""
        return _matches(self.segments, path.split("/"))

    def reaches(self, directory: str) -> bool:
        """Whether the pattern can name a path in a directory; then `name` decides which."""
        head = (*self.segments[:-1], None if self.name is None else _ANYTHING)
        return _matches(head, [*directory.split("/"), ""] if directory else [""])

    @property
    def name(self) -> re.Pattern[str] | None:
        """What the last name of a path must be; None: it may be anything."""
        return self.segments[-1]


def compile_glob(text: str) -> Glob:
    """Return the compiled pattern; raises `BadGlob`."""
    if not text:
        raise BadGlob(reason="is empty", advice="`**` names every path")
    if _CONTROL.search(text):
        raise BadGlob(reason="has a control character", advice="write `?` in its place")
    if len(text) > MAX_LENGTH:
        raise BadGlob(
            reason=f"has {len(text):,} characters", advice=f"a path has at most {MAX_LENGTH:,}"
        )
    segments = text.split("/")
    compiled = tuple(None if segment == _ANY else _segment(segment, text) for segment in segments)
    is_exact = not _SPECIAL.search(_ONE.sub("", text))
    return Glob(text, is_exact, compiled)


def escape(path: str) -> str:
    """Return the pattern that names this path and, but for control characters, no other."""
    return _CONTROL.sub("?", _MEANING.sub(r"[\g<0>]", path))


def _segment(segment: str, text: str) -> re.Pattern[str]:
    if segment == "":
        raise _slash(text)
    if segment in {".", ".."}:
        raise BadGlob(
            reason=f"has the step `{segment}`", advice="start at the directory of the policy"
        )
    if _ANY in segment:
        raise BadGlob(
            reason="has `**` beside other characters", advice="`**` stands alone between slashes"
        )
    check_sets(segment)
    return re.compile(fnmatch.translate(segment))


def check_sets(text: str) -> None:
    """Raise `BadGlob` where a `[` opens no set of characters, or a `{` an alternative."""
    for found in _SET.finditer(text):
        if any(first > last for first, last in _RANGE.findall(found[1])):
            raise BadGlob(
                reason=f"has the set `{found[0]}` that runs backwards", advice="write `[a-z]`"
            )
    rest = _SET.sub("", text)
    if "[" in rest:
        raise BadGlob(
            reason="has a `[` that opens no set", advice="a set is `[abc]`, `[a-z]` or `[!abc]`"
        )
    if "{" in rest:
        raise BadGlob(
            reason="has `{`, which is no alternative here", advice="write one entry for each"
        )


def _slash(text: str) -> BadGlob:
    if text.endswith("/"):
        return BadGlob(reason="ends in `/`", advice=f"all below it is `{text.rstrip('/')}/**`")
    if text.startswith("/"):
        return BadGlob(reason="starts with `/`", advice="start at the directory of the policy")
    return BadGlob(reason="has `//`", advice="write one slash")


def _matches(pattern: Sequence[re.Pattern[str] | None], names: Sequence[str]) -> bool:
    """Match name by name, going back to the last `**` only.

    What stands between two `**` has a fixed number of names, so the earliest place where it fits
    is as good as any later one.
    """
    at = name = 0
    resume: tuple[int, int] | None = None
    while name < len(names):
        expected = pattern[at] if at < len(pattern) else None
        if at < len(pattern) and expected is None:
            at += 1
            if at == len(pattern):
                return True
            resume = (at, name + 1)
        elif expected is not None and expected.match(names[name]):
            at += 1
            name += 1
        elif resume is not None:
            at, name = resume
            resume = (at, name + 1)
        else:
            return False
    return at == len(pattern)
