"""A symbol table on a copy: what Delve refuses is launched, and debugged as a program that has its own."""

from __future__ import annotations

import io
import stat
import struct
import subprocess
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import facts_of
from dapshim.binary.source import BytesSource
from dapshim.heal.copying import Unusable
from dapshim.heal.outcome import Copied, NotCopied
from dapshim.heal.store import Store
from dapshim.heal.symbol_table import addition, with_symbol_table
from tests.diagnose.binaries import DEBUG, Binaries
from tests.diagnose.observed import observe
from tests.diagnose.rows import ALL, CGO, NO_SYMBOLS, Shape
from tests.heal.test_twins import WITH_C

FLAGS = "-ldflags=-w=0 -s"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    return Binaries(tmp_path_factory.mktemp("symbols"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


ROWS = [
    pytest.param((), {}, Shape(), id="exe"),
    pytest.param(("-buildmode=pie",), {}, Shape(), id="pie", marks=pytest.mark.matrix),
    pytest.param(("-linkmode=internal",), {"package": "./withc", "CGO_ENABLED": "1"}, CGO, id="cgo"),
    pytest.param((), {"go": "1.25.5"}, Shape(), id="1.25", marks=pytest.mark.matrix),
    pytest.param((), {"go": "1.27.3"}, Shape(), id="1.27", marks=pytest.mark.matrix),
    pytest.param(("-race",), {"CGO_ENABLED": "1"}, Shape(), id="race", marks=pytest.mark.matrix),
]


def without_symbols(shop: Binaries, key: str, path: Path) -> Path:
    """Hide the symbols by another name; a C linker that leaves them out leaves out the debug info as well."""

    def hide(out: Path) -> None:
        out.write_bytes(out.read_bytes().replace(b"\0.symtab\0", b"\0.symtax\0"))

    return shop.changed(key, path, hide)


@pytest.mark.parametrize(("flags", "more", "shape"), ROWS)
async def test_the_copy_is_debugged(flags, more, shape, shop, store):
    if not WITH_C and "CGO_ENABLED" in more:
        pytest.skip("there is no C compiler")
    linker = " ".join((FLAGS, *(each for each in flags if "linkmode" in each)))
    path = shop.go(DEBUG, linker, *(each for each in flags if "linkmode" not in each), name="orders", **more)
    path.chmod(0o750)
    before = (path.read_bytes(), path.stat())
    sources = [shop.source / each for each in shape.sources]
    assert NO_SYMBOLS in (await observe(path, sources, shape)).launch
    made = await with_symbol_table(facts_of(str(path)), store)
    assert isinstance(made, Copied), made
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before[0], before[1].st_mtime_ns)
    assert Path(made.path).name == "orders"
    assert stat.S_IMODE(Path(made.path).stat().st_mode) == 0o750
    assert Path(made.path).read_bytes().startswith(before[0][64:4096], 64)
    seen = await observe(Path(made.path), sources, shape)
    assert (seen.answers, seen.ended) == (ALL, "exited 0"), seen
    again = await with_symbol_table(facts_of(str(path)), store)
    assert again == made
    witness = ELFFile(io.BytesIO(Path(made.path).read_bytes()))
    symbols, strings = (witness.get_section_by_name(each) for each in (".symtab", ".strtab"))
    assert isinstance(symbols, SymbolTableSection)
    assert symbols.num_symbols() == 1
    assert strings is not None
    assert strings.data() == b"\0"


async def test_what_has_symbols_or_no_debug_info_is_left_alone(shop, store):
    for flags in ((), ("-ldflags=-s -w",)):
        made = await with_symbol_table(facts_of(str(shop.go(*flags))), store)
        assert isinstance(made, NotCopied)
        assert "has debug info and no symbols" in made.reason
    assert not Path(store.folder).exists()


@pytest.mark.skipif(not WITH_C, reason="there is no C compiler")
async def test_a_program_whose_c_code_has_variables_of_each_thread_is_not_copied(shop, store, tmp_path):
    folder = tmp_path / "threads"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/threads\n\ngo 1.21\n")
    (folder / "main.go").write_text(
        "package main\n\n// static __thread long mine[4]; long next(void) { return ++mine[2]; }\n"
        'import "C"\n\nfunc main() { println(C.next()) }\n'
    )
    path = shop.made("threads", lambda out: shop.run_go("build", "-C", str(folder), "-o", str(out), CGO_ENABLED="1"))
    path = without_symbols(shop, "threads", path)
    made = await with_symbol_table(facts_of(str(path)), store)
    assert isinstance(made, NotCopied)
    assert "variables of each thread" in made.reason


async def test_a_program_that_looks_beside_itself_for_libraries_is_not_copied(shop, store):
    if not WITH_C:
        pytest.skip("there is no C compiler")
    flags = "-ldflags=-linkmode=external '-extldflags=-Wl,-rpath,$ORIGIN/lib'"
    path = without_symbols(shop, "beside", shop.go(DEBUG, flags, package="./withc", CGO_ENABLED="1"))
    made = await with_symbol_table(facts_of(str(path)), store)
    assert isinstance(made, NotCopied)
    assert "$ORIGIN/lib" in made.reason


@given(st.binary(max_size=300), st.integers(0, 63), st.integers(0, 255))
def test_damaged_headers_are_refused_in_words(tail, at, byte):
    header = bytearray(
        b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0x400000, 64, 64, 0, 64, 56, 1, 64, 2, 1)
    )
    header[at] = byte
    try:
        place, added, fields = addition(BytesSource(bytes(header) + tail))
    except (Unusable, BinaryError):
        return
    assert place == 64 + len(tail)
    assert len(added) < 64 * 1100 + len(tail)
    assert [at for at, _ in fields] == [40, 60]


def test_the_copy_runs(shop, store):
    import trio

    path = shop.go(FLAGS, name="runs")
    made = trio.run(with_symbol_table, facts_of(str(path)), store)
    assert isinstance(made, Copied)
    outputs = [subprocess.run([each], capture_output=True, check=True).stdout for each in (path, made.path)]
    assert outputs[0] == outputs[1] != b""
