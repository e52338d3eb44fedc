"""Prints both columns of the matrix when its rows have run."""

from __future__ import annotations

import pytest

from tests.matrix.outcomes import OUTCOMES, table


def pytest_configure(config: pytest.Config) -> None:
    config.stash[OUTCOMES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    outcomes = config.stash.get(OUTCOMES, [])
    if outcomes:
        terminalreporter.section("layouts of sources: plain dlv | dapshim with an empty configuration")
        for line in table(outcomes):
            terminalreporter.write_line(line)
