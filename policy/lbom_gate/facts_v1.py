"""The published spelling of a model's facts, version 1: names and text, nothing else.

The bill of materials carries the names as CycloneDX properties (behind ``lbom-gate:``), the lock as
the members of an entry's ``facts``. Nothing is lost: ``decode(encode(facts)) == facts``. A released
name keeps its meaning; a later version only adds.

To add a fact: a line in KEYS, a line in `encode` and a line in `decode`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal, TypeVar, get_args

from lbom_gate.dataclass import dataclass
from lbom_gate.model import (
    Anomaly,
    Claim,
    Destination,
    DestinationClass,
    Facts,
    Import,
    Kind,
    Loading,
    Origin,
    Port,
    PropertyName,
    Quantization,
    QuantizationVerdict,
    TensorType,
)
from lbom_gate.strict_json import (
    MAX_COUNT,
    Members,
    StrictJsonError,
    canonical,
    found,
    parse,
    quote,
)

VERSION = "1"


@dataclass(frozen=True, slots=True)
class Key:
    """A name of the published spelling and what its value means."""

    name: str
    meaning: str
    repeats: bool = False  # holds a list of values, in the order in which they were met


_PORT = "JSON object: `name`, `shape`?, `signature`?, `type`?"
# What a file says of itself: see `PropertyName`.
_ABOUT: Mapping[PropertyName, str] = {
    "name": "the name that the model, or its graph, gives itself",
    "version": "the model's own version",
    "description": "what it is for",
    "author": "who made it",
    "organization": "the organization that published it",
    "quantized-by": "who quantized it",
    "task": "what it does, such as `text-generation`",
    "language": "a language that it speaks",
    "tag": "a tag, as those of a SavedModel's graphs",
    "producer": "the program that wrote the file and its version, as in `pytorch 2.1.0`",
    "framework": "the framework that the weights come from or are for",
    "minimum-runtime": "the oldest runtime that can run it",
    "compute-type": "the type that it was trained or is computed in, as stated",
    "domain": "the namespace of the model",
    "opset": "a set of operators and its version, as in `ai.onnx 17`",
    "signature": "a signature, and the method it is for",
    "function": "a function that the model defines",
    "delegate": "a backend that parts of the model are handed to",
    "code-file": "a file of code in the archive",
    "metadata": "a key of free metadata and its value: `key=value`",
    "left-out": "how many there were of something that is not listed in full: `3 metadata`",
}

KEYS = (
    Key("format", "format by content; absent: the content is no format the gate knows"),
    Key("format:version", "version the file states, in the format's own spelling"),
    Key(
        "kind",
        "`adapter`, `projector`, `importance-matrix` or `vocabulary`; absent: a model that runs by"
        " itself, or nobody says",
    ),
    Key("architecture", "architecture as stated"),
    Key("parameters", "number of parameters"),
    Key("context-length", "context length in tokens, as stated"),
    Key("license", "licence as stated"),
    Key("license:claimed-by", "where the licence is stated"),
    Key("base-model", "a model this one was made from, as stated", repeats=True),
    Key("chat-template-sha256", "SHA-256 of the chat template's UTF-8 bytes, hexadecimal"),
    Key("hyperparameter", "another size as stated: `name=number`", repeats=True),
    Key("quantization:label", "the claim where the evidence supports it, else what is observed"),
    Key("quantization:verdict", "how the claims compare with the evidence; never absent"),
    Key("quantization:claim", "JSON object: `source`, `value`, `verdict`", repeats=True),
    Key("bits-per-weight", "the shortest decimal number that reads back as the same binary64"),
    Key("tensor-types:tensors", "number of tensors: `type=number`, a comma between types"),
    Key("tensor-types:parameters", "number of stored elements, likewise"),
    Key("tensor-types:bytes", "number of bytes, likewise"),
    Key("tensor-types:quantizable", "stored elements that a quantizer may quantize, likewise"),
    Key("tensor-types:unexplained", "quantizable tensors that no claim explains, likewise"),
    Key(
        "tensor-types:embedding",
        "quantizable elements in embeddings and the output matrix, likewise; absent: none",
    ),
    Key("tensor-types:example", "JSON object: the name of one tensor for each type"),
    Key("loading", "what loading does: `data` reads, `program` interprets, `code` runs code"),
    Key("import", "JSON object: `known`, `name`, `offset`?", repeats=True),
    Key("operator", "an operator that the graph uses, or a class of layers", repeats=True),
    Key(
        "operator:nodes",
        "number of nodes that use it: `operator=number`, a comma between operators; absent: not"
        " counted",
    ),
    Key("input", _PORT, repeats=True),
    Key("output", _PORT, repeats=True),
    *(Key(f"about:{name}", meaning, repeats=True) for name, meaning in _ABOUT.items()),
    Key("destination", "JSON object: `class`, `offset`?, `source`, `value`", repeats=True),
    Key("anomaly", "JSON object: `kind`, `message`, `offset`?, `rule`, `within`?", repeats=True),
)
REPEATED = frozenset(key.name for key in KEYS if key.repeats)

# Which key has the names, where it is not the one of all others.
_NAMED_BY = {"operator:nodes": "operator"}
_NAMES = frozenset(key.name for key in KEYS)
_CLASSES: Mapping[str, DestinationClass] = {word: word for word in get_args(DestinationClass)}
_KINDS: Mapping[str, Kind] = {word: word for word in get_args(Kind)}
_LOADINGS: Mapping[str, Loading] = {word: word for word in get_args(Loading)}
_VERDICTS: Mapping[str, QuantizationVerdict] = {
    word: word for word in get_args(QuantizationVerdict)
}
_NUMBER = re.compile(r"0|[1-9][0-9]{0,19}")
_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?(e[+-]?[0-9]+)?")

T = TypeVar("T")


class FactsError(ValueError):
    """A value that spells no fact: which one, what was found and what was allowed."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")


