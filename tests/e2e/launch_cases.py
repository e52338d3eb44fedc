"""Launches as people write them: where the files lie, what launch.json says, where it must stop, and what plain dlv does.

A layout is what lies below a test's folder: `ws` is the workspace, `home` the user's home, and `elsewhere` has nothing to do
with either. In texts, `{ws}`, `{home}`, `{elsewhere}`, `{root}`, `{dlv}`, `{go}` and `{gopath}` stand for those places. The
arguments are those of a launch.json, sent to dapshim as they are written; plain dlv gets them as VS Code expands them, so that
no row counts which fails there for `${workspaceFolder}` alone.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

Json = dict[str, Any]

WS: Final = "${workspaceFolder}"
WORKS: Final = "works"
"""What plain dlv does, when it does the same; it makes a row a proof that nothing is spoilt, and of nothing else."""


@attrs.frozen
class Case:
    """One launch.

    `layout` is a name in `launch_layouts.LAYOUTS`; `runs_in` is where dapshim and plain dlv are started, with PWD saying so.
    `hit` is the file whose line marked `// break: here` must be stopped at, as the editor spells it; `sees` is what variables
    hold there. `environ` is laid over a clean environment. `binary` is where the program is built, `leaves` a file that the
    session leaves.

    `plain` begins with how far plain dlv comes: "fails" at launch, "unverified" breakpoint, "optimised" code, "elsewhere" (it
    stops at another path), "differs" in what the program sees, "builds" its binary somewhere else, "leaves" no such file, "no
    dlv" to start, or WORKS. After a colon stands a part of what is then seen.
    """

    name: str
    layout: str
    arguments: Json
    hit: str
    plain: str
    runs_in: str = "ws"
    sees: dict[str, str] = attrs.field(factory=dict)
    environ: dict[str, str] = attrs.field(factory=dict)
    binary: str | None = None
    leaves: str | None = None
    told: str | None = None
    """A part of a line that dapshim says."""
    as_written: bool = False
    """Plain dlv gets the arguments unexpanded too: that is the point."""


def launch(program: str, mode: str | None = "debug", **more: Any) -> Json:
    """Return the arguments of a launch.json."""
    modes = {"mode": mode} if mode is not None else {}
    return {"name": "Launch", "type": "go", "request": "launch", **modes, "program": program, **more}


ELSEWHERE: Final[Json] = {"dapshim": {"workspaceFolder": "{ws}"}}
"""What a client that expands nothing says when it talks to a dapshim that was started somewhere else."""

NOT_USED: Final = "fails: is contained in a module that is not one of the workspace modules listed in go.work"
NO_MODULE: Final = "fails: go.mod file not found in current directory or any parent directory"
VSCODE_GO: Final[Json] = {
    "__configurationTarget": 6,
    "packagePathToGoModPathMap": {},
    "debugAdapter": "dlv-dap",
    "showRegisters": False,
    "showGlobalVariables": False,
    "substitutePath": [],
    "showLog": False,
    "logOutput": "debugger",
    "dlvFlags": [],
    "hideSystemGoroutines": False,
    "dlvToolPath": "{dlv}",
    "env": {"GOPATH": "{gopath}"},
    "__sessionId": "81a0d8ea-50ed-428d-ba00-9aa833ac6f2c",
}
"""What vscode-go 0.58 adds to every launch before VS Code sends it."""

MODES: Final = [
    Case("auto", "a module", launch(f"{WS}/cmd/x", "auto"), "ws/cmd/x/main.go", "fails: unsupported 'mode' attribute \"auto\""),
    Case(
        "auto, on a test's file",
        "a module below",
        launch(f"{WS}/services/api/lib/lib_test.go", "auto"),
        "ws/services/api/lib/lib_test.go",
        "fails: unsupported 'mode' attribute \"auto\"",
    ),
    Case(
        "the tests of a folder",
        "a module below",
        launch(f"{WS}/services/api/lib", "test"),
        "ws/services/api/lib/lib_test.go",
        NO_MODULE,
    ),
    Case(
        "the tests of a file",
        "a module",
        launch(f"{WS}/lib/lib_test.go", "test"),
        "ws/lib/lib_test.go",
        "fails: undefined: Double",
    ),
    Case(
        "a binary, relative, dapshim elsewhere",
        "a module",
        launch("bin/built", "exec", **ELSEWHERE),
        "ws/main.go",
        "fails: bin/built",
        runs_in="elsewhere",
        sees={"cwd": "{ws}"},
    ),
    Case("a binary below the home", "a module", launch("~/built", "exec"), "ws/main.go", "fails: ~/built"),
    Case("a binary by its path", "a module", launch(f"{WS}/bin/built", "exec"), "ws/main.go", WORKS),
]

PROGRAMS: Final = [
    Case("the module's root, from there", "a module", launch(WS), "ws/main.go", WORKS),
    Case("unexpanded", "a module", launch(WS), "ws/main.go", "fails: ${workspaceFolder}", as_written=True),
    Case(
        "a variable of the environment",
        "a module",
        launch("${env:THERE}/${workspaceFolderBasename}/cmd/y"),
        "ws/cmd/y/main.go",
        "fails: ${env:THERE}",
        environ={"THERE": "{root}"},
        as_written=True,
    ),
    Case("a module below the workspace", "a module below", launch(f"{WS}/services/api"), "ws/services/api/main.go", NO_MODULE),
    Case(
        "a file in a module below, dlv elsewhere, auto",
        "a module below",
        launch(f"{WS}/services/api/main.go", "auto", **ELSEWHERE),
        "ws/services/api/main.go",
        "fails: unsupported 'mode' attribute \"auto\"",
        runs_in="elsewhere",
    ),
    Case(
        "a file in a module below, dlv elsewhere",
        "a module below",
        launch(f"{WS}/services/api/cmd/tool/main.go", **ELSEWHERE),
        "ws/services/api/lib/lib.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case("one of several files", "a module", launch(f"{WS}/cmd/x/main.go"), "ws/cmd/x/main.go", "fails: undefined: more"),
    Case(
        "the file without main",
        "a module",
        launch(f"{WS}/cmd/x/more.go"),
        "ws/cmd/x/main.go",
        "fails: function main is undeclared",
    ),
    Case("relative", "a module", launch("cmd/x"), "ws/cmd/x/main.go", "fails: package cmd/x is not in std"),
    Case(
        "relative, dapshim elsewhere",
        "a module",
        launch("cmd/x", **ELSEWHERE),
        "ws/cmd/x/main.go",
        "fails: package cmd/x is not in std",
        runs_in="elsewhere",
    ),
    Case("./cmd/x, from the module's root", "a module", launch("./cmd/x"), "ws/cmd/x/main.go", WORKS),
    Case(
        "./services/api, from above the module",
        "a module below",
        launch("./services/api"),
        "ws/services/api/main.go",
        NO_MODULE,
    ),
    Case(
        "~",
        "a module in the home",
        launch("~/ws/services/api"),
        "home/ws/services/api/main.go",
        "fails: package ~/ws/services/api is not in std",
        runs_in="elsewhere",
    ),
    Case(
        "an import path",
        "a module below",
        launch("example.com/acme/api/cmd/tool"),
        "ws/services/api/cmd/tool/main.go",
        "fails: no required module provides package",
    ),
    Case(
        "the only program below a folder",
        "one program",
        launch(f"{WS}/tool"),
        "ws/tool/cmd/only/main.go",
        NO_MODULE,
        told="the only program below it, is debugged",
    ),
    Case(
        "the only program below a folder, from its module",
        "one program",
        launch("{ws}/tool"),
        "ws/tool/cmd/only/main.go",
        "fails: no Go files in",
        runs_in="ws/tool",
    ),
    Case(
        "from another module",
        "go.work without it",
        launch("{ws}/api", dapshim={"goWork": "off"}),
        "ws/api/main.go",
        NOT_USED,
        runs_in="ws/shared",
    ),
    Case("from outside", "go.work", launch("{ws}/api"), "ws/api/main.go", NO_MODULE, runs_in="elsewhere"),
    Case(
        "odd letters",
        "a module with odd letters",
        launch(f"{WS}/my #1 services, 100% säfe/api"),
        "ws/my #1 services, 100% säfe/api/main.go",
        NO_MODULE,
    ),
]

WORKSPACES: Final = [
    Case("go.work, from its folder", "go.work", launch(f"{WS}/api/cmd/shares"), "ws/shared/shared.go", WORKS),
    Case(
        "go.work, from outside",
        "go.work",
        launch(f"{WS}/api/cmd/shares", **ELSEWHERE),
        "ws/shared/shared.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case(
        "go.work does not use it; the launch says off",
        "go.work without it",
        launch(f"{WS}/api", dapshim={"goWork": "off"}),
        "ws/api/main.go",
        NOT_USED,
    ),
    Case(
        "go.work does not use it; the launch names another, as one writes a path",
        "go.work without it",
        launch(f"{WS}/api", dapshim={"goWork": "./all.work"}),
        "ws/api/main.go",
        NOT_USED,
    ),
    Case(
        "go.work does not use it; the environment says off",
        "go.work without it",
        launch(f"{WS}/api"),
        "ws/api/main.go",
        NOT_USED,
        environ={"DAPSHIM_GO_WORK": "off"},
    ),
    Case(
        "go.work does not use it; the project's file says off",
        "go.work without it, and a file",
        launch(f"{WS}/api"),
        "ws/api/main.go",
        NOT_USED,
    ),
    Case(
        "a linked workspace, dapshim elsewhere",
        "a linked workspace",
        launch("{ws}/api"),
        "ws/api/main.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case(
        "a linked workspace, and the folder named",
        "a linked workspace",
        launch("{ws}/api", dlvCwd="{ws}/api"),
        "ws/api/main.go",
        "fails: outside main module or its selected dependencies",
        runs_in="elsewhere",
    ),
    Case(
        "a linked workspace, and its real folder is where it runs",
        "a linked workspace",
        launch(".", dlvCwd="{ws}/api"),
        "ws/api/main.go",
        "unverified: could not find file",
        runs_in="real/src",
    ),
    Case(
        "a linked go.work, and a file of another of its modules",
        "a linked go.work",
        launch("{ws}/api/cmd/shares/main.go"),
        "ws/shared/shared.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case(
        "a linked module in go.work",
        "linked modules",
        launch(f"{WS}/api/cmd/tool"),
        "ws/api/lib/lib.go",
        WORKS,
    ),
    Case(
        "a linked module in go.work, dapshim elsewhere",
        "linked modules",
        launch("{ws}/api"),
        "ws/api/main.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case(
        "a nested module",
        "a nested module",
        launch(f"{WS}/tools"),
        "ws/tools/main.go",
        "fails: main module (example.com/acme) does not contain package example.com/acme/tools",
    ),
    Case("replace", "replace", launch(f"{WS}/api/main.go"), "ws/shared/shared.go", NO_MODULE),
    Case("vendor", "vendor", launch(f"{WS}/api"), "ws/api/vendor/example.com/dep/dep.go", NO_MODULE),
    Case(
        "GOPATH, relative",
        "GOPATH",
        launch("src/example.com/acme/cmd/x"),
        "ws/src/example.com/acme/lib/lib.go",
        'fails: cannot find package "src/example.com/acme/cmd/x"',
        environ={"GOPATH": "{ws}", "GO111MODULE": "off"},
    ),
    Case(
        "GOPATH of the launch",
        "GOPATH",
        launch(f"{WS}/src/example.com/acme/cmd/x", env={"GOPATH": "{ws}", "GO111MODULE": "off"}),
        "ws/src/example.com/acme/lib/lib.go",
        WORKS,
    ),
]

ATTRIBUTES: Final = [
    Case(
        "envFile",
        "a module",
        launch(WS, envFile=f"{WS}/.env"),
        "ws/main.go",
        'differs: color ""',
        sees={"color": "green", "shape": "round"},
    ),
    Case(
        "envFiles, the later wins, env wins over them",
        "a module",
        launch(WS, envFile=[".env", "./more.env"], env={"COLOR": "blue"}),
        "ws/main.go",
        'differs: shape ""',
        sees={"color": "blue", "shape": "4 sides"},
    ),
    Case(
        "envFile, over the environment",
        "a module",
        launch(WS, envFile=f"{WS}/.env"),
        "ws/main.go",
        'differs: color "grey"',
        sees={"color": "green"},
        environ={"COLOR": "grey"},
    ),
    Case(
        "envFile, for the build",
        "a module",
        launch(WS, envFile=f"{WS}/build.env"),
        "ws/fancy.go",
        "unverified: could not find file",
    ),
    Case(
        "args as a text",
        "a module",
        launch(WS, args="-n 1 'two words' \"a b\""),
        "ws/main.go",
        'fails: cannot unmarshal string into "args" of type []string',
        sees={"args": "-n|1|two words|a b"},
    ),
    Case("args as a list", "a module", launch(WS, args=["-n", "1", WS]), "ws/main.go", WORKS, sees={"args": "-n|1|{ws}"}),
    Case(
        "buildFlags that optimise",
        "a module",
        launch(WS, buildFlags="-gcflags=-m"),
        "ws/main.go",
        "optimised",
        told="-gcflags=-N -l -m",
    ),
    Case(
        "buildFlags with double quotes",
        "a module",
        launch(WS, buildFlags='-tags "fancy"'),
        "ws/fancy.go",
        "unverified: could not find file",
        told="buildFlags has double quotes",
    ),
    Case(
        "buildFlags that choose a file",
        "a module",
        launch(WS, buildFlags=["-tags=fancy"]),
        "ws/fancy.go",
        WORKS,
    ),
    Case(
        "cwd is the program's folder",
        "go.work",
        launch(f"{WS}/api"),
        "ws/api/main.go",
        'differs: cwd "{ws}"',
        sees={"cwd": "{ws}/api"},
    ),
    Case(
        "cwd, relative",
        "a module",
        launch(f"{WS}/cmd/x", cwd="./lib", **ELSEWHERE),
        "ws/cmd/x/main.go",
        NO_MODULE,
        runs_in="elsewhere",
        sees={"cwd": "{ws}/lib"},
    ),
    Case(
        "cwd, below the home",
        "a module",
        launch(f"{WS}/cmd/x", cwd="~"),
        "ws/cmd/x/main.go",
        "fails: no such file or directory",
        sees={"cwd": "{home}"},
    ),
    Case(
        "output, relative",
        "go.work",
        launch("{ws}/api", output="out/x", **ELSEWHERE),
        "ws/api/main.go",
        "builds: {ws}/shared/out/x",
        runs_in="ws/shared",
        binary="ws/out/x",
    ),
    Case(
        "showLog and logDest",
        "a module",
        launch(WS, showLog=True, logOutput="dap", logDest=f"{WS}/dlv.log"),
        "ws/main.go",
        "leaves",
        leaves="ws/dlv.log",
    ),
    Case(
        "dlvFlags",
        "a module",
        launch(WS, dlvFlags=["--log", "--log-output=dap", f"--log-dest={WS}/flags.log"]),
        "ws/main.go",
        "leaves",
        leaves="ws/flags.log",
    ),
]

SETTINGS: Final = [
    Case(
        "GOFLAGS that strip",
        "a tiny module",
        launch(WS),
        "ws/main.go",
        "unverified: could not find file {ws}/main.go, binary is stripped",
        environ={"GOFLAGS": "-ldflags=-s"},
        told="GOFLAGS in the environment has -ldflags=-s",
    ),
    Case(
        "GOFLAGS that trim",
        "a tiny module",
        launch(WS),
        "ws/main.go",
        "unverified: could not find file {ws}/main.go",
        environ={"GOFLAGS": "-trimpath"},
        told="GOFLAGS in the environment has -trimpath",
    ),
    Case(
        "GOFLAGS of the launch that strip",
        "a tiny module",
        launch(WS, env={"GOFLAGS": "-ldflags=-w"}),
        "ws/main.go",
        "unverified: could not find file {ws}/main.go, binary is stripped",
    ),
    Case(
        "GOOS of `go env -w`",
        "a tiny module",
        launch(WS),
        "ws/main.go",
        "fails: not an executable file",
        environ={"GOENV": "{home}/goenv"},
        told="GOOS=windows in `go env -w`",
    ),
    Case(
        "GOARCH of the environment",
        "a tiny module",
        launch(WS),
        "ws/main.go",
        "fails: exec format error",
        environ={"GOARCH": "arm64"},
        told="GOARCH=arm64 in the environment",
    ),
    Case(
        "go is not on the PATH",
        "a module",
        launch(WS, dapshim={"go": "{go}"}),
        "ws/main.go",
        'fails: "go": executable file not found in $PATH',
        environ={"PATH": "{dlv_folder}"},
    ),
    Case(
        "go is not on the PATH; the option is unexpanded",
        "a module",
        launch(WS, dapshim={"go": "~/sdk/go1.26.0/bin/go"}),
        "ws/main.go",
        'fails: "go": executable file not found in $PATH',
        environ={"PATH": "{dlv_folder}"},
    ),
    Case(
        "go is not on the PATH, but in a usual place",
        "a module",
        launch(f"{WS}/lib", "test"),
        "ws/lib/lib_test.go",
        'fails: "go": executable file not found in $PATH',
        environ={"PATH": "{dlv_folder}"},
    ),
    Case(
        "dlv is in the GOPATH of `go env -w`, as `go install` leaves it",
        "a module",
        launch(WS),
        "ws/main.go",
        "no dlv",
        environ={"PATH": "{go_folder}", "GOPATH": "", "GOENV": "{home}/goenv"},
    ),
    Case(
        "dlv is nowhere on the PATH",
        "a module",
        launch(WS, dlvToolPath="{dlv}"),
        "ws/main.go",
        "no dlv",
        environ={"PATH": "{go_folder}"},
    ),
]

FROM_VSCODE: Final = [
    Case(
        "as vscode-go sends it with debugServer, from the module's root",
        "a module",
        launch("{ws}", **VSCODE_GO, debugServer=4711),
        "ws/main.go",
        WORKS,
    ),
    Case(
        "as vscode-go sends it with debugServer, dapshim elsewhere",
        "a module below",
        launch("{ws}/services/api", **VSCODE_GO, debugServer=4711),
        "ws/services/api/main.go",
        NO_MODULE,
        runs_in="elsewhere",
    ),
    Case(
        "as vscode-go sends a file with debugServer, dapshim elsewhere",
        "a module below",
        launch("{ws}/services/api/main.go", **{**VSCODE_GO, "env": {"GOPATH": "{gopath}", "COLOR": "red"}}, debugServer=4711),
        "ws/services/api/main.go",
        "fails: undefined: more",
        runs_in="elsewhere",
        sees={"color": "red", "cwd": "{ws}/services/api"},
    ),
]

CASES: Final = [*MODES, *PROGRAMS, *WORKSPACES, *ATTRIBUTES, *SETTINGS, *FROM_VSCODE]
