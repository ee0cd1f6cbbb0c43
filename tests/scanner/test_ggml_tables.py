"""The scanner's tables of GGUF types and recipes are those of the `gguf` package."""

from pathlib import Path

import gguf
import pytest
from gguf import GGMLQuantizationType, LlamaFileType

import raw
import records
from raw import LLAMA, Gguf, Key, Tensor

SIZES = {
    **{kind.value: (kind.name, *gguf.GGML_QUANT_SIZES[kind]) for kind in GGMLQuantizationType},
    9: ("Q8_1", 32, 36),  # two halves and 32 bytes in ggml-common.h; the package says 40
    42: ("Q2_0", 64, 18),  # newer than the package
}
RECIPES = {
    **{
        file_type.value: file_type.name.removeprefix("MOSTLY_").removeprefix("ALL_")
        for file_type in LlamaFileType
        if file_type != LlamaFileType.GUESSED  # a mark in memory, in no file
    },
    41: "Q2_0",  # newer than the package
}


def test_the_tables_are_complete() -> None:
    assert len(SIZES) == 35
    assert len(RECIPES) == 36


@pytest.mark.parametrize("kind", sorted(SIZES), ids=lambda kind: SIZES[kind][0])
def test_a_tensor_type_has_its_name_and_size(kind: int, tmp_path: Path) -> None:
    name, block, size = SIZES[kind]
    path = tmp_path / "a.gguf"
    tensor = Tensor("blk.0.ffn_up.weight", (3 * block, 2), type=kind)
    path.write_bytes(bytes(Gguf(tensors=[tensor], data=bytes(6 * size))))
    record = records.fingerprint(path)

    assert records.is_clean(record, "gguf"), record.facts.anomalies
    assert records.histogram(record) == {name: (1, 6 * block, 6 * size)}
    assert record.facts.quantization.bits_per_weight == size * 8 / block


@pytest.mark.parametrize("file_type", sorted(RECIPES), ids=RECIPES.__getitem__)
def test_a_recipe_is_claimed_by_its_name(file_type: int, tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    keys = [LLAMA, Key("general.file_type", file_type, type=raw.U32)]
    path.write_bytes(bytes(Gguf(keys=keys, tensors=[], data=b"")))
    quantization = records.fingerprint(path).facts.quantization
    claims = [(claim.value, claim.source) for claim in quantization.claims]

    assert claims == [(RECIPES[file_type], "general.file_type")]
    assert quantization.verdict == "no-evidence"
