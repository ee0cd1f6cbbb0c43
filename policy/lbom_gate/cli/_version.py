"""The version, as it is shown."""

from lbom_gate import __version__, _scanner


def text() -> str:
    """Return the versions of the gate and of its scanner in one line."""
    return f"lbom-gate {__version__} (scanner {_scanner.version()})"
