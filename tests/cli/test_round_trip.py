"""The policy sees only the SBOM: judging files and judging the SBOM of them is the same."""

import json
import shutil
import tempfile
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raw
from lbom_gate import locks, pipeline, policies, reports, sbom, sources
from lbom_gate.model import Pins
from make_fixtures import write_bert, write_pointer
from raw import LLAMA, Gguf, Key, Tensor
from running import FIXTURES, Gate

POLICIES = [
    "version: 1\nextends: [builtin:minimal]\n",
    """\
version: 1
extends: [builtin:recommended]
quantization: {allow: [Q8_0, 'Q4_K*']}
""",
    """\
version: 1
extends: [builtin:recommended]
formats: {allow: [safetensors]}
architecture: {allow: [BertModel], max-parameters: 1000}
egress: {allow: [huggingface.co]}
licenses: {allow: [MIT]}
""",
    "version: 1\nextends: [builtin:strict]\npins: {require: true}\n",
]

WHOLE = """\
version: 1
extends: [builtin:recommended]
pins: {require: true}
waivers:
  - {rule: missing-license, path: models/gone, reason: r, owner: o, expires: 2027-01-01}
  - {rule: missing-license, path: "*", reason: r, owner: o, expires: 2027-01-01}
"""


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("is_locked", [False, True])
def test_the_sbom_of_the_fixtures_is_judged_like_the_fixtures(
    call: Gate, repository: Path, policy: str, *, is_locked: bool
) -> None:
    shutil.copytree(FIXTURES, repository / "models")
    (repository / "lbom-gate.yaml").write_text(policy)
    if is_locked:
        call("lock", "models")
    files = call("check", "models", "--format", "json")
    call("scan", "models", "-o", "bom.json")
    document = call("check", "--from-sbom", "bom.json", "--format", "json")

    assert json.loads(document.stdout) == json.loads(files.stdout)
    assert document.returncode == files.returncode


@pytest.mark.usefixtures("repository")
def test_what_only_a_run_over_all_can_tell_is_told_of_its_sbom_too(
    call: Gate, repository: Path
) -> None:
    shutil.copytree(FIXTURES, repository / "models")
    (repository / "lbom-gate.yaml").write_text(WHOLE)
    call("lock")
    (repository / "models" / "llama-Q8_0.gguf").unlink()
    files = call("check", "--format", "json", "--today", "2026-11-21")
    call("scan", "-o", "bom.json")
    document = call("check", "--from-sbom", "bom.json", "--format", "json", "--today", "2026-11-21")
    found = {finding["rule"] for finding in json.loads(document.stdout)["findings"]}
    call("scan", "models", "-o", "part.json")
    part = json.loads(call("check", "--from-sbom", "part.json", "--format", "json").stdout)

    assert json.loads(document.stdout) == json.loads(files.stdout)
    assert {"missing-model", "unused-waiver"} <= found
    assert not {"missing-model", "unused-waiver"} & {f["rule"] for f in part["findings"]}


TWICE = '"repository"}, {"name": "lbom-gate:scope", "value": "paths"'


@pytest.mark.parametrize("scope", ['"all"', "7", TWICE])
def test_a_scope_that_nobody_wrote_is_refused(call: Gate, repository: Path, scope: str) -> None:
    call("scan", "-o", "bom.json")
    text = (repository / "bom.json").read_text()
    (repository / "bom.json").write_text(text.replace('"value": "repository"', f'"value": {scope}'))
    result = call("check", "--from-sbom", "bom.json")

    assert "repository" in text
    assert result.returncode == 2
    assert "lbom-gate:scope" in result.stderr


def test_the_sbom_of_no_model_is_judged_like_no_model(call: Gate) -> None:
    call("scan", "-o", "bom.json")
    document = call("check", "--from-sbom", "bom.json")

    assert document.returncode == 0
    assert "no model" in document.stdout
    assert call("check", "--from-sbom", "bom.json", "--require-models").returncode == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"bomFormat": "SPDX", "specVersion": "1.6"}',
        '{"bomFormat": "CycloneDX", "specVersion": "9.9", "version": 1}',
        '{"bomFormat": "CycloneDX", "specVersion": "1.6", "specVersion": "1.6", "version": 1}',
        "[" * 100_000,
        "\x00",
    ],
)
def test_a_document_that_is_no_sbom_is_refused(call: Gate, repository: Path, text: str) -> None:
    (repository / "bom.json").write_text(text)
    result = call("check", "--from-sbom", "bom.json")

    assert result.returncode == 2, result.stdout
    assert "bom.json" in result.stderr


