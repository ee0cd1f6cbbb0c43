"""Writes every model file that the tests and the demonstration use.

The bytes come from the reference writers (`gguf` and `safetensors` from PyPI), so that what our
scanner reads was written by nobody of this project. Weights are zeros: layout is what matters.

    python tests/make_fixtures.py fixtures [DIRECTORY]   the committed fixtures
    python tests/make_fixtures.py demo DIRECTORY         a small repository to judge
"""

import json
import sys
from pathlib import Path

import gguf
import numpy as np
from gguf import GGMLQuantizationType, LlamaFileType
from safetensors.numpy import save_file

WIDTH = 256  # one block of a K-quant, so that no row needs a fallback type
ROWS = 4
LAYERS = 2
VOCABULARY = 8

Shapes = dict[str, tuple[int, ...]]


def llama_shapes() -> Shapes:
    """Return the tensors of a very small llama, shapes as PyTorch writes them."""
    shapes: Shapes = {
        "token_embd.weight": (VOCABULARY, WIDTH),
        "output_norm.weight": (WIDTH,),
        "output.weight": (VOCABULARY, WIDTH),
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}"
        shapes[f"{block}.attn_norm.weight"] = (WIDTH,)
        shapes[f"{block}.ffn_norm.weight"] = (WIDTH,)
        for name in ["attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_gate", "ffn_down"]:
            shapes[f"{block}.{name}.weight"] = (ROWS, WIDTH)
    return shapes


def types_of(shapes: Shapes, body: str, **others: str) -> dict[str, GGMLQuantizationType]:
    """Return a type for each tensor: vectors F32, matrices `body` or what `others` says."""
    types = {}
    for name, shape in shapes.items():
        stem = name.removesuffix(".weight").rsplit(".", 1)[-1]
        types[name] = GGMLQuantizationType["F32" if len(shape) == 1 else others.get(stem, body)]
    return types


def write_gguf(
    path: Path,
    file_type: LlamaFileType | None,
    types: dict[str, GGMLQuantizationType],
    **metadata: str,
) -> None:
    """Write a small llama as GGUF version 3."""
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("Tiny Llama")
    writer.add_context_length(2048)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(LAYERS)
    writer.add_feed_forward_length(ROWS)
    writer.add_head_count(8)
    writer.add_head_count_kv(4)
    writer.add_license(metadata.pop("license", "apache-2.0"))
    for key, value in metadata.items():
        writer.add_string(f"general.{key}", value)
    if file_type is not None:
        writer.add_file_type(file_type)
    for name, shape in llama_shapes().items():
        kind = types[name]
        if kind in (GGMLQuantizationType.F32, GGMLQuantizationType.F16):
            plain = np.float32 if kind == GGMLQuantizationType.F32 else np.float16
            writer.add_tensor(name, np.zeros(shape, plain))
        else:
            block, size = gguf.GGML_QUANT_SIZES[kind]
            rows = np.zeros((*shape[:-1], shape[-1] // block * size), np.uint8)
            writer.add_tensor(name, rows, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_bert(directory: Path, dtype: str = "float32", **config: object) -> None:
    """Write a small BERT as Hugging Face lays it out: model.safetensors and config.json."""
    directory.mkdir(parents=True, exist_ok=True)
    tensors = {
        "embeddings.word_embeddings.weight": np.zeros((VOCABULARY, 64), dtype),
        "encoder.layer.0.attention.self.query.weight": np.zeros((64, 64), dtype),
        "encoder.layer.0.attention.self.query.bias": np.zeros((64,), dtype),
    }
    metadata = {"license": "apache-2.0"}  # one key: the writer keeps no order of several
    weights = directory / "model.safetensors"
    save_file(tensors, weights, metadata=metadata)
    weights.chmod(0o644)  # the writer keeps its files private
    stated = {
        "architectures": ["BertModel"],
        "hidden_size": 64,
        "max_position_embeddings": 512,
        "model_type": "bert",
        "num_attention_heads": 4,
        "num_hidden_layers": 1,
        "torch_dtype": dtype,
        "vocab_size": VOCABULARY,
        **config,
    }
    (directory / "config.json").write_text(json.dumps(stated, indent=2) + "\n", "utf-8")


def write_pointer(path: Path, oid: str = "4d7a" * 16, size: int = 5_027_783_488) -> None:
    """Write a git-LFS pointer, as a checkout without LFS leaves it."""
    path.write_text(
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n", "utf-8"
    )


def make_fixtures(directory: Path) -> None:
    """Write the committed fixtures."""
    directory.mkdir(parents=True, exist_ok=True)
    shapes = llama_shapes()
    honest = types_of(shapes, "Q4_K", output="Q6_K", attn_v="Q6_K")
    write_gguf(directory / "llama-Q4_K_M.gguf", LlamaFileType.MOSTLY_Q4_K_M, honest)
    write_gguf(directory / "llama-Q8_0.gguf", LlamaFileType.MOSTLY_Q8_0, types_of(shapes, "Q8_0"))
    write_gguf(directory / "llama-Q2_K.gguf", LlamaFileType.MOSTLY_Q2_K, types_of(shapes, "Q2_K"))
    write_gguf(
        directory / "llama-says-Q4_K_M-holds-F32.gguf",
        LlamaFileType.MOSTLY_Q4_K_M,
        types_of(shapes, "F32"),
    )
    write_gguf(
        directory / "llama-with-urls.gguf",
        LlamaFileType.MOSTLY_F16,
        types_of(shapes, "F16"),
        repo_url="https://huggingface.co/example-org/tiny-llama",
        description="see https://docs.example.net/tiny for more",
    )
    write_bert(directory / "bert")
    write_pointer(directory / "pointer.safetensors")
    write_onnx(directory / "onnx")


def write_onnx(directory: Path) -> None:
    """Write a quantized layer as ONNX, its weights in the file and beside it."""
    import onnx_models  # the demonstration does without the library

    directory.mkdir(parents=True, exist_ok=True)
    onnx_models.write_quantized(directory / "layer-int8.onnx")
    onnx_models.write_external(directory / "layer-external.onnx")


DEMO_POLICY = """\
version: 1
extends: [builtin:recommended]

quantization:
  allow: [Q8_0, "Q4_K*", F16, F32]   # what we serve

licenses:
  allow: [Apache-2.0, MIT]
"""


def make_demo(directory: Path) -> None:
    """Write a small repository: two models pass, one does not, one cannot be examined."""
    models = directory / "models"
    models.mkdir(parents=True, exist_ok=True)
    shapes = llama_shapes()
    write_gguf(models / "chat-Q8_0.gguf", LlamaFileType.MOSTLY_Q8_0, types_of(shapes, "Q8_0"))
    write_gguf(models / "assistant.gguf", LlamaFileType.MOSTLY_Q4_K_M, types_of(shapes, "Q2_K"))
    write_bert(models / "embedding")
    write_pointer(models / "vision.safetensors")
    (directory / "lbom-gate.yaml").write_text(DEMO_POLICY, "utf-8")


def main() -> None:
    """Write what the command line asks for."""
    match sys.argv[1:]:
        case ["fixtures", *rest]:
            make_fixtures(Path(rest[0]) if rest else Path(__file__).parent / "fixtures" / "models")
        case ["demo", target]:
            make_demo(Path(target))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
