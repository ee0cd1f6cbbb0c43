"""A policy that fits the models that are there, every line of it with its reason.

It is text for people from the start: what they read is what the gate reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from lbom_gate.model import Finding, Model, NewWaiver, Quantization, Sbom, Settings
from lbom_gate.policies import insertion
from lbom_gate.policies.globs import escape

SCHEMA_FILE = "lbom-gate.schema.json"

_HEAD = f"""\
# yaml-language-server: $schema={SCHEMA_FILE}
# The line above is for editors; it needs: lbom-gate policy schema > {SCHEMA_FILE}
"""
_BASE = """\
version: 1

# A level for every rule, each with its reason: lbom-gate policy show builtin:recommended
extends: [builtin:recommended]
"""
_FORMATS = "By content, whatever the name says."
_QUANTIZATION = "What the tensors are, whatever a name or a header says."
_ARCHITECTURE = "As the files state it."
# Stands above a list that not every model could meet.
_UNDECIDED = """
# For you to decide: a list asks every model for its architecture, and {without} none, such
# as {such}.
# Put the config.json beside it, or ask it apart in `overrides`; then remove the first two
# characters of these lines.
"""
_PINS = """\

pins:
  # lbom.lock has the digest of every file that was found. A model that it does not have, or has
  # with another digest, fails until somebody runs `lbom-gate lock` and commits the change.
  require: true
"""
_WAIVERS = """\

# What follows fails today. To let it pass for a time, say why and who answers for it, and remove
# the first two characters of its lines; `lbom-gate waive` writes such lines too.
# waivers:
"""
# A name out of a file may be of any length; a comment is a line that a person reads.
_LONGEST = 60

Found = Mapping[str, list[Model]]  # the models in which a name was found


def policy(sbom: Sbom, recommended: Settings) -> str:
    """Return the text of a policy that allows what is there, as far as that is recommended."""
    formats = recommended.formats_allow
    found = _found((m, [m.facts.format]) for m in sbom.models)
    usual = {name: found[name] for name in found if formats is None or formats.names(name)}
    models = len(sbom.models)
    count = f"# Written by `lbom-gate init` for what it found: {_count(models)}.\n"
    parts = (
        _HEAD + count + _BASE,
        _section("formats", _FORMATS, usual),
        _section(
            "quantization",
            _QUANTIZATION,
            _found((m, _types(m.facts.quantization)) for m in sbom.models),
        ),
        _architecture(sbom),
        _PINS,
    )
    return "".join(parts)


def undecided(sbom: Sbom) -> list[Model]:
    """Return the models that state no architecture, where a list of the others' would deny them."""
    if not _architectures(sbom):
        return []
    return [m for m in sbom.models if m.is_examined and not m.facts.architecture]


def _architectures(sbom: Sbom) -> Found:
    return _found((m, [m.facts.architecture]) for m in sbom.models)


def _architecture(sbom: Sbom) -> str:
    """Return the list of architectures, as a comment where some model could not meet it."""
    section = _section("architecture", _ARCHITECTURE, _architectures(sbom))
    without = undecided(sbom)
    if not without:
        return section
    verb = "states" if len(without) == 1 else "state"
    head = _UNDECIDED.format(without=f"{_count(len(without))} {verb}", such=_shown(without[0].path))
    return head + "".join(f"# {line}\n" for line in section.strip().splitlines())


def waivers(findings: Sequence[tuple[Finding, str]], *, expires: date) -> str:
    """Return comments that would waive findings, each given with its path below the policy."""
    lines = [
        line
        for finding, path in findings
        for line in (
            f"  # {_shown(finding.message, 4 * _LONGEST)}",
            *insertion.lines(_waiver(finding, path, expires), 2),
        )
    ]
    return _WAIVERS + "".join(f"# {line}\n" for line in lines) if lines else ""


def _waiver(finding: Finding, path: str, expires: date) -> NewWaiver:
    return NewWaiver(
        rule=finding.rule,
        path=escape(path),
        sha256=finding.sha256,
        reason="why this may pass until then",
        owner="who answers for it",
        expires=expires,
    )


def _types(quantization: Quantization) -> list[str | None]:
    """Return what a list has to name for a model to pass."""
    quantizable = [t.name for t in quantization.tensor_types if t.quantizable_parameters > 0]
    unexplained = [t.name for t in quantization.tensor_types if t.unexplained_tensors > 0]
    match quantization.verdict:
        case "consistent":
            return [quantization.label]
        case "mixed":
            return [quantization.label, *unexplained]
        case "unclaimed":
            return [*quantizable]
        case _:
            return []


def _found(named: Iterator[tuple[Model, Sequence[str | None]]]) -> Found:
    found: dict[str, list[Model]] = {}
    for model, names in named:
        for name in dict.fromkeys(names):
            # What does not print cannot stand in a list; it fails, and a person looks at it.
            if name is not None and name.strip() and name.isprintable():
                found.setdefault(name, []).append(model)
    return dict(sorted(found.items()))


def _section(key: str, reason: str, found: Found) -> str:
    if not found:
        return ""
    comments = [
        f"  #   {_shown(name)}: {_count(len(models))}, such as {_shown(models[0].path)}\n"
        for name, models in found.items()
    ]
    entries = ", ".join(_entry(name) for name in found)
    return f"\n{key}:\n  # {reason} Found:\n{''.join(comments)}  allow: [{entries}]\n"


def _entry(name: str) -> str:
    return insertion.scalar(escape(name))


def _count(models: int) -> str:
    return "1 model" if models == 1 else f"{models} models"


def _shown(text: str, longest: int = _LONGEST) -> str:
    """Return text out of a file as a comment may have it."""
    visible = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return visible if len(visible) <= longest else f"{visible[:longest]}…"
