"""The modes of a launch: which one is meant, what each needs, and what is left to Delve as it came."""

from __future__ import annotations

import pytest

from dapshim.plan.launching import plan_launch
from tests.layouts import Link
from tests.plan.scene import DEBUG, HOME, LIB, ONE_MODULE, TEST, TESTS, Case, attach, facts, launch, mod

IN_LIB = {"mode": "test", "program": ".", "dlvCwd": "/ws/lib"}
BUILD_LIB = f"/ws/lib$ {TESTS} ."
IN_X = {"program": ".", "dlvCwd": "/ws/cmd/x"}
BUILD_X = f"/ws/cmd/x$ {DEBUG} ."
AS_ROOT = '"asRoot" needs "console": "integratedTerminal", where sudo can ask for a password; it is ignored.'
ELSEWHERE = {"cwd": "/somewhere"}
WINDOWS_TESTS = {"/ws/go.mod": mod("example.com/acme"), "/ws/lib/lib.go": LIB, "/ws/lib/lib_windows_test.go": TEST}

TEST_MODE = [
    Case("a folder", launch("test", program="/ws/lib"), asked=IN_LIB, build=BUILD_LIB),
    Case("a relative folder", launch("test", program="./lib"), asked=IN_LIB, build=BUILD_LIB),
    Case("a file of tests", launch("test", program="/ws/lib/lib_test.go"), asked=IN_LIB, build=BUILD_LIB),
    Case("a file beside the tests", launch("test", program="lib/lib.go"), asked=IN_LIB, build=BUILD_LIB),
    Case("an import path", launch("test", program="example.com/acme/lib"), asked=IN_LIB, build=BUILD_LIB),
    Case("auto", launch("auto", program="lib/lib_test.go"), asked=IN_LIB, build=BUILD_LIB),
    Case("no mode", launch(None, program="lib/lib_test.go"), asked=IN_LIB, build=BUILD_LIB),
    Case("an empty mode", launch("", program="lib/lib_test.go"), asked=IN_LIB, build=BUILD_LIB),
    Case(
        "a program with tests of its own",
        launch("test", program="cmd/x"),
        {**ONE_MODULE, "/ws/cmd/x/x_test.go": "package main_test\n"},
        asked=IN_X,
        build=f"/ws/cmd/x$ {TESTS} .",
    ),
    Case(
        "a chosen folder is kept, with arguments and the folder that the tests run in",
        launch("test", program="./lib", dlvCwd="/ws", args=["-test.run", "TestIt"], cwd="run"),
        asked={"cwd": "/ws/run"},
        build=f"/ws$ {TESTS} ./lib",
    ),
    Case(
        "no tests",
        launch("test", program="cmd/x"),
        error='"program" is /ws/cmd/x, which has no tests (files that end in _test.go).',
    ),
    Case(
        "tests of another system only",
        launch("test", program="lib"),
        WINDOWS_TESTS,
        error='"program" is /ws/lib, which has no tests (files that end in _test.go); lib_windows_test.go is not in the build: '
        "its name says another system than linux/amd64.",
    ),
    Case(
        "no program",
        launch("test"),
        error='"program" is missing: in mode "test" it is the folder of the tests, or one of their files.',
    ),
]

