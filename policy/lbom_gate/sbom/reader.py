"""A CycloneDX document, ours or foreign, as a bill of materials.

A plain JSON reader: what cyclonedx-python-lib cannot model it drops or refuses, and real bills of
materials are seldom valid. A model that the gate wrote is read back exactly; of any other, what its
document declares is taken as declared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from lbom_gate.facts_v1 import FactsError
from lbom_gate.model import Destination, Model, Origin, Sbom
from lbom_gate.sbom import declared, ours
from lbom_gate.sbom.destinations import contacted, referenced, unsaid
from lbom_gate.sbom.errors import MAX_BYTES, UnreadableSbom
from lbom_gate.sbom.tolerant import Object, ShapeError, part, parts
from lbom_gate.strict_json import StrictJsonError, found, parse, quote

SPEC_VERSIONS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
# Said of what is no JSON: a model, most likely, where a bill of it was meant.
_ALLOWED = "allowed: a bill of materials in CycloneDX JSON, as `lbom-gate scan` writes"


def read(data: bytes, path: str) -> Sbom:
    """The bill of materials that the document at `path` holds.

    Raises UnreadableSbom.
    """
    if len(data) > MAX_BYTES:
        raise UnreadableSbom(place=path, problem=f"{len(data)} bytes; allowed: {MAX_BYTES}")
    try:
        document = _document(data.decode("utf-8-sig"))
        models = [model for root in _roots(document) for model in _models(root)]
        origins = ours.origins(part(document, "metadata"))
        destinations = _destinations(document, models, origins)
        scope = ours.scope(part(document, "metadata"))
    except UnicodeDecodeError as error:
        raise UnreadableSbom(
            place=path, problem=f"byte {error.start} is no UTF-8; {_ALLOWED}"
        ) from error
    except StrictJsonError as error:
        if error.line is None:
            raise UnreadableSbom(place=path, problem=str(error)) from error
        place = f"{path}:{error.line}:{error.column}"
        raise UnreadableSbom(place=place, problem=f"{error}; {_ALLOWED}") from error
    except (FactsError, ShapeError) as error:
        raise UnreadableSbom(place=path, problem=str(error)) from error
    return Sbom(tuple(_apart(models)), destinations, path, scope, origins)


def _document(text: str) -> Object:
    if text.lstrip().startswith("<"):
        raise ShapeError(place="document", problem="found XML; allowed: CycloneDX JSON")
    document = parse(text)
    if not isinstance(document, dict):
        raise ShapeError(place="document", problem=found(document, "an object"))
    if any(key in document for key in ("spdxVersion", "@context")):
        raise ShapeError(place="document", problem="found SPDX; allowed: CycloneDX JSON")
    if document.get("bomFormat") != "CycloneDX":
        raise ShapeError(place="bomFormat", problem=found(document.get("bomFormat"), "CycloneDX"))
    if document.get("specVersion") not in SPEC_VERSIONS:
        allowed = ", ".join(SPEC_VERSIONS)
        raise ShapeError(place="specVersion", problem=found(document.get("specVersion"), allowed))
    return document


def _roots(document: Object) -> Iterator[Object]:
    described = part(part(document, "metadata"), "component")
    yield from (described, *parts(document, "components"))


def _models(component: Object) -> Iterator[Model]:
    try:
        model = ours.model(component)
        if model is not None:
            others = unsaid(model.facts.destinations, referenced(component))
            yield _with_destinations(model, others)
        elif component.get("type") == "machine-learning-model":
            yield declared.model(component)
    except (FactsError, ShapeError) as error:
        place = f"component {quote(component.get('name'))}"
        raise ShapeError(place=place, problem=str(error)) from error
    for nested in parts(component, "components"):
        yield from _models(nested)


def _with_destinations(model: Model, others: tuple[Destination, ...]) -> Model:
    facts = replace(model.facts, destinations=model.facts.destinations + others)
    return replace(model, facts=facts)


def _destinations(
    document: Object, models: Iterable[Model], origins: Iterable[Origin]
) -> tuple[Destination, ...]:
    """The destinations of the document itself; those that a model contacts stand with the model."""
    metadata = part(document, "metadata")
    ours.written(metadata)
    said = ours.destinations(metadata)
    of_models = (each for model in models for each in model.facts.destinations)
    of_origins = (each for origin in origins for each in origin.destinations)
    others = unsaid([*said, *of_models, *of_origins], [*contacted(document), *referenced(document)])
    return said + others


def _apart(models: Iterable[Model]) -> list[Model]:
    """The models sorted by path, a number behind a path that another model has."""
    taken: set[str] = set()
    times: Counter[str] = Counter()
    apart: list[Model] = []
    for model in models:
        path = model.path
        while path in taken:
            times[model.path] += 1
            path = f"{model.path}#{times[model.path] + 1}"
        taken.add(path)
        first, *rest = model.files
        apart.append(replace(model, files=(replace(first, path=path), *rest)))
    return sorted(apart, key=lambda model: model.path)
