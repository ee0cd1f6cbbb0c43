"""The bill of materials as a CycloneDX document: same input, same bytes.

No clock, no random number and no absolute path: the serial number is derived from the rest of the
document, and a time stands in it only where the caller gives one. Every character beyond ASCII is
escaped, so that text out of a model file changes neither a terminal nor the reading direction of a
review.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from itertools import chain

from lbom_gate import __version__, facts_v1
from lbom_gate.model import Model, Sbom
from lbom_gate.sbom import properties as words
from lbom_gate.sbom.component import component, reference
from lbom_gate.sbom.destinations import services
from lbom_gate.sbom.layout import members


def write(sbom: Sbom, *, spec_version: str, timestamp: str | None) -> bytes:
    """The document; see `lbom_gate.sbom.write`."""
    models = sorted(sbom.models, key=lambda model: model.path)
    components = [component(model) for model in models]
    contacted = chain(
        sbom.destinations,
        *(origin.destinations for origin in sbom.origins),
        *(model.facts.destinations for model in models),
    )
    body: dict[str, object] = {
        "metadata": _metadata(sbom, timestamp),
        "components": components,
        "services": services(contacted),
        "dependencies": [{"ref": ref} for ref in sorted(_references(components))],
        "compositions": _compositions((reference(model), model) for model in models),
    }
    body = {key: value for key, value in body.items() if value or key == "components"}
    content = members(body, "\n  ")
    head = {
        "$schema": f"http://cyclonedx.org/schema/bom-{spec_version}.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": spec_version,
        "serialNumber": _serial_number(spec_version + content),
        "version": 1,
    }
    return ("{" + members(head, "\n  ") + "," + content + "\n}\n").encode("ascii")


def _metadata(sbom: Sbom, timestamp: str | None) -> dict[str, object]:
    destinations = map(facts_v1.spell_destination, sbom.destinations)
    named = [
        (words.FACTS_VERSION, facts_v1.VERSION),
        *(("destination", each) for each in destinations),
        *((words.ORIGIN, facts_v1.spell_origin(each)) for each in sbom.origins),
        *(() if sbom.scope is None else ((words.SCOPE, sbom.scope),)),
    ]
    return {
        **({} if timestamp is None else {"timestamp": timestamp}),
        "lifecycles": [{"phase": "pre-build"}],
        "tools": {
            "components": [
                {
                    "type": "application",
                    "bom-ref": words.TOOL,
                    "name": "lbom-gate",
                    "version": __version__,
                    "purl": words.TOOL,
                }
            ]
        },
        "properties": words.spell((words.PREFIX + name, value) for name, value in named),
    }


def _references(components: Iterable[dict[str, object]]) -> Iterator[str]:
    for each in components:
        yield str(each["bom-ref"])
        nested = each.get("components")
        if isinstance(nested, list):
            yield from _references(nested)


def _compositions(referenced: Iterable[tuple[str, Model]]) -> list[dict[str, object]]:
    """Which models are known as a whole, and which are not."""
    assemblies: dict[str, list[str]] = {"complete": [], "incomplete": []}
    for ref, model in referenced:
        is_known = model.is_examined and all(file.digests for file in model.files)
        assemblies["complete" if is_known else "incomplete"].append(ref)
    return [
        {"aggregate": aggregate, "assemblies": sorted(refs)}
        for aggregate, refs in assemblies.items()
        if refs
    ]


def _serial_number(content: str) -> str:
    digest = hashlib.sha256(content.encode("ascii")).hexdigest()
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'urn:sha256:{digest}')}"
