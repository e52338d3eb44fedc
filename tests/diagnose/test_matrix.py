"""Real binaries: exactly these findings, and plain dlv does with them what the verdict says. All of them in `make matrix`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

from dapshim.cli.settings import gathered
from dapshim.delve.inspection import Inspected, inspected
from tests.diagnose.binaries import Binaries
from tests.diagnose.observed import observe
from tests.diagnose.rows import ROWS, WITH_C, Row
from tests.real import BOUND, clean_environment


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

    sources = [shop.source / each for each in row.shape.sources]
    seen = await observe(path, sources, row.shape)
    assert row.launch in seen.launch, seen
    if row.launch == "ok":
        expected = row.observed or row.plain
        assert expected in (seen.answers, "any"), seen
        assert seen.ended in row.ended or row.ended == "any", seen
        assert expected == "any" or seen.main_verified == expected.startswith(("yes", "partly")), seen
    if row.mended_by:
        assert (await observe(path, sources, row.shape, *row.mended_by)).answers == row.dapshim


MENDED = (
    "default",
    "main alone -N -l",
    "-s -w",
    "-s -w, cgo",
    "strip",
    "-s -w=0",
    "test",
    "-s -w, -trimpath",
    "missing loader",
    "windows",
)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=() if row.name == "-s -w=0" else pytest.mark.matrix)
        for row in ROWS
        if row.name in MENDED
    ],
)
def test_the_first_remedy_mends_it(row: Row, shop: Binaries, tmp_path):
    """Run the command as it stands there. What builds for this machine writes a file of another name."""
    path = tmp_path / "a program"
    shutil.copy2(row.make(shop), path)
    before = path.read_bytes()
    (remedy, *_) = look(path, shop).findings[0].remedies
    done = subprocess.run(
        ["sh", "-c", remedy.command], cwd=shop.source, env=clean_environment(), check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, (remedy, done.stderr)
    made = max(tmp_path.iterdir(), key=lambda each: each.stat().st_mtime_ns)
    assert made.read_bytes() != before
    assert {code for code, severity in told(look(made, shop)).items() if severity != "info"} == set()


def test_the_other_remedy_of_a_missing_symbol_table(shop: Binaries, tmp_path):
    path = tmp_path / "program"
    shutil.copy2(shop.go("-gcflags=all=-N -l", "-ldflags=-s -w=0"), path)
    (_, remedy) = look(path, shop).findings[0].remedies
    subprocess.run(["sh", "-c", remedy.command], check=True, timeout=BOUND)
    assert told(look(tmp_path / "program.symbols", shop)) == {}
