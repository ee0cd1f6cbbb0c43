"""Digests as CycloneDX has a place for them, and how we know each one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Digest
from lbom_gate.sbom.tolerant import Object, ShapeError, mappings, text
from lbom_gate.strict_json import found

# Who claims a digest that only the document states.
DOCUMENT = "sbom"
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A digest algorithm that CycloneDX has a name for."""

    name: str  # CycloneDX's
    digits: int  # hexadecimal digits of a digest


# CycloneDX 1.6, enumeration `hash-alg`. BLAKE3 is used at its default length.
ALGORITHMS: Mapping[str, Algorithm] = {
    "md5": Algorithm("MD5", 32),
    "sha1": Algorithm("SHA-1", 40),
    "sha256": Algorithm("SHA-256", 64),
    "sha384": Algorithm("SHA-384", 96),
    "sha512": Algorithm("SHA-512", 128),
    "sha3-256": Algorithm("SHA3-256", 64),
    "sha3-384": Algorithm("SHA3-384", 96),
    "sha3-512": Algorithm("SHA3-512", 128),
    "blake2b-256": Algorithm("BLAKE2b-256", 64),
    "blake2b-384": Algorithm("BLAKE2b-384", 96),
    "blake2b-512": Algorithm("BLAKE2b-512", 128),
    "blake3": Algorithm("BLAKE3", 64),
}
_BY_NAME = {algorithm.name: ours for ours, algorithm in ALGORITHMS.items()}


def spell_evidence(digest: Digest) -> str:
    """How we know a digest: ``sha256:verified``, ``sha256:claimed:git-lfs``."""
    source = "" if digest.source is None else f":{digest.source}"
    return f"{digest.algorithm}:{digest.evidence}{source}"


def read(component: Object, evidence: Iterable[str]) -> tuple[Digest, ...]:
    """The digests of a component, those with evidence first and in its order.

    `evidence` are values of `spell_evidence`; a hash without one is the document's claim. Raises
    ShapeError for evidence of a hash that is not there.
    """
    hashes = _hashes(component)
    known = tuple(_known(each, hashes) for each in evidence)
    named = {digest.algorithm for digest in known}
    others = (each for each in hashes.items() if each[0] not in named)
    return known + tuple(Digest(name, value, "claimed", DOCUMENT) for name, value in others)


def _known(evidence: str, hashes: Mapping[str, str]) -> Digest:
    algorithm, _, rest = evidence.partition(":")
    word, colon, source = rest.partition(":")
    if algorithm not in hashes:
        raise ShapeError(
            place="hashes", problem=found(evidence, f"evidence of {', '.join(hashes)}")
        )
    value = hashes[algorithm]
    if word == "verified" and not colon:
        return Digest(algorithm, value, "verified")
    if word == "claimed":
        return Digest(algorithm, value, "claimed", source if colon else None)
    raise ShapeError(
        place="hashes", problem=found(evidence, f"{algorithm}:verified, {algorithm}:claimed:WHO")
    )


def _hashes(component: Object) -> dict[str, str]:
    """Digest by algorithm, the first of each; what is no digest is passed over."""
    hashes: dict[str, str] = {}
    for each in mappings(component.get("hashes")):
        name = _BY_NAME.get(text(each.get("alg")) or "")
        value = (text(each.get("content")) or "").lower()
        if name is not None and _is_digest(value, ALGORITHMS[name].digits):
            hashes.setdefault(name, value)
    return hashes


def _is_digest(value: str, digits: int) -> bool:
    return len(value) == digits and _HEXADECIMAL.fullmatch(value) is not None
