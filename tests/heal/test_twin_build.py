"""The build of a twin, out of whatever a build info may say."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.facts import BinaryFacts, LineTableFacts
from dapshim.binary.recorded import BuildInfo, ModuleVersion
from dapshim.binary.source import FileState
from dapshim.heal.flags import Refused
from dapshim.heal.twin_build import UNNAMED, TwinBuild, twin_build

PLAIN = {"-buildmode": "exe", "-compiler": "gc", "CGO_ENABLED": "0", "GOARCH": "amd64", "GOOS": "linux", "GOAMD64": "v1"}
PERSON = {"PATH": "/bin", "HOME": "/home/me", "GOFLAGS": "-toolexec=x", "GOARCH": "arm64", "CGO_CFLAGS": "-x", "GIT_DIR": "/x"}
GO_ENV = {"GOCACHE": "/cache", "GOMODCACHE": "/mod", "GOPATH": "/go", "CC": "mycc", "CGO_CFLAGS": "-I/mine"}


def made(settings: Mapping[str, str], *main_files: str, **build: Any) -> TwinBuild:
    info = attrs.evolve(
        BuildInfo("go1.26.8", "example.com/m", ModuleVersion("example.com/m", "(devel)"), (), settings), **build
    )
    table = LineTableFacts(".gopclntab", 1, main=True, main_file="/src/main.go", test=False, cgo=False)
    return twin_build(BinaryFacts(FileState("/x"), "elf", build=info, table=table), "/src", main_files, GO_ENV, PERSON)


def refusal(settings: Mapping[str, str], **build: Any) -> str:
    with pytest.raises(Refused) as caught:
        made(settings, **build)
    return str(caught.value)


def test_a_plain_build():
    build = made(PLAIN | {"-ldflags": "-s -w", "-gcflags": "all=-N -l", "-tags": "a,b", "-race": "true", "-trimpath": "true"})
    assert build.words == (
        *("build", "-buildmode=exe", "-race", "-trimpath", "-tags=a,b", "-ldflags=-a -a", "-gcflags=all=-N -l", "."),
    )
    assert build.command("/out")[:3] == ("build", "-o", "/out")
    assert build.flagged("-x").command("/out")[:4] == ("build", "-o", "/out", "-x")
    environment = build.environment
    assert environment["GOFLAGS"] == "-buildvcs=false"
    assert (environment["GOPROXY"], environment["GOTOOLCHAIN"], environment["GOENV"]) == ("off", "local", "off")
    assert (environment["GOARCH"], environment["CC"], environment["PWD"], environment["PATH"]) == (
        "amd64",
        "mycc",
        "/src",
        "/bin",
    )
    assert "CGO_CFLAGS" not in environment
    assert "GIT_DIR" not in environment
    assert build.stamp is None


def test_what_the_person_has_set_for_c_may_be_anything():
    assert made(PLAIN | {"CGO_CFLAGS": "-I/mine"}).environment["CGO_CFLAGS"] == "-I/mine"
    assert "CGO_CFLAGS=-I/other" in refusal(PLAIN | {"CGO_CFLAGS": "-I/other"})


def test_the_stamp_of_git():
    stamped = PLAIN | {"vcs": "git", "vcs.revision": "a" * 40, "vcs.time": "2026-11-25T21:00:00Z", "vcs.modified": "true"}
    build = made(stamped)
    assert build.environment["GOFLAGS"] == "-buildvcs=true"
    assert build.stamp is not None
    assert attrs.astuple(build.stamp) == ("a" * 40, 1795640400, True)
    assert made(stamped | {"vcs.revision": "'; touch x"}).stamp is None
    assert made(stamped | {"vcs.time": "never"}).stamp is None
    assert made(stamped | {"vcs": "hg"}).stamp is None


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({"-toolexec": "/evil"}, "has -toolexec"),
        ({"-modfile": "/evil"}, "has -modfile"),
        ({"-compiler": "gccgo"}, "built by gccgo"),
        ({"-buildmode": "plugin"}, "-buildmode=plugin"),
        ({"-race": "/evil"}, "-race=/evil"),
        ({"-tags": "a -toolexec=x"}, "-tags=a -toolexec=x"),
        ({"-covermode": "-o x"}, "-covermode"),
        ({"GOOS": "/evil"}, "GOOS=/evil"),
        ({"GOAMD64": "v1 v2"}, "GOAMD64=v1 v2"),
        ({"-pgo": "/other/default.pgo"}, "profile /other/default.pgo"),
        ({"-ldflags": "-extld=x"}, "-extld=x is not among"),
    ],
)
def test_what_is_not_allowed_is_named(settings, why):
    assert why in refusal(PLAIN | settings)


def test_kinds_of_programs():
    assert "installed from a download, example.com/m@v1.0.0" in refusal(
        PLAIN, main=ModuleVersion("example.com/m", "v1.0.0", sum="h1:x")
    )
    assert "from named files" in refusal(PLAIN, path=UNNAMED)
    assert made(PLAIN, "-main.go", "x.go", path=UNNAMED).words[-2:] == ("./-main.go", "./x.go")
    assert made(PLAIN | {"-pgo": "/src/default.pgo"}).words[2] == "-pgo=auto"
    assert made(PLAIN, go_version="go1.26.8-X:nogreenteagc").environment["GOEXPERIMENT"] == "nogreenteagc"
    assert "GOEXPERIMENT" in refusal(PLAIN, go_version="go1.26.8-X:/evil")


WORD = re.compile(
    r"-buildmode=(exe|pie)|-race|-msan|-asan|-cover|-trimpath|-covermode=[\w.,]+|-tags=[\w.,/+-]+|-(ld|gc|asm)flags=.*|-pgo=auto",
    re.DOTALL,
)
VALUES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["true", "-s -w", "/evil", "-toolexec=/evil", "-extld=/evil", "exe", "gc", "a b", "-o=/x"]),
)
KEYS = st.sampled_from(
    [
        *PLAIN,
        "-ldflags",
        "-gcflags",
        "-asmflags",
        "-tags",
        "-race",
        "-pgo",
        "-toolexec",
        "-o",
        "vcs",
        "vcs.time",
        "GOFLAGS",
        "CC",
        "PATH",
        "GOEXPERIMENT",
        "CGO_LDFLAGS",
    ]
)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_whatever_it_says_no_other_flag_and_no_program_comes_out(settings):
    try:
        build = made(PLAIN | settings)
    except Refused:
        return
    assert build.words[0] == "build"
    assert all(WORD.fullmatch(word) for word in build.words[1:-1])
    assert build.words[-1] == "."
    assert not any("evil" in word and not word.startswith("-ldflags=-X") for word in build.words)
    assert (build.environment["PATH"], build.environment["CC"]) == ("/bin", "mycc")
    assert build.environment["GOFLAGS"] in ("-buildvcs=true", "-buildvcs=false")
    assert "/evil" not in build.environment.values()
