"""Executables of this machine, read once: what is the same is known again, and what is another program never taken for it."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import Executable, read_executable
from dapshim.delve import program_reading
from dapshim.delve.program_reading import read_program
from dapshim.delve.read_programs import ReadProgram, ReadPrograms
from tests.binary.executables import Executables, needs_c, read

LINUX = "linux/amd64"
BY_HAND = "-ldflags=-buildid=aaaaaaaaaaaaaaaaaaaa/bbbbbbbbbbbbbbbbbbbb/cccccccccccccccccccc/dddddddddddddddddddd"


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Executables:
    return Executables(tmp_path_factory.mktemp("executables"))


@pytest.fixture
def binary(built: Executables, tmp_path: Path) -> Path:
    return Path(shutil.copy(built.build(LINUX), tmp_path / "program"))


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Note which files are opened as executables."""
    opened: list[str] = []

    def note(source: OpenedFile) -> Executable:
        opened.append(source.path)
        return read_executable(source)

    with monkeypatch.context() as patched:
        patched.setattr(program_reading, "read_executable", note)
        yield opened


@contextmanager
def later(monkeypatch: pytest.MonkeyPatch, seconds: float = 60.0) -> Iterator[None]:
    """Let it be long after whatever was written."""
    with monkeypatch.context() as patched:
        now = time.time()
        patched.setattr(time, "time", lambda: now + seconds)
        yield


def test_it_is_what_the_executable_says(binary: Path) -> None:
    found = read_program(str(binary), ReadPrograms())
    executable = read(binary)
    assert found.recorded == executable.recorded()
    assert found.text == executable.module.text
    assert found.table is not None
    assert found.code is not None
    assert found.table.parts == executable.table.parts
    main = next(each.path for each in found.recorded.files if each.path.endswith("/main.go"))
    assert found.code.statement_lines(main) == executable.code.statement_lines(main) != ()


def test_a_file_that_stands_still_is_not_read_again(binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = ReadPrograms()
    with counted(monkeypatch) as opened, later(monkeypatch):
        first = read_program(str(binary), programs)
        assert read_program(str(binary), programs) is first
        os.link(binary, binary.with_name("other name"))
    assert opened == [str(binary)]


def test_one_that_was_written_just_now_is_looked_into_again(binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = ReadPrograms()
    with counted(monkeypatch) as opened:
        first = read_program(str(binary), programs)
        assert read_program(str(binary), programs) is first
    assert len(opened) == 2


def test_the_same_build_in_another_file_is_known_by_what_it_holds(binary: Path, tmp_path: Path) -> None:
    programs = ReadPrograms()
    first = read_program(str(binary), programs)
    again = shutil.copy(binary, tmp_path / "__debug_bin1")
    binary.unlink()
    assert read_program(str(again), programs) is first


def test_a_rebuilt_file_of_the_same_size_and_time_is_another_program(binary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    programs = ReadPrograms()
    data, before = binary.read_bytes(), binary.stat()
    with later(monkeypatch):
        first = read_program(str(binary), programs)
        # In place: the same inode and size, and somebody sets the time back.
        renamed = data.replace(b"main.main", b"main.niam")
        assert len(renamed) == len(data)
        assert renamed != data
        with binary.open("r+b") as file:
            file.write(renamed)
        os.utime(binary, ns=(before.st_atime_ns, before.st_mtime_ns))
        second = read_program(str(binary), programs)
    assert "main.main" in names(first)
    assert "main.niam" in names(second)
    assert "main.main" not in names(second)


def names(found: ReadProgram) -> set[str]:
    return {name for each in found.recorded.files for name in each.functions}


def test_two_programs_with_one_build_id_set_by_hand_are_two(built: Executables) -> None:
    programs = ReadPrograms()
    one, other = (built.build(LINUX, BY_HAND, *more) for more in ((), ("-gcflags=all=-N -l",)))
    assert [read_program(str(each), programs).recorded == read(each).recorded() for each in (one, other)] == [True, True]
    assert read_program(str(one), programs) is not read_program(str(other), programs)


def test_the_same_code_under_another_build_info_is_another_program(built: Executables, tmp_path: Path) -> None:
    programs = ReadPrograms()
    one = built.build(LINUX)
    data = one.read_bytes()
    other = tmp_path / "other"
    other.write_bytes(data.replace(b"build\tGOOS=linux", b"build\tGOOS=plan9"))
    assert read_program(str(one), programs).recorded.build.settings["GOOS"] == "linux"
    assert read_program(str(other), programs).recorded.build.settings["GOOS"] == "plan9"


@needs_c
def test_what_debug_info_tells_counts_for_its_own_file_alone(built: Executables, tmp_path: Path) -> None:
    programs = ReadPrograms()
    one = built.build(LINUX, "-ldflags=-compressdwarf=false", package="./withc")
    other = tmp_path / "other"
    other.write_bytes(one.read_bytes().replace(b"twice.c", b"twixx.c"))
    found = [{Path(each.path).name for each in read_program(str(path), programs).recorded.files} for path in (one, other)]
    assert ["twice.c" in each for each in found] == [True, False]
    assert ["twixx.c" in each for each in found] == [False, True]


def test_many_sessions_at_once_have_one_program_and_the_same_answers(binary: Path) -> None:
    programs = ReadPrograms()
    executable = read(binary)
    paths = [each.path for each in executable.recorded().files][:40]
    expected = [executable.code.statement_lines(each) for each in paths]

    def session(_: int) -> tuple[int, bool]:
        found = read_program(str(binary), programs)
        assert found.code is not None
        index = found.index.by_key, found.index.by_package, found.index.by_base
        return id(found), all(index) and [found.code.statement_lines(each) for each in paths] == expected

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(session, range(16)))
    assert len(seen) == 1
    assert seen.pop()[1]


def test_what_is_no_program_is_said_each_time(tmp_path: Path) -> None:
    programs = ReadPrograms()
    path = tmp_path / "x"
    path.write_text("no program")
    for _ in range(2):
        with pytest.raises(BinaryError):
            read_program(str(path), programs)
