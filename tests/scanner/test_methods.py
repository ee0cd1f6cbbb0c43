"""Quantization methods of Hugging Face models, as the reference library writes such files.

Each row is a layer of 512 inputs and 1024 outputs. The data are zeros: only names, types and shapes
count. What the scanner makes of more variants, and of each under the label of every other, is
tested beside its tables.
"""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import safetensors

import records

# Label, what config.json says, and the tensors beside the embeddings.
WRITTEN = [
    ("gptq-4bit", {"quant_method": "gptq", "bits": 4, "group_size": 128},
     "qweight I32 64x1024, qzeros I32 4x128, scales F16 4x1024, g_idx I32 512"),
    ("awq-4bit", {"quant_method": "awq", "bits": 4, "version": "gemm"},
     "qweight I32 512x128, qzeros I32 4x128, scales F16 4x1024"),
    ("bnb-nf4", {"quant_method": "bitsandbytes", "load_in_4bit": True,
                 "bnb_4bit_quant_type": "nf4"},
     "weight U8 262144x1, weight.absmax U8 8192, weight.quant_state.bitsandbytes__nf4 U8 85"),
    ("bnb-fp4", {"quant_method": "bitsandbytes", "load_in_4bit": True,
                 "bnb_4bit_quant_type": "fp4"},
     "weight U8 262144x1, weight.absmax F32 8192, weight.quant_state.bitsandbytes__fp4 U8 85"),
    ("bnb-int8", {"quant_method": "bitsandbytes", "load_in_8bit": True},
     "weight I8 1024x512, SCB F32 1024"),
    ("int4", {"quant_method": "compressed-tensors", "format": "pack-quantized",
              "config_groups": {"group_0": {"weights": {"num_bits": 4, "group_size": 128}}}},
     "weight_packed I32 1024x64, weight_scale BF16 1024x4, weight_shape I64 2"),
    ("int8", {"quant_method": "compressed-tensors", "format": "int-quantized",
              "config_groups": {"group_0": {"weights": {"num_bits": 8}}}},
     "weight I8 1024x512, weight_scale BF16 1024x1"),
    ("fp8", {"quant_method": "compressed-tensors", "format": "float-quantized"},
     "weight F8_E4M3 1024x512, weight_scale BF16 1024x1"),
    ("nvfp4", {"quant_method": "compressed-tensors", "format": "nvfp4-pack-quantized"},
     "weight_packed U8 1024x256, weight_scale F8_E4M3 1024x32, weight_global_scale F32 1"),
    ("mxfp4", {"quant_method": "compressed-tensors", "format": "mxfp4-pack-quantized"},
     "weight_packed U8 1024x256, weight_scale U8 1024x16"),
    ("fp8", {"quant_method": "fp8", "weight_block_size": [128, 128]},
     "weight F8_E4M3 1024x512, weight_scale_inv F32 8x4"),
    ("fp8", {"quant_method": "fbgemm_fp8"},
     "weight F8_E4M3 1024x512, weight_scale F32 1024x1"),
    ("mxfp8", {"quant_method": "mxfp8"},
     "weight F8_E4M3 1024x512, weight_scale_inv U8 1024x16"),
    ("mxfp4", {"quant_method": "mxfp4"},
     "gate_up_proj_blocks U8 4x1024x16x16, gate_up_proj_scales U8 4x1024x16"),
    ("nvfp4", {"quant_method": "modelopt", "quant_algo": "NVFP4"},
     "weight U8 1024x256, weight_scale F8_E4M3 1024x32, weight_scale_2 F32 1"),
    ("fp8", {"quant_method": "modelopt", "quant_algo": "FP8"},
     "weight F8_E4M3 1024x512, weight_scale F32 1, input_scale F32 1"),
    ("int4", {"quant_method": "modelopt", "quant_algo": "W4A16_AWQ"},
     "weight U8 512x512, weight_scale F16 1024x4, pre_quant_scale F16 512"),
    ("quark-int4", {"quant_method": "quark", "global_quant_config": {"weight": {"dtype": "int4"}}},
     "weight I32 512x128, weight_scale BF16 4x1024"),
    ("hqq-4bit", {"quant_method": "hqq",
                  "quant_config": {"weight_quant_params": {"nbits": 4, "group_size": 64}}},
     "W_q U8 4096x64, scale F16 8192x1, zero F16 8192x1"),
    ("quanto-int8", {"quant_method": "quanto", "weights": "int8"},
     "weight._data I8 1024x512, weight._scale BF16 1024x1"),
    ("torchao-float8", {"quant_method": "torchao",
                        "quant_type": {"default": {"_type": "Float8WeightOnlyConfig"}}},
     "weight_qdata F8_E4M3 1024x512, weight_scale F32 1024x1"),
    ("eetq-int8", {"quant_method": "eetq", "weights": "int8"},
     "weight I8 512x1024, weight_scales F16 1024"),
    ("aqlm-2bit", {"quant_method": "aqlm", "num_codebooks": 1, "nbits_per_codebook": 16,
                   "in_group_size": 8, "out_group_size": 1},
     "codes I16 1024x64x1, codebooks F16 1x16x1x8, scales F16 1024x1x1x1"),
    ("vptq", {"quant_method": "vptq"}, "indices I16 1x64x1024, centroids.weight F16 1x8192"),
    ("spqr-3bit", {"quant_method": "spqr", "bits": 3},
     "dense_weights I64 65536, row_offsets I32 1025, col_vals I32 900"),
    ("higgs-4bit", {"quant_method": "higgs", "bits": 4},
     "weight I16 256x512, scales F16 1024x2, tables F16 256x2"),
    ("bitnet", {"quant_method": "bitnet"}, "weight U8 256x512, weight_scale BF16 1"),
    ("fp_quant-mxfp4", {"quant_method": "fp_quant", "forward_dtype": "mxfp4"},
     "qweight U8 1024x256, scales U8 1024x16"),
    ("auto-round-4bit", {"quant_method": "auto-round", "bits": 4,
                         "packing_format": "auto_round:auto_gptq"},
     "qweight I32 64x1024, qzeros I32 4x128, scales F16 4x1024, g_idx I32 512"),
    ("metal-4bit", {"quant_method": "metal", "bits": 4, "group_size": 64},
     "weight U32 1024x64, scales BF16 1024x8, qbiases BF16 1024x8"),
    ("mlx-4bit", {"bits": 4, "group_size": 64},
     "weight U32 1024x64, scales BF16 1024x8, biases BF16 1024x8"),
    ("exl2-5.0bpw", {"quant_method": "exl2", "bits": 5.0},
     "q_weight I32 80x1024, q_scale I32 4x128, q_groups I16 8, q_invperm I32 512"),
    ("exl3-4.0bpw", {"quant_method": "exl3", "bits": 4.0},
     "trellis I16 32x64x64, suh F16 512, svh F16 1024"),
]  # fmt: skip
NAMES = [f"{label}, {config.get('quant_method', 'mlx')}" for label, config, _ in WRITTEN]

