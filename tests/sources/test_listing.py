from __future__ import annotations

from typing import Any

import attrs
import pytest

from dapshim.binary.recorded import BuildInfo, Recorded, RecordedFile
from dapshim.sources.answers import Answer, Reason
from dapshim.sources.listing import loaded_sources, modules
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.served import Served
from dapshim.sources.spelling import AdapterPath, ClientPath
from tests.sources.layouts_modules import DEP, FMT
from tests.sources.scene import GOROOT, UTIL, Layout, built, dep, file, text

FILES = (
    FMT,
    file("/ws/cmd/x/main.go", "example.com/a/cmd/x", text("main", "main")),
    file("/ws/lib/lib.go", "example.com/a/lib", text("lib", "Do")),
    file(f"{UTIL}/strutil/util.go", "github.com/Acme/Util/strutil", text("strutil", "Upper")),
    file(f"{GOROOT}/src/runtime/proc.go", "runtime", text("runtime", "main")),
    file("/gone/fork@v1.0.1/orig.go", "github.com/acme/orig", text("orig", "F")),
    file("_cgo_gotypes.go", ""),
)
BUILD = built(
    "example.com/a/cmd/x",
    "example.com/a",
    dep("github.com/Acme/Util", "v1.2.3"),
    dep("github.com/acme/orig", "v1.0.0", "github.com/me/fork", "v1.0.1"),
    dep("example.com/local", "v0.0.0", "../local"),
)


def listed(**changed: Any) -> tuple[RecordedIndex, dict[AdapterPath, Answer[ClientPath]]]:
    made = Layout(**{"name": "listed", "tree": DEP, "files": FILES, "build": BUILD, **changed}).made()
    paths = [AdapterPath(each.path) for each in made.facts.recorded.files]
    return made.index, {path: made.to_client(path) for path in paths}


def shown(**changed: Any) -> dict[str, dict[str, Any]]:
    found = modules(*listed(**changed))
    assert len({each["id"] for each in found}) == len(found)
    return {each.pop("id"): each for each in found}


def test_every_file_is_listed_here_or_served():
    served = Served()
    found = loaded_sources(*listed(), served)
    here = {each["path"]: each["name"] for each in found if "path" in each}
    assert here == {
        f"{GOROOT}/src/strings/strings.go": "strings.go",
        "/ws/cmd/x/main.go": "main.go",
        "/ws/lib/lib.go": "lib.go",
        f"{UTIL}/strutil/util.go": "util.go",
    }
    others = {each["name"]: served.recorded(each["sourceReference"]) for each in found if "path" not in each}
    assert others == {
        "proc.go": f"{GOROOT}/src/runtime/proc.go",
        "orig.go": "/gone/fork@v1.0.1/orig.go",
        "_cgo_gotypes.go": "_cgo_gotypes.go",
    }
    assert all(each.keys() == {"name", "path"} or each["presentationHint"] == "deemphasize" for each in found)


def test_two_recorded_names_of_one_file_are_one_source():
    index = RecordedIndex(Recorded((RecordedFile("gen.go"), RecordedFile("/ws/gen.go"), RecordedFile("unknown.go"))))
    same = Answer(ClientPath("/ws/gen.go"), Reason.LINE)
    answers = {AdapterPath("gen.go"): same, AdapterPath("/ws/gen.go"): same}
    assert loaded_sources(index, answers, Served()) == [{"name": "gen.go", "path": "/ws/gen.go"}]


def test_the_modules_of_the_build():
    found = shown()
    assert list(found) == ["example.com/a", "github.com/Acme/Util", "github.com/acme/orig", "example.com/local", "std"]
    assert found["example.com/a"] == {
        "name": "example.com/a",
        "isUserCode": True,
        "path": "/ws",
        "version": "(devel)",
        "symbolStatus": "2 of 2 source files are here",
    }
    assert found["github.com/Acme/Util"] == {
        "name": "github.com/Acme/Util",
        "isUserCode": False,
        "path": UTIL,
        "version": "v1.2.3",
        "symbolStatus": "1 of 1 source files are here",
    }
    assert found["github.com/acme/orig"] == {
        "name": "github.com/acme/orig",
        "isUserCode": False,
        "version": "v1.0.0 => github.com/me/fork v1.0.1",
        "symbolStatus": "0 of 1 source files are here",
    }
    assert found["example.com/local"] == {
        "name": "example.com/local",
        "isUserCode": True,
        "version": "v0.0.0 => ../local",
        "symbolStatus": "none of its code was linked",
    }
    assert found["std"] == {
        "name": "std",
        "isUserCode": False,
        "path": f"{GOROOT}/src",
        "version": "go1.26.6",
        "symbolStatus": "1 of 2 source files are here",
    }


def test_without_build_info_the_program_is_the_main_module():
    files = (FMT, file("/ws/cmd/x/main.go", "main", text("main", "main")), file("/ws/lib/lib.go", "a.b/lib", text("lib", "Do")))
    found = shown(files=files, build=BuildInfo("go1.26.6"))
    assert list(found) == ["main", "std"]
    assert found["main"]["symbolStatus"] == "2 of 2 source files are here"
    assert found["main"]["path"] == "/ws/cmd/x"


@pytest.mark.parametrize(
    ("flags", "optimized"),
    [
        ("all=-N -l", False),
        ("-N -l", None),
        ("example.com/a=-N", None),
        ("all=-l", True),
        ("", True),
        ("all=-Nope", True),
    ],
)
def test_whether_the_compiler_optimized(flags, optimized):
    settings = {"GOOS": "linux"} | ({"-gcflags": flags} if flags else {})
    found = shown(build=attrs.evolve(BUILD, settings=settings))
    assert {each.get("isOptimized") for each in found.values()} == {optimized}


def test_the_executable_is_where_the_symbols_are():
    assert {each["symbolFilePath"] for each in modules(*listed(), "/ws/x")} == {"/ws/x"}


def test_a_windows_client_gets_its_own_spelling():
    index = RecordedIndex(Recorded((RecordedFile("/b/lib/x.go", "m/lib"),), built("m", "m")))
    answers = {AdapterPath("/b/lib/x.go"): Answer(ClientPath("C:\\ws\\lib\\x.go"), Reason.RULE)}
    assert modules(index, answers)[0]["path"] == "C:\\ws"
