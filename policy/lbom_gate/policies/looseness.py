"""Whether one value of a policy is looser than another, in words.

Values are compared under their keys. A key that is new to the language needs a line in the tables
here only where its last word does not say which way it goes: an `allow` or `exempt` that grows
loosens, a `deny` that grows tightens, `min-` and `max-` are bounds, `require` is a demand. Of
anything else it is said that it changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbom_gate.model import LEVELS, Change, Effect, Pattern, Plain, Said, Span
from lbom_gate.policies import origins

# Lists that let more in with every entry, and let in nothing of their own where they are absent.
# Of any other list of what is allowed, its absence allows all.
_ADDING = frozenset({"egress.allow", "code.imports.allow", "quantization.exempt"})
# Numbers that loosen as they grow, and are not named so.
_MORE_IS_LOOSER = frozenset({"quantization.lesser-share"})
# Words that demand something, whatever else could stand there.
_DEMANDS = frozenset({"commit", "deny"})
# What an entry of a list does, said of entries that come and of entries that go.
_VERBS = {
    "allow": ("allows", "no longer allows"),
    "deny": ("denies", "no longer denies"),
    "exempt": ("exempts", "no longer exempts"),
}
# Destinations are no labels: what an entry of theirs names is not said by its `*` alone.
_NOT_LABELS = "egress."
_NOWHERE = Span("", 1, 1, 2, "")

OPPOSITE: Mapping[Effect, Effect] = {
    "loosens": "tightens",
    "tightens": "loosens",
    "changes": "changes",
}


def value(key: str, was: Said | None, is_: Said | None) -> Iterator[Change]:
    """Yield in what the value under a key differs; None: the policy does not say."""
    before = None if was is None else was.value
    after = None if is_ is None else is_.value
    if before == after:
        return
    is_list = all(each is None or isinstance(each, tuple) for each in (before, after))
    if is_list and key.rpartition(".")[2] in _VERBS:
        yield from _list(key, was, is_)
        return
    name = key.removeprefix(origins.RULES)
    what = f"rule {name}" if name != key else key
    words = f"{what}: {shown(before)} -> {shown(after)}"
    yield Change(_effect(key, before, after), words, *spans(was, is_))


def entries(was: Said | None, is_: Said | None) -> tuple[list[str], list[str]]:
    """Return the entries that are new, and those that are gone."""
    before, after = _texts(was), _texts(is_)
    return (
        [each for each in after if each not in before],
        [each for each in before if each not in after],
    )


def spans(was: Said | None, is_: Said | None) -> tuple[Span | None, Span | None]:
    """Return where both stand."""
    return None if was is None else was.span, None if is_ is None else is_.span


def shown(value: object) -> str:
    """Return a value as a sentence has it."""
    if value is None:
        return "not said"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value)) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _list(key: str, was: Said | None, is_: Said | None) -> Iterator[Change]:
    section, _, name = key.rpartition(".")
    closes = name == "allow" and key not in _ADDING
    if closes and was is None and is_ is not None:
        words = f"{section}: allows only {shown(is_.value)}"
        yield Change("tightens", words, *spans(was, is_))
    elif closes and is_ is None and was is not None:
        words = f"{section}: allows anything, no longer only {shown(was.value)}"
        yield Change("loosens", words, *spans(was, is_))
    else:
        added, removed = entries(was, is_)
        more: Effect = "tightens" if name == "deny" else "loosens"
        does, does_not = (f"{section}: {verb}" for verb in _VERBS[name])
        for words, effect in _named(key, added, _texts(was)):
            yield Change(more if effect else "changes", f"{does} {words}", *spans(was, is_))
        for words, effect in _named(key, removed, _texts(is_)):
            less = OPPOSITE[more] if effect else "changes"
            yield Change(less, f"{does_not} {words}", *spans(was, is_))


def _named(key: str, names: Sequence[str], others: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield entries as a list in words, and whether they mean something beside the others."""
    covered = [name for name in names if _is_covered(key, name, others)]
    if told := [name for name in names if name not in covered]:
        yield ", ".join(told), True
    if covered:
        yield f"{', '.join(covered)} by name; another entry matches it", False


def _texts(said: Said | None) -> tuple[str, ...]:
    return said.value if said is not None and isinstance(said.value, tuple) else ()


def _is_covered(key: str, entry: str, others: Sequence[str]) -> bool:
    """Whether another entry names all that this one does: `Q4_K*` what `Q4_K_M` does.

    Only where that is plain: in patterns whose one special character is `*`.
    """
    plain = [other for other in others if not any(c in other for c in "?[")]
    if key.startswith(_NOT_LABELS) or any(c in entry for c in "?["):
        return False
    return any(Pattern(other, _NOWHERE).matches(entry) for other in plain)


def _effect(key: str, before: Plain | None, after: Plain | None) -> Effect:
    if before in LEVELS and after in LEVELS:
        is_looser = LEVELS.index(after) > LEVELS.index(before)
        return "loosens" if is_looser else "tightens"
    if key.endswith(".require"):
        return "tightens" if after is True else "loosens" if before is True else "changes"
    if (before in _DEMANDS) != (after in _DEMANDS):
        return "tightens" if after in _DEMANDS else "loosens"
    if (direction := _direction(key)) is None:
        return "changes"
    if before is None or after is None:
        return "tightens" if before is None else "loosens"
    return "loosens" if (float(after) - float(before)) * direction > 0 else "tightens"  # type: ignore[arg-type]


def _direction(key: str) -> int | None:
    """Return 1 where a larger number is looser, -1 where it is stricter."""
    name = key.rpartition(".")[2].split("-")
    if "max" in name or key in _MORE_IS_LOOSER:
        return 1
    return -1 if "min" in name else None
