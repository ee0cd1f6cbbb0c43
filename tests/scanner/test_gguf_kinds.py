"""GGUF files that are no models, as gguf-py writes them: told for what they are, not accused."""

from collections.abc import Callable, Mapping
from pathlib import Path

import gguf
import numpy as np
import pytest

import records

Shapes = Mapping[str, tuple[int, ...]]


def add(writer: gguf.GGUFWriter, shapes: Shapes, matrices: type = np.float16) -> None:
    """Write tensors of zeros: matrices of one type, everything else in 32 bits."""
    for name, shape in shapes.items():
        writer.add_tensor(name, np.zeros(shape, matrices if len(shape) > 1 else np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def adapter(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 16.0)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    name = "blk.0.attn_q.weight"
    add(writer, {f"{name}.lora_a": (8, 64), f"{name}.lora_b": (64, 8)})


def projector(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type(gguf.GGUFType.MMPROJ)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_bool("clip.has_vision_encoder", val=True)
    writer.add_string("clip.projector_type", "mlp")
    writer.add_uint32("clip.vision.embedding_length", 64)
    writer.add_uint32("clip.vision.block_count", 1)
    writer.add_tensor("v.position_embd.weight", np.zeros((16, 64), np.float32))
    writer.add_tensor("v.patch_embd.weight", np.zeros((64, 3, 4, 4), np.float32))
    shapes = {
        "v.class_embd": (64,),
        "v.blk.0.attn_q.weight": (64, 64),
        "v.blk.0.ffn_up.weight": (128, 64),
        "v.blk.0.ln1.weight": (64,),
        "mm.0.weight": (64, 64),
        "mm.0.bias": (64,),
    }
    add(writer, shapes)


def quantized_ear(path: Path) -> None:
    """Write a projector of sounds in Q8_0: its convolutions stay in 16 bits."""
    writer = gguf.GGUFWriter(path, "clip")
    writer.add_type(gguf.GGUFType.MMPROJ)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_uint32("clip.audio.block_count", 1)
    writer.add_tensor("a.conv1d.1.weight", np.zeros((64, 32, 3), np.float16))
    rows = np.zeros((64, 2 * 34), np.uint8)
    for name in ["a.blk.0.attn_q.weight", "mm.a.mlp.1.weight"]:
        writer.add_tensor(name, rows, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    add(writer, {"a.post_ln.weight": (64,)})


def importance_matrix(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.kv_data[0].pop("general.architecture")
    writer.add_type(gguf.GGUFType.IMATRIX)
    writer.add_array("imatrix.datasets", ["calibration.txt"])
    writer.add_uint32("imatrix.chunk_count", 2)
    writer.add_uint32("imatrix.chunk_size", 512)
    shapes = {"blk.0.attn_q.weight.in_sum2": (1, 64), "blk.0.attn_q.weight.counts": (1, 1)}
    add(writer, shapes, np.float32)


def vocabulary(path: Path) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["<unk>", "<s>", *(f"<0x{byte:02X}>" for byte in range(256)), "a"])
    writer.add_token_scores([0.0] * 259)
    types = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL]
    writer.add_token_types([*types, *[gguf.TokenType.BYTE] * 256, gguf.TokenType.NORMAL])
    add(writer, {})


@pytest.mark.parametrize(
    ("write", "name", "kind", "verdict"),
    [
        (adapter, "m-v1.0-F16-LoRA.gguf", "adapter", "consistent"),
        (projector, "mmproj-m-F16.gguf", "projector", "consistent"),
        (quantized_ear, "mmproj-m-Q8_0.gguf", "projector", "consistent"),
        (importance_matrix, "imatrix.gguf", "importance-matrix", "unclaimed"),
        (vocabulary, "m-v1.0-vocab.gguf", "vocabulary", "no-evidence"),
    ],
)
def test_a_file_is_told_for_what_it_is_and_not_contradicted(
    tmp_path: Path, write: Callable[[Path], None], name: str, kind: str, verdict: str
) -> None:
    write(tmp_path / name)
    record = records.fingerprint(tmp_path / name)

    assert records.is_clean(record, "gguf"), record.facts.anomalies
    assert record.facts.kind == kind
    assert record.facts.quantization.verdict == verdict


def test_a_projector_states_its_own_sizes(tmp_path: Path) -> None:
    projector(tmp_path / "m.gguf")
    facts = records.fingerprint(tmp_path / "m.gguf").facts

    assert (facts.architecture, dict(facts.hyperparameters)) == (
        "clip",
        {"hidden_size": 64, "num_hidden_layers": 1},
    )


def test_a_byte_token_of_other_text_is_malformed(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "m.gguf", "plamo2")
    writer.add_token_list(["<0x-1>", "<0x0A>"])
    writer.add_token_types([gguf.TokenType.BYTE, gguf.TokenType.BYTE])
    add(writer, {})
    record = records.fingerprint(tmp_path / "m.gguf")

    assert records.problems(record) == {"malformed-header: byte-token"}
    assert [anomaly.message for anomaly in record.facts.anomalies] == [
        "token 0 is of type BYTE and its text is not; <0x00> to <0xFF> are allowed"
    ]
