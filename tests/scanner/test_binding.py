"""The native module as Python sees it."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter, LlamaFileType

from lbom_gate import _scanner
from running import HEED_INTERRUPTS

ROOT = Path(__file__).resolve().parent.parent.parent


def write_gguf(path: Path) -> Path:
    writer = GGUFWriter(path, "llama")
    writer.add_file_type(LlamaFileType.ALL_F32)
    writer.add_license("apache-2.0")
    writer.add_string("general.repo_url", "https://example.org/models/tiny")
    writer.add_tensor("token_embd.weight", np.zeros((8, 32), dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.zeros(32, dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def scan_one(path: Path, root: Path) -> _scanner.Fingerprint:
    [record] = _scanner.scan([str(path)], root=str(root))
    assert isinstance(record, _scanner.Fingerprint)
    return record


def test_a_fingerprint_holds_what_the_file_says(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny-F32.gguf")
    record = scan_one(path, tmp_path)

    assert record.path == str(path)
    assert record.size == path.stat().st_size
    assert record.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (record.format, record.format_version, record.name_agrees) == ("gguf", "3", True)
    assert record.pointer is None
    assert record.companions == ()
    assert record.facts.architecture == "llama"
    assert record.facts.parameters == 288
    assert record.facts.license == "apache-2.0"
    assert record.facts.license_source == "general.license"
    assert record.facts.anomalies == ()


def test_words_of_fixed_meaning_cross_as_text(tmp_path: Path) -> None:
    facts = scan_one(write_gguf(tmp_path / "tiny-F32.gguf"), tmp_path).facts

    assert facts.quantization.verdict == "consistent"
    assert facts.quantization.label == "F32"
    assert [(claim.value, claim.source) for claim in facts.quantization.claims] == [
        ("F32", "general.file_type"),
        ("F32", "file name"),
    ]
    [destination] = facts.destinations
    assert (destination.cls, destination.source) == ("metadata", "general.repo_url")


def test_tensor_types_are_counted(tmp_path: Path) -> None:
    [row] = scan_one(write_gguf(tmp_path / "m.gguf"), tmp_path).facts.quantization.tensor_types

    assert (row.name, row.tensors, row.parameters, row.bytes) == ("F32", 2, 288, 1152)
    assert (row.quantizable_parameters, row.unexplained_tensors) == (256, 0)
    assert (row.embedding_parameters, row.example) == (256, "token_embd.weight")


def test_a_broken_file_is_a_value_with_its_anomalies(tmp_path: Path) -> None:
    path = tmp_path / "broken.gguf"
    path.write_bytes(write_gguf(tmp_path / "whole.gguf").read_bytes()[:100])
    [anomaly] = scan_one(path, tmp_path).facts.anomalies

    assert anomaly.rule == "truncated-file"
    assert isinstance(anomaly.kind, str)
    assert isinstance(anomaly.within, tuple)


def test_a_pointer_shows_what_it_points_to(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 12345\n"
    )
    pointer = scan_one(path, tmp_path).pointer

    assert pointer is not None
    assert (pointer.oid, pointer.size) == ("ab" * 32, 12345)


def test_a_companion_is_digested(tmp_path: Path) -> None:
    header = b'{"l.weight":{"dtype":"BF16","shape":[2,2],"data_offsets":[0,8]}}'
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(8))
    config = b'{"architectures": ["LlamaForCausalLM"], "torch_dtype": "bfloat16"}'
    (tmp_path / "config.json").write_bytes(config)
    record = scan_one(path, tmp_path)

    assert [(c.path, c.size, c.sha256) for c in record.companions] == [
        (str(tmp_path / "config.json"), len(config), hashlib.sha256(config).hexdigest())
    ]
    assert record.facts.architecture == "LlamaForCausalLM"
    assert record.facts.quantization.label == "BF16"


def test_records_come_in_the_order_of_the_paths(tmp_path: Path) -> None:
    paths = [str(write_gguf(tmp_path / f"{name}.gguf")) for name in "cab"]
    missing = str(tmp_path / "missing.gguf")
    records = _scanner.scan([paths[0], missing, *paths[1:]], root=str(tmp_path), jobs=2)

    assert [record.path for record in records] == [paths[0], missing, *paths[1:]]
    assert [isinstance(record, _scanner.NotExamined) for record in records] == [
        False, True, False, False,
    ]  # fmt: skip


def test_discovery_tells_files_that_were_named(tmp_path: Path) -> None:
    named = write_gguf(tmp_path / "named.gguf")
    below = tmp_path / "below"
    below.mkdir()
    write_gguf(below / "found.gguf")
    found = _scanner.discover([str(named), str(below)], root=str(tmp_path))

    assert [(f.path, f.is_named) for f in found if isinstance(f, _scanner.Found)] == [
        (str(named), True),
        (str(below / "found.gguf"), False),
    ]


def test_what_cannot_be_looked_at_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "gone.gguf").symlink_to(tmp_path / "nowhere")
    [problem] = _scanner.discover([str(tmp_path)], root=str(tmp_path))

    assert isinstance(problem, _scanner.NotExamined)
    assert problem.kind == "dangling-link"
    assert problem.path == str(tmp_path / "gone.gguf")


def test_records_of_equal_files_are_equal(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "a.gguf")
    first, second = scan_one(path, tmp_path), scan_one(path, tmp_path)
    other = scan_one(write_gguf(tmp_path / "b.gguf"), tmp_path)

    assert first == second
    assert first.facts == other.facts
    assert first != other
    assert first != "a.gguf"


def test_records_cannot_be_changed(tmp_path: Path) -> None:
    record = scan_one(write_gguf(tmp_path / "a.gguf"), tmp_path)

    with pytest.raises(AttributeError):
        record.size = 0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        record.facts.quantization.verdict = "consistent"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        record.note = "checked"  # type: ignore[attr-defined]


def test_records_cannot_be_made_up() -> None:
    with pytest.raises(TypeError):
        _scanner.NotExamined()


def test_a_record_shows_every_field(tmp_path: Path) -> None:
    [record] = _scanner.scan([str(tmp_path / "x")], root=str(tmp_path))
    assert isinstance(record, _scanner.NotExamined)

    assert repr(record) == (
        f"NotExamined(path={record.path!r}, kind={record.kind!r}, message={record.message!r})"
    )


def test_a_path_that_is_not_utf_8_comes_back_as_it_was(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.gguf")
    write_gguf(tmp_path / "m.gguf").rename(path)
    [found] = _scanner.discover([str(tmp_path)], root=str(tmp_path))
    [record] = _scanner.scan([found.path], root=str(tmp_path))

    assert found.path == path
    assert record.path == path
    assert isinstance(record, _scanner.Fingerprint)


def test_paths_may_be_path_objects(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "m.gguf")

    assert _scanner.scan((path,), root=tmp_path) == _scanner.scan([str(path)], root=str(tmp_path))


@pytest.mark.parametrize("paths", ["models", b"models", 1, [1], [b"models"], [None], None])
def test_paths_must_be_a_sequence_of_paths(paths: object) -> None:
    with pytest.raises(TypeError):
        _scanner.scan(paths, root=".")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        _scanner.discover(paths, root=".")  # type: ignore[arg-type]


def test_the_root_must_be_named() -> None:
    with pytest.raises(TypeError):
        _scanner.scan([])  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        _scanner.scan([], ".")  # type: ignore[call-arg]


def test_jobs_must_be_a_count() -> None:
    with pytest.raises(OverflowError):
        _scanner.scan([], root=".", jobs=-1)
    with pytest.raises(TypeError):
        _scanner.scan([], root=".", jobs="all")  # type: ignore[arg-type]


def test_ctrl_c_ends_a_long_scan(tmp_path: Path) -> None:
    with (tmp_path / "huge.gguf").open("wb") as file:
        file.truncate(1 << 40)  # a hole: takes no room, and an hour to digest
    code = (
        f"{HEED_INTERRUPTS}from lbom_gate import _scanner\n"
        "print('scanning', flush=True)\n"
        "try:\n"
        "    _scanner.scan(['huge.gguf'], root='.')\n"
        "except KeyboardInterrupt:\n"
        "    print('interrupted')\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "scanning\n"
        time.sleep(0.2)  # well into the scan; before it, the interrupt would not be caught
        process.send_signal(signal.SIGINT)

        try:
            said, _ = process.communicate(timeout=30)
        finally:
            process.kill()

    assert said == "interrupted\n"
    assert process.returncode == 0


def test_other_threads_run_while_a_file_is_scanned(tmp_path: Path) -> None:
    path = tmp_path / "large.gguf"
    with path.open("wb") as file:
        file.truncate(1 << 26)
    is_done = threading.Event()
    turns = 0

    def count() -> None:
        nonlocal turns
        while not is_done.wait(0.001):
            turns += 1

    other = threading.Thread(target=count)
    other.start()
    _scanner.scan([str(path)], root=str(tmp_path))
    is_done.set()
    other.join()

    assert turns > 5


def test_formats_say_how_they_are_recognised() -> None:
    formats = {each.name: each for each in _scanner.formats()}

    assert formats["gguf"].suffixes == ("gguf",)
    assert formats["gguf"].is_read
    assert formats["gguf"].recognised_by == "GGUF at 0"
    assert not formats["catboost"].is_read


def test_a_name_agrees_with_its_format_or_not() -> None:
    assert _scanner.name_agrees("models/a.gguf", "gguf") is True
    assert _scanner.name_agrees("models/a.gguf", "safetensors") is False
    assert _scanner.name_agrees("models/a", "gguf") is None


def test_the_scanner_has_the_version_of_the_package() -> None:
    from importlib.metadata import version

    assert _scanner.version() == version("lbom-gate")


def test_the_stubs_describe_the_module() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "mypy.stubtest", "lbom_gate._scanner"],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MYPYPATH": "policy"},
    )

    assert result.returncode == 0, result.stdout
