"""``lbom-gate explain``: say what a rule checks, why, and how to configure it."""

import difflib

import click

from lbom_gate import rules
from lbom_gate.cli._exit import Refusal


@click.command()
@click.argument("rule", required=False)
@click.option("--all", "is_all", is_flag=True, help="Explain every rule.")
def command(rule: str | None, *, is_all: bool) -> int:
    """Say what RULE checks, why it matters, and how to configure it."""
    names = [info.name for info in rules.INFOS]
    if is_all:
        click.echo("\n\n".join(rules.explain(name) for name in names))
        return 0
    if rule is None:
        raise click.UsageError("name a rule, or use --all")
    if rule not in names:
        near = difflib.get_close_matches(rule, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`lbom-gate rules` lists them"
        raise Refusal(f"error: no rule is named {rule!r}; {hint}")
    click.echo(rules.explain(rule))
    return 0