def encode(facts: Facts) -> dict[str, str | list[str]]:
    """The facts under the names of KEYS; what is not known is absent."""
    quantization = facts.quantization
    spelled: dict[str, str | list[str] | None] = {
        "format": facts.format,
        "format:version": facts.format_version,
        "kind": facts.kind,
        "architecture": facts.architecture,
        "parameters": _spell_number(facts.parameters),
        "context-length": _spell_number(facts.context_length),
        "license": facts.license,
        "license:claimed-by": facts.license_source,
        "base-model": list(facts.base_models),
        "chat-template-sha256": facts.chat_template,
        "hyperparameter": [f"{name}={number}" for name, number in facts.hyperparameters],
        "quantization:label": quantization.label,
        "quantization:verdict": quantization.verdict,
        "quantization:claim": [_spell_claim(claim) for claim in quantization.claims],
        "bits-per-weight": _spell_decimal(quantization.bits_per_weight),
        **_spell_tensor_types(quantization.tensor_types),
        "loading": facts.loading,
        "import": [_spell_import(each) for each in facts.imports],
        "operator": [name for name, _ in facts.operators],
        **_spell_description(facts),
        "destination": [spell_destination(each) for each in facts.destinations],
        "anomaly": [_spell_anomaly(each) for each in facts.anomalies],
    }
    return {name: value for name, value in spelled.items() if value is not None and value != []}


def judged(facts: Facts) -> Facts:
    """The facts that a rule may ask for, without what is only told to people: what a lock keeps."""
    return replace(
        facts,
        operators=tuple((name, 0) for name, _ in facts.operators),
        inputs=(),
        outputs=(),
        properties=(),
    )


def _spell_description(facts: Facts) -> dict[str, str | list[str]]:
    spelled: dict[str, str | list[str]] = {}
    if any(nodes for _, nodes in facts.operators):
        pairs = (f"{_escape(name)}={nodes}" for name, nodes in facts.operators)
        spelled["operator:nodes"] = ",".join(pairs)
    for key, ports in (("input", facts.inputs), ("output", facts.outputs)):
        if ports:
            spelled[key] = [_spell_port(port) for port in ports]
    for name in _ABOUT:
        if values := [value for each, value in facts.properties if each == name]:
            spelled[f"about:{name}"] = values
    return spelled


