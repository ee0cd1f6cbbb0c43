"""``lbom-gate waive``: write a waiver into the policy."""

import difflib
import os
import re
from datetime import date, datetime, timedelta
from pathlib import Path

import click

from lbom_gate import pipeline, policies, rules, sources
from lbom_gate.cli import _output, _run
from lbom_gate.cli._exit import Refusal
from lbom_gate.model import Diagnostic, NewWaiver, Pins, RuleInfo
from lbom_gate.reports import terminal

_AUTO, _NONE = "auto", "none"
_DAYS = re.compile(r"([1-9][0-9]{0,3})d")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SPECIAL = re.compile(r"[*?\[{]")


class _Expiry(click.ParamType[date | timedelta]):
    """A day, or a number of days from today."""

    name = "90d|DATE"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | timedelta:
        text = str(value)
        try:
            days = _DAYS.fullmatch(text)
            return timedelta(days=int(days[1])) if days else date.fromisoformat(text)
        except ValueError:
            self.fail(f"{text!r} is neither a number of days such as 90d nor a date", param, ctx)


class _Sha256(click.ParamType[str]):
    """A digest, or how to come by one."""

    name = f"{_AUTO}|HEX|{_NONE}"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        text = str(value)
        if text not in {_AUTO, _NONE} and not _SHA256.fullmatch(text):
            self.fail(f"{text!r} is not 64 hexadecimal digits in lower case", param, ctx)
        return text


@click.command()
@click.argument("rule")
@click.argument("path", type=click.Path(path_type=str))
@click.option("--reason", required=True, help="Why; whoever reads it next year must understand.")
@click.option("--owner", required=True, help="Who answers for it.")
@click.option(
    "--expires",
    type=_Expiry(),
    required=True,
    help="The last day it holds; the policy says how far ahead at the most (waiver-max-days).",
)
@click.option(
    "--sha256",
    type=_Sha256(),
    help="Bind it to these bytes; auto takes the digest of the file, else of its pin. "
    "By default auto where PATH is one file whose digest is known.",
)
@_run.policy_option
@_run.today_option
def command(
    rule: str,
    path: str,
    reason: str,
    owner: str,
    expires: date | timedelta,
    sha256: str | None,
    policy_file: Path | None,
    today: datetime | None,
) -> int:
    """Let PATH, a file or a pattern, break RULE for a time.

    Writes the waiver into the policy file and leaves everything else in it as it is. The gravest
    rules are waived only for one file and its digest.
    """
    info = _known(rule)
    now = _run.day(today)
    with _run.refusals():
        place = pipeline.Place.here()
        file = policy_file or pipeline.find_policy(place, (path,))
        if file is None:
            raise Refusal("error: there is no policy file to write into; run: lbom-gate init")
        policy = pipeline.load_policy(place, file)
        _require_own_waivers(policy)
        pins = pipeline.load_pins(place, policy)
        text = sources.relative_text(path, place.start)
        is_file = os.path.lexists(path) or text in pins.by_path or not _SPECIAL.search(path)
        pattern = _pattern(text, policy, is_file=is_file)
        here = _scanned(place, path, policy, pins)
        digest = pipeline.digest_of(text, here, pins) if is_file else None
        waiver = NewWaiver(
            rule=rule,
            path=pattern,
            sha256=_bound(sha256, digest, info, is_file=is_file),
            reason=_printable("--reason", reason),
            owner=_printable("--owner", owner),
            expires=_day(expires, now, policy.waiver_max_days),
        )
        after = policies.with_waiver(policies.read_file(file), policy.path, waiver)
        changed = pipeline.load_policy_text(place, file, after)
        _require_sound(changed, now)
        # A waiver of a file that is here needs no look at the others.
        if here is None:
            waived = pipeline.is_waived_anywhere(place, changed, pins, today=now)
        else:
            waived = pipeline.is_waived_among(here, changed, pins, today=now)
    _output.write(str(file), after)
    bound = f"sha256 {waiver.sha256}" if waiver.sha256 else "whatever its bytes"
    click.echo(
        terminal(f"{policy.path}: waives {rule} for {pattern} until {waiver.expires} ({bound})")
    )
    if not waived:
        click.echo(
            terminal(_unused(path, rule, is_here=here is not None, is_file=is_file)), err=True
        )
    return 0


