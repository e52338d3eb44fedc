"""Programs of every Go release whose layouts differ; the go command downloads each, so these run in the matrix."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dapshim.binary.pclntab import GO_1_16, GO_1_18, GO_1_20
from tests.binary.executables import Executables, read
from tests.real import BOUND, clean_environment, tool

pytestmark = pytest.mark.matrix

RELEASES = {
    "1.16.15": GO_1_16,
    "1.17.13": GO_1_16,
    "1.18.10": GO_1_18,
    "1.19.13": GO_1_18,
    "1.20.14": GO_1_20,
    "1.21.13": GO_1_20,
    "1.22.12": GO_1_20,
    "1.23.12": GO_1_20,
    "1.24.11": GO_1_20,
    "1.25.5": GO_1_20,
    "1.27.3": GO_1_20,
}

MAIN = """package main

import "example.com/old/x.v2"

var grow func(int) int

func main() {
	grow = func(n int) int {
		return n + 1
	}
	println(x.Do(grow(len(grown))), x.Next(len(grown)))
}

var grown = "x"
"""
X = """package x

var count int

//go:noinline
func Do(n int) int {
	return n * 2
}

func Next(n int) int {
	count += n
	return count
}
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("old")
    (folder / "x.v2").mkdir()
    (folder / "go.mod").write_text("module example.com/old\n\ngo 1.16\n")
    (folder / "main.go").write_text(MAIN)
    (folder / "x.v2" / "x.go").write_text(X)
    return folder


def build(source: Path, release: str, *flags: str, **environment: str) -> Path:
    out = source / f"program-{release}"
    environment = {"GOTOOLCHAIN": f"go{release}", "GOENV": "off", "CGO_ENABLED": "0", **environment}
    command = [tool("go"), "build", *flags, "-o", str(out), "."]
    done = subprocess.run(
        command,
        cwd=source,
        env=clean_environment(**environment),
        check=False,
        capture_output=True,
        text=True,
        timeout=BOUND * 5,
    )
    assert done.returncode == 0, done.stderr
    return out


@pytest.mark.parametrize("target", ["linux/amd64", "linux/386", "linux/s390x", "windows/amd64", "darwin/amd64"])
@pytest.mark.parametrize("flags", [["-ldflags=-s -w"], ["-trimpath"], ["-buildmode=pie", "-ldflags=-s"]], ids=" ".join)
@pytest.mark.parametrize("release", RELEASES)
def test_release(release, flags, target, source, built: Executables, tmp_path):
    if "pie" in " ".join(flags) and target in ("linux/386", "linux/s390x", "darwin/amd64"):
        pytest.skip("this way to link needs a C compiler for that machine")
    system, machine = target.split("/")
    executable = read(build(source, release, *flags, GOOS=system, GOARCH=machine))
    recorded, table = executable.recorded(), executable.table
    assert table.header.magic == RELEASES[release]
    where = "example.com/old" if "-trimpath" in flags else str(source)
    files = {each.path: each for each in recorded.files}
    main, x = files[f"{where}/main.go"], files[f"{where}/x.v2/x.go"]
    assert (main.package, x.package) == ("example.com/old", "example.com/old/x.v2")
    lines = table.header.magic == GO_1_20
    assert main.functions == {"main.main": 7 if lines else 0, "main.main.func1": 8 if lines else 0}
    assert x.functions == {"example.com/old/x%2ev2.Do": 6 if lines else 0}
    assert {7, 11} <= set(executable.code.statement_lines(x.path)) <= {6, 7, 8, 11, 12, 13}
    if table.header.magic != GO_1_16:
        assert executable.code.inlined_functions(x.path) == {"example.com/old/x%2ev2.Next": 10 if lines else 0}
    assert recorded.build.go_version == f"go{release}"
    assert recorded.build.path == "example.com/old"
    assert (recorded.goroot != "") == ("-trimpath" not in flags)
    text = executable.module.text
    assert text is not None
    (tmp_path / "table").write_bytes(executable.image.read_at(executable.found.address, 1 << 30))
    for number, (name, entry, _, file, line, *_) in enumerate(built.witness(tmp_path / "table", text)):
        assert (table.name(number), table.entries[number] + text) == (name, int(entry, 16))
        if not name.startswith(("go:", "go.")):
            assert table.position(int(entry, 16) - text) == (file, max(0, int(line)))
