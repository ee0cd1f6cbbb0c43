"""The committed fixtures are what their generator writes, and what readers not ours can read."""

from pathlib import Path

import gguf
import onnx
import pytest
from safetensors import safe_open

import make_fixtures
from running import FIXTURES


def below(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_the_committed_fixtures_are_what_the_generator_writes(tmp_path: Path) -> None:
    make_fixtures.make_fixtures(tmp_path)

    assert below(FIXTURES) == below(tmp_path)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.gguf")), ids=lambda path: path.name)
def test_the_reference_reader_reads_a_gguf_fixture(path: Path) -> None:
    assert len(gguf.GGUFReader(path).tensors) == 21


def test_the_reference_reader_reads_the_safetensors_fixture() -> None:
    with safe_open(FIXTURES / "bert" / "model.safetensors", "np") as file:
        assert len(file.keys()) == 3


@pytest.mark.parametrize("name", ["layer-int8.onnx", "layer-external.onnx"])
def test_the_reference_library_reads_an_onnx_fixture(name: str) -> None:
    path = FIXTURES / "onnx" / name
    onnx.checker.check_model(str(path))

    assert len(onnx.load(str(path)).graph.initializer) == 4
