r"""The words every room shares; of ours it imports only how a class is made.

First the facts (what the scanner measured, what the SBOM carries), then the policy in force for
one path, then what comes of holding one against the other.

A path is text: `/`-separated, relative to the directory the run started in. Bytes of a file name
that are not UTF-8 stand as ``\xNN`` and a backslash is doubled, so that a path is always valid
Unicode and no two names share one. Control characters stay in it; each report escapes them for
where it goes.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Generic, Literal, Protocol, TypeVar

from lbom_gate.dataclass import dataclass

T = TypeVar("T")


def path_text(path: str) -> str:
    r"""Return a path of the operating system's as text: ``\xNN`` for bytes that are not UTF-8."""
    path = path.replace(os.sep, "/")
    return os.fsencode(path).replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")


# --- facts ------------------------------------------------------------------------------------

DigestEvidence = Literal["verified", "claimed"]
# "stored": weights that a git-LFS pointer names, read in the store of the repository.
FileRole = Literal["weights", "companion", "pointer", "stored"]
FactsEvidence = Literal["measured", "locked", "declared"]
QuantizationVerdict = Literal["unclaimed", "no-evidence", "consistent", "mixed", "contradicted"]
Kind = Literal["adapter", "projector", "importance-matrix", "vocabulary"]
Loading = Literal["data", "program", "code"]
DestinationClass = Literal["contact", "fetch", "code", "metadata", "literal", "reference"]


@dataclass(frozen=True, slots=True)
class Digest:
    """A digest of a file's content, and how we know it."""

    algorithm: str  # lower case, as in "sha256"
    value: str  # lower-case hexadecimal digits
    evidence: DigestEvidence  # "verified": computed from the bytes
    source: str | None = None  # who claims it ("git-lfs", "sbom"); None when verified


@dataclass(frozen=True, slots=True)
class File:
    """One file of a model."""

    path: str
    size: int | None  # bytes; of the content, also where the file is a pointer to it
    digests: tuple[Digest, ...]
    role: FileRole = "weights"

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the content in lower-case hexadecimal digits."""
        return next((d.value for d in self.digests if d.algorithm == "sha256"), None)


@dataclass(frozen=True, slots=True)
class TensorType:
    """What the tensors of one type come to."""

    name: str  # as the field spells it: "Q4_K", "F16", "F8_E4M3"
    tensors: int
    parameters: int  # stored elements
    bytes: int
    quantizable_parameters: int  # stored elements in tensors that a quantizer may quantize
    unexplained_tensors: int = 0  # quantizable tensors that no claim explains
    example: str = ""  # name of the largest quantizable tensor, else of the first
    embedding_parameters: int = 0  # of the quantizable ones: in embeddings and the output matrix


@dataclass(frozen=True, slots=True)
class Claim:
    """A place that says how the model is quantized."""

    value: str  # in the gate's vocabulary: "Q4_K_M", "BF16", "gptq-4bit"
    source: str  # "general.file_type", "file name", "config.json: dtype"
    verdict: QuantizationVerdict


@dataclass(frozen=True, slots=True)
class Quantization:
    """Claims about quantization, the evidence of the tensors, and how the two compare."""

    label: str | None = None
    claims: tuple[Claim, ...] = ()
    verdict: QuantizationVerdict = "unclaimed"
    tensor_types: tuple[TensorType, ...] = ()  # sorted by name
    bits_per_weight: float | None = None


@dataclass(frozen=True, slots=True)
class Import:
    """A name that a program in a file imports, such as a pickle."""

    name: str  # module and name, a dot between: "torch._utils._rebuild_tensor_v2"
    is_known: bool  # weights need it, and it can do nothing else
    offset: int | None = None  # bytes into the file


# What a file may say of itself, in the order in which people read it. Nobody has checked any of it,
# and no rule asks for it.
PropertyName = Literal[
    "name",
    "version",
    "description",
    "author",
    "organization",
    "quantized-by",
    "task",
    "language",
    "tag",
    "producer",
    "framework",
    "minimum-runtime",
    "compute-type",
    "domain",
    "opset",
    "signature",
    "function",
    "delegate",
    "code-file",
    "metadata",
    "left-out",
]


@dataclass(frozen=True, slots=True)
class Port:
    """An input or an output of a graph."""

    name: str  # empty: it has none
    signature: str | None = None  # the signature, function or plan that it belongs to
    element_type: str | None = None  # as those of tensors are spelled; None: not said
    shape: tuple[str, ...] | None = None  # outermost first: a number, a symbol, or "?"

    @property
    def type_text(self) -> str:
        """Its type and shape, as in ``F32[batch,3,224,224]``; empty where nothing is said."""
        shape = "" if self.shape is None else f"[{','.join(self.shape)}]"
        return f"{self.element_type or ''}{shape}"


@dataclass(frozen=True, slots=True)
class Destination:
    """A network destination, and where it was found."""

    cls: DestinationClass
    value: str  # the URL as written
    source: str  # metadata key, setting, SBOM field, ...
    offset: int | None = None  # bytes into the file


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something wrong with a file, or the reason why it could not be examined."""

    rule: str  # the rule that reports it: "malformed-header", "not-examined", ...
    kind: str  # stable kebab-case name of what is wrong
    message: str  # what was found and what was allowed
    offset: int | None = None  # bytes into the file
    within: tuple[str, ...] = ()  # what was being read, outermost first


