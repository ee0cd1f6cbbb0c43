"""Small models, policies and locks, written by hand, and a way to ask one rule about them."""

from __future__ import annotations

from datetime import date

from lbom_gate.model import (
    Anomaly,
    Context,
    Decision,
    Digest,
    Facts,
    File,
    Finding,
    Model,
    Pattern,
    Patterns,
    Pin,
    Pins,
    Quantization,
    Sbom,
    Setting,
    Settings,
    Span,
    TensorType,
    Waiver,
)
from lbom_gate.rules import INFOS, evaluate, evaluate_waivers

TODAY = date(2026, 11, 21)
SHA_A = "a" * 64
SHA_B = "b" * 64


def span(line: int, text: str = "policy line", path: str = "lbom-gate.yaml") -> Span:
    return Span(path=path, line=line, column=1, end_column=len(text) + 1, text=text)


def setting(value, line: int = 18):
    return Setting(value, span(line))


def allow(*texts: str, line: int = 18) -> Patterns:
    return Patterns(tuple(Pattern(text, span(line)) for text in texts), span(line))


def settings(levels=None, **asked) -> Settings:
    """Every rule at `error` (line 3) but for those named, and what else the policy asks for."""
    every = {info.name: Setting("error", span(3)) for info in INFOS}
    every |= {name: Setting(level, span(4)) for name, level in (levels or {}).items()}
    return Settings(levels=every, **asked)


def file(
    path: str = "models/tiny.gguf", sha256: str | None = SHA_A, size: int | None = 1000
) -> File:
    digests = () if sha256 is None else (Digest("sha256", sha256, "verified"),)
    return File(path, size, digests)


def model(*files: File, evidence="measured", name_agrees=True, **facts) -> Model:
    """A readable GGUF of the llama architecture, but for what is said otherwise."""
    facts = {
        "format": "gguf",
        "architecture": "llama",
        "parameters": 1000,
        "license": "mit",
    } | facts
    files = files or (file(),)
    return Model(files[0].path, files, Facts(**facts), evidence, name_agrees)


def broken(rule: str, *messages: str, kind: str = "some-kind", offset: int | None = None) -> Model:
    return model(anomalies=tuple(Anomaly(rule, kind, text, offset) for text in messages))


def rows(*names: str, unexplained=()) -> tuple[TensorType, ...]:
    """A row for each type: one quantizable tensor of 100 parameters, less in each that follows."""
    return tuple(
        TensorType(
            name, 1, 100 - i, 50, 100 - i, 1 if name in unexplained else 0, f"blk.{i}.weight"
        )
        for i, name in enumerate(names)
    )


def quantized(**parts) -> Model:
    return model(quantization=Quantization(**parts))


def pins(*entries: Pin, exists: bool = True) -> Pins:
    return Pins("lbom.lock", exists, {entry.path: entry for entry in entries})


def pin(path: str = "models/tiny.gguf", sha256: str = SHA_A, size: int = 1000) -> Pin:
    return Pin(path, size, sha256, span(7, '"models/tiny.gguf": {}', "lbom.lock"))


def context(lock: Pins | None = None, *, is_whole: bool = False) -> Context:
    return Context(lock or pins(exists=False), TODAY, is_whole)


def findings(rule: str, sbom: Sbom, policy: Settings, around: Context | None = None):
    """What the rule says of the SBOM under one policy for every path."""
    everything = evaluate(sbom, lambda _path: policy, around or context())
    return [finding for finding in everything if finding.rule == rule]


def check(rule: str, subject: Model, policy: Settings | None = None, around=None) -> list[Finding]:
    """What the rule says of one model."""
    return findings(rule, Sbom((subject,)), policy or settings(), around)


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


def waiver(path: str = "models/tiny.gguf", expires: date = TODAY) -> Waiver:
    return Waiver(
        "unlisted-quantization", path, None, "vendor ships only Q2_K", "ml", expires, span(40)
    )


def check_waiver(rule: str, subject: Waiver, *, matched: int = 1, policy=None, is_whole=True):
    found = evaluate_waivers(
        [(subject, matched)], lambda _path: policy or settings(), context(is_whole=is_whole)
    )
    return [finding for finding in found if finding.rule == rule]


class Destinations:
    """An allow-list of destinations that allows what it was given, letter by letter."""

    def __init__(self, *allowed: str) -> None:
        self.allowed = allowed

    def check(self, destination: str) -> Decision:
        if destination in self.allowed:
            return Decision(is_allowed=True, reason="listed", canonical=destination)
        return Decision(
            is_allowed=False, reason="not-in-allowlist", canonical=destination, help="an-entry"
        )
