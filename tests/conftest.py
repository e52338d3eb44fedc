"""What all tests share: Go programs that are built once."""

from __future__ import annotations

import pytest

from tests.real import Program, build


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A program that runs until it is ended, with breakpoint marks `main` and `step`."""
    return build("loop", tmp_path_factory.mktemp("programs"))