def decode(
    mapping: Mapping[str, object], *, unknown: Literal["refuse", "ignore"] = "refuse"
) -> Facts:
    """The facts that the values spell: a text for each name, a list of texts where it repeats.

    `unknown` says what becomes of a name that KEYS lacks. Raises FactsError.
    """
    strangers = mapping.keys() - _NAMES
    if strangers and unknown == "refuse":
        stranger = quote(min(strangers))
        raise FactsError(stranger, f"no fact of version {VERSION} has this name")
    hyperparameters = _texts(mapping, "hyperparameter")
    kind = _text(mapping, "kind")
    loading = _text(mapping, "loading")
    return Facts(
        format=_text(mapping, "format"),
        format_version=_text(mapping, "format:version"),
        kind=None if kind is None else _word("kind", kind, _KINDS),
        architecture=_text(mapping, "architecture"),
        parameters=_number(mapping, "parameters"),
        context_length=_number(mapping, "context-length"),
        license=_text(mapping, "license"),
        license_source=_text(mapping, "license:claimed-by"),
        base_models=_texts(mapping, "base-model"),
        chat_template=_text(mapping, "chat-template-sha256"),
        hyperparameters=tuple(_read_pair("hyperparameter", pair) for pair in hyperparameters),
        quantization=_quantization(mapping),
        loading=None if loading is None else _word("loading", loading, _LOADINGS),
        imports=tuple(map(_read_import, _texts(mapping, "import"))),
        operators=_operators(mapping),
        inputs=tuple(_read_port("input", text) for text in _texts(mapping, "input")),
        outputs=tuple(_read_port("output", text) for text in _texts(mapping, "output")),
        properties=tuple(
            (name, value) for name in _ABOUT for value in _texts(mapping, f"about:{name}")
        ),
        destinations=tuple(map(read_destination, _texts(mapping, "destination"))),
        anomalies=tuple(map(_read_anomaly, _texts(mapping, "anomaly"))),
    )


def spell_destination(destination: Destination) -> str:
    """A destination as one canonical JSON object."""
    return canonical(_of_destination(destination))


def read_destination(text: str) -> Destination:
    """The destination that the text spells.

    Raises FactsError.
    """
    with _reading("destination"):
        return _destination(parse(text))


def spell_origin(origin: Origin) -> str:
    """A file that says where models come from, as one canonical JSON object."""
    members: dict[str, object] = {"path": origin.path}
    if origin.destinations:
        members["destinations"] = [_of_destination(each) for each in origin.destinations]
    if origin.unread:
        members["unread"] = origin.unread
    return canonical(members)


def read_origin(text: str) -> Origin:
    """The file that the text spells.

    Raises FactsError.
    """
    with _reading("origin"):
        members = Members(parse(text), {"path"}, {"destinations", "unread"})
        destinations = members.items("destinations") if "destinations" in members else ()
        return Origin(
            path=members.text("path"),
            destinations=tuple(map(_destination, destinations)),
            unread=members.text("unread") if "unread" in members else "",
        )


def _of_destination(destination: Destination) -> dict[str, object]:
    members: dict[str, object] = {
        "class": destination.cls,
        "source": destination.source,
        "value": destination.value,
    }
    if destination.offset is not None:
        members["offset"] = destination.offset
    return members


def _destination(value: object) -> Destination:
    members = Members(value, {"class", "source", "value"}, {"offset"})
    return Destination(
        cls=_word("destination", members.text("class"), _CLASSES),
        value=members.text("value"),
        source=members.text("source"),
        offset=members.count("offset") if "offset" in members else None,
    )


def _spell_import(each: Import) -> str:
    members: dict[str, object] = {"known": each.is_known, "name": each.name}
    if each.offset is not None:
        members["offset"] = each.offset
    return canonical(members)


def _read_import(text: str) -> Import:
    with _reading("import"):
        members = Members(parse(text), {"known", "name"}, {"offset"})
        return Import(
            name=members.text("name"),
            is_known=members.flag("known"),
            offset=members.count("offset") if "offset" in members else None,
        )


