"""Writes a waiver into the text of a policy file, and touches nothing else in it.

The text is never written anew from its data: that would lose comments and layout. Lines are put
in where the waivers end, and the result is read again to see that it says the same and the waiver.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from lbom_gate.model import Diagnostic, NewWaiver, Span
from lbom_gate.policies import yaml_tree
from lbom_gate.policies.errors import PolicyErrors

_SECTION = "waivers"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\r|\n")
# A word that every reader of YAML takes for text when it stands without quotes.
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*")
_NO_WORDS = frozenset({"false", "n", "no", "null", "off", "on", "true", "y", "yes"})

Entry = dict[str, yaml_tree.Data]


def with_waiver(data: bytes, path: str, waiver: NewWaiver) -> bytes:
    """Return the text with one waiver more; see `lbom_gate.policies.with_waiver`."""
    tree = yaml_tree.parse(data, path)
    if tree.mistakes:
        raise PolicyErrors(tree.mistakes)
    root = tree.data
    if not isinstance(root, dict) or _is_flow(tree.value(())):
        raise _refuse(tree.value(()), "the policy is written in braces", "one key on each line")
    waivers = root.get(_SECTION, [])
    if not isinstance(waivers, list):
        raise _refuse(tree.value((_SECTION,)), "the waivers are no list", "expected a list")
    if _SECTION in root and _is_flow(tree.value((_SECTION,))):
        advice = "write each waiver as `- rule: …` on lines of its own below `waivers:`"
        raise _refuse(tree.value((_SECTION,)), "the waivers are written in brackets", advice)
    wanted = {**root, _SECTION: [*waivers, _entry(waiver)]}
    for changed in _candidates(data.decode(), tree, waiver):
        if _data(changed, path) == wanted:
            return changed
    span = tree.key((_SECTION,))
    raise _refuse(span, "the waiver cannot be put in here", "the text around it is unusual")


def lines(waiver: NewWaiver, margin: int) -> list[str]:
    """Return the lines of a waiver in a list, without their ends, so many spaces before each."""
    lead = " " * margin
    return [
        f"{lead}{'- ' if i == 0 else '  '}{key}: {_value(key, str(value))}"
        for i, (key, value) in enumerate(_entry(waiver).items())
    ]


def scalar(text: str) -> str:
    """Return text as a policy may have it: in quotes, unless every reader takes it for text."""
    is_word = _WORD.fullmatch(text) is not None and text.lower() not in _NO_WORDS
    return text if is_word else _quoted(text)


def _quoted(text: str) -> str:
    """Return text in double quotes, of which JSON and YAML 1.2 have one reading."""
    return "".join(map(_visible, json.dumps(text, ensure_ascii=False)))


def _visible(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08x}"


def _value(key: str, text: str) -> str:
    if key == "reason":
        return _quoted(text)
    return text if key in {"sha256", "expires"} else scalar(text)


def _entry(waiver: NewWaiver) -> Entry:
    sha256: Entry = {} if waiver.sha256 is None else {"sha256": waiver.sha256}
    return {
        "rule": waiver.rule,
        "path": waiver.path,
        **sha256,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
    }


def _candidates(text: str, tree: yaml_tree.Tree, waiver: NewWaiver) -> Iterator[bytes]:
    """Yield the text with the waiver put in, at each place where it may stand."""
    old = _LINE.findall(text)
    end = found[0] if (found := _LINE_END.search(text)) else "\n"
    if (_SECTION,) in tree.values:
        margin = tree.value((_SECTION,)).column - 1
        new = lines(waiver, margin)
    else:
        margin = min(span.column for path, span in tree.keys.items() if len(path) == 1) - 1
        new = [" " * margin + f"{_SECTION}:", *lines(waiver, margin + 2)]
    for at in _places(old, tree):
        before = "".join(old[:at])
        gap = "" if before.endswith(("\n", "\r")) else end
        inserted = gap + "".join(line + end for line in new)
        yield (before + inserted + "".join(old[at:])).encode()


def _places(lines: list[str], tree: yaml_tree.Tree) -> Iterator[int]:
    """Yield how many lines may stand before the new ones: the best place first."""
    first = 0
    last = _end(lines)
    if (_SECTION,) in tree.values:
        first = max(span.line for path, span in tree.values.items() if path[:1] == (_SECTION,))
        following = [
            span.line - 1
            for path, span in tree.keys.items()
            if len(path) == 1 and span.line > first
        ]
        last = min([last, *following])
    # Comments and blank lines before the next key belong to that key, unless they only look so and
    # are part of a text.
    behind = last
    while first < behind and lines[behind - 1].strip()[:1] in {"", "#"}:
        behind -= 1
    yield from range(behind if first else last, last + 1)


def _end(lines: list[str]) -> int:
    """Return how many lines the document has, less the mark of its end."""
    marks = (i for i, line in enumerate(lines) if line.startswith("...") and not line[3:].strip())
    return next(marks, len(lines))


def _data(data: bytes, path: str) -> yaml_tree.Data:
    """Return what the text says; nothing where it is no policy's text."""
    try:
        tree = yaml_tree.parse(data, path)
    except PolicyErrors:
        return None
    return None if tree.mistakes else tree.data


def _is_flow(span: Span) -> bool:
    return span.text[span.column - 1 : span.column] in {"[", "{"}


def _refuse(span: Span, message: str, label: str) -> PolicyErrors:
    help_ = "nothing was written; add the waiver by hand, or change the layout and try again"
    return PolicyErrors([Diagnostic(span, message, label, help_)])
