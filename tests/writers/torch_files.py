"""Writes what PyTorch writes, and says of each file what it holds: tensors by type."""

import collections
import sys
import warnings
from pathlib import Path

import expectations
import torch
from torch import nn

NAMES = {
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float8_e4m3fn: "F8_E4M3",
    torch.float8_e5m2: "F8_E5M2",
    torch.complex64: "C64",
    torch.int64: "I64",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.uint16: "U16",
    torch.bool: "BOOL",
    torch.qint8: "I8",
}


def types(tensors: collections.abc.Iterable[torch.Tensor]) -> expectations.Types:
    """Return the tensors and elements of each type."""
    return expectations.count((NAMES[tensor.dtype], tensor.numel()) for tensor in tensors)


class Model(nn.Module):
    """A model with weights, a buffer and a path through both."""

    def __init__(self) -> None:
        """Make the layers."""
        super().__init__()
        self.linear = nn.Linear(8, 4)
        self.register_buffer("steps", torch.arange(3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the layer makes of the input."""
        return torch.relu(self.linear(x))


def write(directory: Path) -> expectations.Expectations:
    """Write every file and return what is in it."""
    model, x = Model().eval(), torch.randn(1, 8)
    state = model.state_dict()
    of_model = types(state.values())
    found: expectations.Expectations = {}

    for suffix in ("pt", "pth", "bin", "ckpt", "pkl"):
        torch.save(state, directory / f"state.{suffix}")
        found[f"state.{suffix}"] = of_model
    for protocol in (2, 3, 4, 5):
        for is_zip in (True, False):
            name = f"protocol-{protocol}-{'zip' if is_zip else 'stream'}.pt"
            torch.save(
                state,
                directory / name,
                pickle_protocol=protocol,
                _use_new_zipfile_serialization=is_zip,
            )
            found[name] = of_model
    for dtype in NAMES:
        if dtype != torch.qint8:
            name = f"{str(dtype).rpartition('.')[2]}.pt"
            tensor = torch.zeros(6, 4).to(dtype)
            torch.save({"weight": tensor}, directory / name)
            found[name] = types([tensor])
    quantized = torch.quantize_per_tensor(torch.randn(8, 8), 0.1, 0, torch.qint8)
    torch.save({"weight": quantized}, directory / "quantized.pt")
    found["quantized.pt"] = types([quantized])
    base = torch.randn(16, 16)
    views = [base.t(), base[::2, 3:7], torch.randn(1, 8).expand(5, 8)]
    torch.save(views, directory / "views.pt")
    found["views.pt"] = types(views)
    optimizer = torch.optim.AdamW(model.parameters())
    model(x).sum().backward()
    optimizer.step()
    moments = [
        value for each in optimizer.state_dict()["state"].values() for value in each.values()
    ]
    torch.save({"model": state, "optimizer": optimizer.state_dict()}, directory / "training.pt")
    found["training.pt"] = types([*state.values(), *moments])

    torch.jit.script(model).save(directory / "scripted.pt")
    torch.jit.trace(model, x).save(directory / "traced.pt")
    torch.jit.script(model)._save_for_lite_interpreter(  # noqa: SLF001
        str(directory / "mobile.ptl")
    )
    torch.export.save(torch.export.export(model, (x,)), directory / "exported.pt2")
    for name in ("scripted.pt", "traced.pt", "mobile.ptl", "exported.pt2"):
        found[name] = of_model
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    expectations.run(write, sys.argv[1])
