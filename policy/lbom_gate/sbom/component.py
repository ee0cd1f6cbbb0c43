"""One model as one CycloneDX component.

What cyclonedx-python-lib has types for (hashes, licences, evidence) stands here as it would write
it: a test holds the one against the other, because the library takes a millisecond for each model.
The rest it could not write: it has no model card, and its sets of properties would drop a value
that repeats and lose the order that `facts_v1` keeps.

Two files may hold the same bytes and one name, so neither the digest nor the name tells components
apart. The path does: a ``bom-ref`` is the package URL with the path behind ``#``, whether or not
another component shares the package URL, so that a reference never changes because of a neighbour.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

from lbom_gate import facts_v1
from lbom_gate.model import Digest, Facts, File, Model
from lbom_gate.sbom import properties as words
from lbom_gate.sbom.destinations import external_references
from lbom_gate.sbom.digests import ALGORITHMS, spell_evidence

# The order in which people read a component.
_ORDER = (
    "type",
    "bom-ref",
    "name",
    "version",
    "hashes",
    "licenses",
    "purl",
    "pedigree",
    "externalReferences",
    "components",
    "evidence",
    "modelCard",
    "properties",
)
_UNITS = (("T", 10**12), ("B", 10**9), ("M", 10**6))
# A digest that someone states is evidence, but no proof.
_CLAIM_CONFIDENCE = 0.8
# Models repeat a few licences.
_MOST_LICENSES = 1024


def component(model: Model) -> dict[str, object]:
    """The component of a model; its companions are components within it."""
    file, *companions = model.files
    ref = reference(model)
    return _arrange(
        _describe(model, ref),
        purl=_purl(model),
        pedigree=_pedigree(model.facts),
        externalReferences=external_references(model.facts.destinations),
        components=[_companion(each, f"{ref}::{quote(each.path)}") for each in companions],
        modelCard=_model_card(model.facts),
        properties=words.spell([*_own(model, file), *_taxonomy(model.facts)]),
    )


def reference(model: Model) -> str:
    """The ``bom-ref`` of a model's component; no other model's, and the same in every document."""
    purl = _purl(model)
    path = quote(model.path)
    return f"file:{path}" if purl is None else f"{purl}#{path}"


def _describe(model: Model, ref: str) -> dict[str, object]:
    """What cyclonedx-python-lib has types for, as it writes them."""
    file, license_ = model.files[0], model.facts.license
    return {
        "type": _type(model),
        "bom-ref": ref,
        "name": model.name,
        **_said(
            version=_version(file),
            hashes=sorted(_hashes(file), key=lambda each: (each["alg"], each["content"])),
            licenses=[{"license": _license(license_)}] if license_ else [],
        ),
        "evidence": {
            **_said(identity=[_identity(d) for d in file.digests if d.algorithm == "sha256"]),
            "occurrences": [{"location": file.path}],
        },
    }


def _said(**members: object) -> dict[str, object]:
    return {key: value for key, value in members.items() if value}


def _hashes(file: File) -> list[dict[str, str]]:
    return [
        {"alg": ALGORITHMS[each.algorithm].name, "content": each.value} for each in file.digests
    ]


def _version(file: File) -> str | None:
    return None if file.sha256 is None else f"sha256:{file.sha256}"


def _type(model: Model) -> str:
    # Of a path that could not be looked at nobody knows whether it is a model.
    is_known = bool(model.files[0].digests) or not model.facts.anomalies
    return "machine-learning-model" if is_known else "file"


def _identity(digest: Digest) -> dict[str, object]:
    if digest.evidence == "verified":
        technique, confidence = "hash-comparison", 1.0
        value = "SHA-256 over every byte of the file"
    else:
        technique, confidence = "manifest-analysis", _CLAIM_CONFIDENCE
        value = f"SHA-256 as claimed by {digest.source}"
    return {
        "concludedValue": digest.value,
        "confidence": confidence,
        "field": "hash",
        "methods": [{"confidence": confidence, "technique": technique, "value": value}],
        "tools": [words.TOOL],
    }


def _license(license_: str) -> dict[str, str]:
    # Models spell licences as the hub does ("apache-2.0"), SPDX does not ("Apache-2.0").
    known = _spdx_id(license_)
    name = {"name": license_} if known is None else {"id": known}
    return {"acknowledgement": "declared", **name}


@lru_cache(_MOST_LICENSES)
def _spdx_id(license_: str) -> str | None:
    # The library reads SPDX's whole list when it is imported.
    from cyclonedx.spdx import fixup_id

    return fixup_id(license_)


def _arrange(written: dict[str, object], **added: object) -> dict[str, object]:
    members = written | {key: value for key, value in added.items() if value}
    return {key: members[key] for key in _ORDER if key in members}


def _companion(file: File, ref: str) -> dict[str, object]:
    return _arrange(
        {"type": "file", "bom-ref": ref, "name": file.path.rpartition("/")[2]},
        version=_version(file),
        hashes=_hashes(file),
        evidence={"occurrences": [{"location": file.path}]},
        properties=words.spell(_file_properties(file)),
    )


def _purl(model: Model) -> str | None:
    if model.sha256 is None or not model.name:
        return None
    return f"pkg:generic/{quote(model.name, safe='')}?checksum=sha256:{model.sha256}"


def _pedigree(facts: Facts) -> dict[str, object]:
    ancestors = [{"type": "machine-learning-model", "name": name} for name in facts.base_models]
    return {"ancestors": ancestors} if ancestors else {}


def _model_card(facts: Facts) -> dict[str, object]:
    card: dict[str, object] = {}
    if parameters := _model_parameters(facts):
        card["modelParameters"] = parameters
    if taxonomy := words.spell(_taxonomy(facts)):
        card["properties"] = taxonomy
    return card


def _model_parameters(facts: Facts) -> dict[str, object]:
    """What CycloneDX has members for; inputs and outputs of one format stand once."""
    task = next((value for name, value in facts.properties if name == "task"), None)
    formats = {
        name: [{"format": text} for text in dict.fromkeys(port.type_text for port in ports) if text]
        for name, ports in (("inputs", facts.inputs), ("outputs", facts.outputs))
    }
    stated = {"task": task, "modelArchitecture": facts.architecture, **formats}
    return {name: value for name, value in stated.items() if value}


def _taxonomy(facts: Facts) -> list[tuple[str, str]]:
    """What CycloneDX's property taxonomy has names for; each stands once."""
    named = {f"hyperparameter:{name}": str(value) for name, value in facts.hyperparameters}
    if facts.context_length is not None:
        named["hyperparameter:context_length"] = str(facts.context_length)
    quantization = facts.quantization
    if quantization.label and quantization.verdict != "no-evidence":
        named["hyperparameter:quantization"] = quantization.label.lower()
    if facts.parameters and (count := _short(facts.parameters)) != "0M":
        named["parameter:count"] = count
    return [(words.TAXONOMY + name, value) for name, value in named.items()]


def _short(number: int) -> str:
    letter, unit = next((pair for pair in _UNITS if number >= pair[1]), _UNITS[-1])
    return f"{number / unit:.2f}".rstrip("0").rstrip(".") + letter


def _own(model: Model, file: File) -> Iterator[tuple[str, str]]:
    yield words.PREFIX + words.FACTS_VERSION, facts_v1.VERSION
    yield words.PREFIX + words.FACTS_EVIDENCE, model.evidence
    if model.name_agrees is not None:
        yield words.PREFIX + words.NAME_AGREES, "true" if model.name_agrees else "false"
    yield from _file_properties(file)
    for name, value in facts_v1.encode(model.facts).items():
        for each in [value] if isinstance(value, str) else value:
            yield words.PREFIX + name, each


def _file_properties(file: File) -> Iterator[tuple[str, str]]:
    yield words.PREFIX + words.FILE_ROLE, file.role
    if file.size is not None:
        yield words.PREFIX + words.FILE_SIZE, str(file.size)
    for digest in file.digests:
        yield words.PREFIX + words.DIGEST_EVIDENCE, spell_evidence(digest)
