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
MOST_TENSORS = 262_144
BLOCK = 4096
SMALL = 4096  # bytes of a small model
SHARDS = 50
SHARD_TENSORS = 8  # of 2 MiB


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


def most_gguf_tensors(directory: Path) -> Path:
    """Return a GGUF of as many tensors as the scanner takes, each of one number."""
    path = directory / "most.gguf"
    if path.exists():
        return path
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    for n in range(MOST_TENSORS):
        name = f"blk.{n // 1000}.{n % 1000:03}.{'x' * 40}.weight"
        writer.add_tensor_info(name, (1,), np.dtype(np.float32), 4)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    begin = -(-path.stat().st_size // 32) * 32
    with path.open("r+b") as file:
        file.truncate(begin + 32 * MOST_TENSORS)
    return path


def most_safetensors_tensors(directory: Path) -> Path:
    """Return a safetensors of as many tensors as the scanner takes, each of one number."""
    path = directory / "most.safetensors"
    if not path.exists():
        shapes = {
            f"model.layers.{n // 1000}.{n % 1000:03}.{'x' * 30}.weight": (1,)
            for n in range(MOST_TENSORS)
        }
        path.write_bytes(_safetensors(shapes, None, np.random.default_rng(0)))
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


def under_two_names(models: Path) -> Path:
    """Return a directory of the same files, each under two names, as a cache of models has them."""
    target = models.with_name(f"{models.name}-twice")
    for name in ("blobs", "snapshots"):
        (target / name).mkdir(parents=True, exist_ok=True)
    for model in models.iterdir():
        blob, snapshot = target / "blobs" / model.stem, target / "snapshots" / model.name
        if not snapshot.is_symlink():
            blob.hardlink_to(model)
            snapshot.symlink_to(Path("..", "blobs", model.stem))
    return target


def small_models(directory: Path, count: int) -> Path:
    """Return a directory of `count` safetensors of 4 KiB, each with weights of its own."""
    target = directory / f"{count}x4k"
    random = np.random.default_rng(0)
    for n in range(count):
        path = target / f"{n // 500:03}" / f"model{n}.safetensors"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_safetensors({"w": (SMALL // 2 - 64,)}, SMALL, random))
    return target


def model_tree(directory: Path) -> Path:
    """Return a repository of 100 models: 50 shards, 40 GGUF with vocabularies, 10 mostly holes."""
    target = directory / "tree"
    (target / ".git").mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    map_: dict[str, str] = {}
    for n in range(1, SHARDS + 1):
        path = target / "sharded" / f"model-{n:05}-of-{SHARDS:05}.safetensors"
        shapes = {f"model.layers.{n}.w{i}.weight": (1024, 1024) for i in range(SHARD_TENSORS)}
        map_ |= dict.fromkeys(shapes, path.name)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(_safetensors(shapes, None, random))
    index = target / "sharded" / "model.safetensors.index.json"
    index.write_text(json.dumps({"metadata": {}, "weight_map": map_}), "utf-8")
    weights = random.integers(0, 255, (8 * 1024, 1024), np.uint8)
    for n in range(50):
        path = target / f"team-{n % 7}" / f"model-{n}.gguf"
        path.parent.mkdir(exist_ok=True)
        if not path.exists() and n < 40:
            _write_model(path, weights, tokens=30_000)
        elif not path.exists():
            _write_hole(path)
    return target


def source_tree(directory: Path, count: int) -> Path:
    """Return a repository of `count` small files of source, and five models among them."""
    target = directory / f"source{count}"
    if (target / ".git").exists():
        return target
    suffixes = ("py", "c", "h", "md", "json", "rs", "js", "txt")
    for n in range(count):
        path = target / f"pkg{n // 1000}" / f"mod{n // 50}" / f"file{n}.{suffixes[n % 8]}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# file {n}\n" + "def call(a, b):\n    return a + b\n" * (n % 97), "utf-8")
    for n in range(5):
        _write_model(target / f"pkg{n}" / "model.gguf", np.zeros((64, 1024), np.uint8))
    (target / ".git").mkdir()
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


def _write_model(path: Path, data: np.ndarray, tokens: int = 0) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(2048)
    writer.add_license("apache-2.0")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    if tokens:
        writer.add_token_list([f"token{n:08}" for n in range(tokens)])
    writer.add_tensor("blk.0.ffn_up.weight", data.view(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _write_hole(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    size = 64 * 2**20
    writer.add_tensor_info("blk.0.ffn_up.weight", (1024, size // 2048), np.dtype(np.float16), size)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    begin = -(-path.stat().st_size // 32) * 32
    with path.open("r+b") as file:
        file.truncate(begin + size)


def _safetensors(
    shapes: dict[str, tuple[int, ...]], size: int | None, random: np.random.Generator
) -> bytes:
    """Return a file of F16 tensors; its header is padded so that the whole has `size` bytes."""
    header, end = {}, 0
    for name, shape in shapes.items():
        begin, end = end, end + 2 * int(np.prod(shape))
        header[name] = {"dtype": "F16", "shape": list(shape), "data_offsets": [begin, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    length = -(-len(text) // 8) * 8 if size is None else size - 8 - end
    return struct.pack("<Q", length) + text.ljust(length) + random.bytes(end)


def size_of(directory: Path) -> int:
    """Return the bytes that the files below a directory take."""
    return sum(path.stat().st_size for path in _files(directory))


def _files(directory: Path) -> Iterator[Path]:
    return (path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
