"""lbom-gate: a gate that no bad model file passes by accident."""

__version__ = "0.1.0"
