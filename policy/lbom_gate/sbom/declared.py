"""A model that someone else's document describes: nothing is measured, all is declared.

Every value is taken if it has the right type and passed over if not. What a document declares of
quantization is a claim that nothing contradicts: it is the label, and `consistent`, as long as all
its places name the same one. That it was never held against tensors is said once for the whole
model, by its evidence: ``declared``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from lbom_gate.model import Anomaly, Claim, Facts, File, Model, Quantization
from lbom_gate.sbom import digests
from lbom_gate.sbom.destinations import referenced
from lbom_gate.sbom.properties import TAXONOMY
from lbom_gate.sbom.tolerant import Object, location, mapping, mappings, parts, text
from lbom_gate.strict_json import MAX_COUNT

# Where generators of bills of materials say how a model is quantized: the CycloneDX taxonomy, syft,
# SK Telecom BomLens, the OWASP AIBOM generator.
_QUANTIZATION = frozenset(
    {
        TAXONOMY + "hyperparameter:quantization",
        "syft:metadata:quantization",
        "bomlens:modelfile:quantization",
        "genai:aibom:modelcard:quantizationFileType",
        "ml:quantization",
    }
)
_HYPERPARAMETER = TAXONOMY + "hyperparameter:"
_CONTEXT_LENGTH = _HYPERPARAMETER + "context_length"
_PARAMETERS = TAXONOMY + "parameter:count"
_COUNT = re.compile(r"([0-9]{1,20}(?:\.[0-9]{1,20})?) ?([KMBT]?)")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


def model(component: Object) -> Model:
    """The model that a component of type ``machine-learning-model`` declares.

    Raises ShapeError.
    """
    name = text(component.get("name")) or "unnamed"
    group = text(component.get("group"))
    path = location(component) or (name if group is None else f"{group}/{name}")
    files = (_file(component, path), *_companions(component, path))
    return Model(name=name, files=files, facts=_facts(component), evidence="declared")


def _file(component: Object, path: str) -> File:
    return File(path=path, size=None, digests=digests.read(component, ()))


def _companions(component: Object, path: str) -> Iterator[File]:
    for each in parts(component, "components"):
        if each.get("type") == "file":
            name = text(each.get("name")) or "unnamed"
            place = location(each) or f"{path}/{name}"
            yield File(place, None, digests.read(each, ()), role="companion")


def _facts(component: Object) -> Facts:
    stated = tuple(_stated(component))
    first = dict(reversed(stated))
    parameters = mapping(mapping(component.get("modelCard")).get("modelParameters"))
    license_ = _license(component)
    quantization, anomalies = _quantization(stated)
    return Facts(
        architecture=text(parameters.get("modelArchitecture"))
        or text(parameters.get("architectureFamily")),
        parameters=_count(first.get(_PARAMETERS, "")),
        context_length=_count(first.get(_CONTEXT_LENGTH, "")),
        license=license_,
        license_source=None if license_ is None else "licenses",
        base_models=tuple(_ancestors(component)),
        hyperparameters=tuple(_hyperparameters(first)),
        quantization=quantization,
        destinations=tuple(referenced(component)),
        anomalies=anomalies,
    )


def _stated(component: Object) -> Iterator[tuple[str, str]]:
    """Names and values of the properties, of the component first, then of its model card."""
    for owner in (component, mapping(component.get("modelCard"))):
        properties = owner.get("properties")
        # One generator writes an object where CycloneDX wants a list.
        pairs = [(each.get("name"), each.get("value")) for each in mappings(properties)]
        for name, value in (*mapping(properties).items(), *pairs):
            if isinstance(name, str) and isinstance(value, str | int | float):
                yield name, str(value)


def _quantization(stated: Iterable[tuple[str, str]]) -> tuple[Quantization, tuple[Anomaly, ...]]:
    claims = [(value, name) for name, value in stated if name in _QUANTIZATION and value]
    labels = sorted({value.casefold(): value for value, _ in claims}.values())
    if not labels:
        return Quantization(), ()
    if len(labels) == 1:
        consistent = tuple(Claim(value, name, "consistent") for value, name in claims)
        return Quantization(claims[0][0], consistent, "consistent"), ()
    # Two labels and no tensors: nobody can say which of them an allow-list should be asked about.
    undecided = tuple(Claim(value, name, "no-evidence") for value, name in claims)
    message = f"the document declares {' and '.join(labels)} as quantization; allowed: one"
    anomaly = Anomaly("not-examined", "conflicting-declarations", message)
    return Quantization(None, undecided, "no-evidence"), (anomaly,)


def _hyperparameters(stated: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for name, value in sorted(stated.items()):
        number = _count(value) if name.startswith(_HYPERPARAMETER) else None
        if number is not None and name != _CONTEXT_LENGTH and name not in _QUANTIZATION:
            yield name.removeprefix(_HYPERPARAMETER), number


def _count(stated: str) -> int | None:
    match = _COUNT.fullmatch(stated)
    if match is None:
        return None
    number = int(Decimal(match[1]) * _UNITS[match[2]])
    return number if number <= MAX_COUNT else None


def _license(component: Object) -> str | None:
    """The licences as one SPDX expression, or as close to one as they are stated."""
    stated: dict[str, None] = {}
    for each in mappings(component.get("licenses")):
        named = mapping(each.get("license"))
        license_ = text(each.get("expression")) or text(named.get("id")) or text(named.get("name"))
        if license_ is not None:
            stated[license_] = None
    if len(stated) < 2:  # noqa: PLR2004  one needs no word between
        return next(iter(stated), None)
    return " AND ".join(f"({each})" if " " in each else each for each in stated)


def _ancestors(component: Object) -> Iterator[str]:
    for each in mappings(mapping(component.get("pedigree")).get("ancestors")):
        name = text(each.get("name")) or text(each.get("purl"))
        if name is not None:
            yield name