def _operators(mapping: Mapping[str, object]) -> tuple[tuple[str, int], ...]:
    names = _texts(mapping, "operator")
    key = "operator:nodes"
    nodes = dict.fromkeys(names, 0)
    if key in mapping:
        nodes = _counts(mapping, key, like=nodes)
    return tuple((name, nodes[name]) for name in names)


def _spell_port(port: Port) -> str:
    members: dict[str, object] = {"name": port.name}
    if port.shape is not None:
        members["shape"] = port.shape
    if port.signature is not None:
        members["signature"] = port.signature
    if port.element_type is not None:
        members["type"] = port.element_type
    return canonical(members)


def _read_port(key: str, text: str) -> Port:
    with _reading(key):
        members = Members(parse(text), {"name"}, {"shape", "signature", "type"})
        return Port(
            name=members.text("name"),
            shape=members.texts("shape") if "shape" in members else None,
            signature=members.text("signature") if "signature" in members else None,
            element_type=members.text("type") if "type" in members else None,
        )


def _spell_anomaly(anomaly: Anomaly) -> str:
    members: dict[str, object] = {
        "kind": anomaly.kind,
        "message": anomaly.message,
        "rule": anomaly.rule,
    }
    if anomaly.offset is not None:
        members["offset"] = anomaly.offset
    if anomaly.within:
        members["within"] = anomaly.within
    return canonical(members)


def _read_anomaly(text: str) -> Anomaly:
    with _reading("anomaly"):
        members = Members(parse(text), {"kind", "message", "rule"}, {"offset", "within"})
        return Anomaly(
            rule=members.text("rule"),
            kind=members.text("kind"),
            message=members.text("message"),
            offset=members.count("offset") if "offset" in members else None,
            within=members.texts("within") if "within" in members else (),
        )


def _spell_claim(claim: Claim) -> str:
    return canonical({"source": claim.source, "value": claim.value, "verdict": claim.verdict})


def _read_claim(text: str) -> Claim:
    with _reading("quantization:claim"):
        members = Members(parse(text), {"source", "value", "verdict"})
        return Claim(
            value=members.text("value"),
            source=members.text("source"),
            verdict=_word("quantization:claim", members.text("verdict"), _VERDICTS),
        )


def _quantization(mapping: Mapping[str, object]) -> Quantization:
    key = "quantization:verdict"
    verdict = _text(mapping, key)
    if verdict is None:  # a default here would let a deleted line pass for a clean verdict
        raise FactsError(key, f"absent; allowed: {', '.join(_VERDICTS)}")
    return Quantization(
        label=_text(mapping, "quantization:label"),
        claims=tuple(map(_read_claim, _texts(mapping, "quantization:claim"))),
        verdict=_word(key, verdict, _VERDICTS),
        tensor_types=_read_tensor_types(mapping),
        bits_per_weight=_decimal(mapping, "bits-per-weight"),
    )


def _spell_tensor_types(types: tuple[TensorType, ...]) -> dict[str, str]:
    if not types:
        return {}
    key = "tensor-types"
    if len({each.name for each in types}) < len(types):
        raise FactsError(key, "a type has two rows; allowed: one")
    names = [_escape(each.name) for each in types]
    counts = {
        "tensors": [each.tensors for each in types],
        "parameters": [each.parameters for each in types],
        "bytes": [each.bytes for each in types],
        "quantizable": [each.quantizable_parameters for each in types],
        "unexplained": [each.unexplained_tensors for each in types],
    }
    if any(each.embedding_parameters for each in types):
        counts["embedding"] = [each.embedding_parameters for each in types]
    return {
        f"tensor-types:{count}": ",".join(
            f"{name}={number}" for name, number in zip(names, numbers, strict=True)
        )
        for count, numbers in counts.items()
    } | {"tensor-types:example": canonical({each.name: each.example for each in types})}


