"""The commands, and what becomes of whatever stops one."""

import importlib
import sys
from collections.abc import Sequence

import click

from lbom_gate.cli import _version
from lbom_gate.cli._exit import COULD_NOT_JUDGE, INTERNAL_ERROR, INTERRUPTED, Refusal

COMMANDS = {
    "init": "Write a policy and a lock that fit what is there.",
    "check": "Judge model files by the policy.",
    "scan": "Write the bill of materials (CycloneDX) of model files.",
    "lock": "Pin model files in lbom.lock.",
    "waive": "Write a waiver into the policy: what, where, why, who, until when.",
    "explain": "Say what a rule checks, why, and how to configure it.",
    "explain-path": "Say what the policy asks of one file, and which line asks it.",
    "rules": "List the rules.",
    "diff": "Say in what the models of two trees, bills, locks or revisions differ.",
    "completion": "Print what completes the commands in a shell.",
    "policy": "Validate, compare and test policies, show a built-in one, print the schema.",
}


class _Commands(click.Group):
    """The commands, each imported when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"lbom_gate.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS:
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"did you mean {near[0]}?" if near else "`lbom-gate --help` lists them"
            ctx.fail(f"no command is named {args[0]!r}; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001
    if value and not ctx.resilient_parsing:
        click.echo(_version.text())
        ctx.exit()


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "LBOM_GATE"},
    epilog=(
        "Exit codes: 0 pass; 1 policy violated, a file that could not be examined included; "
        "2 could not judge; 3 internal error."
    ),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
@click.option("--debug", is_flag=True, help="Show the stack of an internal error.")
def cli(*, debug: bool) -> None:
    """Look at model files and fail when one breaks the policy."""


def run(arguments: Sequence[str] | None) -> int:
    """Run the command line and return its exit code; see `lbom_gate.cli.run`."""
    try:
        code = cli.main(args=None if arguments is None else list(arguments), standalone_mode=False)
    except Refusal as refusal:
        click.echo(refusal.text, err=True)
        return COULD_NOT_JUDGE
    except click.exceptions.NoArgsIsHelpError as asked:
        click.echo(asked.format_message(), err=True)
        return COULD_NOT_JUDGE
    except click.ClickException as error:
        click.echo(_usage(error), err=True)
        return COULD_NOT_JUDGE
    except (KeyboardInterrupt, click.Abort):
        click.echo("interrupted: nothing was judged", err=True)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001  (the last resort: a defect of the gate itself)
        if "--debug" in (sys.argv[1:] if arguments is None else arguments):
            import traceback

            traceback.print_exc()
        name = type(error).__name__
        click.echo(f"internal error: {name}: {error!r:.300} (--debug shows where)", err=True)
        return INTERNAL_ERROR
    return code if isinstance(code, int) else 0


def _usage(error: click.ClickException) -> str:
    """Return what is wrong with the command line; what the user typed is shown, not obeyed."""
    from lbom_gate.reports import terminal

    context = error.ctx if isinstance(error, click.UsageError) else None
    usage = f"{context.get_usage()}\n\n" if context is not None else ""
    # Click writes sentences, and puts each choice on a line of its own.
    message = error.format_message().replace("\n\t", " ").removesuffix(".")
    return f"{usage}error: {terminal(message[:1].lower() + message[1:])}"
