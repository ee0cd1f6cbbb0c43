"""Judges many generated models by a policy that asks for everything, and says where time goes.

`python benchmarks/policy.py` prints the table of docs/benchmarks-policy.md, `--write` writes it.
Nothing is read but the policy: the models are made in memory, one in ten of them wrong somehow.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import pstats
import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from lbom_gate import policies, rules
from lbom_gate import sbom as bill
from lbom_gate.model import (
    Claim,
    Context,
    Digest,
    Facts,
    File,
    Finding,
    Model,
    Pins,
    Quantization,
    Sbom,
    TensorType,
)

T = TypeVar("T")

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "benchmarks-policy.md"
TODAY = date(2026, 11, 21)
MODELS = 100_000
DOCUMENTED = 500  # models whose bill of materials is written and read for comparison
ROWS_OF_PROFILE = 12

POLICY = """\
version: 1
formats: {allow: [gguf, safetensors, onnx, tflite]}
quantization:
  allow: [F16, BF16, Q8_0, "Q6_K*", "Q5_K*", "Q4_K*", "IQ4_*", awq-4bit, gptq-4bit, "mlx-*"]
  deny: ["IQ1_*", TQ1_0]
  min-bits-per-weight: 4.0
  max-bits-per-weight: 16
  lesser-share: 5%
  exempt: [embeddings]
architecture:
  allow: [llama, "qwen*", mistral, gemma, gemma2, gemma3, "phi*", bert]
  min-parameters: 1M
  max-parameters: 70B
  max-context-length: 131072
pins: {require: false, revision: commit}
egress: {allow: [huggingface.co, "*.corp.example"], deny: ["*.ngrok-free.app"]}
licenses: {allow: [Apache-2.0, MIT, "llama3*", "BSD-*"], deny: ["AGPL-*"], non-commercial: deny}
base-models: {allow: ["meta-llama/*", "Qwen/*", "mistralai/*"], deny: ["*/*-abliterated"]}
code: {executable-formats: weights-only, imports: {allow: ["sklearn.*"]}}
rules: {sbom: {level: error, if-known: true}}
overrides:
"""
OVERRIDE = """\
  - paths: ["models/team-{0}/**", "models/*/team-{0}-*.gguf"]
    architecture: {{max-parameters: {1}B}}
"""
WAIVER = """\
  - {{rule: unlisted-quantization, path: "{0}", reason: vendor, owner: ml, expires: 2026-12-31}}
"""
WAIVED = [f"models/team-{n}/chat-*{n}.gguf" for n in range(40)]
WAIVED += [f"models/team-{n % 40}/chat-{n}.gguf" for n in range(0, 1600, 10)]


def policy(folder: Path) -> policies.Policy:
    """Return a policy of 20 overrides and 200 waivers."""
    overrides = "".join(OVERRIDE.format(team, 10 + team) for team in range(20))
    waivers = "".join(map(WAIVER.format, WAIVED))
    file = folder / "lbom-gate.yaml"
    file.write_text(f"{POLICY}{overrides}waivers:\n{waivers}", "utf-8")
    return policies.load(file, start=folder, root=folder, rules=rules.INFOS)


def models(count: int) -> tuple[Model, ...]:
    """Return models of a few kinds, one in ten with something wrong; the same every time."""
    choose = random.Random(5)  # noqa: S311  no secret: the same models every time
    return tuple(_model(number, choose) for number in range(count))


def _model(number: int, choose: random.Random) -> Model:
    path = f"models/team-{number % 40}/chat-{number}.gguf"
    is_wrong = choose.random() < 0.1
    kind = "Q2_K" if is_wrong else choose.choice(["Q4_K", "Q6_K", "Q8_0"])
    recipe = f"{kind}_M" if kind == "Q4_K" else kind
    million = choose.choice([1, 3, 8]) * 1_000
    row = TensorType(kind, 226, million * 10**6, million * 600_000, million * 10**6, 0, "blk.0")
    facts = Facts(
        format="gguf",
        format_version="3",
        architecture=choose.choice(["llama", "qwen2", "qwen3", "mistral"]),
        parameters=million * 10**6,
        context_length=choose.choice([4096, 32768, 131072]),
        license=choose.choice(["apache-2.0", "mit", "llama3.1", "Apache-2.0 OR MIT"]),
        license_source="general.license",
        base_models=("https://huggingface.co/Qwen/Qwen3-8B",),
        quantization=Quantization(
            recipe,
            (
                Claim(recipe, "general.file_type", "consistent"),
                Claim(recipe, "file name", "consistent"),
            ),
            "consistent",
            (TensorType("F32", 113, 266_240, 1_064_960, 0, 0, "blk.0.attn_norm"), row),
            4.8,
        ),
        loading="data",
    )
    digest = Digest("sha256", f"{number:064x}", "verified")
    return Model(path, (File(path, million * 600_000, (digest,)),), facts, name_agrees=True)


def judge(sbom: Sbom, by: policies.Policy) -> tuple[Finding, ...]:
    """Return what the gate finds, waived where the policy says so."""
    context = Context(Pins("lbom.lock", exists=False, by_path={}), TODAY, is_whole=True)
    found = rules.evaluate(sbom, by.settings_for, context)
    judged, matches = policies.apply_waivers(found, by, today=TODAY)
    return (*judged, *rules.evaluate_waivers(matches, by.settings_for, context))


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Return the seconds of processor time that the work took, and what it returned."""
    gc.collect()
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def profile(work: Callable[[], object]) -> list[tuple[float, int, str]]:
    """Return share of the time, calls and name of the functions that took most of it."""
    profiler = cProfile.Profile()
    profiler.runcall(work)
    stats = pstats.Stats(profiler)
    rows = sorted(stats.stats.items(), key=lambda row: -row[1][2])
    return [
        (seconds / stats.total_tt, calls, name if line == 0 else f"{Path(file).name}: {name}")
        for (file, line, name), (_, calls, seconds, _, _) in rows[:ROWS_OF_PROFILE]
    ]