# The library's names of types, and their bytes.
TYPES = {
    "U8": ("uint8", 1), "I8": ("int8", 1), "F8_E4M3": ("float8_e4m3fn", 1), "I16": ("int16", 2),
    "F16": ("float16", 2), "BF16": ("bfloat16", 2), "I32": ("int32", 4), "U32": ("uint32", 4),
    "F32": ("float32", 4), "I64": ("int64", 8),
}  # fmt: skip


def write(directory: Path, layer: str, config: object) -> Path:
    """Write weights with that layer, and the configuration beside them."""
    ends = {"model.embed_tokens.weight BF16 2000x512", "lm_head.weight BF16 2000x512"}
    rows = [*ends, *(f"model.layers.0.mlp.up.{each.strip()}" for each in layer.split(","))]
    specs, data = {}, []
    for name, type_name, shape in (row.split() for row in rows):
        sizes = [int(size) for size in shape.split("x")]
        dtype, width = TYPES[type_name]
        data.append(np.zeros(math.prod(sizes) * width, np.uint8))
        specs[name] = safetensors.TensorSpec(
            dtype=dtype, shape=sizes, data_ptr=data[-1].ctypes.data, data_len=data[-1].nbytes
        )
    path = directory / "model.safetensors"
    path.write_bytes(safetensors.serialize(specs, {"format": "pt"}))
    (directory / "config.json").write_text(json.dumps({"quantization_config": config}))
    return path


@pytest.mark.parametrize(("label", "config", "layer"), WRITTEN, ids=NAMES)
def test_what_a_method_writes_is_consistent_with_its_claim(
    label: str, config: object, layer: str, tmp_path: Path
) -> None:
    quantization = records.fingerprint(write(tmp_path, layer, config)).facts.quantization

    claims = [(c.value, c.source, c.verdict) for c in quantization.claims]
    assert claims == [(label, "config.json: quantization_config", "consistent")]
    assert quantization.label == label


@pytest.mark.parametrize(("label", "config", "layer"), WRITTEN, ids=NAMES)
def test_a_model_that_nobody_quantized_contradicts_the_claim(
    label: str, config: object, layer: str, tmp_path: Path
) -> None:
    del layer
    path = write(tmp_path, "weight BF16 1024x512", config)
    quantization = records.fingerprint(path).facts.quantization

    assert [(c.value, c.verdict) for c in quantization.claims] == [(label, "contradicted")]
    assert quantization.label == "BF16"


def test_every_method_of_the_table_is_another() -> None:
    methods = {config.get("quant_method", "mlx") for _, config, _ in WRITTEN}

    assert len(methods) >= 25
