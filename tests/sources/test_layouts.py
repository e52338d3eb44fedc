"""Every layout, both ways: each file that is one of the binary's, each that is not, and each recorded one that is lost."""

from __future__ import annotations

import pytest

from tests.sources.layouts_modules import MODULES
from tests.sources.layouts_names import NAMES
from tests.sources.layouts_places import PLACES
from tests.sources.scene import Layout, check

LAYOUTS = [*MODULES, *PLACES, *NAMES]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_layout(layout: Layout) -> None:
    check(layout)
