"""Writes a small random Llama as one library quantizes it: `quantized_models.py LIBRARY DIRECTORY`.

Nothing is downloaded and no GPU is needed. The directory is what somebody would publish: weights
and the configuration that says how they are quantized.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import torch
import transformers


def plain(directory: Path) -> Path:
    """Write the model that is quantized, and return its directory."""
    config = transformers.LlamaConfig(
        vocab_size=512,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=1,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
    model.save_pretrained(directory / "plain")
    return directory / "plain"


def load_and_save(directory: Path, config: object) -> None:
    """Quantize while loading, as a configuration of `transformers` says, and save."""
    model = transformers.AutoModelForCausalLM.from_pretrained(
        plain(directory), quantization_config=config, dtype=torch.bfloat16, device_map="cpu"
    )
    model.save_pretrained(directory / "quantized")


def bitsandbytes(directory: Path) -> None:
    """Write NF4 with quantized scales."""
    load_and_save(
        directory,
        transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True
        ),
    )


def torchao(directory: Path) -> None:
    """Write integers of eight bits."""
    from torchao.quantization import Int8WeightOnlyConfig

    load_and_save(directory, transformers.TorchAoConfig(Int8WeightOnlyConfig()))


def modelopt(directory: Path) -> None:
    """Write NVFP4."""
    from modelopt.torch import quantization
    from modelopt.torch.export import export_hf_checkpoint

    model = transformers.AutoModelForCausalLM.from_pretrained(
        plain(directory), dtype=torch.bfloat16
    )
    ids = torch.arange(32).reshape(1, 32)
    quantization.quantize(model, quantization.NVFP4_DEFAULT_CFG, lambda model: model(ids))
    export_hf_checkpoint(model, dtype=torch.bfloat16, export_dir=directory / "quantized")


def quanto(directory: Path) -> None:
    """Write integers of four bits, and the map of layers that the library writes beside them."""
    import optimum.quanto as quantization
    import safetensors.torch

    source = plain(directory)
    model = transformers.AutoModelForCausalLM.from_pretrained(source, dtype=torch.bfloat16)
    quantization.quantize(model, weights=quantization.qint4, exclude="lm_head")
    quantization.freeze(model)
    target = directory / "quantized"
    target.mkdir()
    (target / "config.json").write_bytes((source / "config.json").read_bytes())
    layers = json.dumps(quantization.quantization_map(model))
    (target / "quantization_map.json").write_text(layers, encoding="utf-8")
    state = {name: tensor.contiguous() for name, tensor in model.state_dict().items()}
    safetensors.torch.save_file(state, target / "model.safetensors")


WRITERS: dict[str, Callable[[Path], None]] = {
    "bitsandbytes": bitsandbytes,
    "modelopt": modelopt,
    "quanto": quanto,
    "torchao": torchao,
}

if __name__ == "__main__":
    WRITERS[sys.argv[1]](Path(sys.argv[2]))
