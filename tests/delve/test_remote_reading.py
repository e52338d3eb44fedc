"""Reading a program that only dlv can reach, from a real headless dlv: all is as the executable's own file says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from dapshim.binary.dwarf_files import c_files
from dapshim.binary.reading import Executable
from dapshim.delve.read_programs import ReadPrograms
from dapshim.delve.remote_reading import ReadTarget, TargetMissingError, TargetRunningError, TargetUnreadableError, read_target
from dapshim.delve.target_cache import TargetCache
from tests.binary.executables import Executables, needs_c, read
from tests.delve.asking import DlvAsker, attached, initialized
from tests.real import clean_environment, tool

LINUX = "linux/amd64"
STRIPPED = "-ldflags=-s -w"
OLDER = "go1.25.5"
QUESTIONS_AT_ONCE = 12


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Executables:
    return Executables(tmp_path_factory.mktemp("executables"))


@pytest.fixture
def cache(tmp_path: Path) -> TargetCache:
    return TargetCache(str(tmp_path / "targets"))


def large_reads(asker: DlvAsker) -> int:
    return sum(command == "readMemory" and arguments["count"] > 4096 for command, arguments in asker.asked)


def assert_as_its_file(target: ReadTarget, executable: Executable, *, moved: bool = False) -> None:
    """Compare with what `read_executable` makes of the file: table, files, build info, lines and addresses."""
    assert target.table is not None
    assert target.code is not None
    for part in ("names", "filetab", "pctab", "entries"):
        assert getattr(target.table, part) == getattr(executable.table, part), part
    assert target.table.files == executable.table.files
    # In a file, what follows the last record is another thing than in memory.
    count = executable.table.places[-1] + 9
    assert target.table.words[:count] == executable.table.words[:count]
    assert target.recorded.files[: len(executable.recorded().files)] == executable.recorded().files
    assert target.recorded.build == executable.build
    assert target.recorded.goroot == executable.recorded().goroot
    main = next(each.path for each in target.recorded.files if each.path.endswith("/main.go"))
    assert target.code.statement_lines(main) == executable.code.statement_lines(main) != ()
    assert target.bias is not None
    assert (target.bias != 0) is moved
    assert executable.module.text is not None
    assert target.text == executable.module.text + target.bias


VARIANTS = [
    pytest.param(".", ["-gcflags=all=-N -l"], False, id="plain"),
    pytest.param(".", [], False, id="optimised"),
    pytest.param("./withc", [], False, id="cgo", marks=needs_c),
    pytest.param(".", ["-race"], False, id="race", marks=needs_c),
    pytest.param(".", ["-trimpath"], False, id="trimpath"),
    pytest.param(".", ["-buildmode=pie"], True, id="pie at its entry"),
    pytest.param("./withc", ["-buildmode=pie", "-ldflags=-linkmode=external"], True, id="pie by the C linker", marks=needs_c),
]


@pytest.mark.parametrize(("package", "flags", "moved"), VARIANTS)
async def test_all_is_as_the_file_says_and_the_client_sees_nothing(
    package: str, flags: list[str], moved: bool, built: Executables, cache: TargetCache
) -> None:
    path = built.build(LINUX, *flags, package=package)
    async with attached(path) as asker:
        before = list(asker.events)
        target = await read_target(asker, cache)
        again = await read_target(asker, cache)
        assert asker.events == before
    executable = read(path)
    assert (target.how, target.kept, target.notices) == ("table", False, ())
    assert_as_its_file(target, executable, moved=moved)
    assert (again.how, again.kept) == ("table", True)
    assert_as_its_file(again, executable, moved=moved)
    assert again.recorded == target.recorded


async def test_one_read_brings_the_table_and_a_second_session_needs_none(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX)
    async with attached(path) as asker:
        await read_target(asker, cache)
        # The table, and the string of the build info.
        assert large_reads(asker) == 2
    async with attached(path) as asker:
        target = await read_target(asker, cache)
        assert large_reads(asker) == 0
    assert target.kept
    assert target.recorded == read(path).recorded()


async def test_a_program_that_was_read_is_known_by_its_first_page(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX)
    async with attached(path) as asker:
        await read_target(asker, cache)
        before = len(asker.asked)
        assert (await read_target(asker, cache)).kept
        assert len(asker.asked) - before == 3


@needs_c
async def test_whether_a_known_program_has_symbols_is_asked_each_time(
    built: Executables, cache: TargetCache, tmp_path: Path
) -> None:
    path, stripped = built.build(LINUX), tmp_path / "stripped"
    subprocess.run([tool("strip"), "-o", str(stripped), str(path)], check=True)
    async with attached(path) as asker:
        assert (await read_target(asker, cache)).how == "table"
    async with attached(stripped) as asker:
        target = await read_target(asker, cache)
    assert (target.how, target.kept) == ("search", True)
    assert_as_its_file(target, read(path))


async def test_before_anybody_has_attached_a_headless_dlv_tells_all_and_another_one_nothing(built: Executables) -> None:
    path = built.build(LINUX)
    command = [tool("dlv"), "exec", "--headless", "--listen=127.0.0.1:0", str(path)]
    async with initialized(command, path.parent) as asker:
        assert_as_its_file(await read_target(asker, None), read(path))
        assert asker.events == []
    async with initialized([tool("dlv"), "dap", "--listen=127.0.0.1:0"], path.parent) as asker:
        before = len(asker.asked)
        with pytest.raises(TargetMissingError, match="dlv has no program yet"):
            await read_target(asker, None)
        assert len(asker.asked) - before <= QUESTIONS_AT_ONCE


async def test_another_build_of_the_same_program_is_not_taken_for_it(built: Executables, cache: TargetCache) -> None:
    async with attached(built.build(LINUX)) as asker:
        await read_target(asker, cache)
    async with attached(built.build(LINUX, "-gcflags=all=-N -l")) as asker:
        target = await read_target(asker, cache)
    assert not target.kept


async def test_a_second_session_of_this_dapshim_needs_no_disk_and_shares_what_was_read(built: Executables) -> None:
    path = built.build(LINUX)
    programs = ReadPrograms()
    async with attached(path) as asker:
        first = await read_target(asker, None, programs)
    async with attached(path) as asker:
        target = await read_target(asker, None, programs)
        assert large_reads(asker) == 0
    assert target.kept
    assert target.program is first.program
    assert_as_its_file(target, read(path))


async def test_what_is_kept_for_later_is_what_would_be_read(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX)
    keeping: list[Callable[[], None]] = []
    async with attached(path) as asker:
        await read_target(asker, cache, later=keeping.append)
        assert not Path(cache.folder).exists()
        (keep,) = keeping
        keep()
        again = await read_target(asker, cache)
    assert again.kept
    assert_as_its_file(again, read(path))


async def test_a_build_without_an_id_of_its_own_is_read_each_time(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX, "-ldflags=-buildid=redacted")
    programs = ReadPrograms()
    async with attached(path) as asker:
        targets = [await read_target(asker, cache, programs) for _ in range(2)]
    assert not any(each.kept for each in targets)
    assert_as_its_file(targets[1], read(path))
    assert not Path(cache.folder).exists()


@needs_c
async def test_files_of_c_are_among_the_names(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX, package="./withc")
    async with attached(path) as asker:
        targets = [await read_target(asker, cache) for _ in range(2)]
    for target in targets:
        names = {each.path for each in target.recorded.files}
        assert str(built.source / "withc" / "twice.c") in names
        assert names >= {each for each in c_files(read(path).image) if each.endswith(".c")}


async def test_a_stripped_program_is_found_in_its_memory(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX, STRIPPED)
    async with attached(path) as asker:
        before = list(asker.events)
        target = await read_target(asker, cache)
        asked = len(asker.asked)
        again = await read_target(asker, cache)
        assert len(asker.asked) - asked < asked
        assert asker.events == before
    assert (target.how, target.kept, again.kept) == ("search", False, True)
    assert "variables" in target.notices[0]
    assert_as_its_file(target, read(path))
    assert_as_its_file(again, read(path))


async def test_of_a_stripped_position_independent_program_the_names_are_known(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX, "-buildmode=pie", STRIPPED)
    async with attached(path) as asker:
        target = await read_target(asker, cache)
    assert (target.how, target.table, target.code, target.text) == ("sources", None, None, None)
    assert {each.path for each in target.recorded.files} >= {
        str(built.source / "main.go"),
        str(built.source / "tiny" / "tiny.go"),
    }
    assert all(not each.package for each in target.recorded.files)
    assert "may be anywhere" in target.notices[1]


@pytest.fixture(scope="session")
def older(tmp_path_factory: pytest.TempPathFactory) -> Executables:
    """Builds with Go 1.25, which the go command downloads, where the inline trees stand before the table."""
    return Executables(tmp_path_factory.mktemp("older"))


@pytest.mark.matrix
@pytest.mark.parametrize(
    ("flags", "how"),
    [([], "table"), (["-buildmode=pie"], "table"), ([STRIPPED], "search")],
    ids=["optimised", "pie at its entry", "stripped"],
)
async def test_a_program_of_an_older_go(
    flags: list[str], how: str, older: Executables, cache: TargetCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOTOOLCHAIN", OLDER)
    path = older.build(LINUX, *flags)
    async with attached(path) as asker:
        targets = [await read_target(asker, cache) for _ in range(2)]
    assert [each.kept for each in targets] == [False, True]
    for target in targets:
        assert target.how == how
        assert target.recorded.build.go_version == OLDER
        assert_as_its_file(target, read(path), moved="-buildmode=pie" in flags)


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A position-independent program that runs until it is ended."""
    folder = tmp_path_factory.mktemp("waiting")
    (folder / "go.mod").write_text("module example.com/waiting\n\ngo 1.25\n")
    (folder / "main.go").write_text(
        'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}\n'
    )
    return folder


