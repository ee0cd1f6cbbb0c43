"""What one policy loosens or tightens against another, in words.

It compares what is in force, not the texts: a value that moves to a file that is extended is no
change.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lbom_gate.model import Change, Effect, Said, Span, Waiver
from lbom_gate.policies import looseness, origins
from lbom_gate.policies.asks import Asks
from lbom_gate.policies.policy import Policy

_SECTIONS = frozenset({"version", "extends", "paths", "overrides", "waivers", "rules", "pins"})
_EGRESS = "egress"

_Values = Mapping[str, Said]


def differences(old: Policy, new: Policy) -> tuple[Change, ...]:
    """Return in what `new` differs from `old`; nothing where both ask the same."""
    asked = [*_asked(old, old.asks, new, new.asks)]
    found = [
        *_files(old, new),
        *_selection(old, new),
        *asked,
        *_overrides(old, new, asked),
        *_waivers(old.waivers, new.waivers),
        *_others(old, new),
    ]
    if not found and _data(old) != _data(new):
        span = new.trees[-1].value(())
        return (Change("changes", f"rewrites {new.path}, which asks the same", new=span),)
    return tuple(found)


def _files(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield whether there is a policy file at all, and which lock it names."""
    if old.is_fallback and not new.is_fallback:
        yield Change("changes", f"adds the policy {new.path}, in the place of {old.path}")
    if new.is_fallback and not old.is_fallback:
        yield Change("changes", f"drops the policy {old.path}, so that {new.path} applies")
    if old.lockfile != new.lockfile:
        words = f"takes the pins from {new.lockfile.name} in the place of {old.lockfile.name}"
        at = ("pins", "lockfile")
        yield Change("changes", words, origins.place(old, at), origins.place(new, at))