def _each(seconds: float, sbom: Sbom) -> str:
    return f"{1e6 * seconds / len(sbom.models):.0f} µs for a model"


def page(count: int) -> str:
    """Return the page: how long each step took, and the profile."""
    with TemporaryDirectory() as folder:
        policy(Path(folder))
        load, by = timed(lambda: policy(Path(folder)))
    sbom = Sbom(models(count))
    judge(Sbom(sbom.models[:100]), by)
    seconds, found = timed(lambda: judge(sbom, by))
    few = Sbom(sbom.models[:DOCUMENTED])
    writing, document = timed(lambda: bill.write(few))
    reading, _ = timed(lambda: bill.read(document, "bom.cdx.json"))
    judging = seconds / len(sbom.models)
    bills = (writing + reading) / len(few.models) / judging
    active = sum(level.value != "off" for level in by.settings_for("a").levels.values())
    waived = sum(finding.waiver is not None for finding in found)
    rows = profile(lambda: judge(sbom, by))
    table = "\n".join(f"| {share:.0%} | {calls:,} | `{name}` |" for share, calls, name in rows)
    return f"""\
# The policy over many models

Written by `python benchmarks/policy.py --write`: processor time on a shared machine. {count:,}
models made in memory, one in ten wrong, and a policy with {active} active rules, 20 overrides and
{len(WAIVED)} waivers.

| work | cost | each |
| --- | --- | --- |
| load the policy, which is remembered | {1000 * load:.0f} ms | |
| judge {count:,} models | {seconds:.1f} s | {1e6 * judging:.0f} µs for a model |
| write the bill of {len(few.models)} of them | {writing:.2f} s | {_each(writing, few)} |
| read it again | {reading:.2f} s | {_each(reading, few)} |

{len(found):,} findings, {waived} of them waived.

## Where the time goes

| share | calls | function |
| --- | --- | --- |
{table}

## What was done about it, and what was not

Of 20,000 models, judging one took 263 µs before: the patterns of the overrides were asked one by
one for every path. Now a directory is asked once which overrides can name a path in it, a list of
patterns is compiled once and remembers what it was asked, a rule that has nothing to say of models
is not called for them, and waivers are asked like overrides, those of the rule in question. Of a
model that nothing is wrong with, the thirteen rules that only report what the scanner found are not
asked at all, and where many patterns could name a path in a directory, one expression of them all
tells most paths apart.

What is left is spread over the rules, none of which stands out. A validator in Rust could at best
save what judging costs; a run pays about {bills:.0f} times that for the bill of materials of the
same models, and reads every file besides. So the rules stay in Python, where one rule is one file
that whoever is judged by it can read.
"""


def main() -> None:
    """Print the page, or write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=MODELS)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    text = page(options.models)
    if options.write:
        PAGE.write_text(text, "utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
