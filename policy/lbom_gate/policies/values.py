"""What a single value of the policy file may be, and the sentence that says why one is not."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, NoReturn, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from lbom_gate import __version__
from lbom_gate.egress import UnacceptableEntry, parse_entry
from lbom_gate.policies.errors import quoted
from lbom_gate.policies.globs import BadGlob, check_sets, compile_glob
from lbom_gate.policies.names import Names
from lbom_gate.policies.packs import PACKS, PREFIX

SCHEMA_VERSION = 1

# The type of our own errors among pydantic's.
MISTAKE = "mistake"

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_UNIT = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
_COUNT = re.compile(r"([0-9]{1,12}(?:\.[0-9]{1,12})?)([KMBT])")
_COMPARED: Mapping[str, Callable[[tuple[int, ...], tuple[int, ...]], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "==": operator.eq,
    "!=": operator.ne,
}
_CLAUSE = re.compile(r"(>=|<=|==|!=|>|<) ?([0-9]{1,9}(?:\.[0-9]{1,9}){0,3})")
_SHARE = re.compile(r"(100(?:\.0{1,6})?|[0-9]{1,2}(?:\.[0-9]{1,6})?) ?%")
# What joins licences in an SPDX expression (SPDX 2.3, annex D), but for WITH, which makes one.
_JOINED = re.compile(r"\s(?:AND|OR)\s|[()]", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOST_BITS = 64  # the widest type a weight is stored in
_MOST_TOKENS = 2**63 - 1  # what a context length is stored in
# A list of names that a person keeps has hundreds; ten thousand still load within a second.
MOST_ENTRIES = 10_000
# Longer than any name of a quantization, a licence, an architecture or a model on a hub.
_LONGEST_LABEL = 256
_MOST_DAYS = 3650  # a waiver of ten years is a decision, not a waiver


def known_names(info: ValidationInfo) -> Names:
    """Return the rules that the validation was given."""
    return cast("Names", info.context)


def refuse(
    message: str,
    label: str = "",
    *,
    at: tuple[str, ...] = (),
    word: str = "",
    known: Iterable[str] = (),
) -> NoReturn:
    """Refuse the value being validated, because of itself or of the part `at` of it.

    Where `word` is none of the `known` ones, whoever tells of it looks for the nearest.
    """
    context = {"message": message, "label": label, "at": at}
    raise PydanticCustomError(MISTAKE, "{message}", {**context, "word": word, "known": known})


def _version(value: int) -> int:
    if value != SCHEMA_VERSION:
        label = f"this gate reads version {SCHEMA_VERSION}"
        refuse(f"unknown policy version {value}", label)
    return value


def _requirement(value: str) -> str:
    for clause in value.split(","):
        match = _CLAUSE.fullmatch(clause.strip())
        if match is None:
            label = "`>=`, `>`, `<=`, `<`, `==` or `!=` and numbers, with commas between"
            refuse("expected versions such as `>=0.1,<1`", label)
        if not _COMPARED[match[1]](_numbers(__version__), _numbers(match[2])):
            refuse(f"this policy needs lbom-gate {value}", f"this is lbom-gate {__version__}")
    return value


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release numbers of a version without trailing zeros."""
    match = re.match(r"[0-9]+(?:\.[0-9]+)*", version)
    numbers = [] if match is None else [int(number) for number in match[0].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def _extended(value: str) -> str:
    if value.startswith(PREFIX):
        name = value.removeprefix(PREFIX)
        if name not in PACKS:
            refuse(
                f"unknown built-in policy {quoted(value)}, there are {', '.join(PACKS)}",
                word=value,
                known=[PREFIX + pack for pack in PACKS],
            )
    elif "://" in value:
        refuse("a policy extends no URL", "keep a copy beside this file")
    elif value in PACKS:
        refuse(f"{quoted(value)} names no file", f"did you mean `{PREFIX}{value}`?")
    elif not value.startswith(("./", "../")) or _CONTROL.search(value):
        label = "expected `builtin:` and a name, or a path that starts with `./` or `../`"
        refuse(f"{quoted(value)} names no file", label)
    return value


def _glob(value: str) -> str:
    try:
        compile_glob(value)
    except BadGlob as bad:
        refuse(f"the pattern {quoted(value)} {bad.reason}", bad.advice)
    return value


def _label(value: str) -> str:
    if not value.strip() or _CONTROL.search(value):
        refuse("an entry is a name or a pattern of names", "this can match nothing")
    if len(value) > _LONGEST_LABEL:
        refuse(f"an entry has at most {_LONGEST_LABEL} characters, found {len(value)}")
    try:
        check_sets(value)
    except BadGlob as bad:
        refuse(f"the pattern {quoted(value)} {bad.reason}", bad.advice)
    return value


def _license(value: str) -> str:
    if _JOINED.search(value):
        refuse("an entry is one licence", "expressions are taken apart; write one entry for each")
    return value


def _share(value: object) -> object:
    if isinstance(value, str) and (match := _SHARE.fullmatch(value)):
        value = float(Decimal(match[1]) / 100)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        refuse("expected a share of the parameters", "such as 5% or 0.05")
    return float(value)


def _tokens(value: int) -> int:
    if not 1 <= value <= _MOST_TOKENS:
        refuse(f"expected a number of tokens, found {value}", "such as 131072")
    return value


def _counted(value: object) -> object:
    """Return the sources that count: of true every one, of false none."""
    if isinstance(value, bool):
        return ["*"] if value else []
    if not isinstance(value, list):
        label = 'such as [general.file_type, "config.json*"]'
        refuse("expected true, false or a list of places that claim", label)
    return value


def _text(value: str) -> str:
    if not value.strip():
        refuse("expected a few words, found none", "say it for whoever reads this next year")
    return value


def _parameters(value: object) -> object:
    if isinstance(value, str) and (match := _COUNT.fullmatch(value)):
        value = Decimal(match[1]) * _UNIT[match[2]]
        value = int(value) if value == int(value) else value
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        label = "such as 70B, 1.5B, 7M or 7000000"
        refuse("expected a number of parameters", label)
    return value


def _bits(value: float) -> float:
    if not 0 < value <= _MOST_BITS:
        refuse(f"expected a number above 0 and up to {_MOST_BITS}, found {value:g}")
    return value


def _days(value: int) -> int:
    if not 1 <= value <= _MOST_DAYS:
        refuse(f"expected a number of days from 1 to {_MOST_DAYS}, found {value}")
    return value


def _lockfile(value: str) -> str:
    if not value.strip("./") or value.endswith("/") or _CONTROL.search(value):
        refuse(f"{quoted(value)} names no file", "such as lbom.lock")
    if re.match(r"[/\\]|[A-Za-z]:[/\\]", value):
        refuse("the lock's path is absolute", "write it relative to the policy's directory")
    return value


def _entry(value: str) -> str:
    try:
        parse_entry(value)
    except UnacceptableEntry as bad:
        refuse(f"the entry {quoted(value)} {bad.reason}", bad.advice)
    return value


def _selector(value: str, info: ValidationInfo) -> str:
    names = known_names(info)
    known_here = names.rules.keys() | names.families | names.tolerated
    if value not in known_here:
        known = (*names.rules, *sorted(names.families))
        refuse(f"unknown rule or family {quoted(value)}", word=value, known=known)
    return value


def _rule(value: str, info: ValidationInfo) -> str:
    names = known_names(info)
    if value in names.rules:
        return value
    if value in names.families:
        refuse(f"{quoted(value)} is a family", "a waiver names one rule")
    refuse(f"unknown rule {quoted(value)}", word=value, known=names.rules)


def _sha256(value: str) -> str:
    if _SHA256.fullmatch(value.lower()) and value != value.lower():
        refuse("a SHA-256 is written in lower case", value.lower())
    if not _SHA256.fullmatch(value):
        refuse("expected a SHA-256", "64 hexadecimal digits in lower case")
    return value


def _date(value: object) -> date:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        refuse("expected a date", "such as 2026-12-31")
    try:
        return date.fromisoformat(value)
    except ValueError:
        refuse(f"there is no day {value}", "year, month and day")


def _string(**keywords: str | int) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, **keywords})


