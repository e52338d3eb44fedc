"""The command line: `dapshim`, and one file for each of its subcommands.

This file builds the parser and imports nothing that a debug session does not need: a subcommand's module is imported when it
is called, and the proxy when it starts to listen. Errors are one line on stderr; exit code 2 for usage, 1 for a failure.
SIGINT, SIGTERM and SIGHUP end a dapshim that serves with exit code 0, because that is how it is told to stop; SIGINT ends a
command that a person waits for with 130, as shells expect.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, Final

import click
from click.core import ParameterSource

from dapshim import __version__, interruption
from dapshim.options.table import TABLE, Source

COMMANDS: Final = {
    "config": "what an editor needs in its configuration",
    "demo": "a whole debug session on the example workspace, printed",
    "doctor": "what of toolchain, workspace and launch.json will not work",
    "explain": "what a code of a finding means, why, and what mends it",
    "inspect": "what can be debugged in a binary, why not, and what to do",
    "install-dlv": "build a dlv that goes with your Go, where dapshim finds it",
    "lsp": "the language server: findings in the editor, and its sessions",
    "map": "say which file here a recorded one is; .dapshim.toml keeps it",
    "options": "every option, its value here, and where that came from",
    "paths": "which file here each source file of a binary is, and why",
    "trace": "print a recorded session, readable at a glance",
    "why": "why a breakpoint is hollow, and what to do",
}
"""The subcommands; each is the `command` of the module of its name in `dapshim.cli`, with `_` for `-`."""

SHARED: Final = {
    "demo": frozenset({"dlv"}),
    "doctor": frozenset({"dlv", "go", "go_work", "workspace_folder"}),
    "inspect": frozenset({"dlv", "workspace_folder"}),
    "install-dlv": frozenset({"go"}),
    "lsp": frozenset({"dlv", "go", "log_file", "log_level"}),
    "map": frozenset({"workspace_folder"}),
    "options": frozenset(option.snake_name for option in TABLE),
    "paths": frozenset({"go", "go_work", "workspace_folder"}),
    "why": frozenset({"go", "go_work", "workspace_folder"}),
}
"""The options in front of a command that it heeds; any other there would be ignored, so it is refused."""

EPILOG: Final = """
\b
Examples:
  dapshim --listen 4711                  for "debugServer": 4711, launch.json
  dapshim --listen unix:/run/user/1000/d.sock      a socket only you can open
  dapshim --listen 4711 --connect localhost:2345   in front of a headless dlv
  dapshim --listen 4711 --trace s.jsonl  record every message;
  dapshim trace s.jsonl                  read the record
  dapshim                                for an editor that starts its adapter

\b
Each option is also read from the environment, as DAPSHIM_LISTEN, DAPSHIM_DLV
and so on; the command line wins.

\b
Exit code 0: it was told to stop (SIGINT, SIGTERM, a closed terminal) or
the editor went away; 1: a failure; 2: wrong usage.

\b
Shell completion, here for bash, likewise for zsh and fish:
  eval "$(_DAPSHIM_COMPLETE=bash_source dapshim)"
"""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called; their one-line helps are in COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's
        """Return the names in the order of the help page."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        found = importlib.import_module(f"dapshim.cli.{cmd_name.replace('-', '_')}").command
        return found if isinstance(found, click.Command) else None

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the command line names, or say which one may have been meant."""
        if args[0] in COMMANDS or args[0].startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        import difflib

        near = difflib.get_close_matches(args[0], COMMANDS, n=1)
        *most, last = COMMANDS
        hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(most)} and {last}; see dapshim --help."
        raise click.UsageError(f"No such command '{args[0]}'. {hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _from_table(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of the table that may stand on the command line."""
    for option in reversed(TABLE):
        if Source.COMMAND_LINE not in option.scope:
            continue
        if option.type is bool:
            flags = "/".join(option.flags)
            command = click.option(flags, is_flag=True, default=option.default, help=option.help)(command)
            continue
        kind = click.Choice(option.choices) if option.choices else option.type
        command = click.option(option.flag, type=kind, default=option.default, metavar=option.metavar, help=option.help)(
            command
        )
    return command


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "DAPSHIM"},
)
@_from_table
@click.version_option(__version__, prog_name="dapshim", message="%(prog)s %(version)s")
@click.pass_context
def dapshim(ctx: click.Context, /, **options: Any) -> None:
    """Debug Go from any editor: a Debug Adapter Protocol proxy in front of Delve.

    With --listen it serves clients until it is told to stop. Without, and with stdin a pipe, it speaks DAP on stdin and stdout.
    """
    command = ctx.invoked_subcommand
    written = {name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if command is None:
        from dapshim.cli import serve, settings

        serve.serve(settings.gathered({name: options[name] for name in written}))
        return
    stray = sorted(written - SHARED.get(command, frozenset()))
    if stray:
        raise click.UsageError(f"{_option(stray[0])} is no option of dapshim {command}; it belongs to a dapshim that serves")
    interruption.raise_again()
    ctx.obj = options
    ctx.meta["dapshim.written"] = {name: options[name] for name in written}


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def main() -> None:
    """Run the command line."""
    try:
        # Not standalone, so that an error is one line; click then returns the code of ctx.exit() instead of exiting.
        code = dapshim(prog_name="dapshim", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        click.echo(f"dapshim: {one_line(_text(error))}", err=True)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(interruption.INTERRUPTED)
    except BrokenPipeError:
        sys.exit(1)


def one_line(text: str) -> str:
    """Return a text as one line that no terminal takes for a command, whatever a file name in it holds."""
    joined = " ".join(text.split("\n"))
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in joined)


def _text(error: click.ClickException) -> str:
    """Return what an error says; one about a value of the environment names the variable, not an option nobody wrote."""
    if isinstance(error, click.BadParameter) and error.ctx is not None and error.param is not None and error.param.name:
        name = error.param.name
        if error.ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT:
            return f"{error.ctx.auto_envvar_prefix}_{name.upper()}: {error.message}"
    return error.format_message()
