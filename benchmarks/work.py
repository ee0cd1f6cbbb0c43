"""The files that are worked on: written once, by the reference writers, into `build/benchmarks`."""

import json
import struct
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np

TOKENS = 150_000
TENSORS = 1_000
SAFETENSORS_TENSORS = 10_000
BLOCK = 4096


def big_gguf_header(directory: Path) -> Path:
    """Return a GGUF with 1,000 tensors and 150,000 tokens and merges; its weights are a hole."""
    path = directory / "header.gguf"
    if path.exists():
        return path
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(4096)
    writer.add_block_count(100)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_token_list([f"token{n:08}" for n in range(TOKENS)])
    writer.add_token_merges([f"to{n:08} ken{n:08}" for n in range(TOKENS)])
    for n in range(TENSORS):
        name = f"blk.{n // 10}.ffn_{n % 10}.weight"
        size = BLOCK * 1024 * 2
        writer.add_tensor_info(name, (1024, BLOCK), np.dtype(np.float16), size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    begin = -(-path.stat().st_size // 32) * 32
    with path.open("r+b") as file:
        file.truncate(begin + TENSORS * BLOCK * 1024 * 2)
    return path


def big_safetensors_header(directory: Path) -> Path:
    """Return a safetensors with 10,000 tensors; its weights are a hole."""
    path = directory / "header.safetensors"
    if path.exists():
        return path
    size = 1024 * 1024
    header = {
        f"model.layers.{n // 10}.mlp.experts.{n % 10}.weight": {
            "dtype": "BF16",
            "shape": [512, 1024],
            "data_offsets": [n * size, (n + 1) * size],
        }
        for n in range(SAFETENSORS_TENSORS)
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + SAFETENSORS_TENSORS * size)
    return path


def many_models(directory: Path, count: int, mebibytes: int) -> Path:
    """Return a directory of `count` GGUF models of random weights, `mebibytes` MiB each."""
    target = directory / f"{count}x{mebibytes}"
    target.mkdir(parents=True, exist_ok=True)
    weights = np.random.default_rng(0).integers(0, 255, (mebibytes * 1024, 1024), np.uint8)
    for n in range(count):
        path = target / f"model-{n:04}.gguf"
        if not path.exists():
            _write_model(path, weights)
    return target


def one_model(directory: Path) -> Path:
    """Return a repository that holds one small model and a policy."""
    target = directory / "one"
    (target / ".git").mkdir(parents=True, exist_ok=True)
    (target / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n", "utf-8")
    path = target / "model.gguf"
    if not path.exists():
        _write_model(path, np.zeros((64, 1024), np.uint8))
    return target


def _write_model(path: Path, data: np.ndarray) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_license("apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tensor("blk.0.ffn_up.weight", data.view(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def size_of(directory: Path) -> int:
    """Return the bytes that the files below a directory take."""
    return sum(path.stat().st_size for path in _files(directory))


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
