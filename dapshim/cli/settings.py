"""The options as this dapshim was given them: on the command line, in the environment and in the user's own file."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from dapshim.cli import COMMANDS
from dapshim.options.layers import Layer, Options, OptionsError, Plain, resolve
from dapshim.options.option_files import read_user
from dapshim.options.sources import from_command_line, from_environment
from dapshim.options.table import TABLE


def gathered(written: Mapping[str, Plain], *more: Layer) -> Options:
    """Return the options, `written` being those of the command line by the parser's names (`log_file`), with `more` layers.

    Raises:
        click.UsageError: something stands in one of the places that cannot be an option.

    """
    by_parser = {option.snake_name: option.name for option in TABLE}
    # The parser reads the options of a command from variables of its own making.
    of_commands = [f"DAPSHIM_{command.replace('-', '_').upper()}_" for command in COMMANDS]
    try:
        return resolve(
            [
                from_command_line({by_parser[name]: value for name, value in written.items()}),
                from_environment(os.environ, of_commands),
                read_user(os.environ),
                *more,
            ]
        )
    except OptionsError as error:
        raise click.UsageError(str(error)) from error