READY_MADE = [
    Case("exec", launch("exec", program="/bin/x", cwd="/tmp")),
    Case("exec, relative, where dlv is started", launch("exec", program="bin/x", cwd="run")),
    Case(
        "exec, relative, dlv started elsewhere",
        launch("exec", program="bin/x"),
        asked={"program": "/ws/bin/x", "cwd": "/ws"},
        world=ELSEWHERE,
    ),
    Case(
        "exec, relative to a chosen folder",
        launch("exec", program="x", dlvCwd="bin", stdinFrom="in.txt"),
        {"/ws/bin/x": ""},
        asked={"program": "/ws/bin/x", "dlvCwd": "/ws/bin", "stdinFrom": "/ws/bin/in.txt"},
        world=ELSEWHERE,
    ),
    Case(
        "exec, with ~",
        launch("exec", program="~/bin/x", cwd="~"),
        asked={"program": f"{HOME}/bin/x", "cwd": HOME},
    ),
    Case(
        "exec of a source",
        launch("exec", program="/ws/cmd/x/main.go"),
        error='"program" is /ws/cmd/x/main.go, which is a Go source; in mode "exec" it must be an executable that is built '
        'already. To build it and debug it, use "mode": "debug".',
    ),
    Case(
        "exec of a folder",
        launch("exec", program="cmd/x"),
        error='"program" is /ws/cmd/x, which is a folder; in mode "exec" it must be an executable that is built already. '
        'To build it and debug it, use "mode": "debug".',
    ),
    Case("exec of what is not there is for Delve to refuse", launch("exec", program="/nowhere/x")),
    Case(
        "an attribute that is misspelt",
        launch("exec", program="/bin/x", cdw="/ws", stopOnEntri=True, modes="x", presentation={}, mine=1),
        says=(
            '"cdw" is ignored, because nobody knows it. Did you mean "cwd"?',
            '"stopOnEntri" is ignored, because nobody knows it. Did you mean "stopOnEntry"?',
            '"modes" is ignored, because nobody knows it. Did you mean "mode"?',
        ),
    ),
    Case("exec, a path of Windows", launch("exec", program="C:\\bin\\x.exe", args=["C:\\"])),
    Case(
        "core, relative",
        launch("core", program="bin/x", coreFilePath="core.1"),
        asked={"program": "/ws/bin/x", "coreFilePath": "/ws/core.1"},
        world=ELSEWHERE,
    ),
    Case("replay", launch("replay", traceDirPath="/rr/x-0")),
    Case("replay, relative", launch("replay", traceDirPath="x-0"), asked={"traceDirPath": "/ws/x-0"}, world=ELSEWHERE),
    Case(
        "exec without a program", launch("exec"), error='"program" is missing: in mode "exec" it is the path of an executable.'
    ),
    Case(
        "core without a program",
        launch("core", coreFilePath="/c"),
        error='"program" is missing: in mode "core" it is the path of the executable that left the core file.',
    ),
    Case(
        "core without a core",
        launch("core", program="/bin/x"),
        error='"coreFilePath" is missing: in mode "core" it is the path of the core file.',
    ),
    Case(
        "replay without a trace",
        launch("replay", program="/bin/x"),
        error='"traceDirPath" is missing: in mode "replay" it is the folder that rr recorded into.',
    ),
    Case(
        "exec of what only an editor can expand",
        launch("exec", program="${file}"),
        error='"program" holds ${file}, which only an editor can expand, and this one sent it as it is written; write the '
        "path, or use ${workspaceFolder} (here: /ws).",
    ),
]

WRONG_MODES = [
    Case(
        "no such mode",
        launch("debgu", program="cmd/x"),
        error='"mode" must be "auto", "debug", "test", "exec", "replay" or "core"; it is the text "debgu". '
        'Did you mean "debug"?',
    ),
    Case(
        "not even a text",
        launch(program="cmd/x") | {"mode": 1},
        error='"mode" must be "auto", "debug", "test", "exec", "replay" or "core"; it is the number 1.',
    ),
    Case(
        "a mode of attach",
        launch("remote", program="cmd/x"),
        error='"mode": "remote" belongs to "request": "attach"; this is "launch", whose modes are "auto", "debug", "test", '
        '"exec", "replay" or "core".',
    ),
    Case(
        "a mode of launch",
        attach("exec", processId=1),
        error='"mode": "exec" belongs to "request": "launch"; this is "attach", whose modes are "local" or "remote".',
    ),
]

CONTRADICTIONS = [
    Case(
        f"outputMode remote and {name}",
        launch(program="cmd/x", outputMode="remote", **{name: "out.txt"}),
        error=f'"outputMode": "remote" and "{name}" exclude each other: the output goes to the editor or to a file.',
    )
    for name in ("stdoutTo", "stderrTo")
]

FOLDERS = [
    Case(
        "a cwd that is missing",
        launch(program="cmd/x", cwd="rn"),
        error='"cwd" is /ws/rn, which is not there; it must be a folder.',
    ),
    Case(
        "a cwd that is a file, in exec mode",
        launch("exec", program="/bin/x", cwd="/ws/go.mod"),
        error='"cwd" is /ws/go.mod, which is a file; it must be a folder.',
    ),
    Case("a cwd that only root may see", launch("exec", program="/bin/x", cwd="/secret", asRoot=True), says=(AS_ROOT,)),
    Case("a cwd that counts for nothing", launch("core", program="/bin/x", coreFilePath="/c", cwd="/secret")),
    Case(
        "a dlvCwd that is missing",
        launch(program=".", dlvCwd="cmd/y"),
        error='"dlvCwd" is /ws/cmd/y, which is not there; it must be a folder.',
    ),
    Case(
        "a dlvCwd that only an editor can expand",
        launch(program=".", dlvCwd="${fileDirname}"),
        error='"dlvCwd" holds ${fileDirname}, which only an editor can expand, and this one sent it as it is written; '
        "write the path, or use ${workspaceFolder} (here: /ws).",
    ),
    Case(
        "a -C that is missing",
        launch(program=".", buildFlags="-C cmd/y"),
        error='-C in "buildFlags" is /ws/cmd/y, which is not there; it must be a folder.',
    ),
]

