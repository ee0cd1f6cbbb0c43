"""Numbers as a person reads them."""

from __future__ import annotations

_BINARY = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))
_DECIMAL = ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K"))


def size(count: int) -> str:
    """Return a number of bytes in the largest binary unit of which there is one at least."""
    for unit, name in _BINARY:
        if count >= unit:
            return f"{_short(count / unit)} {name}"
    return f"{count} B"


def parameters(count: int) -> str:
    """Return a number of parameters as the field writes it: 8.03B, 1.1B, 22.7M."""
    for unit, name in _DECIMAL:
        if count >= unit:
            return f"{_short(count / unit)}{name}"
    return str(count)


def counted(count: int, noun: str) -> str:
    """Return a number of things: "1 error", "2 errors"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _short(value: float) -> str:
    """Return a number with two decimals, less the zeros at the end."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
