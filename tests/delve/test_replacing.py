"""Which image replaces a process, told from real ones."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dapshim.delve.proc import process_of
from dapshim.delve.replacing import Replacement, image_of, is_image_of, replacement, spent_while_held
from tests.real import PROGRAMS, clean_environment, tool

FLAGS = {"fixed": (), "moved": ("-buildmode=pie",), "loaded": ("-ldflags=-linkmode=external",)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("replaced")


def runs(folder: Path, kind: str) -> Iterator[tuple[int, Path]]:
    """Run the loop, built in a way; yield its process and its file."""
    binary = folder / kind
    if not binary.exists():
        command = [tool("go"), "build", *FLAGS[kind], "-o", str(binary), "."]
        subprocess.run(command, cwd=PROGRAMS / "loop", env=clean_environment(CGO_ENABLED="1"), check=True)
    with subprocess.Popen([binary], cwd=folder, stdout=subprocess.DEVNULL) as process:
        try:
            yield process.pid, binary
        finally:
            process.kill()


@pytest.fixture(params=FLAGS)
def running(folder: Path, request: pytest.FixtureRequest) -> Iterator[tuple[int, Path, str]]:
    for pid, binary in runs(folder, request.param):
        yield pid, binary, request.param


def test_where_the_same_program_begins_again(running):
    pid, binary, kind = running
    for path in (str(binary), binary.name, "/proc/self/exe", ""):
        found = replacement(pid, path)
        if kind == "fixed":
            head = subprocess.run([tool("readelf"), "-h", str(binary)], capture_output=True, text=True, check=True).stdout
            assert (found.entry, found.why) == (head.partition("Entry point address:")[2].split()[0], "")
            assert found.keeps(f"-1,0,*(*[8]byte)({variable(binary, 'runtime.allgs')})")
            assert not found.keeps(f"-1,0,*(*[8]byte)({variable(binary, 'main.main')})")
        elif kind == "moved":
            assert (found.entry, "-buildmode=pie" in found.why) == ("", True)
        else:
            assert (found.entry, '"followExec": true' in found.why, "ld-linux" in found.why) == ("", True, True)


def variable(binary: Path, name: str) -> str:
    """Return the address of a symbol, as Delve writes one."""
    listed = subprocess.run([tool("go"), "tool", "nm", str(binary)], capture_output=True, text=True, check=True).stdout
    return next(f"0x{each.split()[0]}" for each in listed.splitlines() if each.split()[-1] == name)


@pytest.mark.parametrize(
    ("data_id", "stays"),
    [
        ("-1,0,main.count", True),
        ("-1,0,example.com/a/b-c.Count.field", True),
        ("-1,0,count", False),
        ("-1,0,*main.pointer", False),
        ("1,0,main.count", False),
        ("-1,2,main.count", False),
        ("-1,0,*(*[8]byte)(0x1000)", True),
        ("-1,0,*(*[8]byte)(0x1ff8)", True),
        ("-1,0,*(*[8]byte)(0x1ff9)", False),
        ("-1,0,*(*[8]byte)(0xfff)", False),
        ("-1,0,*(*[8]byte)(0xc000012345)", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_which_data_is_the_same_in_the_new_image(data_id, stays):
    assert Replacement("0x1", data=((0x1000, 0x2000),)).keeps(data_id) is stays


def test_another_program_is_named(folder):
    for pid, _ in runs(folder, "fixed"):
        assert "it executes /bin/true" in replacement(pid, "/bin/true").why
        assert not is_image_of(pid, "/nowhere")
        assert image_of(pid) not in (None, image_of(os.getpid()))
        threads = [int(each.name) for each in Path(f"/proc/{pid}/task").iterdir()]
        assert {process_of(each) for each in threads} == {pid}


def test_a_process_that_is_gone():
    with subprocess.Popen(["/bin/true"]) as process:
        pass
    assert (image_of(process.pid), process_of(process.pid), is_image_of(process.pid, "/bin/true")) == (None, None, False)
    assert "cannot be read" in replacement(process.pid, "").why


def test_a_process_that_nobody_holds_has_no_debugger_that_spends():
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True)
    assert spent_while_held(os.getpid()) is None
    assert spent_while_held(int(gone.stdout)) is None
