"""Rules about Go, dlv and the system, by data: also those of machines that no test runs on."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from dapshim.diagnose.cgo_rules import CGO_RULES
from dapshim.diagnose.debugger_rules import DEBUGGER_RULES
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import Position, Range
from dapshim.diagnose.placed import Place, Placed
from dapshim.diagnose.toolchain_codes import TOOLCHAIN_DIAGNOSES
from dapshim.diagnose.toolchain_facts import CgoUse, Dlv, EditorFlags, Mended, NamedTool, Rights, Root, Tool, Toolchain, Xcode
from dapshim.diagnose.toolchain_rules import GO_RULES
from dapshim.golang.toolchain import GoEnv
from dapshim.golang.versions import parse_version

GO = Tool("/go/bin/go", "/go/bin/go", "go1.26.8", "amd64", ("dapshim", "your shell"))
DLV = Tool("/bin/dlv", "/bin/dlv", "1.27.1", "amd64", ("dapshim",))
ENV = GoEnv(
    "/go/bin/go",
    "/go",
    "go1.26.8",
    parse_version("go1.26.8"),
    gopath=("/home/ann/go",),
    goos="linux",
    goarch="amd64",
    gohostos="linux",
    gohostarch="amd64",
)
HEALTHY = Toolchain(
    "linux",
    "amd64",
    "/ws",
    (GO,),
    Dlv(DLV, newest="1.27.1"),
    env=ENV,
    local=ENV.version,
    variables={"GOTOOLCHAIN": "auto", "CC": "gcc"},
    go_line="1.26",
)
MAC = attrs.evolve(
    HEALTHY,
    system="darwin",
    machine="arm64",
    gos=(attrs.evolve(GO, machine="arm64"),),
    dlv=Dlv(attrs.evolve(DLV, machine="arm64"), newest="1.27.1"),
    xcode=Xcode("/Library/Developer/CommandLineTools", sdk="/sdk"),
)
PLACE = Place("/ws/x.json", Range(Position(3, 4), Position(3, 9)))
WARNING, ERROR, INFO = Severity.WARNING, Severity.ERROR, Severity.INFO
OLD_GO = attrs.evolve(GO, path="/old/bin/go", real="/old/bin/go", version="go1.21.13")


def judged(facts: Toolchain) -> list[Placed]:
    return [each for rule in (*GO_RULES, *DEBUGGER_RULES, *CGO_RULES) for each in rule(facts)]


@pytest.mark.parametrize("facts", [HEALTHY, MAC], ids=["linux", "mac"])
def test_healthy_gives_nothing(facts):
    assert judged(facts) == []


CASES: list[tuple[dict[str, Any], str, Severity, str, str]] = [
    ({"gos": (), "env": None, "local": None, "go_error": "No go."}, "go-missing", ERROR, "No go.", ""),
    ({"env": None, "go_error": "/go/bin/go env failed: what"}, "go-unusable", ERROR, "env failed: what", ""),
    ({"gos": (GO, attrs.evolve(OLD_GO, users=()))}, "several-gos", INFO, "go1.26.8, go1.21.13", ""),
    (
        {"gos": (GO, attrs.evolve(OLD_GO, users=("the editor (go.goroot)",)))},
        "several-gos",
        WARNING,
        "the editor (go.goroot) takes /old/bin/go, which is go1.21.13; your shell runs /go/bin/go",
        "",
    ),
    ({"named": (NamedTool("go.goroot", "/x/bin/go", PLACE, there=False),)}, "editor-tool", ERROR, "go.goroot is /x/bin/go", ""),
    ({"root": Root("/old", "go1.21.13", "/go", "go1.26.8")}, "goroot", ERROR, "the tree of go1.21.13", "unset GOROOT"),
    ({"root": Root("/old", "", "/go", "go1.26.8")}, "goroot", ERROR, "no Go tree", "unset GOROOT"),
    ({"root": Root("/copy", "go1.26.8", "/go", "go1.26.8")}, "goroot", INFO, "another tree of the same", "unset GOROOT"),
    (
        {"root": Root("/old", "", "/my go", "go1.26.8", "go env -w"), "saved": {"GOROOT": "/old"}},
        "goroot",
        ERROR,
        "by `go env -w`",
        "GOROOT='/my go' go env -u GOROOT",
    ),
    ({"environ": {"GOPATH": "/go"}}, "gopath", WARNING, "is GOROOT", "unset GOPATH"),
    ({"gopath_mod": "/home/ann/go/go.mod"}, "gopath", WARNING, "so go ignores it", ""),
    ({"unwritable": ("/home/ann/go",)}, "gomodcache", WARNING, "cannot be written", 'sudo chown -R "$(id -u)" /home/ann/go'),
    (
        {"environ": {"GOFLAGS": "-trimpath -v"}, "goflags_strips": ()},
        "goflags",
        WARNING,
        "set by the environment, has -trimpath",
        "export GOFLAGS=-v",
    ),
    ({"saved": {"GOFLAGS": "-trimpath"}}, "goflags", WARNING, "set by `go env -w`", "go env -u GOFLAGS"),
    ({"editor_flags": EditorFlags("-ldflags=-s", PLACE, ("-s",))}, "goflags", WARNING, "strips programs in every session", ""),
    ({"editor_flags": EditorFlags("'-x", PLACE)}, "goflags", ERROR, "cannot be read", ""),
    (
        {"go_line": "1.30", "line_place": Place("/ws/go.work"), "environ": {"GOTOOLCHAIN": "local"}},
        "gotoolchain",
        ERROR,
        "/ws/go.work asks for Go 1.30",
        "go env -w GOTOOLCHAIN=auto",
    ),
    ({"toolchain_line": "go1.27.3"}, "gotoolchain", INFO, "the toolchain line asks for it", ""),
    ({"environ": {"GOTOOLCHAIN": "go1.25.5"}, "go_line": "1.21"}, "gotoolchain", INFO, "GOTOOLCHAIN asks for it", ""),
    ({"dlv": Dlv(None, "dlv was not found. Looked in: PATH.")}, "dlv-missing", ERROR, "not found", "dapshim install-dlv"),
    ({"dlv": Dlv(attrs.evolve(DLV, error="/bin/dlv is no dlv"))}, "dlv-unusable", ERROR, "is no dlv", "dapshim install-dlv"),
    (
        {"dlv": Dlv(DLV, too_old=Mended("Delve 1.7.2 is too old", "go install x"))},
        "dlv-unusable",
        ERROR,
        "too old",
        "dapshim install-dlv",
    ),
    (
        {"dlv": Dlv(DLV, mismatch=Mended("Delve 1.22 does not know Go 1.26", "go install x"))},
        "dlv-go",
        ERROR,
        "does not",
        "go install x",
    ),
    (
        {"dlv": Dlv(DLV, mismatch=Mended("no", '"dlvFlags": ["--check-go-version=false"]'))},
        "dlv-go",
        ERROR,
        "no",
        '"dlvFlags": ["--check-go-version=false"]',
    ),
    (
        {"dlv": Dlv(attrs.evolve(DLV, version="1.26.3"), newest="1.27.1")},
        "dlv-old",
        INFO,
        "there is 1.27.1",
        "dapshim install-dlv",
    ),
    (
        {"dlv": Dlv(DLV, newest="1.27.1", others=(attrs.evolve(DLV, path="/e/dlv", real="/e/dlv", version="1.20.0"),))},
        "several-dlvs",
        WARNING,
        "takes /e/dlv (1.20.0)",
        "",
    ),
    (
        {"dlv": Dlv(DLV, newest="1.27.1", others=(attrs.evolve(DLV, path="/e/dlv", real="/e/dlv"),))},
        "several-dlvs",
        INFO,
        "takes /e/dlv (1.27.1)",
        "",
    ),
    ({"rights": Rights(1, able=False)}, "attach-rights", INFO, "the process that has started it", "sudo sysctl"),
    ({"rights": Rights(1, able=False, attaches=True)}, "attach-rights", WARNING, "launching works", "sudo sysctl"),
    ({"rights": Rights(2, able=False, attaches=True)}, "attach-rights", WARNING, "an administrator", "sudo sysctl"),
    ({"rights": Rights(3, able=True)}, "attach-rights", WARNING, "cannot be changed", "sudo reboot"),
    ({"rights": Rights(0, able=False, filtered=True, attaches=True)}, "attach-rights", WARNING, "container", "docker run"),
    (
        {"machine": "arm64", "dlv": Dlv(None)},
        "foreign-architecture",
        WARNING,
        "/go/bin/go is built for amd64",
        "dapshim install-dlv",
    ),
]


@pytest.mark.parametrize(("changes", "code", "severity", "says", "command"), CASES)
def test_what_is_wrong_is_found(changes, code, severity, says, command):
    found = [each for each in judged(attrs.evolve(HEALTHY, **changes)) if each.finding.code == code]
    assert [each.finding.severity for each in found] == [severity]
    assert says in found[0].finding.message
    commands = [fix.command for fix in found[0].fixes]
    assert not command or commands[0].startswith(command), commands
    assert not any(fix.safe for fix in found[0].fixes)


@pytest.mark.parametrize(
    "changes",
    [
        {"gos": (GO, attrs.evolve(GO, path="/usr/bin/go"))},
        {"root": Root("/go", "", "/go", "")},
        {"rights": Rights(1, able=True, attaches=True)},
        {"rights": Rights(0, able=True, filtered=True, attaches=True)},
        {"environ": {"GOFLAGS": "-trimpath=false -v"}},
        {"environ": {"GO111MODULE": "off"}},
        {"dlv": Dlv(DLV, newest="1.27.1", others=(DLV,))},
        {"cc": False},
        {"cgo": (CgoUse("/ws/x.go", 3),), "environ": {"CGO_CFLAGS": "-O0 -g"}},
    ],
    ids=str,
)
def test_what_does_no_harm_gives_nothing(changes):
    assert judged(attrs.evolve(HEALTHY, **changes)) == []


MACS: list[tuple[dict[str, Any], str, Severity, str, str]] = [
    (
        {"gos": (GO,)},
        "foreign-architecture",
        ERROR,
        "/go/bin/go is built for amd64, and this machine is arm64: it runs under Rosetta",
        "dapshim install-dlv",
    ),
    (
        {"dlv": Dlv(DLV, newest="1.27.1")},
        "foreign-architecture",
        ERROR,
        "Delve cannot debug under Rosetta",
        "dapshim install-dlv",
    ),
    ({"translated": True}, "foreign-architecture", WARNING, "dapshim itself runs under Rosetta", "arch -arm64"),
    ({"xcode": Xcode(None)}, "xcode", ERROR, "not installed", "xcode-select --install"),
    ({"xcode": Xcode("/X", licence=False)}, "xcode", ERROR, "licence", "sudo xcodebuild -license accept"),
    ({"xcode": Xcode("/X", debugserver=False, sdk="/sdk")}, "xcode", ERROR, "no debugserver", "xcode-select --install"),
    ({"xcode": Xcode("/X")}, "xcode", WARNING, "no SDK", "sudo xcode-select --reset"),
    (
        {"xcode": Xcode("/X", sdk="/s", developer_mode=False)},
        "xcode",
        WARNING,
        "Developer mode",
        "sudo DevToolsSecurity -enable",
    ),
]


@pytest.mark.parametrize(("changes", "code", "severity", "says", "command"), MACS)
def test_macs(changes, code, severity, says, command):
    (found,) = judged(attrs.evolve(MAC, **changes))
    assert (found.finding.code, found.finding.severity) == (code, severity)
    assert says in found.finding.message
    assert found.fixes[0].command.startswith(command)


CGO = (CgoUse("/ws/x.go", 3),)
CROSS = attrs.evolve(ENV, goarch="arm64", cgo_enabled=False)
CGO_CASES: list[tuple[dict[str, Any], str, Severity, str, str]] = [
    ({"cgo": CGO, "cc": False}, "cgo-compiler", ERROR, "the C compiler gcc cannot be found", "sudo apt install gcc"),
    ({"cgo": CGO, "environ": {"CGO_ENABLED": "0"}}, "cgo-compiler", ERROR, "leaves its file out", "unset CGO_ENABLED"),
    ({"cgo": CGO, "env": CROSS, "saved": {"GOARCH": "arm64"}}, "cgo-cross", ERROR, "linux/arm64", "go env -u GOARCH"),
    ({"cgo": (CgoUse("/ws/x.go", 3, ("gtk4",)),)}, "pkg-config", ERROR, "needs the C library gtk4", ""),
    ({"cgo": (CgoUse("/ws/x.go", 3, ("gtk4",)),), "pkg_config": False}, "pkg-config", ERROR, "is not there", "sudo apt"),
    ({"cgo": CGO, "environ": {"CGO_CFLAGS": "-O2"}}, "cgo-flags", INFO, "has no -g, so C code has no lines and optimises", ""),
]


@pytest.mark.parametrize(("changes", "code", "severity", "says", "command"), CGO_CASES)
def test_cgo(changes, code, severity, says, command):
    (found,) = judged(attrs.evolve(HEALTHY, **changes))
    assert (found.finding.code, found.finding.severity) == (code, severity)
    assert says in found.finding.message
    assert found.fixes[0].command.startswith(command)
    assert found.place is None or str(found.place) == "/ws/x.go:3:1"


def test_every_code_has_a_case_here():
    here = {each[1] for each in (*CASES, *MACS, *CGO_CASES)}
    # Real ones are in tests/delve/test_checkup_toolchain.py.
    assert {each.code for each in TOOLCHAIN_DIAGNOSES} - here == {"modules-off"}


@pytest.mark.parametrize(
    ("line", "placed_at"), [("go1.99.0", PLACE), ("", None), ("go1.20.0", None)], ids=["asks", "none", "older"]
)
def test_a_dlv_that_cannot_debug_what_a_toolchain_line_asks_for_is_found_at_that_line(line, placed_at):
    mismatch = Dlv(DLV, mismatch=Mended("Delve 1.27 does not know Go 1.99", "go install x"))
    facts = attrs.evolve(HEALTHY, dlv=mismatch, toolchain_line=line, builder_place=PLACE, environ={"GOTOOLCHAIN": "auto"})
    (found,) = (each for each in judged(facts) if each.finding.code == "dlv-go")
    assert found.place == placed_at
    assert found.finding.where == DLV.path
