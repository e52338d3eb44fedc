"""The command line: `dapshim`, and one file for each of its subcommands.

This file builds the parser and imports nothing that a debug session does not need: a subcommand's module is imported when it
is called, and the proxy when it starts to listen. Errors are one line on stderr; exit code 2 for usage, 1 for a failure.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final

import click

from dapshim import __version__

COMMANDS: Final = {
    "demo": "a whole debug session on the example workspace, printed",
    "trace": "print a recorded session, readable at a glance",
}
"""The subcommands; each is the `command` of the module of its name in `dapshim.cli`."""

EPILOG: Final = """
\b
Examples:
  dapshim --listen 4711                      for "debugServer": 4711 in launch.json
  dapshim --listen unix:/run/user/1000/d.sock
  dapshim --listen 4711 --connect localhost:2345      in front of a headless dlv
  dapshim --listen 4711 --trace session.jsonl
  dapshim trace session.jsonl
  dapshim                                    DAP on stdin and stdout, for editors that start an adapter
\b
Shell completion (bash; zsh and fish likewise):
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
        found = importlib.import_module(f"dapshim.cli.{cmd_name}").command
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(
    cls=LazyGroup,
    invoke_without_command=True,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "auto_envvar_prefix": "DAPSHIM"},
)
@click.option("--listen", metavar="ADDRESS", help="Serve clients at 4711, HOST:PORT or unix:PATH; port 0 picks a free one.")
@click.option(
    "--connect", metavar="ADDRESS", help="Stand in front of the adapter that runs at HOST:PORT or unix:PATH; start none."
)
@click.option("--dlv", metavar="PATH", help="The dlv to start; else the one on the PATH or in Go's bin folders.")
@click.option("--shims", type=click.Choice(["on", "off"]), default="on", help="off: a pure relay that makes nothing up.")
@click.option(
    "--allow-remote", is_flag=True, help="Listen on a host that other machines can reach. Anyone there can run code as you."
)
@click.option("--trace", metavar="FILE", help="Record every message, for `dapshim trace`.")
@click.option("--log-file", metavar="FILE", help="Write the log there instead of to stderr.")
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="warning", help="How much is logged."
)
@click.version_option(__version__, prog_name="dapshim", message="%(prog)s %(version)s")
@click.pass_context
def dapshim(ctx: click.Context, /, **options: Any) -> None:
    """Debug Go from any editor: a Debug Adapter Protocol proxy in front of Delve.

    With --listen it serves clients until it is told to stop. Without, and with stdin a pipe, it speaks DAP on stdin and stdout.
    """
    if ctx.invoked_subcommand is None:
        from dapshim.cli import serve

        serve.serve(serve.ServeOptions(**options))
    else:
        ctx.obj = options


def main() -> None:
    """Run the command line."""
    try:
        # Not standalone, so that an error is one line; click then returns the code of ctx.exit() instead of exiting.
        code = dapshim(prog_name="dapshim", standalone_mode=False)
        sys.exit(code if isinstance(code, int) else 0)
    except click.ClickException as error:
        sys.stderr.write(f"dapshim: {error.format_message()}\n")
        sys.exit(error.exit_code)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)
