"""What the libraries of quantization methods write is what it claims to be, and nothing else.

The libraries are no dependencies of the gate and its checks: `LBOM_GATE_WRITERS` names a Python
that has them. What it has not is skipped, aloud.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import records

WRITER = Path(__file__).with_name("quantized_models.py")
# Libraries, the modules that they need, and the label of what they write.
LIBRARIES = {
    "bitsandbytes": (("torch", "transformers", "bitsandbytes"), "bnb-nf4"),
    "modelopt": (("torch", "transformers", "modelopt"), "nvfp4"),
    "quanto": (("torch", "transformers", "optimum"), "quanto-int4"),
    "torchao": (("torch", "transformers", "torchao"), "torchao-int8"),
}
OTHER = {"quant_method": "awq", "bits": 4, "version": "gemm"}
MAPS = ("hf_quant_config.json", "quantization_map.json")


def python_with(modules: tuple[str, ...]) -> str:
    """Return the Python that has the modules; importing some takes many seconds."""
    python = os.environ.get("LBOM_GATE_WRITERS", sys.executable)
    find = (
        "import sys, importlib.util as u; print(*[m for m in sys.argv[1:] if not u.find_spec(m)])"
    )
    ended = subprocess.run(
        [python, "-c", find, *modules], capture_output=True, text=True, check=True
    )
    if absent := ended.stdout.split():
        pytest.skip(f"{python} has no {' and no '.join(absent)} (LBOM_GATE_WRITERS names another)")
    return python


def quantization(directory: Path):
    return records.fingerprint(directory / "model.safetensors").facts.quantization


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_what_a_library_quantized_is_what_it_claims_and_nothing_else(library, tmp_path):
    modules, label = LIBRARIES[library]
    python = python_with(modules)
    subprocess.run([python, WRITER, library, tmp_path], capture_output=True, check=True)
    honest = tmp_path / "quantized"

    found = quantization(honest)
    assert (found.verdict, found.label) == ("consistent", label)

    for name in MAPS:
        (honest / name).unlink(missing_ok=True)
    config = json.loads((honest / "config.json").read_text(encoding="utf-8"))
    claimed = {**config, "quantization_config": OTHER}
    (honest / "config.json").write_text(json.dumps(claimed), encoding="utf-8")
    assert quantization(honest).verdict == "contradicted"

    plain = (tmp_path / "plain/model.safetensors").read_bytes()
    (honest / "model.safetensors").write_bytes(plain)
    assert quantization(honest).verdict == "contradicted"