def _selection(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield which files are judged that were not, and the other way round."""
    before = {said.key: said for said in origins.selection(old)}
    after = {said.key: said for said in origins.selection(new)}
    was, is_ = before.get("paths.include"), after.get("paths.include")
    spans = looseness.spans(was, is_)
    more, less = looseness.entries(was, is_)
    if was is None and is_ is not None:
        yield Change("loosens", f"judges only {', '.join(more)}", *spans)
    elif is_ is None and was is not None:
        yield Change("tightens", f"judges all paths, no longer only {', '.join(less)}", *spans)
    else:
        yield from _judged(more, less, spans)
    was, is_ = before.get("paths.exclude"), after.get("paths.exclude")
    less, more = looseness.entries(was, is_)
    yield from _judged(more, less, looseness.spans(was, is_))


def _judged(
    more: Sequence[str], less: Sequence[str], spans: tuple[Span | None, Span | None]
) -> Iterator[Change]:
    if more:
        yield Change("tightens", f"also judges {', '.join(more)}", *spans)
    if less:
        yield Change("loosens", f"no longer judges {', '.join(less)}", *spans)


def _asked(old: Policy, old_asks: Asks, new: Policy, new_asks: Asks) -> Iterator[Change]:
    before = {said.key: said for said in origins.values(old, old_asks)}
    after = {said.key: said for said in origins.values(new, new_asks)}
    yield from _egress(before, after)
    is_judged = _EGRESS in before and _EGRESS in after
    for key in dict.fromkeys([*before, *after]):
        if is_judged or key.partition(".")[0] != _EGRESS:
            yield from looseness.value(key, before.get(key), after.get(key))


def _egress(before: _Values, after: _Values) -> Iterator[Change]:
    """Yield whether destinations are judged at all."""
    was, is_ = before.get(_EGRESS), after.get(_EGRESS)
    if was is None and is_ is not None:
        allow = after.get(f"{_EGRESS}.allow")
        names = "none" if allow is None else looseness.shown(allow.value)
        words = f"judges network destinations, and allows {names}"
        yield Change("tightens", words, None, is_.span)
    if was is not None and is_ is None:
        yield Change("loosens", "no longer judges network destinations", was.span, None)


def _overrides(old: Policy, new: Policy, asked: Sequence[Change]) -> Iterator[Change]:
    """Yield what is different where overrides speak, beyond what is different everywhere."""
    before, after = _by_patterns(old), _by_patterns(new)
    told = {(change.effect, change.words) for change in asked}
    for patterns in dict.fromkeys([*before, *after]):
        was, is_ = before.get(patterns, ()), after.get(patterns, ())
        for change in _asked(old, old.asks_under(was), new, new.asks_under(is_)):
            if (change.effect, change.words) not in told:
                words = f"in {', '.join(patterns)}: {change.words}"
                yield Change(change.effect, words, change.old, change.new)
    if [p for p in before if p in after] != [p for p in after if p in before]:
        span = origins.place(new, ("overrides",))
        yield Change("changes", "changes the order of the overrides", new=span)


def _by_patterns(policy: Policy) -> dict[tuple[str, ...], tuple[int, ...]]:
    found: dict[tuple[str, ...], tuple[int, ...]] = {}
    for index, override in enumerate(policy.overrides):
        patterns = origins.patterns(override.globs)
        found[patterns] = (*found.get(patterns, ()), index)
    return found


def _waivers(old: Sequence[Waiver], new: Sequence[Waiver]) -> Iterator[Change]:
    left = list(old)
    for waiver in new:
        same = [each for each in left if _what(each) == _what(waiver)]
        before = next((each for each in same if each.expires == waiver.expires), None)
        before = before or next(iter(same), None)
        if before is None:
            words = f"adds a waiver of {_of(waiver)} until {waiver.expires}"
            yield Change("loosens", f"{words} ({waiver.owner}: {waiver.reason})", new=waiver.span)
        else:
            left.remove(before)
            yield from _renewed(before, waiver)
    for waiver in left:
        words = f"drops the waiver of {_of(waiver)} that held until {waiver.expires}"
        yield Change("tightens", words, old=waiver.span)


def _renewed(before: Waiver, after: Waiver) -> Iterator[Change]:
    if before.expires != after.expires:
        effect: Effect = "loosens" if after.expires > before.expires else "tightens"
        words = f"the waiver of {_of(after)} holds until {after.expires}, was {before.expires}"
        yield Change(effect, words, before.span, after.span)
    if (before.reason, before.owner) != (after.reason, after.owner):
        words = f"the waiver of {_of(after)} is now {after.owner}'s: {after.reason}"
        yield Change("changes", words, before.span, after.span)


def _what(waiver: Waiver) -> tuple[str, str, str | None]:
    return waiver.rule, waiver.path, waiver.sha256


def _of(waiver: Waiver) -> str:
    bound = "" if waiver.sha256 is None else f" with sha256 {waiver.sha256[:8]}…"
    return f"{waiver.rule} for {waiver.path}{bound}"


def _others(old: Policy, new: Policy) -> Iterator[Change]:
    """Yield the keys of the policy itself that differ and ask nothing of models."""
    before, after = _top(old), _top(new)
    values = [*origins.values(old, old.asks), *origins.values(new, new.asks)]
    told = _SECTIONS | {said.key.partition(".")[0] for said in values}
    for key in sorted((before.keys() | after.keys()) - told):
        if before.get(key) != after.get(key):
            was, is_ = (
                policy.trees[-1].values.get((key,)) if key in data else None
                for policy, data in ((old, before), (new, after))
            )
            words = (
                f"{key}: {looseness.shown(before.get(key))} -> {looseness.shown(after.get(key))}"
            )
            yield Change("changes", words, was, is_)


def _top(policy: Policy) -> Mapping[str, object]:
    data = policy.trees[-1].data
    return data if isinstance(data, dict) else {}


def _data(policy: Policy) -> list[object]:
    return [tree.data for tree in policy.trees]
