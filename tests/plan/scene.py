"""A launch or an attach in a world made up for it: a layout in memory, a go command and processes by script.

    Case("a folder", launch(program="cmd/x"), ONE_MODULE, asked={...}, build="/ws/cmd/x$ go build -o OUT …")

A case reads from left to right: what the editor sends, where, and what comes of it; whatever is not said is not there.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any, Final

import attrs
import pytest

from dapshim.golang.quoting import split_flags
from dapshim.golang.spelling import join, upwards
from dapshim.golang.toolchain import GoEnv, ToolchainError
from dapshim.golang.versions import parse_version
from dapshim.plan.attaching import plan_attach
from dapshim.plan.facts import Facts
from dapshim.plan.launching import plan_launch
from dapshim.plan.outcome import Dlv, Plan, PlanError
from tests.layouts import Link, MemoryFiles

Layout = Mapping[str, bytes | str | Link]

WS: Final = "/ws"
HOME: Final = "/home/ann"
MAIN: Final = "package main\n\nfunc main() {}\n"
LIB: Final = "package lib\n"
TEST: Final = "package lib\n\nfunc TestIt(t *testing.T) {}\n"


def mod(path: str, *lines: str) -> str:
    return f"module {path}\n\ngo 1.25.0\n" + "".join(f"\n{line}\n" for line in lines)


def work(*uses: str) -> str:
    return "go 1.25.0\n\nuse (\n" + "".join(f"\t{use}\n" for use in uses) + ")\n"


ONE_MODULE: Final[Layout] = {
    "/ws/go.mod": mod("example.com/acme"),
    "/ws/cmd/x/main.go": MAIN,
    "/ws/cmd/x/more.go": "package main\n",
    "/ws/lib/lib.go": LIB,
    "/ws/lib/lib_test.go": TEST,
    "/ws/run/": "",
    "/ws/tools/gen.go": "//go:build ignore\n\n" + MAIN,
    "/ws/tools/tools.go": "package tools\n",
}
"""One module, whose only program is cmd/x."""

TWO_MODULES: Final[Layout] = {
    "/ws/api/go.mod": mod("example.com/api"),
    "/ws/api/cmd/api/main.go": MAIN,
    "/ws/web/go.mod": mod("example.com/web"),
    "/ws/web/main.go": MAIN,
    "/ws/web/lib/lib.go": LIB,
}
"""Two modules below a root that is in none."""

WORK: Final[Layout] = {**TWO_MODULES, "/ws/go.work": work("./api", "./web")}
"""The same with a go.work for both."""

WORK_OF_ONE: Final[Layout] = {**TWO_MODULES, "/ws/go.work": work("./api")}
"""The same with a go.work that leaves web out."""


@attrs.frozen
class ScriptedGo:
    """A go command: `written` is what `go env -w` set, which the environment overrides; go.work is looked for as Go does it."""

    files: MemoryFiles
    written: Mapping[str, str] = attrs.field(factory=dict)
    broken: str = ""

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        if self.broken:
            raise ToolchainError(self.broken)
        set_by = {**self.written, **{name: value for name, value in environ.items() if value}}
        gowork = set_by.get("GOWORK", "")
        if gowork in ("", "auto"):
            found = (join(folder, "go.work") for folder in upwards(directory))
            gowork = next((each for each in found if self.files.kind(each) == "file"), "")
        return GoEnv(
            go="/go/bin/go",
            goroot="/go",
            goversion="go1.26.8",
            version=parse_version("go1.26.8"),
            gopath=(f"{HOME}/go",),
            gomodcache=f"{HOME}/go/pkg/mod",
            goflags=split_flags(set_by.get("GOFLAGS", "")),
            gowork=gowork,
            go111module=set_by.get("GO111MODULE", ""),
            goos=set_by.get("GOOS", "linux"),
            goarch=set_by.get("GOARCH", "amd64"),
            gohostos="linux",
            gohostarch="amd64",
            changed={name: value for name, value in self.written.items() if not environ.get(name)},
            environment={name: value for name, value in environ.items() if value},
        )


@attrs.frozen
class ScriptedProcesses:
    running: Mapping[int, str] = attrs.field(factory=dict)

    def named(self, name: str) -> tuple[tuple[int, str], ...]:
        return tuple((pid, line) for pid, line in self.running.items() if line.split()[0].rpartition("/")[2] == name)


def facts(
    layout: Layout = ONE_MODULE,
    *,
    written: Mapping[str, str] | None = None,
    broken: str = "",
    running: Mapping[int, str] | None = None,
    **more: Any,
) -> Facts:
    """Return the facts of a layout; `more` are fields of `Facts`."""
    files = MemoryFiles({"/tmp/": "", f"{HOME}/": "", **layout})
    known: dict[str, Any] = {
        "files": files,
        "environ": {"PATH": "/bin", "HOME": HOME},
        "cwd": WS,
        "home": HOME,
        "go_command": ScriptedGo(files, written or {}, broken),
        "processes": ScriptedProcesses(running or {}),
        "workspace_folder": WS,
    }
    return Facts(**{**known, **more})


def launch(mode: str | None = "debug", **attributes: Any) -> dict[str, Any]:
    """Return the arguments of a launch; without a mode when that is None."""
    return {"request": "launch", **({} if mode is None else {"mode": mode}), **attributes}


def attach(mode: str | None = "local", **attributes: Any) -> dict[str, Any]:
    """Return the arguments of an attach."""
    return {"request": "attach", **({} if mode is None else {"mode": mode}), **attributes}


@attrs.frozen
class Case:
    """`sent` becomes `asked` of a dlv, with this build and these lines to the user; or it is refused with `error`.

    `asked` says what differs from `sent`, GONE for what is taken away. `build` is a folder and a command.
    """

    name: str
    sent: Mapping[str, Any]
    layout: Layout = attrs.field(factory=lambda: ONE_MODULE)
    asked: Mapping[str, Any] = attrs.field(factory=dict)
    build: str = ""
    dlv: Dlv = attrs.field(factory=Dlv)
    says: tuple[str, ...] = ()
    error: str = ""
    world: Mapping[str, Any] = attrs.field(factory=dict)
    """Of `facts`."""
    wait_for: str | None = None

    def __str__(self) -> str:
        return self.name

    def plan(self) -> Plan:
        plan = plan_launch if self.sent["request"] == "launch" else plan_attach
        return plan(self.sent, facts(self.layout, **self.world))

    def check(self) -> None:
        """See that what comes of it is what is said."""
        if self.error:
            with pytest.raises(PlanError) as refused:
                self.plan()
            assert str(refused.value) == self.error
            return
        plan = self.plan()
        expected = {name: value for name, value in {**self.sent, **self.asked}.items() if value is not GONE}
        assert plan.arguments == expected
        assert build_of(plan) == self.build
        assert plan.dlv == self.dlv
        assert tuple(notice.text for notice in plan.notices) == self.says
        assert plan.wait_for == self.wait_for


GONE: Final = object()
DEBUG: Final = "go build -o OUT -gcflags 'all=-N -l'"
TESTS: Final = "go test -c -o OUT -gcflags 'all=-N -l'"


def build_of(plan: Plan) -> str:
    """Return what dlv builds as one would type it: `/ws/cmd/x$ go build -o OUT …`; "" for nothing."""
    if plan.build is None:
        return ""
    return f"{plan.build.directory}$ go {shlex.join(plan.build.command('OUT'))}"
