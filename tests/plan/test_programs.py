"""What `program` means: every way to write it, in every kind of layout, from every place."""

from __future__ import annotations

import errno

import pytest

from dapshim.golang.files import Entries
from dapshim.plan.launching import plan_launch
from dapshim.plan.outcome import PlanError
from tests.layouts import Link, MemoryFiles
from tests.plan.scene import (
    DEBUG,
    GONE,
    HOME,
    LIB,
    MAIN,
    ONE_MODULE,
    TEST,
    TESTS,
    TWO_MODULES,
    WORK,
    WORK_OF_ONE,
    Case,
    facts,
    launch,
    mod,
    work,
)

IN_X = {"program": ".", "dlvCwd": "/ws/cmd/x"}
BUILD_X = f"/ws/cmd/x$ {DEBUG} ."
ONLY_X = ("/ws has no package main; /ws/cmd/x, the only program below it, is debugged.",)
SEVERAL = {**ONE_MODULE, "/ws/cmd/y/main.go": MAIN}
DEPENDENCY = {
    **ONE_MODULE,
    "/ws/go.mod": mod("example.com/acme", "require example.com/dep v1.2.3"),
    f"{HOME}/go/pkg/mod/example.com/dep@v1.2.3/go.mod": mod("example.com/dep"),
    f"{HOME}/go/pkg/mod/example.com/dep@v1.2.3/cmd/tool/main.go": MAIN,
    f"{HOME}/go/pkg/mod/example.com/dep@v1.2.3/lib/lib.go": LIB,
    f"{HOME}/go/pkg/mod/example.com/dep@v1.2.3/lib/lib_test.go": TEST,
}
LINKED = {**{path.replace("/ws", "/real"): text for path, text in ONE_MODULE.items()}, "/ws": Link("/real")}
PWD = {"PWD": "/ws/cmd/x"}

SPELLINGS = [
    Case("a folder", launch(program="/ws/cmd/x"), asked=IN_X, build=BUILD_X),
    Case("a folder with a slash behind it", launch(program="/ws/cmd/x/"), asked=IN_X, build=BUILD_X),
    Case("a relative folder, as the workspace folder sees it", launch(program="cmd/x"), asked=IN_X, build=BUILD_X),
    Case("./cmd/x", launch(program="./cmd/x"), asked=IN_X, build=BUILD_X),
    Case("a roundabout way", launch(program="lib/../cmd/./x"), asked=IN_X, build=BUILD_X),
    Case("a file of a package", launch(program="/ws/cmd/x/more.go"), asked=IN_X, build=BUILD_X),
    Case("a relative file", launch(program="cmd/x/main.go"), asked=IN_X, build=BUILD_X),
    Case("sent as it is written", launch(program="${workspaceFolder}/cmd/x"), asked=IN_X, build=BUILD_X),
    Case("auto, a file", launch("auto", program="cmd/x/main.go"), asked={"mode": "debug", **IN_X}, build=BUILD_X),
    Case("no mode, which is auto to vscode-go", launch(None, program="cmd/x"), asked=IN_X, build=BUILD_X),
    Case("an import path", launch(program="example.com/acme/cmd/x"), asked=IN_X, build=BUILD_X),
    Case(
        "a path with ~",
        launch(program="~/p"),
        {f"{HOME}/p/go.mod": mod("example.com/p"), f"{HOME}/p/main.go": MAIN},
        asked={"program": ".", "dlvCwd": f"{HOME}/p"},
        build=f"{HOME}/p$ {DEBUG} .",
    ),
    Case(
        "a program of one file that the build leaves out",
        launch(program="tools/gen.go"),
        asked={"program": "./gen.go", "dlvCwd": "/ws/tools"},
        build=f"/ws/tools$ {DEBUG} ./gen.go",
    ),
    Case(
        "one of several programs of one file in a folder",
        launch(program="/x/a.go"),
        {"/x/a.go": MAIN, "/x/b.go": MAIN},
        asked={"program": "./a.go", "dlvCwd": "/x"},
        build=f"/x$ {DEBUG} ./a.go",
    ),
    Case(
        "a folder with a blank in its name",
        launch(program="/ws/my cmd"),
        {**ONE_MODULE, "/ws/my cmd/main.go": MAIN},
        asked={"program": ".", "dlvCwd": "/ws/my cmd"},
        build=f"/ws/my cmd$ {DEBUG} .",
    ),
]

