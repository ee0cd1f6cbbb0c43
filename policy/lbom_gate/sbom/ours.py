"""A component that the gate wrote, read back exactly.

The facts stand in properties. A property that is missing, repeated or malformed makes the document
unreadable: what was written by the gate and then edited by hand is not guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar, get_args

from lbom_gate import facts_v1
from lbom_gate.model import Destination, FactsEvidence, File, FileRole, Model, Origin, Scope
from lbom_gate.sbom import digests
from lbom_gate.sbom import properties as words
from lbom_gate.sbom.tolerant import Object, ShapeError, location, parts
from lbom_gate.strict_json import MAX_COUNT, found

Values = Mapping[str, list[str]]
T = TypeVar("T")

_EVIDENCE: Mapping[str, FactsEvidence] = {word: word for word in get_args(FactsEvidence)}
_ROLES: Mapping[str, FileRole] = {word: word for word in get_args(FileRole)}
_SCOPES: Mapping[str, Scope] = {word: word for word in get_args(Scope)}
_AGREES = {"true": True, "false": False}


def written(component: Object) -> Values | None:
    """The values of our properties; None: the gate did not write this component.

    Raises ShapeError for a version of the facts' spelling that this gate cannot read.
    """
    values = words.values(component)
    stated = values.get(words.FACTS_VERSION)
    if stated is None:
        return None
    if stated != [facts_v1.VERSION]:
        raise ShapeError(
            place=words.PREFIX + words.FACTS_VERSION, problem=found(stated, facts_v1.VERSION)
        )
    return values


def model(component: Object) -> Model | None:
    """The model that was written; None: the gate did not write this component.

    Raises ShapeError and facts_v1.FactsError.
    """
    values = written(component)
    if values is None:
        return None
    name = component.get("name")
    if not isinstance(name, str):
        raise ShapeError(place="name", problem=found(name, "a text"))
    nested = [(each, words.values(each)) for each in parts(component, "components")]
    companions = (_file(*each) for each in nested if words.FILE_ROLE in each[1])
    agrees = words.NAME_AGREES in values
    return Model(
        name=name,
        files=(_file(component, values), *companions),
        facts=facts_v1.decode(_mapping(values), unknown="ignore"),
        evidence=_word(values, words.FACTS_EVIDENCE, _EVIDENCE),
        name_agrees=_word(values, words.NAME_AGREES, _AGREES) if agrees else None,
    )


def destinations(owner: Object) -> tuple[Destination, ...]:
    """The destinations in the properties of a document's metadata.

    Raises ShapeError and facts_v1.FactsError.
    """
    return tuple(map(facts_v1.read_destination, words.values(owner).get("destination", ())))


def origins(owner: Object) -> tuple[Origin, ...]:
    """The files that say where models come from, in the properties of a document's metadata.

    Raises ShapeError and facts_v1.FactsError.
    """
    return tuple(map(facts_v1.read_origin, words.values(owner).get(words.ORIGIN, ())))


def scope(owner: Object) -> Scope | None:
    """What was looked at for a document, by the properties of its metadata; None: not said.

    Raises ShapeError.
    """
    values = words.values(owner)
    return _word(values, words.SCOPE, _SCOPES) if words.SCOPE in values else None


def _file(component: Object, values: Values) -> File:
    path = location(component)
    if path is None:
        raise ShapeError(
            place="evidence", problem="no occurrence; allowed: one with the path of the file"
        )
    return File(
        path=path,
        size=_size(values),
        digests=digests.read(component, values.get(words.DIGEST_EVIDENCE, ())),
        role=_word(values, words.FILE_ROLE, _ROLES),
    )


def _size(values: Values) -> int | None:
    if words.FILE_SIZE not in values:
        return None
    text = _single(values, words.FILE_SIZE)
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_COUNT)):
        raise ShapeError(
            place=words.PREFIX + words.FILE_SIZE, problem=found(text, "a size in bytes")
        )
    return int(text)


def _mapping(values: Values) -> dict[str, object]:
    """The values as `facts_v1.decode` takes them: a list only where the name repeats."""
    return {
        name: each[0] if name not in facts_v1.REPEATED and len(each) == 1 else each
        for name, each in values.items()
    }


def _word(values: Values, key: str, words_: Mapping[str, T]) -> T:
    text = _single(values, key)
    if text not in words_:
        raise ShapeError(place=words.PREFIX + key, problem=found(text, ", ".join(words_)))
    return words_[text]


def _single(values: Values, key: str) -> str:
    stated = values.get(key, [])
    if len(stated) != 1:
        raise ShapeError(place=words.PREFIX + key, problem=found(stated, "one value"))
    return stated[0]