async def build_here(folder: Path, *flags: str) -> Path:
    command = [tool("go"), "build", *flags, "-o", "program", "."]
    await trio.run_process(command, cwd=folder, env=clean_environment(CGO_ENABLED="0"))
    return folder / "program"


async def test_a_position_independent_program_that_has_begun(waiting: Path, cache: TargetCache) -> None:
    path = await build_here(waiting, "-buildmode=pie")
    async with attached(path) as asker:
        at_main = {"breakpoints": [{"name": "main.main"}]}
        assert (await asker.call("setFunctionBreakpoints", at_main)).success
        assert (await asker.call("configurationDone")).success
        await asker.event("stopped")
        target = await read_target(asker, cache)
        assert large_reads(asker) == 2
        await asker.call("setFunctionBreakpoints", {"breakpoints": []})
        assert (await asker.call("continue", {"threadId": 1})).success
        with pytest.raises(TargetRunningError, match="the program runs"):
            await read_target(asker, cache)
    assert target.how == "table"
    assert_as_its_file(target, read(path), moved=True)


@needs_c
async def test_where_dlv_knows_no_file_either_that_is_said(built: Executables, cache: TargetCache) -> None:
    path = built.build(LINUX, "-buildmode=pie", "-ldflags=-s -w -linkmode=external", package="./withc")
    async with attached(path) as asker:
        with pytest.raises(TargetUnreadableError) as raised:
            await read_target(asker, cache)
    said = str(raised.value)
    assert said.startswith("the program's source files cannot be read through dlv: its variables do not tell")
    assert "may be anywhere" in said
    assert said.endswith("`dlv sources` names none")
