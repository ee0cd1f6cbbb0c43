"""The report for a person: the fact in the file, the policy line that decided, and what to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from lbom_gate.dataclass import dataclass
from lbom_gate.model import FactsEvidence, Finding, Model, Span, Verdict
from lbom_gate.reports._escape import terminal
from lbom_gate.reports._paint import Paint, paint, plain
from lbom_gate.reports._report import Options
from lbom_gate.reports._snippet import gutter, place, snippet
from lbom_gate.reports._summary import by_weight, last_line, untold, waived, waiver_words
from lbom_gate.reports._words import parameters, size

# So many files that share one finding are named; the rest is counted.
MOST_PATHS = 10
# An architecture is a word; what is longer was not meant to be read.
LONGEST_KIND = 40

# Facts that were not measured in this run are shown as what they are.
_EVIDENCE: Mapping[FactsEvidence, str] = {
    "measured": "",
    "locked": "facts of the lock",
    "declared": "as declared",
}

# What was read elsewhere than at its path.
_STORED = "content of a git-LFS pointer"


@dataclass(frozen=True, slots=True)
class _Page:
    """What every part of the report needs."""

    models: Mapping[str, Model]  # by the path of each of their files
    paint: Paint


def report(verdict: Verdict, options: Options) -> str:
    """Return a block for each finding, then what else must be said, and the verdict last."""
    models = {file.path: j.model for j in verdict.models for file in j.model.files}
    page = _Page(models, paint if options.color else plain)
    blocks = [
        *_findings(verdict, page, options.max_findings),
        *_waived(verdict, page, options.max_findings),
        *_unexamined(verdict, page, options.max_findings),
    ]
    end = [f"{page.paint('strong', 'note')}: {terminal(note)}" for note in verdict.notes]
    headline, counts = last_line(verdict)
    end.append(f"{page.paint(verdict.status, headline)}  {counts}")
    return "".join(f"{block}\n\n" for block in blocks) + "\n".join(end) + "\n"


def _findings(verdict: Verdict, page: _Page, most: int) -> Iterator[str]:
    """Yield a block for each group of findings that differ in nothing but the file."""
    groups: dict[Finding, list[Finding]] = {}
    for finding in by_weight(verdict):
        like = replace(finding, path="", sha256=None, command="")
        groups.setdefault(like, []).append(finding)
    shown = list(groups.values())
    for group in shown[:most]:
        yield "\n".join(_block(group, page))
    hidden = Counter(finding.rule for group in shown[most:] for finding in group)
    if hidden:
        yield "\n".join(f"… and {count} more of {rule}" for rule, count in hidden.items())


def _block(group: Sequence[Finding], page: _Page) -> Iterator[str]:
    first = group[0]
    title = page.paint("strong", f": {terminal(first.message)}")
    yield f"{page.paint(first.level, f'{first.level}[{first.rule}]')}{title}"
    width = gutter(first.pin, first.policy)
    frame = _Frame(width, page.paint)
    is_of_policy = _is_of_policy(first, page)
    if not is_of_policy:
        yield from _subject(group, frame, page)
    corner = "┌─" if is_of_policy else "├─"
    for span, label in _spans(first):
        yield frame.line(corner, place(span))
        yield from snippet(span, label, width, page.paint)
        corner = "├─"
    if is_of_policy:
        yield from (frame.line("=", terminal(note)) for note in first.notes)
    if first.help:
        yield frame.line("=", f"help: {terminal(first.help)}")
    docs = f"lbom-gate explain {first.rule}"
    if first.command != docs and first.command not in first.help:
        yield frame.line("=", f"or: {terminal(first.command)}")
    yield frame.line("=", f"docs: {docs}")


def _is_of_policy(finding: Finding, page: _Page) -> bool:
    """Whether the finding is about the policy file, so that its line is the subject."""
    is_in_policy = finding.policy is not None and finding.policy.path == finding.path
    return is_in_policy and finding.path not in page.models


def _subject(group: Sequence[Finding], frame: _Frame, page: _Page) -> Iterator[str]:
    """Yield the files that the finding is about, and what was found in them."""
    for i, finding in enumerate(group[:MOST_PATHS]):
        yield frame.line("├─" if i else "┌─", _about(finding, page))
    if len(group) > MOST_PATHS:
        yield frame.line("│ ", f"… and {len(group) - MOST_PATHS} more")
    for fact in _facts(group[0]):
        yield frame.line("│ ", f"  {terminal(fact)}")


@dataclass(frozen=True, slots=True)
class _Frame:
    """The line down the left side of a block."""

    width: int
    paint: Paint

    def line(self, mark: str, text: str) -> str:
        return f"{' ' * self.width}{self.paint('frame', mark)} {text}"


def _spans(finding: Finding) -> Iterator[tuple[Span, str]]:
    if finding.pin is not None:
        yield finding.pin, ""
    if finding.policy is not None and finding.policy != finding.pin:
        yield finding.policy, finding.label


def _about(finding: Finding, page: _Page) -> str:
    """Return the path, and in short which model it belongs to."""
    model = page.models.get(finding.path)
    path = page.paint("strong", terminal(finding.path))
    if model is None:
        return path
    files = [file for file in model.files if file.path == finding.path]
    known = [
        _kind(model),
        *(size(file.size) for file in files if file.size),
        *(_STORED for file in files if file.role == "stored"),
        f"sha256 {terminal(finding.sha256[:8])}…" if finding.sha256 else "",
        _EVIDENCE[model.evidence],
    ]
    return f"{path}   {' · '.join(filter(None, known))}".rstrip()


def _kind(model: Model) -> str:
    """Return "1.1B llama" or "12M llama adapter", as far as it is known."""
    count = model.facts.parameters
    architecture = terminal(model.facts.architecture or "")[:LONGEST_KIND]
    kind = terminal(model.facts.kind or "").replace("-", " ")
    return " ".join(filter(None, [parameters(count) if count else "", architecture, kind]))


def _facts(finding: Finding) -> Iterator[str]:
    """Yield where the fact stands, unless the notes say it, and the notes."""
    said = " ".join(finding.notes)
    where = finding.location
    if where is not None:
        key = where.key or ""
        byte = "" if where.offset is None else f"byte {where.offset}"
        unsaid = [part for part in (key, byte) if part and part not in said]
        if unsaid:
            yield f"at {', '.join(unsaid)}"
    yield from finding.notes


def _waived(verdict: Verdict, page: _Page, most: int) -> Iterator[str]:
    every = waived(verdict)
    for finding, waiver in every[:most]:
        frame = _Frame(gutter(waiver.span), page.paint)
        lines = [
            f"{page.paint('faint', f'waived[{finding.rule}]')}: {terminal(finding.message)}",
            frame.line("┌─", _about(finding, page)),
            frame.line("├─", place(waiver.span)),
            frame.line("=", waiver_words(waiver)),
        ]
        yield "\n".join(lines)
    if len(every) > most:
        yield f"… and {len(every) - most} more waived"


def _unexamined(verdict: Verdict, page: _Page, most: int) -> Iterator[str]:
    """Yield what was not examined and no finding tells, because the rule is off."""
    silent = untold(verdict)
    lines = [
        f"{page.paint('warning', 'not examined')}: {terminal(path)}: {terminal(reason)}"
        for path, reason in silent[:most]
    ]
    if len(silent) > most:
        lines.append(f"… and {len(silent) - most} more not examined")
    if lines:
        yield "\n".join(lines)