# --- any tree ---------------------------------------------------------------------------------

names = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=20
).filter(lambda name: name not in {".", ".."} and len(name.encode()) < 200)
texts = st.text(st.characters(codec="utf-8"), max_size=30)
urls = st.sampled_from(
    ["https://huggingface.co/x", "http://192.0.2.7:8080/a", "ftp://example.net/\u202ex", "no URL"]
)
ggufs = st.builds(
    Gguf,
    keys=st.lists(
        st.one_of(
            st.just(LLAMA),
            st.builds(Key, st.sampled_from(["general.license", "my.\x1bkey"]), texts | urls),
            st.builds(Key, st.just("general.file_type"), st.integers(0, 99), st.just(raw.U32)),
            st.builds(Key, st.just("llama.context_length"), st.just(2**32 - 1), st.just(raw.U32)),
        ),
        max_size=4,
    ),
    tensors=st.lists(
        st.builds(
            Tensor, texts, st.sampled_from([(32,), (256, 2)]), st.sampled_from([0, 2, 12, 4, 99])
        ),
        max_size=3,
    ),
    data=st.sampled_from([b"", bytes(128), bytes(4096)]),
    version=st.sampled_from([3, 3, 3, 7]),
).map(bytes)
contents = st.one_of(
    ggufs,
    ggufs,
    st.builds(
        raw.safetensors,
        texts.map(lambda name: raw.header({json.dumps(name)[1:-1]: raw.entry()})),
        st.just(bytes(8)),
    ),
    st.sampled_from([b"", b"\x80\x04.", b"GGUF", b"lmgg\1\0\0\0"]),
)
files = st.lists(
    st.tuples(names, st.sampled_from([".gguf", ".safetensors", ".pkl"]), contents),
    min_size=1,
    max_size=4,
)


@settings(max_examples=80, deadline=None)
@given(files, st.sampled_from([*POLICIES, WHOLE]), st.booleans(), st.booleans(), st.booleans())
def test_any_tree_is_judged_like_its_sbom(
    files: list[tuple[str, str, bytes]],
    policy_text: str,
    has_more: bool,
    is_whole: bool,
    is_locked: bool,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        (root / "lbom-gate.yaml").write_text(policy_text)
        for name, suffix, content in files:
            (root / f"{name}{suffix}").write_bytes(content)
        if has_more:
            write_bert(root / "bert", license="mit")
            write_pointer(root / "pointer.safetensors")
        place = pipeline.Place(root, root)
        policy = pipeline.load_policy(place, root / "lbom-gate.yaml")
        pins = pipeline.load_pins(place, policy)
        if is_locked:
            pins = lock_and_lose_one(place, policy)
        selection = sources.select([] if is_whole else [directory], root=place.root)
        scanned = pipeline.scan(place, selection, policy, pins)
        (root / "bom.json").write_bytes(sbom.write(scanned.sbom))
        again = pipeline.read_sbom(root / "bom.json", place)
        document = (root / "bom.json").read_bytes()

    assert again.sbom.models == scanned.sbom.models
    assert again.is_whole is is_whole
    assert sbom.write(again.sbom) == document
    assert judge(again, policy, pins) == judge(scanned, policy, pins)


def lock_and_lose_one(place: pipeline.Place, policy: policies.Policy) -> Pins:
    """Return the lock of all there is, and remove the first file that it pins."""
    every = sources.select([], root=place.root)
    scanned = pipeline.scan(place, every, policy, pipeline.load_pins(place, policy))
    rendered = locks.render(
        scanned.sbom,
        pipeline.load_pins(place, policy),
        keep_others=False,
        lock_directory=place.root,
        start=place.start,
    )
    policy.lockfile.write_bytes(rendered.data)
    pins = pipeline.load_pins(place, policy)
    lost = next((place.root / path for path in pins.by_path if "\\" not in path), None)
    if lost is not None:
        lost.unlink()
    return pins


def judge(scanned: pipeline.Scanned, policy: object, pins: object) -> str:
    """Return the JSON report."""
    verdict = pipeline.judge(scanned, policy, pins, today=date(2026, 11, 21))  # type: ignore[arg-type]
    return reports.render("json", verdict)
