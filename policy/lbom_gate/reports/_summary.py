"""What a verdict comes to in numbers, the same in every report."""

from __future__ import annotations

from lbom_gate.dataclass import dataclass
from lbom_gate.model import UNEXAMINED, Finding, Verdict, Waiver
from lbom_gate.reports._escape import terminal
from lbom_gate.reports._words import counted, size

_HEADLINES = {
    "pass": "policy passed",
    "violation": "policy FAILED",
    "not-examined": "NOT EXAMINED",
}

# Rules whose findings say that a file was not examined.
_TELLING = UNEXAMINED | {"unknown-format"}


@dataclass(frozen=True, slots=True)
class Summary:
    """The counts of one run."""

    models: int
    files: int
    bytes: int  # of the content of all files whose size is known
    errors: int  # not waived
    warnings: int  # not waived
    waived: int
    not_examined: int  # paths of which something could not be examined


def summarize(verdict: Verdict) -> Summary:
    """Return the counts of a verdict."""
    files = [file for judged in verdict.models for file in judged.model.files]
    standing = [finding.level for finding in verdict.findings if finding.waiver is None]
    return Summary(
        models=len(verdict.models),
        files=len(files),
        bytes=sum(file.size or 0 for file in files),
        errors=standing.count("error"),
        warnings=standing.count("warning"),
        waived=len(verdict.findings) - len(standing),
        not_examined=len({path for path, _ in unexamined(verdict)}),
    )


def unexamined(verdict: Verdict) -> list[tuple[str, str]]:
    """Return path and reason of all that was not examined, whatever the level of the rule is."""
    from_models = list(verdict.not_examined)
    paths = {path for path, _ in from_models}
    unknown_facts = [
        (finding.path, finding.message)
        for finding in verdict.findings
        if finding.rule == "not-examined" and finding.path not in paths
    ]
    return from_models + unknown_facts


def untold(verdict: Verdict) -> list[tuple[str, str]]:
    """Return path and reason of what was not examined and no finding tells, its rule being off."""
    told = {finding.path for finding in verdict.findings if finding.rule in _TELLING}
    return [(path, reason) for path, reason in unexamined(verdict) if path not in told]


def by_weight(verdict: Verdict) -> list[Finding]:
    """Return what was not waived, errors first, then by path and rule."""
    standing = (finding for finding in verdict.findings if finding.waiver is None)
    return sorted(standing, key=lambda f: (f.level != "error", f.path, f.rule))


def waived(verdict: Verdict) -> list[tuple[Finding, Waiver]]:
    """Return what was waived, by path and rule, each with its waiver."""
    by_place = sorted(verdict.findings, key=lambda f: (f.path, f.rule))
    return [(finding, finding.waiver) for finding in by_place if finding.waiver is not None]


def waiver_words(waiver: Waiver) -> str:
    """Return until when, by whom and why."""
    return terminal(f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}")


def last_line(verdict: Verdict) -> tuple[str, str]:
    """Return the verdict in two words, and the counts and the policy behind it."""
    counts = summarize(verdict)
    parts = [
        counted(counts.errors, "error") if counts.errors else "",
        counted(counts.warnings, "warning") if counts.warnings else "",
        f"{counts.waived} waived" if counts.waived else "",
        f"{counts.not_examined} not examined" if counts.not_examined else "",
    ]
    extends = "".join(f" (+{terminal(name)})" for name in verdict.extends)
    rest = [
        ", ".join(filter(None, parts)),
        f"{counted(counts.models, 'model')}, {size(counts.bytes)}",
        f"policy {terminal(verdict.policy)}{extends}",
    ]
    return _HEADLINES[verdict.status], " · ".join(filter(None, rest))
