"""Verdicts written by hand: the one that the snapshots show, and small ones."""

from __future__ import annotations

from datetime import date

from lbom_gate.model import (
    Anomaly,
    Claim,
    Destination,
    Digest,
    Facts,
    File,
    Finding,
    Judged,
    Location,
    Model,
    Quantization,
    Span,
    TensorType,
    Verdict,
    Waiver,
)

DOCS = {
    name: f"What {name} is about.\n\n## What it checks\nSomething.\n"
    for name in ("digest-mismatch", "missing-license", "unlisted-quantization")
}
ALLOW = '  allow: [F16, BF16, Q8_0, "Q6_K*"]'
PINNED = ' "models/chat.gguf": {"size": 4920734112},'


def span(line: int, text: str, start: str, path: str = "lbom-gate.yaml") -> Span:
    column = text.index(start) + 1
    return Span(path, line, column, len(text) + 1, text)


def model(path: str, sha256: str | None, size: int | None = 461373440, **facts) -> Model:
    digests = () if sha256 is None else (Digest("sha256", sha256, "verified"),)
    return Model(path.rsplit("/", 1)[-1], (File(path, size, digests),), Facts(**facts))


LEGACY = model(
    "models/legacy/tiny-q2.gguf",
    "9f" * 32,
    format="gguf",
    format_version="3",
    architecture="llama",
    parameters=1_100_048_384,
    context_length=2048,
    license="apache-2.0",
    quantization=Quantization(
        "Q2_K",
        (Claim("Q2_K", "general.file_type", "consistent"),),
        "consistent",
        (
            TensorType("F32", 47, 92_160, 368_640, 0),
            TensorType("Q2_K", 154, 1_099_956_224, 361_235_456, 1_099_956_224, 0, "token_embd"),
        ),
        2.625,
    ),
    destinations=(Destination("metadata", "https://example.org/x", "general.source.url", 200),),
)
CHAT = model("models/chat.gguf", "c0" * 32, 4_920_734_112, format="gguf", architecture="qwen3")
HOSTILE = model("models/\x1b[2K\u202eevil\n::error::.gguf", "ee" * 32, 12, format="gguf")
UNREAD = model(
    "models/locked.gguf",
    None,
    None,
    anomalies=(Anomaly("not-examined", "unreadable", "permission denied"),),
)
GOOD = model("models/good.gguf", "a0" * 32, 1_073_741_824, format="gguf", license="mit")

LEVEL = span(9, "  digest-mismatch: error", "error", "builtin:recommended")
MISSING_LICENSE = span(31, "  missing-license: warning", "warning", "builtin:recommended")
WAIVER = Waiver(
    "unlisted-format",
    "models/good.gguf",
    None,
    "vendor converts next week (SEC-12)",
    "ml-platform",
    date(2026, 12, 31),
    span(44, "  - rule: unlisted-format", "rule"),
)

FINDINGS = (
    Finding(
        "digest-mismatch",
        "error",
        "models/chat.gguf",
        "bytes differ from the pin",
        help="if the change is meant: lbom-gate lock, then review lbom.lock",
        policy=LEVEL,
        pin=span(12, PINNED, '"models', "lbom.lock"),
        notes=("pinned  sha256:4d7a  4920734112 bytes", "found   sha256:c0c0  4920734112 bytes"),
        sha256="c0" * 32,
    ),
    Finding(
        "expired-waiver",
        "error",
        "lbom-gate.yaml",
        "the waiver of unlisted-format for models/old.gguf expired on 2026-01-31",
        help="ask ml-platform whether it is still needed; renew or remove it",
        policy=span(50, "  - rule: unlisted-format", "rule"),
        notes=("reason: nobody knows",),
    ),
    *(
        Finding(
            "missing-license",
            "warning",
            judged.path,
            "no license is stated",
            help="state the license in the model's metadata",
            policy=MISSING_LICENSE,
            sha256=judged.sha256,
        )
        for judged in (HOSTILE, CHAT)
    ),
    Finding(
        "not-examined",
        "error",
        "models/locked.gguf",
        "permission denied",
        help="make the file readable to the gate",
        policy=span(3, "  not-examined: error", "error", "builtin:recommended"),
    ),
    Finding(
        "unlisted-destination",
        "error",
        "models/legacy/tiny-q2.gguf",
        "https://example.org/x is not an allowed destination",
        help="remove it from the model",
        location=Location(200, "general.source.url"),
        policy=span(130, "  allow: [huggingface.co]", "["),
        sha256="9f" * 32,
        label="not-in-allowlist",
    ),
    Finding(
        "unlisted-format",
        "error",
        "models/good.gguf",
        "gguf is not an allowed format",
        policy=span(14, "  allow: [safetensors]", "["),
        sha256="a0" * 32,
        waiver=WAIVER,
    ),
    Finding(
        "unlisted-quantization",
        "error",
        "models/legacy/tiny-q2.gguf",
        "Q2_K is not an allowed quantization",
        help="use a model quantized to F16, BF16, Q8_0 or Q6_K*",
        location=Location(key="token_embd"),
        policy=span(18, ALLOW, "["),
        notes=("token_embd … 154 of 201 tensors are Q2_K (2.63 bits/weight)",),
        sha256="9f" * 32,
        label="none of these matches Q2_K",
        command="lbom-gate waive unlisted-quantization models/legacy/tiny-q2.gguf --reason …"
        " --owner … --expires 90d",
    ),
)

FAILED = Verdict(
    "violation",
    1,
    (
        Judged(CHAT, "violation"),
        Judged(GOOD, "pass"),
        Judged(HOSTILE, "pass"),
        Judged(LEGACY, "violation"),
        Judged(UNREAD, "not-examined"),
    ),
    FINDINGS,
    "lbom-gate.yaml",
    ("builtin:recommended",),
    ("no rule of the family license is an error",),
)
PASSED = Verdict("pass", 0, (Judged(GOOD, "pass"),), (), "lbom-gate.yaml", ())
EMPTY = Verdict(
    "pass",
    0,
    (),
    (),
    "builtin:minimal",
    (),
    ("no model was found under models/", "no policy was found, builtin:minimal applies"),
)
SNAPSHOTS = {"failed": FAILED, "passed": PASSED, "empty": EMPTY}


def one(finding: Finding, *models: Model, status="violation", notes=()) -> Verdict:
    """A verdict of one finding."""
    judged = tuple(Judged(each, status) for each in models)
    return Verdict(status, 1, judged, (finding,), "lbom-gate.yaml", (), notes)