# The rules whose anomalies say that something was not looked at.
UNEXAMINED = frozenset({"not-examined", "symlink-escape"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What the bytes of a model imply, whoever read them and whenever."""

    format: str | None = None  # None: the content is no format we know
    format_version: str | None = None
    kind: Kind | None = None  # None: a model that runs by itself, or nobody says
    architecture: str | None = None
    parameters: int | None = None
    context_length: int | None = None
    license: str | None = None
    license_source: str | None = None
    base_models: tuple[str, ...] = ()
    chat_template: str | None = None  # SHA-256 of its UTF-8 bytes, hexadecimal
    hyperparameters: tuple[tuple[str, int], ...] = ()  # CycloneDX taxonomy name, value
    quantization: Quantization = Quantization()
    loading: Loading | None = None  # what loading does: reads data, interprets, runs code
    imports: tuple[Import, ...] = ()  # each name once
    operators: tuple[tuple[str, int], ...] = ()  # name, nodes that use it; sorted, each once
    inputs: tuple[Port, ...] = ()  # what the graph takes
    outputs: tuple[Port, ...] = ()  # what the graph gives
    properties: tuple[tuple[PropertyName, str], ...] = ()  # in the order of the vocabulary
    destinations: tuple[Destination, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()


@dataclass(frozen=True, slots=True)
class Model:
    """One model: its files and what is known of them. The first file is the one it is named for."""

    name: str
    files: tuple[File, ...]
    facts: Facts
    evidence: FactsEvidence = "measured"
    name_agrees: bool | None = None  # None: the suffix is no model's, or the content is unknown

    @property
    def path(self) -> str:
        """The path of the file the model is named for."""
        return self.files[0].path

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of that file's content."""
        return self.files[0].sha256

    @property
    def unexamined(self) -> tuple[str, ...]:
        """What stood in the way of looking at it, in words."""
        anomalies = self.facts.anomalies
        if not anomalies and self.facts.format is None and self.evidence == "measured":
            return ("the content is no format the gate knows",)
        return tuple(anomaly.message for anomaly in anomalies if anomaly.rule in UNEXAMINED)

    @property
    def is_examined(self) -> bool:
        """Whether nothing stood in the way of looking at it."""
        return not self.unexamined


Scope = Literal["repository", "paths"]


@dataclass(frozen=True, slots=True)
class Origin:
    """A file of the repository that says where models come from; it is none itself."""

    path: str
    destinations: tuple[Destination, ...] = ()
    unread: str = ""  # why it could not be read; empty: it was


@dataclass(frozen=True, slots=True)
class Sbom:
    """The bill of materials: all that the policy ever sees. Models are sorted by path."""

    models: tuple[Model, ...]
    destinations: tuple[Destination, ...] = ()  # of the document, such as a foreign SBOM's services
    path: str | None = None  # the document it was read from; None: built from files
    scope: Scope | None = None  # what was looked at; None: a foreign document does not say
    origins: tuple[Origin, ...] = ()


# --- the policy in force for one path ---------------------------------------------------------

Level = Literal["error", "warning", "off"]
LEVELS: tuple[Level, ...] = ("error", "warning", "off")
Exempt = Literal["embeddings"]  # what a list of quantizations may leave out; the output with them
Revision = Literal["commit"]
NonCommercial = Literal["allow", "deny"]
# What may be loaded: no program at all; programs that were examined, such as a pickle of weights;
# anything.
ExecutableFormats = Literal["deny", "weights-only", "allow"]


@dataclass(frozen=True, slots=True)
class Span:
    """A place in a text file that a person can edit."""

    path: str  # "lbom-gate.yaml", "builtin:recommended"
    line: int  # from 1
    column: int  # from 1, in characters
    end_column: int  # exclusive; on the same line
    text: str  # the whole line


@dataclass(frozen=True, slots=True)
class Setting(Generic[T]):
    """A value and the place that set it."""

    value: T
    span: Span


@dataclass(frozen=True)
class Pattern:
    """An entry of an allow-list: a label, or a glob of labels. Letter case does not count."""

    text: str
    span: Span

    @cached_property
    def _regex(self) -> re.Pattern[str]:
        return re.compile(fnmatch.translate(self.text.casefold()))

    def matches(self, value: str) -> bool:
        """Whether the entry names `value`."""
        return self._regex.match(value.casefold()) is not None


_GLOB = re.compile(r"[*?[]")
# Models repeat a few labels, architectures and licences; a file that invents new ones fills this.
_MOST_ASKED = 4096


@dataclass(frozen=True)
class Patterns:
    """A list of patterns, of what is allowed or of what is not, and the place that set it.

    The list is compiled once, into one lookup for its plain entries and one expression for the
    others, so that a value costs the same however long the list is.
    """

    value: tuple[Pattern, ...]
    span: Span

    @cached_property
    def _plain(self) -> frozenset[str]:
        return frozenset(p.text.casefold() for p in self.value if not _GLOB.search(p.text))

    @cached_property
    def _globs(self) -> re.Pattern[str] | None:
        texts = [p.text.casefold() for p in self.value if _GLOB.search(p.text)]
        return re.compile("|".join(map(fnmatch.translate, texts))) if texts else None

    @cached_property
    def _asked(self) -> dict[str, bool]:
        return {}

    def names(self, value: str) -> bool:
        """Whether any entry names `value`."""
        answer = self._asked.get(value)
        if answer is None:
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            answer = self._asked[value] = self._names(value.casefold())
        return answer

    def _names(self, value: str) -> bool:
        if value in self._plain:
            return True
        return self._globs is not None and self._globs.match(value) is not None

    def naming(self, value: str) -> Pattern | None:
        """Return the first entry that names `value`."""
        return next((pattern for pattern in self.value if pattern.matches(value)), None)


@dataclass(frozen=True, slots=True)
class Decision:
    """What an allow-list of destinations says of one."""

    is_allowed: bool
    reason: str  # stable kebab-case name: "listed", "not-in-allowlist", "ambiguous-authority", ...
    canonical: str  # the destination in canonical spelling, as far as it has one
    help: str = ""  # an entry that would allow it, where there is a safe one


class DestinationList(Protocol):
    """A compiled allow-list of network destinations."""

    def check(self, destination: str) -> Decision:
        """Return what the list says of the destination."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a policy asks of the model at one path. None: the policy does not ask."""

    levels: Mapping[str, Setting[Level]]  # every rule's level
    formats_allow: Patterns | None = None
    quantization_allow: Patterns | None = None
    quantization_deny: Patterns | None = None  # wins over the list of what is allowed
    min_bits_per_weight: Setting[float] | None = None
    max_bits_per_weight: Setting[float] | None = None
    lesser_share: Setting[float] | None = None  # from 0 to 1, of the quantizable parameters
    quantization_exempt: Setting[tuple[Exempt, ...]] | None = None
    claim_must_match: Patterns | None = None  # sources of the claims that count; None: all
    architecture_allow: Patterns | None = None
    min_parameters: Setting[int] | None = None
    max_parameters: Setting[int] | None = None
    max_context_length: Setting[int] | None = None  # tokens
    pins_require: Setting[bool] | None = None
    pins_revision: Setting[Revision] | None = None
    egress_allow: Setting[DestinationList] | None = None
    egress_classes: Mapping[DestinationClass, Level] = field(default_factory=dict)
    licenses_allow: Patterns | None = None
    licenses_deny: Patterns | None = None  # wins over the list of what is allowed
    non_commercial: Setting[NonCommercial] | None = None
    base_models_allow: Patterns | None = None
    base_models_deny: Patterns | None = None  # wins over the list of what is allowed
    base_models_require: Setting[bool] | None = None
    executable_formats: Setting[ExecutableFormats] | Patterns | None = None  # or those named
    imports_allow: Patterns | None = None  # besides those that weights need
    waiver_max_days: Setting[int] | None = None
    expiring_days: Setting[int] | None = None

    def level(self, rule: str) -> Level:
        """The level of a rule."""
        return self.levels[rule].value


@dataclass(frozen=True, slots=True)
class RuleInfo:
    """A rule's name and what else the policy file needs to know of it."""

    name: str
    family: str
    is_grave: bool  # can be waived only by exact path and digest


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A mistake in a policy, a lock or another file that a person writes."""

    span: Span
    message: str  # what is wrong; lower-case start, no full stop
    label: str = ""  # stands under the caret: what was expected
    help: str = ""


@dataclass(frozen=True, slots=True)
class Pin:
    """What the lock says of one file."""

    path: str
    size: int | None  # None: who claims the digest does not state it
    sha256: str | None  # None: only a weaker digest is claimed
    span: Span  # its line in the lock
    model: str | None = None  # the path of the model it belongs to, where that is another file
    facts: Facts | None = None  # what the digest implies; None: a companion
    companions: tuple[str, ...] = ()  # paths of the files pinned for this model
    source: str | None = None  # where the file came from: a hub reference or a URL
    revision: str | None = None  # the source's revision: a commit, a tag, a branch
    pinned_by: str = "first-use"  # who said so first: "first-use", "git-lfs", "sha256sums", ...
    evidence: DigestEvidence = "verified"  # "claimed": nobody has read the bytes yet
    weak: Digest | None = None  # a digest that can be forged (MD5, SHA-1), where it is all there is


@dataclass(frozen=True, slots=True)
class Pins:
    """The lock as the rules see it."""

    path: str  # where it is, or would be
    exists: bool
    by_path: Mapping[str, Pin]


@dataclass(frozen=True, slots=True)
class Context:
    """What a rule may know beyond the model and the policy."""

    pins: Pins
    today: date
    is_whole: bool  # the run looks at the whole repository
    changes: Changes | None = None  # None: the policy is that of the files themselves


# --- the policy itself, shown and compared ----------------------------------------------------

Plain = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """A value of the policy, and the place that set it."""

    key: str  # as the policy writes it: "quantization.allow", "rules.unsafe-import"
    value: Plain
    span: Span | None  # None: no policy says it, it is the gate's own default


# What there is at a path that is asked about: nothing, files below it, what is judged with the
# weights beside it, or what is no model by its name and content.
Subject = Literal["model", "absent", "directory", "companion", "other"]


@dataclass(frozen=True, slots=True)
class InForce:
    """What the policy asks at one path, and where each part of it stands."""

    path: str
    policy: str  # of the file, or the name of the built-in policy
    extends: tuple[str, ...]
    is_selected: bool  # the file is judged at all
    selection: tuple[Said, ...]  # `paths.include` and `paths.exclude`, as far as they are said
    overrides: tuple[Said, ...]  # those that name the path, their patterns; a later one wins
    asked: tuple[Said, ...]
    levels: tuple[Said, ...]  # of every rule, by its name
    waivers: tuple[Waiver, ...]  # those whose pattern names the path, expired ones too
    subject: Subject = "model"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A fact of a model that is another one. None: it is not known."""

    name: str  # as people say it: "quantization", "chat template", "config.json"
    old: Plain | None
    new: Plain | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A model in which two bills of materials differ."""

    kind: Literal["added", "removed", "moved", "changed"]
    path: str  # in the newer one, of a removed model in the older
    model: Model  # likewise
    facts: tuple[FactChange, ...] = ()
    old_path: str | None = None  # of a model that moved


Effect = Literal["loosens", "tightens", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing in which a policy, its waivers or its lock differ from others."""

    effect: Effect  # "changes": which of the two cannot be told, or neither
    words: str  # "quantization: allows Q2_K"
    old: Span | None = None  # where it stood
    new: Span | None = None  # where it stands


@dataclass(frozen=True, slots=True)
class Changes:
    """What a change does to the policy that it is judged by."""

    since: str  # the revision it is judged by
    policy: str  # path of the policy as it is now; that of the run where there is none any more
    each: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """A finding that a case expects."""

    rule: str
    level: Level | None  # None: whichever
    is_waived: bool


@dataclass(frozen=True, slots=True)
class Case:
    """Facts of one model, and what a policy should find in them."""

    name: str
    model: Model
    is_pinned: bool
    expected: tuple[Expected, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Cases:
    """A file of cases."""

    path: str
    policy: Path | None  # absolute; None: the nearest one
    today: date | None  # None: the day of the run
    each: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a case."""

    case: Case
    missing: tuple[Expected, ...]  # expected, and not found
    unexpected: tuple[Finding, ...]  # found, and not expected


@dataclass(frozen=True, slots=True)
class NewWaiver:
    """A waiver that is to be written into a policy."""

    rule: str
    path: str  # a glob, relative to the policy's directory
    sha256: str | None
    reason: str
    owner: str
    expires: date


# --- what comes of it -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Location:
    """Where in a model the fact stands."""

    offset: int | None = None  # bytes into the file
    key: str | None = None  # metadata key or tensor name


@dataclass(frozen=True, slots=True)
class Waiver:
    """A written exception: what, where, why, who, until when."""

    rule: str
    path: str  # a glob
    sha256: str | None
    reason: str
    owner: str
    expires: date
    span: Span


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say, and the policy line that made it say so."""

    rule: str
    level: Level
    path: str
    message: str  # what was found against what was allowed; lower-case start, no full stop
    help: str = ""  # what would satisfy the rule
    location: Location | None = None
    policy: Span | None = None  # the line that decided
    pin: Span | None = None  # the lock line that was compared
    notes: tuple[str, ...] = ()  # evidence, one line each
    sha256: str | None = None  # of the model; binds waivers and fingerprints to the bytes
    waiver: Waiver | None = None
    label: str = ""  # stands under the caret of the policy line
    command: str = ""  # that helps, as typed into a shell


Status = Literal["pass", "violation", "not-examined"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A model and what became of it."""

    model: Model
    status: Status


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of a run: all that a report may show."""

    status: Status  # the worst of what the policy denies
    exit_code: int  # 0 or 1
    models: tuple[Judged, ...]
    findings: tuple[Finding, ...]  # waived ones too
    policy: str  # the policy's path or name
    extends: tuple[str, ...]
    notes: tuple[str, ...] = ()  # what the run must say aloud: no model found, no rule active, ...

    @property
    def not_examined(self) -> tuple[tuple[str, str], ...]:
        """Path and reason of every model that something could not be examined of."""
        return tuple(
            (judged.model.path, reason)
            for judged in self.models
            for reason in judged.model.unexamined
        )
