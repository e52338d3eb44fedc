"""`env`, `envFile`, and what GOFLAGS, GOOS and the person's own build flags would do to a session."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.plan.environment import MAX_ENV_FILE, overlaid, read_env_file
from dapshim.plan.outcome import PlanError
from tests.plan.scene import DEBUG, GONE, HOME, ONE_MODULE, Case, launch

IN_X = {"program": ".", "dlvCwd": "/ws/cmd/x"}
BUILD_X = f"/ws/cmd/x$ {DEBUG} ."
FILES = {
    **ONE_MODULE,
    "/ws/.env": "A=file\nB=file\n",
    "/ws/b.env": "B=later\n",
    f"{HOME}/c.env": "C=${HOME}\n",
    "/ws/latin": b"A=\xe9\n",
    "/ws/large": b"#" * (MAX_ENV_FILE + 1),
}


def run(**attributes: Any) -> dict[str, Any]:
    return launch(program="cmd/x", **attributes)


VARIABLES = [
    Case("env goes to dlv as it is", run(env={"A": "1", "B": None}), asked=IN_X, build=BUILD_X),
    Case(
        "envFile",
        run(envFile="/ws/.env"),
        FILES,
        asked={**IN_X, "envFile": GONE, "env": {"A": "file", "B": "file"}},
        build=BUILD_X,
    ),
    Case(
        "env wins over envFile, also when it takes away",
        run(envFile=".env", env={"A": "env", "B": None, "C": "1"}),
        FILES,
        asked={**IN_X, "envFile": GONE, "env": {"A": "env", "B": None, "C": "1"}},
        build=BUILD_X,
    ),
    Case(
        "several, of which the later wins",
        run(envFile=[".env", "${workspaceFolder}/b.env", "", "~/c.env"]),
        FILES,
        asked={**IN_X, "envFile": GONE, "env": {"A": "file", "B": "later", "C": HOME}},
        build=BUILD_X,
    ),
    Case("no envFile", run(envFile=""), asked={**IN_X, "envFile": GONE}, build=BUILD_X),
    Case("missing", run(envFile=".envv"), error='"envFile" /ws/.envv cannot be read: no such file.'),
    Case("a folder", run(envFile="lib"), error='"envFile" /ws/lib cannot be read: is a folder.'),
    Case(
        "no UTF-8",
        run(envFile="latin"),
        FILES,
        error='"envFile" /ws/latin is no UTF-8 text: invalid continuation byte at byte 2.',
    ),
    Case(
        "too large",
        run(envFile="large"),
        FILES,
        error=f'"envFile" /ws/large has more than {MAX_ENV_FILE} bytes; no system takes so large an environment.',
    ),
    Case(
        "in exec mode too",
        launch("exec", program="/bin/x", envFile=".env"),
        FILES,
        asked={"envFile": GONE, "env": {"A": "file", "B": "file"}},
    ),
    Case("what the build sees counts", run(env={"GOFLAGS": "-tags=mine"}), asked=IN_X, build=BUILD_X),
]

STRIPPED = (
    "buildFlags strips the program (-ldflags=-X main.v=1 -s -w): without its debug information no breakpoint can be set. "
    "Drop -s and -w."
)
QUOTES = "buildFlags has double quotes, which Delve does not take for quotes;"
LOST = "which replaces Delve's own -gcflags for these packages and would optimise them;"
LIST = "is used. Write buildFlags as a list to have Delve's own count."

FLAGS = [
    Case("a text", run(buildFlags="-tags 'a b' -race"), asked=IN_X, build=f"/ws/cmd/x$ {DEBUG} -tags 'a b' -race ."),
    Case(
        "a list stands before Delve's own",
        run(buildFlags=["-gcflags=-m", "-ldflags=-X main.v=1"]),
        asked=IN_X,
        build="/ws/cmd/x$ go build -gcflags=-m '-ldflags=-X main.v=1' -o OUT -gcflags 'all=-N -l' .",
    ),
    Case(
        "-gcflags in a text would optimise",
        run(buildFlags="-race -gcflags=-m"),
        asked={**IN_X, "buildFlags": "-race '-gcflags=-N -l -m'"},
        build=f"/ws/cmd/x$ {DEBUG} -race '-gcflags=-N -l -m' .",
        says=(f"buildFlags has '-gcflags=-m', {LOST} '-gcflags=-N -l -m' {LIST}",),
    ),
    Case(
        "double quotes around a word",
        run(buildFlags='-race -ldflags "-X main.v=1 -X main.w=2"'),
        asked={**IN_X, "buildFlags": "-race -ldflags '-X main.v=1 -X main.w=2'"},
        build=f"/ws/cmd/x$ {DEBUG} -race -ldflags '-X main.v=1 -X main.w=2' .",
        says=(f"{QUOTES} -race -ldflags '-X main.v=1 -X main.w=2' is used.",),
    ),
    Case(
        "double quotes around a value",
        run(buildFlags='-tags="fancy"'),
        asked={**IN_X, "buildFlags": "-tags=fancy"},
        build=f"/ws/cmd/x$ {DEBUG} -tags=fancy .",
        says=(f"{QUOTES} -tags=fancy is used.",),
    ),
    Case(
        "double quotes within single ones are go's",
        run(buildFlags="-ldflags='-X \"main.v=a b\"'"),
        asked=IN_X,
        build=f"/ws/cmd/x$ {DEBUG} '-ldflags=-X \"main.v=a b\"' .",
    ),
    Case(
        "double quotes that do not end are left to go",
        run(buildFlags='-tags="fancy'),
        asked=IN_X,
        build=f"/ws/cmd/x$ {DEBUG} '-tags=\"fancy' .",
    ),
    Case(
        "-gcflags in two words, for a pattern",
        run(buildFlags="-gcflags 'all=-m -l'"),
        asked={**IN_X, "buildFlags": "'-gcflags=all=-N -l -m -l'"},
        build=f"/ws/cmd/x$ {DEBUG} '-gcflags=all=-N -l -m -l' .",
        says=(f"buildFlags has '-gcflags=all=-m -l', {LOST} '-gcflags=all=-N -l -m -l' {LIST}",),
    ),
    Case(
        "-gcflags without anything",
        run(buildFlags="-gcflags="),
        asked={**IN_X, "buildFlags": "'-gcflags=-N -l'"},
        build=f"/ws/cmd/x$ {DEBUG} '-gcflags=-N -l' .",
        says=(f"buildFlags has '-gcflags=', {LOST} '-gcflags=-N -l' {LIST}",),
    ),
    Case(
        "-gcflags that optimise nothing stay as they are",
        run(buildFlags="-gcflags 'all=-l -N -m'"),
        asked=IN_X,
        build=f"/ws/cmd/x$ {DEBUG} -gcflags 'all=-l -N -m' .",
    ),
    Case(
        "-ldflags that strip are the person's word",
        run(buildFlags=["-ldflags=-X main.v=1 -s -w"]),
        asked=IN_X,
        build="/ws/cmd/x$ go build '-ldflags=-X main.v=1 -s -w' -o OUT -gcflags 'all=-N -l' .",
        says=(STRIPPED,),
    ),
    Case(
        "-ldflags that do not strip after all",
        run(buildFlags="-ldflags=-s -ldflags -w=0"),
        asked=IN_X,
        build=f"/ws/cmd/x$ {DEBUG} -ldflags=-s -ldflags -w=0 .",
    ),
]

STRIPS = "strips the program, so that no breakpoint could be set; it is overridden for this session."
TRIMS = "takes the folders out of the recorded paths; it is overridden for this session."
WINDOWS = "the program would be built for windows/amd64 and could not run here; it is built for linux/amd64."
NATIVE = {"GOOS": "linux", "GOARCH": "amd64"}

TRAPS = [
    Case(
        "GOFLAGS strips",
        run(),
        asked={**IN_X, "buildFlags": "-ldflags="},
        build=f"/ws/cmd/x$ {DEBUG} -ldflags= .",
        says=(f"GOFLAGS in the environment has -ldflags=-s, which {STRIPS}",),
        world={"environ": {"GOFLAGS": "-ldflags=-s"}},
    ),
    Case(
        "GOFLAGS strips, and its other linker flags are kept",
        run(buildFlags=["-race"], env={"GOFLAGS": "-v '-ldflags=all=-w -X main.v=1 -s=true'"}),
        asked={**IN_X, "buildFlags": ["-race", "-ldflags=all=-X main.v=1"]},
        build="/ws/cmd/x$ go build -race '-ldflags=all=-X main.v=1' -o OUT -gcflags 'all=-N -l' .",
        says=(f"GOFLAGS in the environment has -ldflags=all=-w -X main.v=1 -s=true, which {STRIPS}",),
    ),
    Case(
        "`go env -w` trims",
        run(),
        asked={**IN_X, "buildFlags": "-trimpath=false"},
        build=f"/ws/cmd/x$ {DEBUG} -trimpath=false .",
        says=(f"GOFLAGS in `go env -w` has -trimpath, which {TRIMS}",),
        world={"written": {"GOFLAGS": "-trimpath"}},
    ),
    Case(
        "both, behind flags in a text",
        run(buildFlags="-race"),
        asked={**IN_X, "buildFlags": "-race -ldflags= -trimpath=false"},
        build=f"/ws/cmd/x$ {DEBUG} -race -ldflags= -trimpath=false .",
        says=(
            f"GOFLAGS in `go env -w` has -ldflags=-w, which {STRIPS}",
            f"GOFLAGS in `go env -w` has -trimpath, which {TRIMS}",
        ),
        world={"written": {"GOFLAGS": "-trimpath=true -ldflags=-w"}},
    ),
    Case(
        "the person's own flags win over GOFLAGS anyway",
        run(buildFlags="-trimpath -ldflags -X=main.v=1"),
        asked=IN_X,
        build=f"/ws/cmd/x$ {DEBUG} -trimpath -ldflags -X=main.v=1 .",
        world={"environ": {"GOFLAGS": "-trimpath -ldflags=-s"}},
    ),
    Case(
        "GOFLAGS that harms nothing",
        run(),
        asked=IN_X,
        build=BUILD_X,
        world={"environ": {"GOFLAGS": "-mod=mod -trimpath=false -ldflags=-w=0"}},
    ),
    Case(
        "GOFLAGS that go will refuse",
        run(),
        asked=IN_X,
        build=BUILD_X,
        world={"environ": {"GOFLAGS": '"-ldflags=-s \'a"'}},
    ),
    Case(
        "GOFLAGS emptied by env",
        run(env={"GOFLAGS": ""}),
        asked=IN_X,
        build=BUILD_X,
        world={"environ": {"GOFLAGS": "-trimpath"}},
    ),
    Case(
        "GOOS left in the environment",
        run(),
        asked={**IN_X, "env": NATIVE},
        build=BUILD_X,
        says=(f"GOOS=windows in the environment: {WINDOWS}",),
        world={"environ": {"GOOS": "windows"}},
    ),
    Case(
        "GOOS left there, and go is asked in more than one folder",
        launch(program="example.com/acme/cmd/x"),
        asked={**IN_X, "env": NATIVE},
        build=BUILD_X,
        says=(f"GOOS=windows in the environment: {WINDOWS}",),
        world={"environ": {"GOOS": "windows"}},
    ),
    Case(
        "GOOS in `go env -w`, and a program that is found below",
        launch(program="/ws"),
        asked={**IN_X, "env": NATIVE},
        build=BUILD_X,
        says=(
            f"GOOS=windows in `go env -w`: {WINDOWS}",
            "/ws has no package main; /ws/cmd/x, the only program below it, is debugged.",
        ),
        world={"written": {"GOOS": "windows"}},
    ),
    Case(
        "GOOS and GOARCH in `go env -w`",
        run(env={"A": "1"}),
        asked={**IN_X, "env": {"A": "1", **NATIVE}},
        build=BUILD_X,
        says=(f"GOOS=js in `go env -w` and GOARCH=wasm in `go env -w`: {WINDOWS.replace('windows/amd64', 'js/wasm')}",),
        world={"written": {"GOOS": "js", "GOARCH": "wasm"}},
    ),
    Case(
        "GOARCH in env is the person's word, and cannot be",
        run(env={"GOARCH": "arm64"}),
        error='"env" or "envFile" has GOARCH=arm64, so the program is built for linux/arm64, which this machine, linux/amd64, '
        "cannot run; drop it.",
    ),
    Case("GOOS of this machine", run(env={"GOOS": "linux"}), asked=IN_X, build=BUILD_X),
]


@pytest.mark.parametrize("case", VARIABLES, ids=str)
def test_variables(case):
    case.check()


@pytest.mark.parametrize("case", FLAGS, ids=str)
def test_build_flags(case):
    case.check()


@pytest.mark.parametrize("case", TRAPS, ids=str)
def test_silent_traps(case):
    case.check()


def test_the_build_sees_what_dlv_sees():
    found = Case("", run(env={"A": "1", "B": None}, envFile=".env"), FILES).plan().build
    assert found is not None
    assert (found.environment, found.go, found.go_version) == ({"A": "1", "B": None}, "/go/bin/go", "go1.26.8")


# Every line as vscode-go reads it.
LINES = [
    ("A=1", "1"),
    ("  export A = 1 2  ", "1 2"),
    ("A=1\r", "1"),
    ("\ufeffA=1", "1"),
    ("A=", ""),
    ("A='one two'", "one two"),
    ('A="one\\ntwo"', "one\ntwo"),
    ("A='one\\ntwo'", "one\\ntwo"),
    ('A="{\\"a\\":1}"', '{\\"a\\":1}'),
    ("A=a=b#c", "a=b#c"),
    ("A=${HOME}/x", "/home/ann/x"),
    ("A=${NONE}x", "x"),
    ("A=\\${HOME}", "${HOME}"),
    ("A=$HOME", "$HOME"),
    ("B=b\nA=${B}${HOME}", "b/home/ann"),
    ("A=1\nA=2", "2"),
    ("# A=2\nA=1\n\nnonsense", "1"),
]


@pytest.mark.parametrize(("text", "value"), LINES, ids=repr)
def test_a_line_of_an_env_file(text, value):
    assert read_env_file(text.encode(), "x", {"HOME": HOME})["A"] == value


def test_lines_of_another_form_are_passed_over():
    assert read_env_file(b"# a comment\n\nA-B.c=1\n=x\nA B=2\n", "x", {}) == {"A-B.c": "1"}


def test_an_env_file_that_is_no_text():
    with pytest.raises(PlanError, match=r'^"envFile" /x is no UTF-8 text: invalid start byte at byte 0\.$'):
        read_env_file(b"\xff", "/x", {})


def test_an_environment_is_changed():
    assert overlaid({"A": "1", "B": "2"}, {"A": None, "C": "3", "D": None}) == {"B": "2", "C": "3"}
