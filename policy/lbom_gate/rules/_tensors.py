"""The evidence of the tensors, in lines that a person reads."""

from __future__ import annotations

from collections.abc import Collection

from lbom_gate.model import Quantization, TensorType
from lbom_gate.rules._words import quote

# Types of numbers that no quantizer made.
PLAIN = frozenset({"F64", "F32", "F16", "BF16"})

# So many rows show what a model is made of; few have more types than that.
MOST_ROWS = 4


def quantizable(quantization: Quantization) -> list[TensorType]:
    """Return the types that hold quantizable parameters, the one that holds most of them first."""
    rows = [row for row in quantization.tensor_types if row.quantizable_parameters > 0]
    return sorted(rows, key=lambda row: (-row.quantizable_parameters, row.name))


def evidence(quantization: Quantization, names: Collection[str] = ()) -> tuple[str, ...]:
    """Return a line for each claim and for each of the named types, or of the main ones."""
    total = sum(row.tensors for row in quantization.tensor_types)
    named = [row for row in quantization.tensor_types if row.name in names]
    rows = named or quantizable(quantization)
    lines = [f"{quote(claim.source)} claims {quote(claim.value)}" for claim in quantization.claims]
    lines += [_line(row, total) for row in rows[:MOST_ROWS]]
    if len(rows) > MOST_ROWS:
        lines.append(f"and {len(rows) - MOST_ROWS} more types")
    return tuple(lines)


def _line(row: TensorType, total: int) -> str:
    verb = "is" if row.tensors == 1 else "are"
    tensors = "tensor" if total == 1 else "tensors"
    bits = "" if row.parameters == 0 else f" ({8 * row.bytes / row.parameters:.2f} bits/weight)"
    example = f"{quote(row.example)} … " if row.example else ""
    return f"{example}{row.tensors} of {total} {tensors} {verb} {row.name}{bits}"
