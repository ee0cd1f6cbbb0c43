"""Twenty-two small files on which other scanners were tried: every bad one fails, no good one does.

Each scanner tried exits 0 on some of the bad ones, or exits non-zero on the good ones too. The
rows of code in templates and of remote code belong to rules that are not written yet.
"""

import io
import json
import zipfile
from pathlib import Path

import pytest

import raw
from make_fixtures import write_bert, write_pointer
from raw import LLAMA, Gguf, Key, Tensor
from running import Gate

POLICY = """\
version: 1
extends: [builtin:recommended]
egress: {allow: [huggingface.co]}
licenses: {allow: [MIT, Apache-2.0]}
"""

# GLOBAL os.system, a text, TUPLE1, REDUCE, STOP: what a loader would run, and nobody here loads.
MALICIOUS_PICKLE = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."
BENIGN_PICKLE = b"\x80\x04}\x94."

LICENSE = Key("general.license", "mit")
VALID = Gguf(keys=[LLAMA, LICENSE], tensors=[Tensor("blk.0.ffn_up.weight", (8, 4))])


def with_key(name: str, value: raw.Value, kind: int = raw.STRING) -> bytes:
    """Return a valid file with one more key."""
    return bytes(Gguf(keys=[LLAMA, LICENSE, Key(name, value, kind)], tensors=VALID.tensors))


def safetensors(described: dict[str, str], data: bytes) -> bytes:
    """Return a safetensors file of these tensors that states a licence."""
    return raw.safetensors(raw.header(described, '"__metadata__":{"license":"mit"}'), data)


def torch_zip() -> bytes:
    """Return a zip as PyTorch writes it, with the malicious pickle in it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", MALICIOUS_PICKLE)
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


W = raw.entry()
GOOD_SAFETENSORS = safetensors({"w": W}, bytes(8))

FILES: dict[str, tuple[str, bytes, set[str]]] = {
    "valid GGUF": ("a.gguf", bytes(VALID), set()),
    "valid vocabulary": (
        "a.gguf",
        bytes(Gguf(keys=[LLAMA, LICENSE], tensors=[], data=b"")),
        set(),
    ),
    "GGUF cut in the header": ("a.gguf", bytes(VALID)[:60], {"truncated-file"}),
    "GGUF cut in the weights": ("a.gguf", bytes(VALID)[:-32], {"truncated-file"}),
    "2^60 keys": ("a.gguf", bytes(Gguf(n_keys=1 << 60)), {"malformed-header"}),
    "text of 2^62 bytes": ("a.gguf", with_key("x", raw.Text("x", 1 << 62)), {"malformed-header"}),
    "Q4_K_M on F32": (
        "a.gguf",
        with_key("general.file_type", 15, raw.U32),
        {"contradicted-quantization"},
    ),
    "foreign URL": (
        "a.gguf",
        with_key("general.source.url", "https://evil.example/x"),
        {"unlisted-destination"},
    ),
    "valid safetensors": ("a.safetensors", GOOD_SAFETENSORS, set()),
    "overlapping offsets": (
        "a.safetensors",
        safetensors({"a": W, "b": raw.entry(start=4, end=12)}, bytes(12)),
        {"malformed-header"},
    ),
    "duplicate name": (
        "a.safetensors",
        raw.safetensors(f'{{"a":{W},"a":{raw.entry(start=8, end=16)}}}', bytes(16)),
        {"malformed-header"},
    ),
    "header of 2^62 bytes": (
        "a.safetensors",
        raw.safetensors("{}", length=1 << 62),
        {"malformed-header"},
    ),
    "malicious pickle": ("a.pkl", MALICIOUS_PICKLE, {"unsafe-import", "unlisted-format"}),
    "malicious torch zip": ("a.pt", torch_zip(), {"unsafe-import", "unlisted-format"}),
    "malicious pickle named gguf": (
        "a.gguf",
        MALICIOUS_PICKLE,
        {"unsafe-import", "unlisted-format", "extension-mismatch"},
    ),
    "benign pickle": ("a.pkl", BENIGN_PICKLE, {"unlisted-format"}),
    "license cc-by-nc-4.0": (
        "a.gguf",
        bytes(Gguf(keys=[LLAMA, Key("general.license", "cc-by-nc-4.0")], tensors=VALID.tensors)),
        {"unlisted-license"},
    ),
    "empty": ("a.gguf", b"", {"truncated-file"}),
}


def errors(call: Gate) -> tuple[int, set[str]]:
    """Return the exit code of a check, and the rules that found an error."""
    result = call("check", "--format", "json")
    findings = json.loads(result.stdout)["findings"]
    return result.returncode, {f["rule"] for f in findings if f["level"] == "error"}


@pytest.mark.parametrize(("name", "content", "rules"), FILES.values(), ids=FILES)
def test_a_bad_file_fails_and_a_good_one_passes(
    call: Gate, repository: Path, name: str, content: bytes, rules: set[str]
) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    (repository / name).write_bytes(content)

    assert errors(call) == (1 if rules else 0, rules)


def test_bytes_behind_the_tensors_fail_where_they_must(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY + "rules: {trailing-data: error}\n")
    (repository / "a.safetensors").write_bytes(GOOD_SAFETENSORS + b"PK\3\4")

    assert errors(call) == (1, {"trailing-data"})


def test_a_pointer_without_its_content_fails(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    write_pointer(repository / "a.safetensors")

    assert errors(call) == (1, {"not-examined"})


def test_a_directory_as_the_hub_lays_it_out_passes(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    write_bert(repository / "bert")

    assert errors(call) == (0, set())
