"""Which programs have an equal twin, and that the real dlv debugs them with its debug info; all of them in `make matrix`."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.binary.opened import facts_of
from dapshim.delve.go_build import run_go
from dapshim.heal.borrowing import borrow
from dapshim.heal.outcome import Borrowed, NotBorrowed
from dapshim.heal.store import Store
from tests.diagnose.binaries import DEBUG, Binaries
from tests.diagnose.observed import observe
from tests.diagnose.rows import ALL, CGO, NOTHING, PART, TEST, Shape
from tests.real import clean_environment, tool

WITH_C = shutil.which("cc") is not None or shutil.which("gcc") is not None
STRIPPED = "-ldflags=-s -w"
PLAIN = Shape()
TRY = "--check-go-version=false"
"""Older Go: with debug info dlv looks at the version, without it does not."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    return Binaries(tmp_path_factory.mktemp("twins"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


@attrs.frozen
class Row:
    """One program. `seen` is what dlv does with it and its twin, "" where it is not tried; `why` why there is none."""

    name: str
    make: Callable[[Binaries], Path]
    seen: str = ALL
    why: str = ""
    shape: Shape = PLAIN
    package: str = ""
    quick: bool = False


def built(*flags: str, **more: str) -> Callable[[Binaries], Path]:
    return lambda shop: shop.go(*flags, **more)


def stripped(*options: str) -> Callable[[Binaries], Path]:
    return lambda shop: shop.tool(f"strip {options}", shop.go(DEBUG), "strip", *options, "{}")


def c(*flags: str, **more: str) -> Callable[[Binaries], Path]:
    return lambda shop: shop.go(*flags, package="./withc", CGO_ENABLED="1", **more)


WITHC: dict[str, Any] = {"shape": CGO, "package": "withc"}

ROWS = [
    Row("-s -w", built(DEBUG, STRIPPED), quick=True),
    Row("-s -w, optimised", built(STRIPPED), PART, quick=True),
    Row("-w", built(DEBUG, "-ldflags=-w")),
    Row("-s", built(DEBUG, "-ldflags=-s")),
    Row("-X and -s -w", built(DEBUG, "-ldflags=-X 'main.version=a b' -s -w"), quick=True),
    Row("pattern", built(DEBUG, "-ldflags=all=-s -w")),
    Row("-w=true -s=1", built(DEBUG, "-ldflags=-w=true -s=1")),
    Row("pie", built(DEBUG, STRIPPED, "-buildmode=pie"), quick=True),
    Row("cgo", c(DEBUG, STRIPPED), **WITHC, quick=True),
    Row("cgo pie", c(DEBUG, STRIPPED, "-buildmode=pie"), **WITHC),
    Row("cgo internal", c(DEBUG, "-ldflags=-s -w -linkmode=internal"), **WITHC),
    Row("cgo -Wl,-S", c(DEBUG, "-ldflags=-extldflags=-Wl,-S"), **WITHC),
    Row("cgo static", c(DEBUG, "-ldflags=-s -w -linkmode=external -extldflags=-static"), **WITHC),
    Row("race", built(DEBUG, STRIPPED, "-race", CGO_ENABLED="1")),
    Row("cover", built(DEBUG, STRIPPED, "-cover"), ""),
    Row("tags", built(DEBUG, STRIPPED, "-tags=a,b"), quick=True),
    Row("GOAMD64", built(DEBUG, STRIPPED, GOAMD64="v3")),
    Row("GOEXPERIMENT", built(DEBUG, STRIPPED, GOEXPERIMENT="nogreenteagc")),
    Row("GOFIPS140", built(DEBUG, STRIPPED, GOFIPS140="v1.0.0"), ""),
    Row("CGO_CFLAGS", c(DEBUG, STRIPPED, CGO_CFLAGS="-O1 -g -DX=1"), **WITHC),
    Row("strip -s", stripped("-s"), quick=True),
    Row("strip --strip-debug", stripped("--strip-debug")),
    Row("test -c", built(DEBUG, STRIPPED, command="test -c"), shape=TEST),
    Row("-trimpath", built(DEBUG, STRIPPED, "-trimpath"), "", quick=True),
    Row("named files", built(DEBUG, STRIPPED, package="main.go"), quick=True),
    Row("compressdwarf", built(DEBUG, "-ldflags=-s -w -compressdwarf=false")),
    Row("own main", built("-gcflags=-N -l", STRIPPED), ""),
    Row("-ldflags of -trimpath", built(DEBUG, "-ldflags=-s -w -T 0x500000", "-trimpath"), "", "not the same program"),
    Row("-extld", c(DEBUG, "-ldflags=-s -w -extld=gcc"), "", "-extld=gcc is not among", **WITHC),
    Row("-T", built(DEBUG, "-ldflags=-s -w -T 0x500000"), ""),
    Row("plugin", built(STRIPPED, "-buildmode=plugin", package="./plug", CGO_ENABLED="1"), "", "no Go program"),
    Row("with DWARF", built(DEBUG), "", "it has its own"),
    Row("darwin", built(STRIPPED, GOOS="darwin", GOARCH="arm64"), "", "ELF programs only"),
    Row("arm64", built(STRIPPED, GOARCH="arm64"), ""),
    *(
        row
        for release in ("1.21.13", "1.22.12", "1.24.11", "1.25.5", "1.27.3")
        for row in (
            Row(f"-s -w, Go {release}", built(DEBUG, STRIPPED, go=release)),
            Row(f"optimised, Go {release}", built(STRIPPED, go=release), PART),
            Row(f"pie, Go {release}", built(DEBUG, STRIPPED, "-buildmode=pie", go=release)),
            Row(f"cgo, Go {release}", c(DEBUG, STRIPPED, go=release), **WITHC),
        )
    ),
]


def person() -> dict[str, str]:
    return clean_environment(GOENV="off")


async def borrowed(path: Path, folder: Path, store: Store) -> Borrowed | NotBorrowed:
    return await borrow(facts_of(str(path)), str(folder), [tool("go")], run_go, store, environ=person(), limit=120.0)


@pytest.mark.parametrize("row", [pytest.param(row, id=row.name, marks=() if row.quick else pytest.mark.matrix) for row in ROWS])
async def test_a_program_and_its_twin(row: Row, shop: Binaries, store: Store):
    if not WITH_C and "cgo" in row.name:
        pytest.skip("there is no C compiler")
    path = row.make(shop)
    before = path.read_bytes()
    sources = [shop.source / each for each in row.shape.sources]
    found = await borrowed(path, shop.source / row.package, store)
    assert path.read_bytes() == before
    if row.why:
        assert isinstance(found, NotBorrowed), found
        assert row.why in found.reason
        return
    assert isinstance(found, Borrowed), found
    assert found.rebuilt
    if row.seen:
        assert (await observe(path, sources, row.shape, TRY)).answers == NOTHING
        env = {**clean_environment(), **found.dlv}
        seen = await observe(path, sources, row.shape, TRY, env=env, launch_env=found.program)
        assert (seen.answers, seen.ended) == (row.seen, "exited 0"), seen