FOUND_AND_NOT = [
    Case("the only program below", launch(program="/ws"), asked=IN_X, build=BUILD_X, says=ONLY_X),
    Case("the only program below a relative root", launch(program="."), asked=IN_X, build=BUILD_X, says=ONLY_X),
    Case(
        "several below",
        launch(program="/ws"),
        SEVERAL,
        error='"program" is /ws, which has no package main, and there are several below it. Say in launch.json which one:\n'
        '    "program": "${workspaceFolder}/cmd/x"\n'
        '    "program": "${workspaceFolder}/cmd/y"',
    ),
    Case(
        "several below a folder that is not the workspace's",
        launch(program="/other"),
        {"/other/go.mod": mod("example.com/o"), "/other/a/m.go": MAIN, "/other/b/m.go": MAIN},
        error='"program" is /other, which has no package main, and there are several below it. Say in launch.json which one:\n'
        '    "program": "/other/a"\n'
        '    "program": "/other/b"',
    ),
    Case(
        "a library with nothing below it, in a module with one program",
        launch(program="/ws/lib"),
        error='"program" is /ws/lib, which holds package lib, a library, and there is no package main below it. '
        'To debug its tests, use "mode": "test". The programs of module example.com/acme:\n'
        '    "program": "${workspaceFolder}/cmd/x"',
    ),
    Case(
        "a file of a library",
        launch(program="/ws/lib/lib.go"),
        {**ONE_MODULE, "/ws/cmd/x/main.go": LIB, "/ws/cmd/x/more.go": LIB},
        error='"program" is /ws/lib, which holds package lib, a library, and there is no package main below it. '
        'To debug its tests, use "mode": "test".',
    ),
    Case(
        "a folder without Go",
        launch(program="/ws/docs"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/docs/": ""},
        error='"program" is /ws/docs, which has no Go files, and there is no package main below it.',
    ),
    Case(
        "a program for another system only",
        launch(program="/ws"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/main_windows.go": MAIN},
        error='"program" is /ws, which has no Go file in the build (main_windows.go: its name says another system than '
        "linux/amd64), and there is no package main below it.",
    ),
    Case(
        "a program behind a tag that is not set",
        launch(program="/ws"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/main.go": "//go:build mine\n\n" + MAIN},
        error='"program" is /ws, which has no Go file in the build (main.go: //go:build mine does not hold for linux/amd64), '
        "and there is no package main below it.",
    ),
    Case(
        "a program behind a tag that is set",
        launch(program="/ws", buildFlags="-tags=mine"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/main.go": "//go:build mine\n\n" + MAIN},
        asked={"program": ".", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} -tags=mine .",
    ),
    Case(
        "a path that is not there",
        launch(program="/ws/cmd/xx/deep"),
        error='"program": "/ws/cmd/xx/deep" does not exist (the nearest folder that does is /ws/cmd).',
    ),
    Case(
        "a relative path that is not there",
        launch(program="./cmd/xx"),
        error='"program": "./cmd/xx", seen from /ws, is /ws/cmd/xx, which does not exist (the nearest folder that does is '
        "/ws/cmd).",
    ),
    Case(
        "neither a path nor an import path",
        launch(program="cmd/xx"),
        error='"program": "cmd/xx" is neither a path below /ws nor the import path of a package that go finds from there '
        "(its modules: example.com/acme).",
    ),
    Case(
        "a program beside another package, for which go has the words",
        launch(program="/ws"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/a.go": MAIN, "/ws/b.go": LIB},
        asked={"program": ".", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} .",
    ),
    Case(
        "a file beside another package",
        launch(program="/ws/a.go"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/a.go": MAIN, "/ws/b.go": LIB},
        asked={"program": "./a.go", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} ./a.go",
    ),
    Case(
        "a file that does not begin as Go does, for which go has the words",
        launch(program="/ws/a.go"),
        {"/ws/go.mod": mod("example.com/acme"), "/ws/a.go": "packag main\n"},
        asked={"program": ".", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} .",
    ),
    Case(
        "a file that is no Go",
        launch(program="/ws/go.mod"),
        error='"program" is /ws/go.mod, which is no Go source; to debug a binary that is built already, use "mode": "exec".',
    ),
    Case(
        "a test in mode debug",
        launch(program="/ws/lib/lib_test.go"),
        error='"program" is /ws/lib/lib_test.go, which is a test; use "mode": "test", or "auto".',
    ),
    Case(
        "a path of Windows does no harm here",
        launch(program="C:\\ws\\cmd\\x"),
        error='"program": "C:\\ws\\cmd\\x", seen from /ws, is /ws/C:\\ws\\cmd\\x, which does not exist (the nearest folder '
        "that does is /ws).",
    ),
    Case(
        "what only an editor can expand",
        launch(program="${fileDirname}"),
        error='"program" holds ${fileDirname}, which only an editor can expand, and this one sent it as it is written; write '
        "the path, or use ${workspaceFolder} (here: /ws).",
    ),
    Case(
        "no program",
        launch(),
        error='"program" is missing: in mode "debug" it is the folder of a package main, or one of its files.',
    ),
]

API = {"program": ".", "dlvCwd": "/ws/api/cmd/api"}
BUILD_API = f"/ws/api/cmd/api$ {DEBUG} ."
NOT_USED = (
    "Module example.com/web in /ws/web is not listed in /ws/go.work, so go does not build it there. "
    "Add it with: cd /ws && go work use ./web\n"
    'Or debug this session without the go.work: add "dapshim": {"goWork": "off"} to the launch configuration.'
)

MODULES = [
    Case("go.work", launch(program="api/cmd/api"), WORK, asked=API, build=BUILD_API),
    Case("go.work, an import path from the root", launch(program="example.com/api/cmd/api"), WORK, asked=API, build=BUILD_API),
    Case("a module below, no go.work", launch(program="api/cmd/api"), TWO_MODULES, asked=API, build=BUILD_API),
    Case(
        "an import path from a root that is in no module",
        launch(program="example.com/api/cmd/api"),
        TWO_MODULES,
        asked=API,
        build=BUILD_API,
    ),
    Case(
        "the root of several modules, no go.work",
        launch(program="."),
        TWO_MODULES,
        error='"program" is /ws, which has no package main, and there are several below it. Say in launch.json which one:\n'
        '    "program": "${workspaceFolder}/api/cmd/api"\n'
        '    "program": "${workspaceFolder}/web"',
    ),
    Case("use is missing", launch(program="web"), WORK_OF_ONE, error=NOT_USED),
    Case("use is missing, an import path", launch(program="example.com/web"), WORK_OF_ONE, error=NOT_USED),
    Case(
        "use is missing for the only program below",
        launch(program="apps"),
        {**WORK_OF_ONE, "/ws/apps/a/go.mod": mod("example.com/a"), "/ws/apps/a/main.go": MAIN},
        error=NOT_USED.replace("example.com/web in /ws/web", "example.com/a in /ws/apps/a").replace("./web", "./apps/a"),
    ),
    Case(
        "the only program below is in a module of its own",
        launch(program="/ws"),
        {"/ws/go.mod": mod("example.com/l"), "/ws/l.go": LIB, "/ws/app/go.mod": mod("example.com/a"), "/ws/app/main.go": MAIN},
        asked={"program": ".", "dlvCwd": "/ws/app"},
        build=f"/ws/app$ {DEBUG} .",
        says=("/ws has no package main; /ws/app, the only program below it, is debugged.",),
    ),
    Case(
        "use is missing, tests",
        launch("test", program="web"),
        {**WORK_OF_ONE, "/ws/web/web_test.go": "package main\n"},
        error=NOT_USED,
    ),
    Case(
        "use is missing, the go.work switched off",
        launch(program="web", dapshim={"goWork": "off"}),
        WORK_OF_ONE,
        asked={"program": ".", "dlvCwd": "/ws/web", "env": {"GOWORK": "off"}, "dapshim": GONE},
        build=f"/ws/web$ {DEBUG} .",
        world={"go_work": "off"},
    ),
    Case(
        "GOWORK=off in the environment, the go.work asked for",
        launch(program="api/cmd/api"),
        WORK,
        asked={**API, "env": {"GOWORK": "auto"}},
        build=BUILD_API,
        world={"go_work": "auto", "environ": {"GOWORK": "off"}},
    ),
    Case(
        "another go.work by name",
        launch(program="web"),
        {**WORK_OF_ONE, "/all/go.work": work("/ws/api", "/ws/web")},
        asked={"program": ".", "dlvCwd": "/ws/web", "env": {"GOWORK": "/all/go.work"}},
        build=f"/ws/web$ {DEBUG} .",
        world={"go_work": "/all/go.work"},
    ),
    Case(
        "a go.work that has a blank in its path and no use",
        launch(program="/my ws/web"),
        {"/my ws/go.work": work(), "/my ws/web/go.mod": mod("example.com/web"), "/my ws/web/main.go": MAIN},
        error="Module example.com/web in /my ws/web is not listed in /my ws/go.work, so go does not build it there. "
        "Add it with: cd '/my ws' && go work use ./web\n"
        'Or debug this session without the go.work: add "dapshim": {"goWork": "off"} to the launch configuration.',
    ),
    Case(
        "go.work uses a folder that is not there",
        launch(program="web"),
        {**TWO_MODULES, "/ws/go.work": work("./api", "./web", "./gone")},
        error="/ws/go.work:6 uses ./gone, but there is no folder /ws/gone. Drop the line with: go work edit -dropuse=./gone "
        "/ws/go.work",
    ),
    Case(
        "in no module",
        launch(program="/ws"),
        {"/ws/main.go": MAIN},
        error="/ws lies in no module: there is no go.mod in it or above it. Make one with: cd /ws && go mod init NAME",
    ),
    Case(
        "in no module below a go.work",
        launch(program="/ws/loose"),
        {**WORK, "/ws/loose/main.go": MAIN},
        error="/ws/loose lies in no module: there is no go.mod in it or above it, and /ws/go.work is in force. Make one with: "
        "cd /ws/loose && go mod init NAME && go work use .",
    ),
    Case(
        "a pattern of packages",
        launch(program="./..."),
        error='"program": "./..." means many packages; name the one that is to be debugged.',
    ),
    Case(
        "a lone file in no module, which go builds by its name",
        launch(program="/ws/main.go"),
        {"/ws/main.go": MAIN},
        asked={"program": "./main.go", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} ./main.go",
    ),
    Case(
        "one of several files in no module, which go does not build by its name",
        launch(program="/ws/main.go"),
        {"/ws/main.go": MAIN, "/ws/more.go": "package main\n"},
        error="/ws lies in no module: there is no go.mod in it or above it. Make one with: cd /ws && go mod init NAME",
    ),
    Case(
        "a lone file in a module that go.work does not use",
        launch(program="/ws/loose/main.go"),
        {**WORK, "/ws/loose/main.go": MAIN},
        asked={"program": "./main.go", "dlvCwd": "/ws/loose"},
        build=f"/ws/loose$ {DEBUG} ./main.go",
    ),
    Case(
        "a program that only an overlay holds",
        launch(program="/ws/cmd/y", buildFlags=["-overlay=/ws/o.json"]),
        {
            "/ws/go.mod": "module example.com/acme\n\ngo 1.26\n",
            "/ws/gen/y.txt": MAIN,
            "/ws/cmd/y/": "",
            "/ws/o.json": '{"Replace": {"/ws/cmd/y/main.go": "/ws/gen/y.txt"}}',
        },
        asked={"program": ".", "dlvCwd": "/ws/cmd/y"},
        build="/ws/cmd/y$ go build -overlay=/ws/o.json -o OUT -gcflags 'all=-N -l' .",
    ),
    Case(
        "in no module, and needing none",
        launch(program="/ws/main.go"),
        {"/ws/main.go": MAIN, "/ws/other.go": MAIN},
        asked={"program": "./main.go", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} ./main.go",
    ),
    Case(
        "GO111MODULE=off",
        launch(program="/ws"),
        {"/ws/main.go": MAIN},
        asked={"program": ".", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} .",
        world={"environ": {"GO111MODULE": "off"}},
    ),
    Case(
        "GO111MODULE=nonsense",
        launch(program="cmd/x", env={"GO111MODULE": "maybe"}),
        error="GO111MODULE=maybe is unknown to Go: set it to on, off or auto, or unset it.",
    ),
    Case(
        "a module outside of the workspace",
        launch(program="/elsewhere"),
        {**ONE_MODULE, "/elsewhere/go.mod": mod("example.com/e"), "/elsewhere/main.go": MAIN},
        asked={"program": ".", "dlvCwd": "/elsewhere"},
        build=f"/elsewhere$ {DEBUG} .",
    ),
    Case(
        "an import path of a dependency is built from here",
        launch(program="example.com/dep/cmd/tool"),
        DEPENDENCY,
        asked={"program": "example.com/dep/cmd/tool", "dlvCwd": "/ws"},
        build=f"/ws$ {DEBUG} example.com/dep/cmd/tool",
    ),
    Case(
        "the tests of a dependency",
        launch("test", program="example.com/dep/lib"),
        DEPENDENCY,
        asked={"dlvCwd": "/ws"},
        build=f"/ws$ {TESTS} example.com/dep/lib",
    ),
    Case(
        "a library of a dependency",
        launch(program="example.com/dep/lib"),
        DEPENDENCY,
        error=f'"program": "example.com/dep/lib" is package lib, a library, in {HOME}/go/pkg/mod/example.com/dep@v1.2.3/lib.',
    ),
    Case("go is of no use", launch(program="cmd/x"), error="there is no go", world={"broken": "there is no go"}),
]

CHOSEN = [
    Case("the package's own", launch(program=".", dlvCwd="/ws/cmd/x"), build=BUILD_X),
    Case("the module's", launch(program="./cmd/x", dlvCwd="/ws"), build=f"/ws$ {DEBUG} ./cmd/x"),
    Case("the module's, an absolute program", launch(program="/ws/cmd/x", dlvCwd="/ws"), build=f"/ws$ {DEBUG} /ws/cmd/x"),
    Case(
        "a relative one is seen from the workspace folder",
        launch(program="x", dlvCwd="cmd"),
        asked={"dlvCwd": "/ws/cmd"},
        build=f"/ws/cmd$ {DEBUG} x",
    ),
    Case(
        "a file of a package",
        launch(program="cmd/x/main.go", dlvCwd="/ws"),
        asked={"program": "/ws/cmd/x"},
        build=f"/ws$ {DEBUG} /ws/cmd/x",
    ),
    Case(
        "an import path",
        launch(program="example.com/acme/cmd/x", dlvCwd="/ws/lib"),
        asked={"program": "/ws/cmd/x"},
        build=f"/ws/lib$ {DEBUG} /ws/cmd/x",
    ),
    Case(
        "another module's",
        launch(program="/ws/web", dlvCwd="/ws/api"),
        TWO_MODULES,
        error='"dlvCwd" is /ws/api, in module example.com/api, and go does not build /ws/web from there: it belongs to the '
        'module in /ws/web. Drop "dlvCwd", or let it be /ws/web.',
    ),
    Case(
        "in no module",
        launch(program="/ws/web", dlvCwd="/ws"),
        TWO_MODULES,
        error='"dlvCwd" is /ws, in no module, and go does not build /ws/web from there: it belongs to the module in /ws/web. '
        'Drop "dlvCwd", or let it be /ws/web.',
    ),
    Case(
        "the other spelling of a linked workspace",
        launch(program="/ws/cmd/x", dlvCwd="/real"),
        LINKED,
        error='"program" is /ws/cmd/x, which go knows as /real/cmd/x in "dlvCwd", /real; write it so.',
    ),
    Case(
        "-C in buildFlags, which means the same",
        launch(program="./cmd/x", buildFlags="-C /ws -race", output="bin"),
        asked={"dlvCwd": "/ws", "buildFlags": "-race", "cwd": "/ws/lib", "output": "/ws/lib/bin"},
        build=f"/ws$ {DEBUG} -race ./cmd/x",
        world={"workspace_folder": "/ws/lib"},
    ),
    Case(
        "-C= in a list of buildFlags",
        launch("test", program="./lib", buildFlags=["-C=.."]),
        asked={"dlvCwd": "/ws", "buildFlags": []},
        build=f"/ws$ {TESTS} ./lib",
        world={"workspace_folder": "/ws/lib"},
    ),
]

LINKS = [
    Case(
        "the editor's spelling is kept",
        launch(program="/ws/cmd/x"),
        LINKED,
        asked={**IN_X, "env": PWD},
        build=BUILD_X,
    ),
    Case(
        "with other variables",
        launch(program="cmd/x/main.go", env={"A": "1", "PWD": "/tmp"}),
        LINKED,
        asked={**IN_X, "env": {"A": "1", **PWD}},
        build=BUILD_X,
    ),
    Case("it is there already", launch(program="cmd/x"), LINKED, asked=IN_X, build=BUILD_X, world={"environ": PWD}),
    Case(
        "the folder that the editor has, not the link that dapshim was started through",
        launch(program="/ws/cmd/x"),
        {**ONE_MODULE, "/link": Link("/ws/cmd/x")},
        asked={**IN_X, "env": PWD},
        build=BUILD_X,
        world={"environ": {"PWD": "/link"}},
    ),
    Case(
        "a link that leads to another folder counts for nothing",
        launch(program="/ws/cmd/x"),
        {**ONE_MODULE, "/link": Link("/ws/lib")},
        asked=IN_X,
        build=BUILD_X,
        world={"environ": {"PWD": "/link"}},
    ),
    Case(
        "a module that a go.work uses by the name of a link",
        launch(program="/w/api/cmd/api"),
        {**TWO_MODULES, "/w/api": Link("/ws/api"), "/w/go.work": work("./api")},
        asked={"program": ".", "dlvCwd": "/w/api/cmd/api", "env": {"PWD": "/w/api/cmd/api"}},
        build=f"/w/api/cmd/api$ {DEBUG} .",
    ),
    Case(
        "a folder chosen",
        launch(program="./cmd/x", dlvCwd="/ws"),
        LINKED,
        asked={"env": {"PWD": "/ws"}},
        build=f"/ws$ {DEBUG} ./cmd/x",
    ),
]


@pytest.mark.parametrize("case", [*SPELLINGS, *FOUND_AND_NOT, *MODULES], ids=str)
def test_a_program(case):
    case.check()


@pytest.mark.parametrize("case", CHOSEN, ids=str)
def test_a_folder_that_is_chosen(case):
    case.check()


@pytest.mark.parametrize("case", LINKS, ids=str)
def test_a_linked_workspace(case):
    case.check()


class Locked(MemoryFiles):
    def list(self, path: str) -> Entries:
        raise PermissionError(errno.EACCES, "Permission denied", path)


def test_a_folder_that_cannot_be_read():
    with pytest.raises(PlanError, match=r'^"program" is /ws/cmd/x, which cannot be read: Permission denied\.$'):
        plan_launch(launch(program="cmd/x"), facts(files=Locked(ONE_MODULE)))


def test_no_more_programs_are_listed_than_fit_a_dialog():
    layout = {"/ws/go.mod": mod("example.com/acme"), **{f"/ws/cmd/p{number:02}/main.go": MAIN for number in range(25)}}
    with pytest.raises(PlanError, match=r"p19\"\n    … and 5 more$"):
        plan_launch(launch(program="/ws"), facts(layout))
