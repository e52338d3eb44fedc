"""The parser as it is made from a table of options; the one of dapshim itself is run in test_command_line.py."""

from __future__ import annotations

import click
import pytest
from click.testing import CliRunner

from dapshim import cli
from dapshim.options.sources import from_environment
from dapshim.options.table import Option, Source

TABLE = (
    Option("lateBreakpoints", bool, default=True, help="Set again what could not be set."),
    Option("loudBuild", bool, default=False, help="Print more."),
    Option("depth", int, default=3, help="How deep.", metavar="N"),
    Option("inLaunchOnly", str, default=None, help="…", scope=frozenset({Source.LAUNCH})),
)


@pytest.fixture
def parsed(monkeypatch):
    """Return what a command with these options is called with."""
    monkeypatch.setattr(cli, "TABLE", TABLE)

    @click.command(context_settings={"auto_envvar_prefix": "DAPSHIM"})
    @cli._from_table
    def command(**options: object) -> None:
        click.echo(repr(sorted(options.items())))

    def run(*arguments: str, **environment: str) -> object:
        done = CliRunner().invoke(command, arguments, env=environment, catch_exceptions=False)
        return dict(eval(done.output)) if done.exit_code == 0 else done.output  # noqa: S307 - it is our own

    return run


DEFAULTS = {"late_breakpoints": True, "loud_build": False, "depth": 3}


@pytest.mark.parametrize(
    ("arguments", "changed"),
    [
        ((), {}),
        (("--no-late-breakpoints",), {"late_breakpoints": False}),
        (("--late-breakpoints",), {}),
        (("--loud-build", "--depth", "7"), {"loud_build": True, "depth": 7}),
    ],
)
def test_each_type_of_option_on_the_command_line(parsed, arguments, changed):
    assert parsed(*arguments) == DEFAULTS | changed


def test_what_is_none_is_refused(parsed):
    assert "'x' is not a valid integer" in parsed("--depth", "x")
    assert "No such option" in parsed("--no-loud-build")
    assert "No such option" in parsed("--in-launch-only", "x")


@pytest.mark.parametrize("text", ["1", "on", "Yes", "t", "0", "off", "No", "f"])
def test_the_parser_and_the_table_read_a_variable_alike(parsed, monkeypatch, text):
    monkeypatch.setattr("dapshim.options.sources.TABLE", TABLE)
    monkeypatch.setattr("dapshim.options.layers.named", lambda name: name)
    ours = from_environment({"DAPSHIM_LATE_BREAKPOINTS": text}).values["lateBreakpoints"].value
    assert parsed(DAPSHIM_LATE_BREAKPOINTS=text) == DEFAULTS | {"late_breakpoints": ours}
