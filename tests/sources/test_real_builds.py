"""Programs that the real go builds, with what it records read by Go's own libraries: each source file is found, both ways."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import pytest

from dapshim.binary.recorded import BuildInfo, ModuleVersion, Recorded, RecordedFile
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.sources.answers import Reason
from dapshim.sources.equivalent import equivalent_rules
from dapshim.sources.infer import Facts, PathMap, infer
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.symbols import package_of_symbol
from tests.golang.gocommand import Go, publish, write
from tests.real import BOUND, tool

READER = """package main

import (
	"debug/buildinfo"
	"debug/elf"
	"debug/gosym"
	"encoding/json"
	"os"
)

func main() {
	file, err := elf.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	data, _ := file.Section(".gopclntab").Data()
	table, err := gosym.NewTable(nil, gosym.NewLineTable(data, file.Section(".text").Addr))
	if err != nil {
		panic(err)
	}
	info, err := buildinfo.ReadFile(os.Args[1])
	if err != nil {
		panic(err)
	}
	functions := [][]string{}
	for _, each := range table.Funcs {
		name, _, _ := table.PCToLine(each.Entry)
		functions = append(functions, []string{name, each.Name})
	}
	json.NewEncoder(os.Stdout).Encode(map[string]any{"info": info, "functions": functions})
}
"""
MAIN = """package main

import (
	"example.com/local"
	"example.com/m/lib"
	"github.com/Acme/Util/strutil"
	"github.com/acme/orig"
)

func main() {
	lib.Do()
	local.Do()
	strutil.Do()
	orig.Do()
}
"""
MOD = """module example.com/m

go 1.25

require (
	example.com/local v0.0.0
	github.com/Acme/Util v1.2.3
	github.com/acme/orig v1.0.0
)

replace example.com/local => ../local