def _read_tensor_types(mapping: Mapping[str, object]) -> tuple[TensorType, ...]:
    tensors = _counts(mapping, "tensor-types:tensors")
    parameters = _counts(mapping, "tensor-types:parameters", like=tensors)
    sizes = _counts(mapping, "tensor-types:bytes", like=tensors)
    quantizable = _counts(mapping, "tensor-types:quantizable", like=tensors)
    unexplained = _counts(mapping, "tensor-types:unexplained", like=tensors)
    embedding = dict.fromkeys(tensors, 0)
    if "tensor-types:embedding" in mapping:
        embedding = _counts(mapping, "tensor-types:embedding", like=tensors)
    examples = _examples(mapping, like=tensors)
    return tuple(
        TensorType(
            name=name,
            tensors=tensors[name],
            parameters=parameters[name],
            bytes=sizes[name],
            quantizable_parameters=quantizable[name],
            unexplained_tensors=unexplained[name],
            example=examples[name],
            embedding_parameters=embedding[name],
        )
        for name in tensors
    )


def _counts(
    mapping: Mapping[str, object], key: str, like: Mapping[str, int] | None = None
) -> dict[str, int]:
    text = _text(mapping, key)
    pairs = [] if text is None else [_read_pair(key, pair) for pair in text.split(",")]
    counts = {_unescape(name): count for name, count in pairs}
    if len(counts) < len(pairs):
        raise FactsError(key, f"names a type twice: {quote(text)}")
    if like is not None:
        _require_types(key, counts, like)
    return counts


def _examples(mapping: Mapping[str, object], like: Mapping[str, int]) -> dict[str, str]:
    key = "tensor-types:example"
    text = _text(mapping, key)
    with _reading(key):
        examples = {} if text is None else parse(text)
    if not isinstance(examples, dict) or not all(isinstance(v, str) for v in examples.values()):
        raise FactsError(key, found(text, "an object of texts"))
    _require_types(key, examples, like)
    return examples


def _require_types(key: str, row: Mapping[str, object], like: Mapping[str, int]) -> None:
    if row.keys() != like.keys():
        raise FactsError(
            key,
            found(
                list(row),
                f"those of {_NAMED_BY.get(key, 'tensor-types:tensors')}, {quote(list(like))}",
            ),
        )


@contextmanager
def _reading(key: str) -> Iterator[None]:
    try:
        yield
    except StrictJsonError as error:
        raise FactsError(key, str(error)) from error


def _text(mapping: Mapping[str, object], key: str) -> str | None:
    value = mapping.get(key)
    if value is not None and not isinstance(value, str):
        raise FactsError(key, found(value, "one text"))
    return value


def _texts(mapping: Mapping[str, object], key: str) -> tuple[str, ...]:
    value = mapping.get(key, [])
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise FactsError(key, found(value, "a list of texts"))
    return tuple(value)


def _number(mapping: Mapping[str, object], key: str) -> int | None:
    text = _text(mapping, key)
    return None if text is None else _read_number(key, text)


def _read_number(key: str, text: str) -> int:
    if _NUMBER.fullmatch(text) is None or (number := int(text)) > MAX_COUNT:
        raise FactsError(key, found(text, f"a whole number from 0 to {MAX_COUNT}"))
    return number


def _read_pair(key: str, text: str) -> tuple[str, int]:
    name, equals, number = text.rpartition("=")
    if not equals:
        raise FactsError(key, found(text, "name=number"))
    return name, _read_number(key, number)


def _decimal(mapping: Mapping[str, object], key: str) -> float | None:
    text = _text(mapping, key)
    if text is None:
        return None
    if _DECIMAL.fullmatch(text) is None or not math.isfinite(number := float(text)):
        raise FactsError(key, found(text, "a decimal number"))
    return number


def _word(key: str, text: str, words: Mapping[str, T]) -> T:
    if text not in words:
        raise FactsError(key, found(text, ", ".join(words)))
    return words[text]


def _spell_number(number: int | None) -> str | None:
    return None if number is None else str(number)


def _spell_decimal(number: float | None) -> str | None:
    return None if number is None else repr(number)


# A comma and an equals sign separate; a type that holds one is spelled as in a URL.
def _escape(name: str) -> str:
    return name.replace("%", "%25").replace(",", "%2C").replace("=", "%3D")


def _unescape(name: str) -> str:
    return name.replace("%3D", "=").replace("%2C", ",").replace("%25", "%")
