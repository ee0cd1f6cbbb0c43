"""What every rule is.

To add a rule: write `<name_of_the_rule>.py` in this folder, with its docs in the module's docstring
(a summary line, then the four headings) and one class that ends in `RULE = ThatClass()`; then give
it a passing and a failing case in `tests/rules/`. Nothing else has to know of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from lbom_gate.model import (
    Context,
    Finding,
    Level,
    Location,
    Model,
    Origin,
    Pin,
    Sbom,
    Settings,
    Span,
    Waiver,
)
from lbom_gate.rules import _commands

# The path that stands for a run as a whole, where there is no document to name.
WHOLE_RUN = "."


class Rule:
    """A rule: its name, and what it has to say of each kind of thing. By default, nothing.

    A rule reads what it is handed and nothing else: no disk, no network, no clock. It is never
    run where its level is `off`.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    recommended: ClassVar[Level]  # its level in builtin:recommended
    is_grave: ClassVar[bool] = False  # can be waived only by exact path and digest

    def check(self, model: Model, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield what the rule has to say of one model."""
        del model, settings, context
        return iter(())

    def check_sbom(self, sbom: Sbom, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield what the rule has to say of the document as a whole."""
        del sbom, settings, context
        return iter(())

    def check_origin(
        self, origin: Origin, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield what the rule has to say of a file that says where models come from."""
        del origin, settings, context
        return iter(())

    def check_absent(self, pin: Pin, settings: Settings, context: Context) -> Iterator[Finding]:
        """Yield what the rule has to say of a pinned file that the SBOM does not have."""
        del pin, settings, context
        return iter(())

    def check_waiver(
        self, waiver: Waiver, matched: int, settings: Settings, context: Context
    ) -> Iterator[Finding]:
        """Yield what the rule has to say of a waiver that matched so many findings."""
        del waiver, matched, settings, context
        return iter(())

    def finding(  # noqa: PLR0913  a finding has that many parts, and each is named where it is given
        self,
        path: str,
        settings: Settings,
        message: str,
        *,
        help: str,  # noqa: A002  the word that reports print
        policy: Span | None = None,
        label: str = "",
        level: Level | None = None,
        sha256: str | None = None,
        location: Location | None = None,
        pin: Span | None = None,
        notes: tuple[str, ...] = (),
    ) -> Finding:
        """Return a finding of this rule; if no policy line is given, its level's line decided."""
        setting = settings.levels[self.name]
        return Finding(
            rule=self.name,
            level=level or setting.value,
            path=path,
            message=message,
            help=help,
            location=location,
            policy=policy or setting.span,
            pin=pin,
            notes=notes,
            sha256=sha256,
            label=label,
            command=self.command(path, settings),
        )

    def command(self, path: str, settings: Settings) -> str:
        """Return a command that helps with a finding at `path`: a waiver, where one is in order.

        Nobody is told how to waive what a waiver should hardly ever excuse, and a waiver of what
        is wrong with the policy would stand in that policy.
        """
        if self.is_grave or self.family == "policy":
            return _commands.explain(self.name)
        return _commands.waive(self.name, path, settings)
