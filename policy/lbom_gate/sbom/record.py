"""The scanner's records as this room sees them: by shape, not by class.

They mirror ``scanner/core/src/record.rs``: enumerations as kebab-case text, digests as lower-case
hexadecimal text, paths as `os.fsdecode` spells them. ``class``, a word of Python's own, is ``cls``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias, runtime_checkable


@runtime_checkable
class NotExamined(Protocol):
    """A path that could not be looked at, and why."""

    @property
    def path(self) -> str:
        """The path."""

    @property
    def kind(self) -> str:
        """Stable kebab-case name of the reason."""

    @property
    def message(self) -> str:
        """The reason in words."""


class Pointer(Protocol):
    """What a git-LFS pointer stands for."""

    @property
    def oid(self) -> str:
        """SHA-256 of the content."""

    @property
    def size(self) -> int:
        """Size of the content in bytes."""


class Companion(Protocol):
    """A file that belongs to a model without holding its weights."""

    @property
    def path(self) -> str:
        """The path."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def sha256(self) -> str:
        """SHA-256 over every byte."""


class Claim(Protocol):
    """A place that says how the model is quantized."""

    @property
    def value(self) -> str:
        """The label claimed."""

    @property
    def source(self) -> str:
        """Where it is claimed."""

    @property
    def verdict(self) -> str:
        """How the evidence compares with it."""


class TensorTypeEvidence(Protocol):
    """What the tensors of one type come to."""

    @property
    def name(self) -> str:
        """The type."""

    @property
    def tensors(self) -> int:
        """Number of tensors."""

    @property
    def parameters(self) -> int:
        """Number of stored elements."""

    @property
    def bytes(self) -> int:
        """Bytes they take."""

    @property
    def quantizable_parameters(self) -> int:
        """Stored elements that a quantizer may quantize."""

    @property
    def unexplained_tensors(self) -> int:
        """Quantizable tensors that no claim explains."""

    @property
    def example(self) -> str:
        """Name of one of them."""


class Quantization(Protocol):
    """Claims, evidence, and how the two compare."""

    @property
    def label(self) -> str | None:
        """What the evidence supports."""

    @property
    def claims(self) -> Sequence[Claim]:
        """Every place that claims."""

    @property
    def verdict(self) -> str:
        """The worst of the claims' verdicts."""

    @property
    def tensor_types(self) -> Sequence[TensorTypeEvidence]:
        """One row for each type, sorted by name."""

    @property
    def bits_per_weight(self) -> float | None:
        """Over all tensors."""


class Destination(Protocol):
    """A network destination named in metadata."""

    @property
    def cls(self) -> str:
        """How it came into the file."""

    @property
    def value(self) -> str:
        """The URL as written."""

    @property
    def source(self) -> str:
        """The key that holds it."""

    @property
    def offset(self) -> int | None:
        """Bytes into the file."""


class Anomaly(Protocol):
    """Something wrong with a file's structure."""

    @property
    def rule(self) -> str:
        """The rule that reports it."""

    @property
    def kind(self) -> str:
        """Stable kebab-case name of what is wrong."""

    @property
    def message(self) -> str:
        """What was found and what was allowed."""

    @property
    def offset(self) -> int | None:
        """Bytes into the file."""

    @property
    def within(self) -> Sequence[str]:
        """What was being read, outermost first."""


class Facts(Protocol):
    """What a model file's content says and shows."""

    @property
    def architecture(self) -> str | None:
        """As stated."""

    @property
    def parameters(self) -> int | None:
        """Number of parameters."""

    @property
    def context_length(self) -> int | None:
        """In tokens, as stated."""

    @property
    def license(self) -> str | None:
        """As stated."""

    @property
    def license_source(self) -> str | None:
        """Where it is stated."""

    @property
    def base_models(self) -> Sequence[str]:
        """Models this one was made from."""

    @property
    def chat_template(self) -> str | None:
        """SHA-256 of its UTF-8 bytes."""

    @property
    def hyperparameters(self) -> Sequence[tuple[str, int]]:
        """Other sizes as stated."""

    @property
    def quantization(self) -> Quantization:
        """What is claimed and shown."""

    @property
    def destinations(self) -> Sequence[Destination]:
        """Found in metadata."""

    @property
    def anomalies(self) -> Sequence[Anomaly]:
        """In the order they were met."""


class Fingerprint(Protocol):
    """Everything measured of one file."""

    @property
    def path(self) -> str:
        """The path."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    @property
    def sha256(self) -> str:
        """SHA-256 over every byte."""

    @property
    def format(self) -> str | None:
        """Format by content."""

    @property
    def format_version(self) -> str | None:
        """As the format spells it."""

    @property
    def name_agrees(self) -> bool | None:
        """Whether the suffix is one of the format's."""

    @property
    def pointer(self) -> Pointer | None:
        """What the file is a pointer to."""

    @property
    def companions(self) -> Sequence[Companion]:
        """Files read to understand this one."""

    @property
    def facts(self) -> Facts:
        """What the content says and shows."""


Record: TypeAlias = Fingerprint | NotExamined
