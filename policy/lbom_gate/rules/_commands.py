"""Commands that help with a finding, as a person types them into a shell."""

from __future__ import annotations

from lbom_gate.model import Settings

# Long enough for a vendor's next release, and within the limit of most policies.
_DAYS = 90


def waive(rule: str, path: str, settings: Settings) -> str:
    """Return the command that writes a waiver; nothing for a path that cannot be typed."""
    most = settings.waiver_max_days
    days = _DAYS if most is None else min(_DAYS, most.value)
    return _typed(f"lbom-gate waive {rule} {{}} --reason … --owner … --expires {days}d", path)


def lock(path: str) -> str:
    """Return the command that pins the bytes that are there; likewise."""
    return _typed("lbom-gate lock --update {}", path)


def explain(rule: str) -> str:
    """Return the command that explains a rule."""
    return f"lbom-gate explain {rule}"


def _typed(command: str, path: str) -> str:
    # A backslash stands for bytes that are no text; a control character is not for a shell.
    if "\\" in path or not path.isprintable():
        return ""
    from shlex import quote

    return command.format(quote(f"./{path}" if path.startswith("-") else path))
