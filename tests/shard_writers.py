"""Models in several files, written by `gguf` and `safetensors` from PyPI."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import save_file

Tensors = Mapping[str, "np.ndarray[tuple[int, ...], np.dtype[np.generic]]"]

GGUF = tuple(f"m-{number:05}-of-00003.gguf" for number in (1, 2, 3))
SAFETENSORS = tuple(f"model-{number:05}-of-00003.safetensors" for number in (1, 2, 3))
INDEX = "model.safetensors.index.json"
CONFIG = "config.json"


def matrices(names: Sequence[str], rows: int = 4, row: int = 32) -> Tensors:
    """Return a matrix of zeros for each name, in 16 bits."""
    return {name: np.zeros((rows, row), np.float16) for name in names}


def write_split(directory: Path, tensors_of_a_part: int = 2) -> list[Path]:
    """Write a GGUF of six tensors in parts, as gguf-py splits it; return the parts."""
    directory.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(
        directory / "m.gguf", "llama", split_max_tensors=tensors_of_a_part, dry_run=False
    )
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_license("mit")
    writer.add_context_length(2048)
    for name, tensor in matrices([f"blk.{layer}.attn_q.weight" for layer in range(6)]).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(directory.glob("m-*.gguf"))


def write_part(
    path: Path,
    names: Sequence[str],
    *,
    no: int | None,
    count: int = 3,
    tensors: int = 6,
    architecture: str = "",
) -> None:
    """Write one GGUF part of any numbers."""
    writer = gguf.GGUFWriter(path, architecture or "llama")
    if not architecture:
        # The writer states one in each file; a later part of a split has none.
        writer.kv_data[0].pop("general.architecture")
    if no is not None:
        writer.add_uint16("split.no", no)
        writer.add_uint16("split.count", count)
        writer.add_int32("split.tensors.count", tensors)
    for name, tensor in matrices(names).items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def names_of(part: int) -> list[str]:
    """Return the names of a part's tensors, two for each."""
    return [f"layers.{2 * part + index}.weight" for index in range(2)]


def write_indexed(directory: Path) -> list[Path]:
    """Write a model of three safetensors parts with its index and config; return the parts."""
    directory.mkdir(parents=True, exist_ok=True)
    for part, name in enumerate(SAFETENSORS):
        save_file(dict(matrices(names_of(part))), directory / name, metadata={"format": "pt"})
    write_index(directory)
    config = {"architectures": ["LlamaForCausalLM"], "torch_dtype": "float16"}
    (directory / CONFIG).write_text(json.dumps(config))
    return [directory / name for name in SAFETENSORS]


def weight_map() -> dict[str, str]:
    """Return which tensor is in which part."""
    return {name: file for part, file in enumerate(SAFETENSORS) for name in names_of(part)}


def write_index(
    directory: Path, changed: Mapping[str, str] | None = None, total_size: int = 6 * 256
) -> None:
    """Write the index, with other places for some tensors."""
    document = {
        "metadata": {"total_size": total_size},
        "weight_map": weight_map() | dict(changed or {}),
    }
    (directory / INDEX).write_text(json.dumps(document))
