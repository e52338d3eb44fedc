"""Real binaries: exactly these findings, and plain dlv does with them what the verdict says. All of them in `make matrix`."""

from __future__ import annotations

from pathlib import Path

import attrs
import pytest

from dapshim.cli.inspect import Inspected, inspected
from dapshim.cli.settings import gathered
from tests.diagnose.binaries import Binaries
from tests.diagnose.observed import observe
from tests.diagnose.rows import ROWS, WITH_C, Row


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    return Binaries(tmp_path_factory.mktemp("matrix"))


def look(path: Path, shop: Binaries) -> Inspected:
    return inspected(str(path), (str(shop.source),), gathered({}))


def told(found: Inspected) -> dict[str, str]:
    return {each.code: str(each.severity) for each in found.findings}


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=() if row.quick else pytest.mark.matrix) for row in ROWS])
async def test_row(row: Row, shop: Binaries):
    if not WITH_C:
        pytest.skip("there is no C compiler")
    path = row.make(shop)
    found = look(path, shop)
    assert told(found) == row.findings
    if row.message:
        assert row.message in found.findings[0].message
    assert " ".join(attrs.astuple(found.verdicts.plain)) == row.plain
    assert " ".join(attrs.astuple(found.verdicts.dapshim)) == row.dapshim

    seen = await observe(
        path, [shop.source / each for each in row.sources], row.recorded, arguments=row.arguments, flags=row.flags
    )
    print(seen)
    assert row.launch in seen.launch, seen
    if row.launch == "ok":
        assert f"{seen.breakpoints} {seen.stack} {seen.variables}" == (row.observed or row.plain), seen
        assert row.ended in (seen.ended, "any"), seen
        assert seen.main_verified == (row.observed or row.plain).startswith(("yes", "partly"))
