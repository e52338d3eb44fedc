"""What the tests of this room share: the executables, built once."""

from __future__ import annotations

import pytest

from tests.binary.executables import Executables


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Executables:
    """Builds what is asked for, once."""
    return Executables(tmp_path_factory.mktemp("executables"))
