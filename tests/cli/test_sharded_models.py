"""A model in several files is one model, whichever of its files a run is pointed at."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from safetensors.numpy import save_file

import shard_writers
from make_fixtures import write_pointer
from running import Gate
from shard_writers import CONFIG, GGUF, INDEX, SAFETENSORS, names_of, write_indexed, write_split

POLICY = "version: 1\nextends: [builtin:recommended]\n"
PINNED = f"{POLICY}pins:\n  require: true\n"


@pytest.fixture
def model(repository: Path) -> Path:
    """Return a directory with a model of three safetensors parts."""
    (repository / "lbom-gate.yaml").write_text(POLICY)
    write_indexed(repository / "m")
    return repository / "m"


@pytest.fixture
def split(repository: Path) -> Path:
    """Return a directory with a GGUF in three parts."""
    (repository / "lbom-gate.yaml").write_text(POLICY)
    write_split(repository / "m")
    return repository / "m"


def leave_pointer(path: Path) -> None:
    """Put in place of a file what a checkout without LFS leaves of it."""
    data = path.read_bytes()
    write_pointer(path, hashlib.sha256(data).hexdigest(), len(data))


def report(call: Gate, *arguments: object) -> dict[str, Any]:
    result = call("check", *arguments, "--format", "json")
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def findings(call: Gate, *arguments: object) -> list[tuple[str, str, str]]:
    """Return the errors and what else the parts are to blame for: rule, path, message."""
    return [
        (each["rule"], each["path"], each["message"])
        for each in report(call, *arguments)["findings"]
        if each["level"] == "error" or each["rule"] == "stale-index"
    ]


def test_a_split_gguf_is_one_model_with_the_facts_of_all_parts(call: Gate, split: Path) -> None:
    (found,) = report(call, split)["models"]

    assert found["name"] == GGUF[0]
    assert [file["path"] for file in found["files"]] == [f"m/{name}" for name in GGUF]
    assert (found["status"], found["architecture"], found["license"]) == ("pass", "llama", "mit")
    assert found["parameters"] == 6 * 4 * 32
    assert found["quantization"]["tensor_types"] == [
        {"type": "F16", "tensors": 6, "parameters": 768, "bytes": 1536}
    ]
    assert found["quantization"]["verdict"] == "consistent"


def test_indexed_safetensors_are_one_model_with_index_and_config(call: Gate, model: Path) -> None:
    (found,) = report(call, model)["models"]

    assert found["name"] == SAFETENSORS[0]
    paths = [f"m/{name}" for name in [*SAFETENSORS, INDEX, CONFIG]]
    assert [file["path"] for file in found["files"]] == paths
    assert (found["status"], found["parameters"]) == ("pass", 768)
    assert found["quantization"]["claims"] == [{"value": "F16", "source": "config.json: dtype"}]


@pytest.mark.parametrize("write", [write_split, write_indexed])
def test_one_part_is_judged_like_all_of_them(
    call: Gate, repository: Path, write: Callable[[Path], list[Path]]
) -> None:
    (repository / "lbom-gate.yaml").write_text(f"{POLICY}quantization:\n  allow: [Q8_0]\n")
    parts = write(repository / "m")
    whole = report(call, repository / "m")

    assert [finding["rule"] for finding in whole["findings"]].count("unlisted-quantization") == 1
    for part in parts:
        assert report(call, part) == whole
    assert report(call, *parts[1:]) == whole


@pytest.mark.parametrize("name", [INDEX, CONFIG])
def test_a_changed_index_or_config_is_judged_as_the_model(
    call: Gate, model: Path, name: str
) -> None:
    assert report(call, model / name)["models"] == report(call, model)["models"]


def test_a_hook_on_one_part_sees_the_pins_of_all(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(PINNED)
    call("lock")
    passed = call("check", "--hook", model / SAFETENSORS[0])
    save_file(dict(shard_writers.matrices(names_of(2), 8, 16)), model / SAFETENSORS[2])
    failed = call("check", "--hook", model / SAFETENSORS[0])

    assert passed.returncode == 0, passed.stdout
    assert failed.returncode == 1
    assert f"m/{SAFETENSORS[2]}: digest-mismatch: " in failed.stdout


NO_SPLIT_KEYS = (
    "named like a part, without the split.no and split.count that loading the others depends on"
)
# Each way in which parts do not fit together: what is done to the files, and what is said of it.
DAMAGED_GGUF: list[tuple[str, Callable[[Path], object], str, str]] = [
    (
        "missing part",
        lambda m: (m / GGUF[1]).unlink(),
        "incomplete-shards",
        "1 of 3 parts not found, the first is m-00002-of-00003.gguf",
    ),
    (
        "duplicate number",
        lambda m: shard_writers.write_part(
            m / GGUF[2], ["blk.4.attn_q.weight", "blk.5.attn_q.weight"], no=1
        ),
        "incomplete-shards",
        "has the number of another part, m-00002-of-00003.gguf",
    ),
    (
        "other count",
        lambda m: shard_writers.write_part(
            m / GGUF[2], ["blk.4.attn_q.weight", "blk.5.attn_q.weight"], no=2, count=4
        ),
        "incomplete-shards",
        "split.count is 4, the name says 3",
    ),
    (
        "no split keys",
        lambda m: shard_writers.write_part(
            m / GGUF[2],
            ["blk.4.attn_q.weight", "blk.5.attn_q.weight"],
            no=None,
            architecture="llama",
        ),
        "incomplete-shards",
        NO_SPLIT_KEYS,
    ),
    (
        "tensor twice",
        lambda m: shard_writers.write_part(
            m / GGUF[2], ["blk.0.attn_q.weight", "blk.5.attn_q.weight"], no=2
        ),
        "incomplete-shards",
        "the tensor stands in m-00001-of-00003.gguf too",
    ),
    (
        "tensors missing",
        lambda m: shard_writers.write_part(m / GGUF[2], ["blk.4.attn_q.weight"], no=2),
        "incomplete-shards",
        "the parts hold 5 tensors, split.tensors.count is 6",
    ),
    (
        "other architecture",
        lambda m: shard_writers.write_part(
            m / GGUF[2],
            ["blk.4.attn_q.weight", "blk.5.attn_q.weight"],
            no=2,
            architecture="bert",
        ),
        "incomplete-shards",
        "architecture bert in a part, llama in the first",
    ),
]
DAMAGED_SAFETENSORS: list[tuple[str, Callable[[Path], object], str, str]] = [
    (
        "missing part",
        lambda m: (m / SAFETENSORS[2]).unlink(),
        "incomplete-shards",
        f"1 of 3 parts not found, the first is {SAFETENSORS[2]}",
    ),
    (
        "misplaced tensor",
        lambda m: shard_writers.write_index(m, {names_of(0)[0]: SAFETENSORS[1]}),
        "incomplete-shards",
        f"the index places the tensor in {SAFETENSORS[1]}, where it is not",
    ),
    (
        "unmapped tensor",
        lambda m: save_file(
            dict(shard_writers.matrices([*names_of(1), "extra.weight"])), m / SAFETENSORS[1]
        ),
        "incomplete-shards",
        "the index does not name the tensor",
    ),
    (
        "missing tensor",
        lambda m: shard_writers.write_index(m, {"extra.weight": SAFETENSORS[1]}),
        "incomplete-shards",
        "the index names a tensor that no part has",
    ),
    (
        "missing file",
        lambda m: shard_writers.write_index(m, {"extra.weight": "extra.safetensors"}),
        "incomplete-shards",
        "the index names extra.safetensors, which is not there",
    ),
    (
        "broken index",
        lambda m: (m / INDEX).write_text("{"),
        "incomplete-shards",
        "EOF while parsing an object at line 1 column 1",
    ),
    (
        "key twice",
        lambda m: (m / INDEX).write_text(
            (m / INDEX).read_text().replace('{"layers', '{"layers.0.weight": "x", "layers')
        ),
        "incomplete-shards",
        "the key stands twice; readers differ in which counts",
    ),
    (
        "other total",
        lambda m: shard_writers.write_index(m, total_size=1535),
        "stale-index",
        "the parts hold 1536 bytes of tensors, the index states 1535",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "rule", "message"),
    [case[1:] for case in DAMAGED_GGUF],
    ids=[case[0] for case in DAMAGED_GGUF],
)
def test_gguf_parts_that_do_not_fit_are_named(
    call: Gate, split: Path, damage: Callable[[Path], object], rule: str, message: str
) -> None:
    damage(split)

    assert findings(call, split) == [(rule, f"m/{GGUF[0]}", message)]


@pytest.mark.parametrize(
    ("damage", "rule", "message"),
    [case[1:] for case in DAMAGED_SAFETENSORS],
    ids=[case[0] for case in DAMAGED_SAFETENSORS],
)
def test_safetensors_parts_that_do_not_fit_are_named(
    call: Gate, model: Path, damage: Callable[[Path], object], rule: str, message: str
) -> None:
    damage(model)

    found = findings(call, model)
    assert (rule, f"m/{SAFETENSORS[0]}", message) in found
    assert {each[0] for each in found} == {rule}


@pytest.mark.parametrize("name", ["../m.safetensors", "/etc/m.safetensors", "C:m.safetensors"])
def test_an_index_that_leads_out_of_the_directory_is_an_escape(
    call: Gate, model: Path, name: str
) -> None:
    shard_writers.write_index(model, {"extra.weight": name})
    message = f'the index names "{name}"; names of files beside it are allowed'

    assert findings(call, model) == [
        ("external-data-escape", f"m/{SAFETENSORS[0]}", message),
        ("incomplete-shards", f"m/{SAFETENSORS[0]}", message),
    ]


def test_a_total_of_tied_weights_is_no_finding(call: Gate, model: Path) -> None:
    shard_writers.write_index(model, total_size=6 * 256 + 256)

    assert findings(call, model) == []


def test_one_entry_of_the_lock_for_each_file(call: Gate, model: Path) -> None:
    call("lock")
    entries = json.loads((model.parent / "lbom.lock").read_text())["files"]

    assert {entry["path"]: entry.get("model") for entry in entries} == {
        f"m/{SAFETENSORS[0]}": None,
        **dict.fromkeys(
            [f"m/{name}" for name in [*SAFETENSORS[1:], INDEX, CONFIG]], f"m/{SAFETENSORS[0]}"
        ),
    }


def test_parts_that_are_not_pinned_are_named(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(PINNED)
    call("lock")
    lock = model.parent / "lbom.lock"
    lines = [
        line for line in lock.read_text().splitlines() if SAFETENSORS[1] not in line.split(",")[0]
    ]
    lock.write_text("\n".join(lines) + "\n")

    assert findings(call, model) == [
        (
            "unpinned-model",
            f"m/{SAFETENSORS[0]}",
            f"1 of 3 parts not pinned in lbom.lock: m/{SAFETENSORS[1]}",
        )
    ]  # fmt: skip


def test_pointers_to_all_parts_are_judged_by_the_lock(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(PINNED)
    call("lock")
    content = report(call, model)
    for name in SAFETENSORS:
        leave_pointer(model / name)
    pointers = report(call, model)

    assert pointers["verdict"] == content["verdict"] == "pass"
    for document in (content, pointers):
        (told,) = document["models"]
        # What the file says of itself, and no rule asks for, no lock keeps.
        for name in ("operators", "inputs", "outputs", "properties"):
            del told[name]
        for file in told["files"]:
            del file["digests"][0]["evidence"]
    assert pointers["models"] == content["models"]


def test_a_pointer_to_one_part_of_other_content_is_not_examined(call: Gate, model: Path) -> None:
    (model.parent / "lbom-gate.yaml").write_text(PINNED)
    call("lock")
    for name in SAFETENSORS:
        leave_pointer(model / name)
    write_pointer(model / SAFETENSORS[2])

    assert [(rule, path) for rule, path, _ in findings(call, model)] == [
        ("not-examined", f"m/{SAFETENSORS[0]}"),
        ("digest-mismatch", f"m/{SAFETENSORS[2]}"),
    ]


def test_a_pointer_that_is_missing_is_missing_whatever_the_lock_knows(
    call: Gate, model: Path
) -> None:
    (model.parent / "lbom-gate.yaml").write_text(PINNED)
    call("lock")
    for name in SAFETENSORS:
        leave_pointer(model / name)
    (model / SAFETENSORS[1]).unlink()

    assert [(rule, path) for rule, path, _ in findings(call)] == [
        ("incomplete-shards", f"m/{SAFETENSORS[0]}"),
        ("missing-model", f"m/{SAFETENSORS[1]}"),
    ]


def test_a_mixture_of_content_and_pointers_is_not_examined(call: Gate, model: Path) -> None:
    leave_pointer(model / SAFETENSORS[1])

    assert [rule for rule, _, _ in findings(call, model)] == ["not-examined"]


@pytest.mark.parametrize(
    ("write", "damage"),
    [
        (write_split, None),
        (write_indexed, None),
        *[(write_split, case[1]) for case in DAMAGED_GGUF],
        *[(write_indexed, case[1]) for case in DAMAGED_SAFETENSORS],
    ],
)
def test_the_bill_of_materials_of_parts_is_judged_like_the_parts(
    call: Gate,
    repository: Path,
    write: Callable[[Path], list[Path]],
    damage: Callable[[Path], object] | None,
) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    write(repository / "m")
    if damage is not None:
        damage(repository / "m")
    files = report(call, "m")
    call("scan", "m", "-o", "bom.json")
    document = report(call, "--from-sbom", "bom.json")

    assert document == files


def test_a_part_that_cannot_be_read_is_not_examined_and_named(call: Gate, model: Path) -> None:
    (model / SAFETENSORS[1]).unlink()
    (model / SAFETENSORS[1]).mkdir()

    for path in (model / SAFETENSORS[0], model / SAFETENSORS[2]):
        assert findings(call, path) == [
            ("not-examined", f"m/{SAFETENSORS[0]}", "not a regular file")
        ]


def test_two_copies_of_a_model_are_two_models(call: Gate, split: Path) -> None:
    shutil.copytree(split, split.parent / "n")

    found = [model["files"][0]["path"] for model in report(call)["models"]]
    assert found == [f"m/{GGUF[0]}", f"n/{GGUF[0]}"]


def test_data_outside_of_a_part_belongs_to_the_model(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text(POLICY)
    for number in (1, 2):
        weights = onnx.numpy_helper.from_array(np.zeros(512, np.float32), f"w{number}")
        info = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, [512])
        node = onnx.helper.make_node("Identity", [f"w{number}"], ["y"])
        graph = onnx.helper.make_graph([node], "g", [], [info], [weights])
        onnx.save_model(
            onnx.helper.make_model(graph),
            repository / f"m-0000{number}-of-00002.bin",
            save_as_external_data=True,
            location=f"m{number}.data",
        )
    first = "m-00001-of-00002.bin"

    (whole,) = report(call, repository / first)["models"]
    (repository / "m2.data").unlink()

    assert [file["path"] for file in whole["files"]] == [
        first, "m-00002-of-00002.bin", "m1.data", "m2.data",
    ]  # fmt: skip
    assert ("incomplete-shards", first, "there is no such file") in findings(call, first)
