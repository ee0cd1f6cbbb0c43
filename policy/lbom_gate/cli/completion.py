"""``lbom-gate completion``: print what completes the commands in a shell."""

import click
from click.shell_completion import get_completion_class

_PROGRAM = "lbom-gate"
_VARIABLE = "_LBOM_GATE_COMPLETE"  # click's own name for it


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print what completes the commands and their options in SHELL.

    bash reads ~/.local/share/bash-completion/completions/lbom-gate, zsh a file _lbom-gate in a
    folder of $fpath, fish ~/.config/fish/completions/lbom-gate.fish.
    """
    complete = get_completion_class(shell)
    if complete is None:
        raise click.UsageError(f"no completion for {shell}")
    click.echo(complete(ctx.find_root().command, {}, _PROGRAM, _VARIABLE).source(), nl=False)
    return 0