Version = Annotated[
    int, AfterValidator(_version), WithJsonSchema({"type": "integer", "const": SCHEMA_VERSION})
]
Requirement = Annotated[
    str,
    AfterValidator(_requirement),
    _string(pattern=rf"^\s*{_CLAUSE.pattern}\s*(,\s*{_CLAUSE.pattern}\s*)*$"),
]
Extended = Annotated[
    str,
    AfterValidator(_extended),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": [PREFIX + pack for pack in PACKS]},
                {"type": "string", "pattern": r"^\.\.?/"},
            ]
        }
    ),
]
PathGlob = Annotated[str, AfterValidator(_glob), _string()]
Label = Annotated[str, AfterValidator(_label), _string(pattern=r"\S", maxLength=_LONGEST_LABEL)]
Few = Field(max_length=MOST_ENTRIES)
Labels = Annotated[list[Label], Few]
LicenseEntry = Annotated[
    str,
    AfterValidator(_label),
    AfterValidator(_license),
    _string(pattern=r"\S", maxLength=_LONGEST_LABEL),
]
LicenseEntries = Annotated[list[LicenseEntry], Few]
Counted = Annotated[
    Labels,
    BeforeValidator(_counted),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "boolean"},
                {
                    "type": "array",
                    "items": {"type": "string", "pattern": r"\S", "maxLength": _LONGEST_LABEL},
                    "maxItems": MOST_ENTRIES,
                },
            ]
        }
    ),
]
Share = Annotated[
    float,
    BeforeValidator(_share),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "minimum": 0, "maximum": 1},
                {"type": "string", "pattern": f"^{_SHARE.pattern}$"},
            ]
        }
    ),
]
Tokens = Annotated[
    int,
    AfterValidator(_tokens),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST_TOKENS}),
]
Text = Annotated[str, AfterValidator(_text), _string(pattern=r"\S")]
Parameters = Annotated[
    int,
    BeforeValidator(_parameters),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1},
                {"type": "string", "pattern": f"^{_COUNT.pattern}$"},
            ]
        }
    ),
]
Bits = Annotated[
    float,
    AfterValidator(_bits),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": _MOST_BITS}),
]
Days = Annotated[
    int,
    AfterValidator(_days),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": _MOST_DAYS}),
]
Lockfile = Annotated[str, AfterValidator(_lockfile), _string()]
Entry = Annotated[str, AfterValidator(_entry), _string()]
Entries = Annotated[list[Entry], Few]
Selector = Annotated[str, AfterValidator(_selector)]
RuleName = Annotated[str, AfterValidator(_rule), _string()]
Sha256 = Annotated[str, AfterValidator(_sha256), _string(pattern=f"^{_SHA256.pattern}$")]
Expiry = Annotated[
    date, BeforeValidator(_date), _string(format="date", pattern=f"^{_DATE.pattern}$")
]