def _scanned(
    place: pipeline.Place, path: str, policy: policies.Policy, pins: Pins
) -> pipeline.Scanned | None:
    """Return what is at the path; None where nothing is."""
    if not os.path.lexists(path):
        return None
    return pipeline.scan(place, sources.select((path,), root=place.root), policy, pins)


def _known(rule: str) -> RuleInfo:
    infos = {info.name: info for info in rules.INFOS}
    if rule not in infos:
        near = difflib.get_close_matches(rule, infos, n=1)
        hint = f"did you mean {near[0]}?" if near else "`lbom-gate rules` lists them"
        raise Refusal(terminal(f"error: no rule is named {rule!r}; {hint}"))
    return infos[rule]


def _require_own_waivers(policy: policies.Policy) -> None:
    """Refuse where a list in the policy would replace one that it extends."""
    elsewhere = [waiver.span for waiver in policy.waivers if waiver.span.path != policy.path]
    if elsewhere:
        raise policies.PolicyErrors(
            [
                Diagnostic(
                    elsewhere[0],
                    f"the waivers stand in a file that {policy.path} extends",
                    f"a list in {policy.path} would replace this one",
                    "write it into this file by hand, or move all of them",
                )
            ]
        )


def _pattern(text: str, policy: policies.Policy, *, is_file: bool) -> str:
    """Return the path as the policy writes it; the name of a file is no pattern."""
    located = policy.place.locate(text)
    if located is None:
        raise Refusal(terminal(f"error: {text} lies outside of the directory of {policy.path}"))
    return _SPECIAL.sub(r"[\g<0>]", located) if is_file else located


def _bound(asked: str | None, known: str | None, info: RuleInfo, *, is_file: bool) -> str | None:
    """Return the digest that the waiver is bound to."""
    if info.is_grave and (asked == _NONE or not is_file):
        raise Refusal(f"error: {info.name} is waived only for one file, by its path and sha256")
    if asked == _NONE:
        return None
    if asked not in {None, _AUTO}:
        return asked
    if known is None and (info.is_grave or asked == _AUTO):
        advice = "" if info.is_grave else f", or say --sha256 {_NONE}"
        raise Refusal(f"error: no digest of the file is known; give it as --sha256 HEX{advice}")
    return known


def _printable(option: str, text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise Refusal(f"error: {option} wants a few words on one line")
    return text


def _day(expires: date | timedelta, today: date, most: int) -> date:
    try:
        day = today + expires if isinstance(expires, timedelta) else expires
    except OverflowError:
        day = date.max
    if day < today:
        raise Refusal(f"error: {day} is in the past")
    if day - today > timedelta(days=most):
        last = today + timedelta(days=most)
        raise Refusal(f"error: a waiver expires within {most} days, by {last}; found {day}")
    return day


def _unused(path: str, rule: str, *, is_here: bool, is_file: bool) -> str:
    """Return that the waiver waives nothing today, and where one might have mistyped."""
    if is_here and Path(path).is_dir():
        below = f"{path.rstrip('/')}/**"
        return f"note: it waives nothing today: {path} is a directory; {below} names what is in it"
    if is_here:
        return f"note: it waives nothing today: no finding of {rule} on {path}"
    if is_file:
        return f"note: it waives nothing today: there is no {path}"
    return f"note: it waives nothing today: no finding of {rule} on what {path} matches"


def _require_sound(policy: policies.Policy, today: date) -> None:
    """Refuse a waiver that the policy's own rules would deny."""
    found = pipeline.judge_waiver(policy, policy.waivers[-1], today=today)
    denied = [finding for finding in found if finding.level == "error"]
    if denied:
        raise Refusal(terminal(f"error: {denied[0].message}; {denied[0].help}"))
