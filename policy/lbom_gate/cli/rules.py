"""``lbom-gate rules``: list the rules."""

import click

from lbom_gate import rules


@click.command()
def command() -> int:
    """List the rules by family: name, what it checks."""
    width = max(len(info.name) for info in rules.INFOS)
    family = ""
    for info in sorted(rules.INFOS, key=lambda info: info.family):
        if info.family != family:
            click.echo(f"{'' if not family else chr(10)}{info.family}")
            family = info.family
        click.echo(f"  {info.name:{width}}  {rules.summary(info.name)}")
    return 0
