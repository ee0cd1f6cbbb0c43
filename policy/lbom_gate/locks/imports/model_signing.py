"""An OpenSSF Model Signing bundle (``model.sig``), verified offline with a public key.

A Sigstore bundle holds a DSSE envelope, which holds an in-toto statement that lists the digest of
each file and, as its subject, the SHA-256 over all of them. What is not signed with the given key
is not read. Signatures by certificate or by Sigstore need a network or roots of trust, and are
refused.
Sources: model_signing, "Model Signing Format"; DSSE, protocol.md ("PAE").
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from lbom_gate.locks.imports._stated import (
    SHA256,
    ImportRefused,
    Stated,
    below,
    read_json,
    read_text,
    sha256,
)
from lbom_gate.strict_json import StrictJsonError, found, parse

NAME = "model-signing"
_PAYLOAD = "application/vnd.in-toto+json"
_PREDICATE = "https://model_signing/signature/v1.0"
# Curve of the key, in bits, to the digest that is signed: the Sigstore protobuf specification.
_DIGESTS = {256: "SHA256", 384: "SHA384", 521: "SHA512"}


def recognises(path: Path) -> bool:
    """Whether the file's name ends in ``.sig``."""
    return path.is_file() and path.suffix == ".sig"


def read(path: Path, key: Path | None) -> Iterator[Stated]:
    """Yield each file that the bundle lists, if `key` signed it; raises ImportRefused."""
    if key is None:
        raise ImportRefused(path, "a signature says nothing without --public-key FILE")
    envelope = _object(path, read_json(path), "dsseEnvelope")
    if envelope.get("payloadType") != _PAYLOAD:
        problem = found(str(envelope.get("payloadType")), _PAYLOAD)
        raise ImportRefused(path, f"payloadType: {problem}")
    payload = _bytes(path, envelope, "payload")
    signatures = envelope.get("signatures")
    if not isinstance(signatures, list) or len(signatures) != 1:
        raise ImportRefused(path, "found no single signature; allowed: one")
    _verify(path, key, _bytes(path, signatures[0], "sig"), payload)
    yield from _files(path, payload)


def _verify(path: Path, key: Path, signature: bytes, payload: bytes) -> None:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        problem = "signatures need the extra: pip install 'lbom-gate[signing]'"
        raise ImportRefused(path, problem) from error
    try:
        public_key = serialization.load_pem_public_key(read_text(key).encode())
    except ValueError as error:
        raise ImportRefused(key, "no public key in PEM") from error
    digest = _DIGESTS.get(getattr(public_key, "key_size", 0))
    if not isinstance(public_key, ec.EllipticCurvePublicKey) or digest is None:
        raise ImportRefused(key, "no key on the curves P-256, P-384 or P-521")
    signed = b"DSSEv1 %d %s %d %s" % (len(_PAYLOAD), _PAYLOAD.encode(), len(payload), payload)
    try:
        public_key.verify(signature, signed, ec.ECDSA(getattr(hashes, digest)()))
    except InvalidSignature as error:
        raise ImportRefused(path, f"not signed with {key}") from error


def _files(path: Path, payload: bytes) -> Iterator[Stated]:
    try:
        statement = parse(payload.decode("utf-8"))
    except (StrictJsonError, UnicodeDecodeError) as error:
        raise ImportRefused(path, f"the statement is no JSON: {error}") from error
    if not isinstance(statement, dict) or statement.get("predicateType") != _PREDICATE:
        raise ImportRefused(path, f"found no statement of {_PREDICATE}")
    resources = _object(path, statement, "predicate").get("resources")
    digests = hashlib.sha256()
    stated = []
    for resource in resources if isinstance(resources, list) else []:
        name, digest = _resource(path, resource)
        digests.update(bytes.fromhex(digest))
        stated.append(Stated(below(path.parent, name, path), sha256(digest)))
    if digests.hexdigest() not in json.dumps(statement.get("subject")):
        raise ImportRefused(path, "the digest of the subject is not that of the files listed")
    yield from stated


def _resource(path: Path, resource: object) -> tuple[str, str]:
    members = resource if isinstance(resource, dict) else {}
    name, algorithm, digest = (members.get(key) for key in ("name", "algorithm", "digest"))
    if not isinstance(name, str) or algorithm != "sha256" or not isinstance(digest, str):
        problem = found(members, "name, digest and the algorithm sha256")
        raise ImportRefused(path, f"resources: {problem}")
    if SHA256.fullmatch(digest) is None:
        raise ImportRefused(path, f"digest: {found(digest, '64 lower-case hexadecimal digits')}")
    return name, digest


def _object(path: Path, value: dict[str, object], name: str) -> dict[str, object]:
    member = value.get(name)
    if not isinstance(member, dict):
        raise ImportRefused(path, f"found no object `{name}`")
    return member


def _bytes(path: Path, value: object, name: str) -> bytes:
    member = value.get(name) if isinstance(value, dict) else None
    try:
        return base64.b64decode(str(member), validate=True) if isinstance(member, str) else b""
    except binascii.Error as error:
        raise ImportRefused(path, f"`{name}` is no base64") from error
