"""Facts to bill of materials: what the scanner measured, in the words every room shares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeGuard, cast

from lbom_gate import _scanner
from lbom_gate.model import (
    Anomaly,
    Claim,
    Destination,
    Digest,
    Facts,
    File,
    FileRole,
    Import,
    Model,
    Origin,
    Port,
    Quantization,
    Sbom,
    TensorType,
    path_text,
)

Record = _scanner.Fingerprint | _scanner.NotExamined

LFS = "git-lfs"

# What is known of a pointer's content. Which content it is, its file says: digest and size.
UNKNOWN = Facts(
    anomalies=(
        Anomaly(
            rule="not-examined",
            kind="pointer-without-content",
            message="a git-LFS pointer: its content is not here, and the lock does not know it",
        ),
    )
)


def build(
    records: Iterable[Record],
    text_of: Callable[[str], str],
    origins: Iterable[_scanner.Origins | _scanner.NotExamined] = (),
) -> Sbom:
    """The bill of materials of the records, one model for each path or for each set of parts.

    `origins` is what files of the repository say of where its models come from.

    `text_of` spells a path of the scanner's (`os.fsdecode`) as the shared words want it. A path
    that was given twice is one model: the first record of it stands. The records of parts make one
    model together, whichever of its parts they are of.
    """
    found = [(text_of(each.path), each) for each in records]
    models: dict[str, Model] = {}
    parts: set[str] = set()
    for model in (_of_parts(each, text_of) for each in _sharded(each for _, each in found)):
        models.setdefault(model.path, model)
        parts.update(file.path for file in model.files if file.role != "companion")
    for path, each in found:
        if path not in models and path not in parts:
            models[path] = _model(each, path, text_of)
    return Sbom(
        models=tuple(models[path] for path in sorted(models)),
        origins=tuple(_origin(each, text_of(each.path)) for each in origins),
    )


def _sharded(records: Iterable[Record]) -> Iterator[_scanner.ShardedModel]:
    for each in records:
        if _was_read(each) and each.model is not None:
            yield each.model


def _of_parts(model: _scanner.ShardedModel, text_of: Callable[[str], str]) -> Model:
    """The model of several files, named for the first of them."""
    shards = [_shard(each, text_of(each.path)) for each in model.shards]
    companions = [_companion(file, text_of) for file in model.companions]
    facts = _facts(model.facts, model.format, model.format_version)
    unread = [_unread(each) for each in model.shards if each.not_examined is not None]
    pointers = any(file.role == "pointer" for file in shards)
    anomalies = (*facts.anomalies, *unread, *(UNKNOWN.anomalies if pointers else ()))
    return Model(
        name=_name(shards[0].path),
        files=(*shards, *companions),
        facts=replace(facts, anomalies=anomalies),
        name_agrees=model.name_agrees,
    )


def _shard(each: _scanner.Shard, path: str) -> File:
    if each.sha256 is None:
        return File(path=path, size=None, digests=())
    return _file(path, each.size, each.sha256, each.pointer)


def _unread(each: _scanner.Shard) -> Anomaly:
    problem = cast("_scanner.NotExamined", each.not_examined)
    return replace(_reason(problem), within=(path_text(_name(each.path)),))


def _model(each: Record, path: str, text_of: Callable[[str], str]) -> Model:
    name = _name(path)
    if not _was_read(each):
        anomaly = _reason(cast("_scanner.NotExamined", each))
        file = File(path=path, size=None, digests=())
        return Model(name=name, files=(file,), facts=Facts(anomalies=(anomaly,)))
    companions = (_companion(file, text_of) for file in each.companions)
    file = _file(path, each.size, each.sha256, each.pointer)
    files = (file, *companions)
    if file.role != "pointer":
        facts = _facts(each.facts, each.format, each.format_version)
    else:
        # The files beside a pointer are here, and may tell of code that loading runs.
        said = tuple(map(_anomaly, each.facts.anomalies))
        facts = replace(UNKNOWN, anomalies=UNKNOWN.anomalies + said)
    return Model(name=name, files=files, facts=facts, name_agrees=each.name_agrees)


def _name(path: str) -> str:
    return path.rpartition("/")[2] or path


def _was_read(each: Record) -> TypeGuard[_scanner.Fingerprint]:
    return hasattr(each, "facts")


def _reason(each: _scanner.NotExamined) -> Anomaly:
    # A link that leads out of the root is a wrong of its own, with a rule of its own.
    rule = each.kind if each.kind == "symlink-escape" else "not-examined"
    return Anomaly(rule=rule, kind=each.kind, message=each.message)


def _file(path: str, size: int, sha256: str, pointer: _scanner.Pointer | None) -> File:
    if pointer is not None and not pointer.is_followed:
        claimed = Digest("sha256", pointer.oid, "claimed", LFS)
        return File(path=path, size=pointer.size, digests=(claimed,), role="pointer")
    digest = Digest("sha256", sha256, "verified")
    role: FileRole = "weights" if pointer is None else "stored"
    return File(path=path, size=size, digests=(digest,), role=role)


def _companion(each: _scanner.Companion, text_of: Callable[[str], str]) -> File:
    digest = Digest("sha256", each.sha256, "verified")
    return File(path=text_of(each.path), size=each.size, digests=(digest,), role="companion")


def _facts(facts: _scanner.Facts, format_: str | None, version: str | None) -> Facts:
    return Facts(
        format=format_,
        format_version=version,
        kind=facts.kind,
        architecture=facts.architecture,
        parameters=facts.parameters,
        context_length=facts.context_length,
        license=facts.license,
        license_source=facts.license_source,
        base_models=tuple(facts.base_models),
        chat_template=facts.chat_template,
        hyperparameters=tuple((name, number) for name, number in facts.hyperparameters),
        quantization=_quantization(facts.quantization),
        loading=facts.loading,
        imports=tuple(map(_import, facts.imports)),
        operators=tuple((name, nodes) for name, nodes in facts.operators),
        inputs=tuple(map(_port, facts.inputs)),
        outputs=tuple(map(_port, facts.outputs)),
        properties=tuple((name, value) for name, value in facts.properties),
        destinations=tuple(map(_destination, facts.destinations)),
        anomalies=tuple(map(_anomaly, facts.anomalies)),
    )


def _quantization(quantization: _scanner.Quantization) -> Quantization:
    return Quantization(
        label=quantization.label,
        claims=tuple(map(_claim, quantization.claims)),
        verdict=quantization.verdict,
        tensor_types=tuple(map(_tensor_type, quantization.tensor_types)),
        bits_per_weight=quantization.bits_per_weight,
    )


def _claim(claim: _scanner.Claim) -> Claim:
    return Claim(claim.value, claim.source, claim.verdict)


def _tensor_type(row: _scanner.TensorTypeEvidence) -> TensorType:
    return TensorType(
        name=row.name,
        tensors=row.tensors,
        parameters=row.parameters,
        bytes=row.bytes,
        quantizable_parameters=row.quantizable_parameters,
        unexplained_tensors=row.unexplained_tensors,
        embedding_parameters=row.embedding_parameters,
        example=row.example,
    )


def _import(each: _scanner.Import) -> Import:
    return Import(each.name, each.is_known, each.offset)


def _port(port: _scanner.Port) -> Port:
    shape = None if port.shape is None else tuple(port.shape)
    return Port(port.name, port.signature, port.element_type, shape)


def _origin(origin: _scanner.Origins | _scanner.NotExamined, path: str) -> Origin:
    if isinstance(origin, _scanner.NotExamined):
        return Origin(path, unread=origin.message)
    return Origin(path, tuple(map(_destination, origin.destinations)))


def _destination(destination: _scanner.Destination) -> Destination:
    return Destination(
        cls=destination.cls,
        value=destination.value,
        source=destination.source,
        offset=destination.offset,
    )


def _anomaly(anomaly: _scanner.Anomaly) -> Anomaly:
    return Anomaly(
        rule=anomaly.rule,
        kind=anomaly.kind,
        message=anomaly.message,
        offset=anomaly.offset,
        within=tuple(anomaly.within),
    )
