"""All rows of the matrix, by class."""

from __future__ import annotations

from typing import Final

from tests.matrix.rows_generated import GENERATED
from tests.matrix.rows_modes import MODES
from tests.matrix.rows_modules import MODULES
from tests.matrix.rows_names import NAMES
from tests.matrix.rows_places import PLACES

ROWS: Final = tuple(sorted((*MODULES, *PLACES, *NAMES, *GENERATED, *MODES), key=lambda row: (row.name[0], int(row.name[1:]))))