replace github.com/acme/orig => github.com/me/fork v1.0.1
"""


def do(package: str) -> str:
    return f"package {package}\n\n//go:noinline\nfunc Do() {{\n\tprintln(1)\n}}\n"


def of_tests(package: str, name: str) -> str:
    body = "{\n\tt.Log(1)\n}\n"
    return f'package {package}\n\nimport "testing"\n\n//go:noinline\nfunc {name}(t *testing.T) {body}'


TREE: Mapping[str, str] = {
    "ws/go.mod": MOD,
    "ws/cmd/x/main.go": MAIN,
    "ws/lib/lib.go": do("lib"),
    "ws/lib/in_test.go": of_tests("lib", "TestIn"),
    "ws/lib/out_test.go": of_tests("lib_test", "TestOut"),
    "ws/other/lib.go": do("lib"),
    "local/go.mod": "module example.com/local\n\ngo 1.25\n",
    "local/local.go": do("local"),
}


@attrs.frozen
class Built:
    """A folder `build` that was built and then moved to `here`, where nothing of its recorded paths is true any more."""

    go: Go
    here: Path
    reader: Path

    def map(self, program: str) -> PathMap:
        said = subprocess.run([self.reader, self.here / program], capture_output=True, check=True, timeout=BOUND).stdout
        cwd = self.here / "ws"
        environment = self.go.environment(cwd)
        workspace = self.go.workspace(cwd)
        assert workspace.gomodcache == environment["GOMODCACHE"]
        return infer(
            Facts(
                recorded=recorded(json.loads(said)),
                files=CachedFiles(RealFiles()),
                workspaces=(workspace,),
                roots=(ClientPath(str(cwd)),),
            )
        )


def recorded(said: Any) -> Recorded:
    """Return what the reader printed; no start lines, as of a Go before 1.20, so that identity alone must do."""
    files: dict[str, dict[str, int]] = {}
    for path, symbol in said["functions"]:
        files.setdefault(path, {})[symbol] = 0
    info = said["info"]
    build = BuildInfo(
        info["GoVersion"],
        info["Path"],
        module_version(info["Main"]),
        tuple(module_version(each) for each in info.get("Deps", ())),
        {each["Key"]: each.get("Value", "") for each in info["Settings"]},
    )
    owners = {path: package_of_symbol(next(iter(symbols))) for path, symbols in files.items()}
    packages = {path: info["Path"] if owner == "main" else owner for path, owner in owners.items()}
    return Recorded(tuple(RecordedFile(path, packages[path], files[path]) for path in files), build)


def module_version(said: Any) -> ModuleVersion:
    return ModuleVersion(
        said["Path"], said.get("Version", ""), module_version(said["Replace"]) if said.get("Replace") else None
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("builds")
    cache = subprocess.run(
        [tool("go"), "env", "GOCACHE"], capture_output=True, text=True, check=True, timeout=BOUND
    ).stdout.strip()
    go = Go(folder, folder / "proxy", {"GOCACHE": cache, "GOFLAGS": ""})
    publish(folder / "proxy", "github.com/Acme/Util", "v1.2.3", {"strutil/util.go": do("strutil")})
    publish(
        folder / "proxy", "github.com/me/fork", "v1.0.1", {"orig.go": do("orig"), "go.mod": "module github.com/acme/orig\n"}
    )
    write(folder / "reader", {"go.mod": "module reader\n\ngo 1.20\n", "main.go": READER})
    there = write(folder / "build", TREE) / "ws"
    commands: list[tuple[Path, tuple[str, ...]]] = [
        (folder / "reader", ("build", "-o", "../read", ".")),
        (there, ("mod", "tidy")),
        (there, ("build", "-mod=mod", "-o", "../plain", "./cmd/x")),
        (there, ("build", "-mod=mod", "-trimpath", "-o", "../trimmed", "./cmd/x")),
        (there, ("test", "-mod=mod", "-c", "-trimpath", "-o", "../tested", "./lib")),
        (there, ("mod", "vendor")),
        (there, ("build", "-o", "../vendored", "./cmd/x")),
        (there, ("build", "-trimpath", "-o", "../vendored-trimmed", "./cmd/x")),
    ]
    for cwd, words in commands:
        done = go.run(*words, cwd=cwd)
        assert done.returncode == 0, (words, done.stderr.decode())
    (folder / "build").rename(folder / "here")
    return Built(go, folder / "here", folder / "read")


IN_WORKSPACE = {"ws/cmd/x/main.go": Reason.MODULE, "ws/lib/lib.go": Reason.MODULE}
UTIL = "mod/github.com/!acme/!util@v1.2.3/strutil/util.go"
ORIG = "mod/github.com/me/fork@v1.0.1/orig.go"
VENDORED = {
    **IN_WORKSPACE,
    "ws/vendor/example.com/local/local.go": Reason.VENDOR,
    "ws/vendor/github.com/Acme/Util/strutil/util.go": Reason.VENDOR,
    "ws/vendor/github.com/acme/orig/orig.go": Reason.VENDOR,
}
PROGRAMS = {
    "plain": {**IN_WORKSPACE, UTIL: Reason.EXACT, ORIG: Reason.EXACT},
    "trimmed": IN_WORKSPACE,  # the vendor folder is newer than this one, and nothing in it tells
    "vendored": VENDORED,
    "vendored-trimmed": VENDORED,
    "tested": {"ws/lib/in_test.go": Reason.MODULE, "ws/lib/out_test.go": Reason.MODULE},
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_each_source_is_found_both_ways(built: Built, program: str) -> None:
    for place, reason in PROGRAMS[program].items():
        client = ClientPath(str((built.here.parent if place.startswith("mod/") else built.here) / place))
        made = built.map(program)
        there = made.to_adapter(client)
        assert (there.reason, there.path is not None) == (reason, True), (client, there)
        assert there.path is not None
        assert str(there.path) != str(client) or reason is Reason.EXACT
        assert built.map(program).to_client(there.path).path == client


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_function_is_shown_in_another_file_and_what_is_not_linked_is_refused(built: Built, program: str) -> None:
    made = built.map(program)
    shown: dict[str, str] = {}
    for each in made.facts.recorded.files:
        answer = made.to_client(AdapterPath(each.path))
        assert answer.path is not None or answer.sentence
        if answer.path is None or ".go" not in each.path:
            continue
        assert shown.setdefault(answer.path, each.path) == each.path
        if answer.path.startswith(str(built.here.parent)):
            source = Path(answer.path).read_text()
            assert any(f"func {name.rpartition('.')[2]}(" in source for name in each.functions), (each.path, answer.path)
    assert len(shown) > 50
    refused = made.to_adapter(ClientPath(str(built.here / "ws/other/lib.go")))
    assert (refused.path, refused.reason) == (None, Reason.NOT_LINKED)


@pytest.mark.parametrize("program", PROGRAMS)
def test_plain_rules_say_the_same(built: Built, program: str) -> None:
    assert equivalent_rules(built.map(program)).inexpressible == ()
