r"""Text from files, made safe for where it goes: one function for each target.

Names and metadata are written by whoever made the model. What does not print (control characters,
escape sequences, marks that turn the reading direction, characters of no width, lone surrogates)
is shown as ``\x1b``, ``\u202e`` or ``\U000e0001``, so that a person sees that it is there. Nothing
is escaped once for all: each report calls the function of its target on what it prints.
"""

from __future__ import annotations

import re
from urllib.parse import quote

# Characters that `str.isprintable` lets through and that show as nothing: they can hide in a name.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\ufe0e\ufe0f\uffa0")

# CI services obey these anywhere in a line of a job's log: `##[command]`, `##vso[command]`.
_LOG_COMMAND = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)

# At the start of a line a colon may begin a workflow command (`::error::`), white space before it.
_LINE_START = re.compile(r"\s*[:#]|\s")

# How a path spells a byte that is not UTF-8, and a backslash; see `lbom_gate.model`.
_PATH_ESCAPE = re.compile(r"\\\\|\\x([0-9a-f]{2})")


def terminal(text: str) -> str:
    """Return one line that shows what the text is, on any terminal and in any log."""
    return "".join(terminal_pieces(text))


def terminal_pieces(text: str) -> list[str]:
    """Return what each character of the line is shown as, for who must know which is which."""
    commands = {match.end() - 1 for match in _LOG_COMMAND.finditer(text)}
    return [r"\x23" if i in commands else _visible(c) for i, c in enumerate(text)]


def terminal_path(path: str) -> str:
    """Return a path that can stand at the start of a line: no command to the CI service."""
    return terminal(f"./{path}" if _LINE_START.match(path) else path)


def json_message(text: str) -> str:
    """Return text for a person who reads it out of a JSON document."""
    return terminal(text)


def json_value(text: str) -> str:
    """Return a value for a program, as it is; lone surrogates, which no encoding has, escaped."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def sarif_message(text: str) -> str:
    """Return text of a SARIF message: no placeholder and no link in it (SARIF 2.1.0, 3.11.5-6)."""
    return terminal(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")


def sarif_uri(path: str) -> str:
    """Return the path as a relative URI reference of the file's own bytes."""
    name = _PATH_ESCAPE.sub(_path_byte, json_value(path))
    return quote(name.encode("utf-8", "surrogateescape"), safe="/")


def _visible(character: str) -> str:
    if character.isprintable() and character not in _BLANK:
        return character
    if character.isascii():
        return f"\\x{ord(character):02x}"
    return character.encode("ascii", "backslashreplace").decode("ascii")


def _path_byte(escape: re.Match[str]) -> str:
    digits = escape[1]
    return "\\" if digits is None else bytes.fromhex(digits).decode("utf-8", "surrogateescape")
