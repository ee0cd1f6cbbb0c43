"""A model, or a fact the policy asks for, that could not be examined.

## What it checks
That the gate could look at everything it was pointed at: the file could be read to its end, did not
change meanwhile, stayed below every limit, and held only what the gate knows how to read. A git-LFS
pointer is examined through its content where the store of the repository (`.git/lfs/objects`) has
it, through the facts in `lbom.lock` where it has not, or not at all. It also checks that every fact
the policy asks for is known: an architecture where `architecture.allow` is set, a digest where the
file is pinned, the destinations in `.lfsconfig` where the policy has an `egress` section, and so
on. A link out of the repository, which is never followed, counts as not examined where
`symlink-escape` is off, and so does a `.lfsconfig` that is in git's index and not checked out.

## Why it matters
What nobody looked at has not passed. A gate that lets an unreadable file through can be passed by
making the file unreadable.

## Example
`models/chat.gguf` is a git-LFS pointer and `lbom.lock` has no entry for it: fetch the content with
`git lfs pull`, or record it with `lbom-gate lock` where the content is.

## Configuration
```yaml
rules:
  not-examined: error
overrides:
  - paths: ["models/incoming/**"]
    rules: {not-examined: warning}
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from lbom_gate.model import Context, Finding, Level, Model, Origin, Settings, Span
from lbom_gate.rules._anomaly import AnomalyRule

# An override replaces a list and cannot take one away, so this is what lets an unknown fact pass.
_LIFT = "or set not-examined to warning for this path in overrides"


class NotExamined(AnomalyRule):
    """Reports what stood in the way of looking, else the facts that are asked for and unknown."""

    name: ClassVar[str] = "not-examined"
    family: ClassVar[str] = "file"
    recommended: ClassVar[Level] = "error"
    remedy: ClassVar[str] = f"make the file readable to the gate, {_LIFT}"
    remedies: ClassVar[Mapping[str, str]] = {
        "pointer-without-content": (
            "fetch the content (git lfs pull), or lock it where the content is (lbom-gate lock)"
        ),
        **dict.fromkeys(
            ("companion-pointer", "external-data-pointer", "index-pointer"),
            "fetch the content (git lfs pull)",
        ),
        "format-not-read": (
            "use a format that is read (gguf, safetensors), leave the path out (paths.exclude),"
            " or set not-examined to warning for it in overrides"
        ),
        "changed-while-read": "check the file again when nothing writes to it",
        "dangling-link": "restore what the link points to, or remove the link",
        "limit-links": (
            "check what the link leads to by itself (lbom-gate check with its path), and leave the"
            " link out (paths.exclude) or remove it"
        ),
        "link-loop": "point the link to a file, or remove it",
        "directory": f"give the directory a name that is no model's, {_LIFT}",
        "not-a-regular-file": "remove it, or leave the path out (paths.exclude)",
        "opaque-archive": f"unpack it, so that the gate sees what is in it, {_LIFT}",
        "encrypted-member": f"store the model without a password, {_LIFT}",
    }

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield what could not be examined."""
        yield from super().check(model, settings, context)
        if settings.level("symlink-escape") == "off":
            yield from self._escapes(model, settings)
        if model.is_examined:
            for message, asked_by in _unknown(model, settings, context):
                yield self.finding(
                    model.path,
                    settings,
                    message,
                    help=f"{_supply(model, settings, asked_by)}, {_LIFT}",
                    policy=asked_by,
                    label="asks for it",
                    sha256=model.sha256,
                )

    def check_origin(
        self, origin: Origin, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield that a file that says where models come from could not be read, where it counts."""
        del context
        if origin.unread and settings.egress_allow is not None:
            yield self.finding(
                origin.path,
                settings,
                origin.unread,
                help="mend the file, check it out, or remove it",
                policy=settings.egress_allow.span,
                label="asks for what it names",
            )

    def _escapes(self, model: Model, settings: Settings) -> Iterator[Finding]:
        """Yield the links out of the root: where their own rule is off, they are still unread."""
        for anomaly in model.facts.anomalies:
            if anomaly.rule == "symlink-escape":
                yield self.finding(
                    model.path,
                    settings,
                    anomaly.message,
                    help="copy the file into the repository, or link to one inside it",
                    sha256=model.sha256,
                )


def _unknown(model: Model, settings: Settings, context: Context) -> Iterator[tuple[str, Span]]:
    """Yield each fact that the policy asks for and the model lacks, and what asks for it."""
    facts = model.facts
    is_declared = model.evidence == "declared"
    if is_declared and settings.formats_allow and facts.format is None:
        yield "no format is declared, and formats.allow asks for one", settings.formats_allow.span
    if settings.architecture_allow and not facts.architecture:
        yield (
            "no architecture could be read, and architecture.allow asks for one",
            settings.architecture_allow.span,
        )
    for number, asked, what in (
        (facts.parameters, settings.min_parameters, "architecture.min-parameters"),
        (facts.parameters, settings.max_parameters, "architecture.max-parameters"),
    ):
        if asked and number is None:
            yield f"the number of parameters is unknown, and {what} asks for it", asked.span
    if settings.max_context_length and facts.context_length is None:
        yield (
            "the context length is unknown, and architecture.max-context-length asks for it",
            settings.max_context_length.span,
        )
    if settings.executable_formats and is_declared and facts.loading is None:
        yield (
            "what loading it does is not declared, and code.executable-formats asks for it",
            settings.executable_formats.span,
        )
    if settings.quantization_allow and is_declared and not _says_how_quantized(model):
        yield (
            "no quantization is declared, and quantization.allow asks for one",
            settings.quantization_allow.span,
        )
    yield from _unknown_bits(model, settings)
    for file in model.files:
        pin = context.pins.by_path.get(file.path)
        if pin is not None and file.sha256 is None:
            yield f"no SHA-256 of {file.path} is known, and the lock pins one", pin.span


def _supply(model: Model, settings: Settings, asked_by: Span) -> str:
    """Return how the model can come to say what it is asked for."""
    asked = settings.architecture_allow
    if asked is None or asked_by != asked.span or model.evidence == "declared":
        return "supply the fact"
    if model.facts.format == "gguf":
        return "set general.architecture in the file"
    return "put the model's config.json beside it"


def _unknown_bits(model: Model, settings: Settings) -> Iterator[tuple[str, Span]]:
    quantization = model.facts.quantization
    has_weights = any(row.quantizable_parameters for row in quantization.tensor_types)
    if quantization.bits_per_weight is not None or not (
        has_weights or model.evidence == "declared"
    ):
        return
    for asked, what in (
        (settings.min_bits_per_weight, "min-bits-per-weight"),
        (settings.max_bits_per_weight, "max-bits-per-weight"),
    ):
        if asked:
            yield f"the bits per weight are unknown, and {what} asks for them", asked.span


def _says_how_quantized(model: Model) -> bool:
    quantization = model.facts.quantization
    return bool(quantization.label or quantization.claims or quantization.tensor_types)


RULE: Final = NotExamined()
