"""Doctor on the real toolchain: what is wrong is found, the real go refuses it too, and the command offered mends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from dapshim.diagnose.finding import Severity
from tests.delve.checkup_scene import CGO, MAIN, Scene, mod

PLAIN = {"go.mod": mod("example.com/m"), "main.go": MAIN}


@attrs.frozen
class Case:
    """Something wrong; `fix` is which of its remedies is typed, `builds` whether the real go builds in spite of it."""

    name: str
    code: str
    says: str
    environ: Mapping[str, str] = attrs.field(factory=dict)
    saved: str = ""
    tree: Mapping[str, str] = attrs.field(factory=dict)
    severity: Severity = Severity.ERROR
    builds: bool = False
    fix: int | None = 0
    command: str = ""

    def __str__(self) -> str:
        return self.name


OTHER_TREE = {"../tree/VERSION": "go1.25.5\ntime 2025-11-26\n", "../tree/src/x/x.go": "package x\n"}
CASES = [
    Case(
        "GOROOT of another version", "goroot", "the tree of go1.25.5", {"GOROOT": "../tree"}, tree=OTHER_TREE, command="unset"
    ),
    Case(
        "GOROOT by go env -w",
        "goroot",
        "set by `go env -w`, and is no Go tree",
        saved="GOROOT=/nonexistent\n",
        command="go env -u GOROOT",
    ),
    Case("GOPATH relative", "gopath", "has rel, which is no absolute path", {"GOPATH": "rel"}),
    Case("GOPATH relative by go env -w", "gopath", "set by `go env -w`", saved="GOPATH=rel\n", command="go env -u GOPATH"),
    Case("GO111MODULE nonsense", "modules-off", "GO111MODULE=yes", {"GO111MODULE": "yes"}),
    Case("GO111MODULE nonsense by go env -w", "modules-off", "set by `go env -w`", saved="GO111MODULE=yes\n"),
    Case("GO111MODULE off", "modules-off", "makes Go ignore", {"GO111MODULE": "off"}, severity=Severity.WARNING, builds=True),
    Case("GOTOOLCHAIN nonsense", "gotoolchain", "is not a version of Go", {"GOTOOLCHAIN": "nonsense"}),
    Case("GOTOOLCHAIN nonsense by go env -w", "gotoolchain", "nonsense", {"GOTOOLCHAIN": "-"}, saved="GOTOOLCHAIN=nonsense\n"),
    Case(
        "a go line that is too high",
        "gotoolchain",
        "asks for Go 1.99",
        tree={"go.mod": mod("example.com/m", go="1.99")},
        fix=1,
        command="go mod edit -go=",
    ),
    Case(
        "a go.work that asks for too much",
        "gotoolchain",
        "asks for Go 1.99",
        tree={"go.work": "go 1.99\n\nuse .\n"},
        fix=1,
        command="go work edit -go=",
    ),
    Case("GOFLAGS that do not end", "goflags", "unterminated ' string", {"GOFLAGS": "'-x"}),
    Case("GOFLAGS without a dash", "goflags", "has w, which is no flag", {"GOFLAGS": "-v w"}),
    Case(
        "GOFLAGS that strip",
        "goflags",
        "strips programs (-s -w)",
        {"GOFLAGS": "-mod=mod '-ldflags=-s -w'"},
        severity=Severity.WARNING,
        builds=True,
        command="export GOFLAGS=-mod=mod",
    ),
    Case(
        "GOFLAGS that trim, by go env -w",
        "goflags",
        "takes the folders out",
        saved="GOFLAGS=-trimpath -mod=mod\n",
        severity=Severity.WARNING,
        builds=True,
        command="go env -w GOFLAGS=-mod=mod",
    ),
    Case(
        "no C compiler",
        "cgo-compiler",
        "/nonexistent/cc cannot be found",
        {"CC": "/nonexistent/cc"},
        tree={"main.go": CGO},
        fix=1,
    ),
    Case("cgo off", "cgo-compiler", "CGO_ENABLED=0, set by the environment", {"CGO_ENABLED": "0"}, tree={"main.go": CGO}),
    Case("cgo for another processor", "cgo-cross", "is built for linux/", {"GOARCH": "riscv64"}, tree={"main.go": CGO}),
    Case(
        "cgo switched on for another processor",
        "cgo-cross",
        "the C compiler gcc builds for linux/",
        {"GOARCH": "riscv64", "CGO_ENABLED": "1"},
        tree={"main.go": CGO},
    ),
    Case(
        "a C library that nobody knows",
        "pkg-config",
        "needs the C library nosuchthing",
        tree={"main.go": CGO.replace("// int", "// #cgo pkg-config: nosuchthing\n// int")},
        fix=None,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_is_wrong_is_found_and_mended(case: Case, tmp_path: Path) -> None:
    environ = {name: str(tmp_path / "tree") if value == "../tree" else value for name, value in case.environ.items()}
    scene = Scene.of(tmp_path, environ, case.saved).write({**PLAIN, **case.tree})
    first = [each for each in scene.found() if each.finding.code == case.code]
    assert [each.finding.severity for each in first] == [case.severity]
    assert case.says in first[0].finding.message
    refused, said = scene.go("build", "-o", "/dev/null", ".")
    assert bool(refused) is not case.builds, said
    if case.fix is None:
        return
    command = first[0].fixes[case.fix].command
    assert case.command in command
    scene.type(command)
    assert scene.codes() == []
    assert scene.go("build", "-o", "/dev/null", ".")[0] == 0


def test_what_is_healthy_has_nothing(tmp_path):
    scene = Scene.of(tmp_path).write({**PLAIN, "main.go": CGO})
    found = scene.look()
    assert [each.finding for each in found.findings] == []
    assert found.toolchain.env is not None
    assert found.toolchain.dlv.tool is not None
    assert [each.file.endswith("main.go") for each in found.toolchain.cgo] == [True]


@pytest.mark.parametrize(
    "environ",
    [
        {"GOFLAGS": "-gcflags=-m"},
        {"GOFLAGS": "-ldflags=-X=main.s=w"},
        {"GO111MODULE": "on"},
        {"CGO_ENABLED": "0"},
        {"CC": "/nonexistent/cc"},
        {"GOPATH": "/nonexistent/but/absolute"},
        {"GOARCH": "arm64"},
    ],
    ids=str,
)
def test_what_does_no_harm_is_not_spoken_of(environ, tmp_path):
    assert Scene.of(tmp_path, environ).write(PLAIN).codes() == []


def test_goroot_that_is_the_commands_own_is_no_finding(tmp_path):
    own = Scene.of(tmp_path).go("env", "GOROOT")[1].strip()
    assert Scene.of(tmp_path, {"GOROOT": f"{own}/"}).write(PLAIN).codes() == []


def test_without_go_and_without_dlv(tmp_path):
    empty = tmp_path / "bin"
    empty.mkdir()
    scene = Scene.of(tmp_path, {"PATH": str(empty)}).write(PLAIN)
    found = scene.look()
    codes = [each.finding.code for each in found.findings]
    assert "dlv-missing" in codes
    if not found.toolchain.gos:
        assert "go-missing" in codes


def test_what_is_called_dlv_and_is_none(tmp_path):
    scene = Scene.of(tmp_path, {"GOBIN": str(tmp_path)}).write(PLAIN)
    (tmp_path / "dlv").write_text("#!/bin/sh\necho hello\n")
    (tmp_path / "dlv").chmod(0o755)
    (found,) = scene.found()
    assert found.finding.code == "dlv-unusable"
    assert found.fixes[0].command == "dapshim install-dlv"


def test_a_dlv_that_is_too_old_for_this_go(tmp_path):
    scene = Scene.of(tmp_path, {"GOBIN": str(tmp_path)}).write(PLAIN)
    (tmp_path / "dlv").write_text("#!/bin/sh\necho 'Delve Debugger\nVersion: 1.22.1'\n")
    (tmp_path / "dlv").chmod(0o755)
    (found,) = scene.found()
    assert found.finding.code == "dlv-go"
    assert "Delve 1.22.1 does not know Go" in found.finding.message


def test_no_other_toolchain_is_fetched(tmp_path):
    """A go line asks for one that is not here; go would fetch it when it is merely asked for its settings."""
    scene = Scene.of(tmp_path, {"GOTOOLCHAIN": "auto", "GOPROXY": "https://127.0.0.1:1"})
    scene.write({**PLAIN, "go.mod": mod("example.com/m", go="1.99")})
    found = scene.look()
    assert [(each.finding.code, each.finding.severity) for each in found.findings] == [
        ("dlv-go", Severity.ERROR),
        ("gotoolchain", Severity.INFO),
    ]
    assert "does not know Go 1.99 yet" in found.findings[0].finding.message
    assert "go1.99.0 builds here" in found.findings[1].finding.message


def test_settings_of_the_editor(tmp_path):
    goroot = Scene.of(tmp_path).go("env", "GOROOT")[1].strip()
    settings = '{\n  // mine\n  "go.goroot": "/nonexistent",\n  "go.toolsEnvVars": {"GOFLAGS": "-trimpath"},\n}\n'
    scene = Scene.of(tmp_path).write({**PLAIN, ".vscode/settings.json": settings})
    tool, flags = scene.found()
    assert (tool.finding.code, flags.finding.code) == ("editor-tool", "goflags")
    assert tool.finding.where == f"{scene.ws}/.vscode/settings.json:3:16"
    scene.write({".vscode/settings.json": f'{{"go.goroot": "{goroot}"}}'})
    assert scene.codes() == []
    scene.write({".vscode/settings.json": "{}", "../home/.config/Code/User/settings.json": settings})
    assert scene.codes() == ["editor-tool", "goflags"]


def test_an_editor_with_another_go_than_the_shell(tmp_path):
    scene = Scene.of(tmp_path).write({**PLAIN, ".vscode/settings.json": '{"go.goroot": "${workspaceFolder}/../other"}'})
    scene.write({"../other/VERSION": "go1.25.5\n", "../other/bin/go": "#!/bin/sh\nexit 1\n"})
    (tmp_path / "other/bin/go").chmod(0o755)
    (found,) = scene.found()
    assert found.finding.code == "several-gos"
    assert f"takes {tmp_path}/other/bin/go, which is go1.25.5" in found.finding.message