OTHER = [
    Case(
        "paths are the workspace folder's",
        launch(program="cmd/x", cwd="run", output="~/bin/x", stdinFrom="in", stdoutTo="/out", stderrTo="${workspaceFolder}/e"),
        asked={**IN_X, "cwd": "/ws/run", "output": f"{HOME}/bin/x", "stdinFrom": "/ws/in", "stderrTo": "/ws/e"},
        build=BUILD_X,
    ),
    Case("noDebug", launch(program="cmd/x", noDebug=True), asked=IN_X, build=BUILD_X),
    Case("noDebug, exec", launch("exec", program="/bin/x", noDebug=True)),
    Case("nulls are as if not there", launch(program="cmd/x", cwd=None, args=None, port=None), asked=IN_X, build=BUILD_X),
    Case(
        "what nobody knows passes as it is",
        launch(program="cmd/x", __sessionId="${file}", presentation={"group": 1}, x=[None]),
        asked=IN_X,
        build=BUILD_X,
    ),
    Case(
        "arguments and rules are expanded as an editor would",
        launch(
            program="cmd/x",
            args=["${workspaceFolderBasename}", "${env:HOME}", "${env:NONE}", "${/}", "${file}", "$HOME"],
            substitutePath=[{"from": "${workspaceFolder}", "to": "${userHome}/src"}],
        ),
        asked={
            **IN_X,
            "args": ["ws", HOME, "", "/", "${file}", "$HOME"],
            "substitutePath": [{"from": "/ws", "to": f"{HOME}/src"}],
        },
        build=BUILD_X,
    ),
    Case(
        "a named workspace folder is this one, or not known",
        launch(program="${workspaceFolder:ws}/cmd/x", args=["${workspaceFolder:api}"]),
        asked=IN_X,
        build=BUILD_X,
    ),
    Case(
        "args as one text",
        launch(program="cmd/x", args="-name 'Ann Lee' \"say \\\"hi\\\"\" -d''x C:\\new\\x ''"),
        asked={**IN_X, "args": ["-name", "Ann Lee", 'say "hi"', "-dx", "C:\\new\\x", ""]},
        build=BUILD_X,
    ),
    Case("no args in one text", launch(program="cmd/x", args="  "), asked={**IN_X, "args": []}, build=BUILD_X),
    Case(
        "args with a quote that does not end",
        launch(program="cmd/x", args="-name 'Ann"),
        error="\"args\" has a ' that nothing closes, at character 7 of: -name 'Ann",
    ),
]


@pytest.mark.parametrize("case", TEST_MODE, ids=str)
def test_mode_test(case):
    case.check()


@pytest.mark.parametrize("case", READY_MADE, ids=str)
def test_what_is_built_already(case):
    case.check()


@pytest.mark.parametrize("case", [*WRONG_MODES, *CONTRADICTIONS, *FOLDERS], ids=str)
def test_what_cannot_be(case):
    case.check()


@pytest.mark.parametrize("case", OTHER, ids=str)
def test_other_attributes(case):
    case.check()


def test_what_is_built_already_asks_no_go():
    assert plan_launch(launch("exec", program="~/x"), facts(broken="there is no go")).build is None


def test_what_came_is_not_changed():
    sent = launch(program="cmd/x", env={"A": "1"}, args=["${userHome}"], dlvLoadConfig={"maxStringLen": 1})
    layout = {**{path.replace("/ws", "/real"): text for path, text in ONE_MODULE.items()}, "/ws": Link("/real")}
    assert plan_launch(sent, facts(layout)).arguments["env"] == {"A": "1", "PWD": "/ws/cmd/x"}
    assert sent == launch(program="cmd/x", env={"A": "1"}, args=["${userHome}"], dlvLoadConfig={"maxStringLen": 1})
