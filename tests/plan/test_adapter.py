"""Which dlv a launch needs: its flags, its terminal, or one that runs already; and what older adapters read."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.plan.outcome import Dlv, Terminal
from tests.plan.scene import DEBUG, GONE, HOME, ONE_MODULE, Case, attach, launch

IN_X = {"program": ".", "dlvCwd": "/ws/cmd/x"}
BUILD_X = f"/ws/cmd/x$ {DEBUG} ."
TERMINALS = {"terminals": True}


def run(**attributes: Any) -> dict[str, Any]:
    return launch(program="cmd/x", **attributes)


def planned(name: str, sent: dict[str, Any], dlv: Dlv, **more: Any) -> Case:
    return Case(name, sent, asked={**IN_X, **more.pop("asked", {})}, build=BUILD_X, dlv=dlv, **more)


FLAGS = [
    planned("dlvFlags", run(dlvFlags=["--check-go-version=false"]), Dlv(flags=("--check-go-version=false",))),
    planned("showLog", run(showLog=True), Dlv(flags=("--log=true",))),
    planned(
        "showLog with all there is to say about it",
        run(dlvFlags=["--backend=native"], showLog=True, logOutput="dap,debugger", logDest="${userHome}/dlv.log"),
        Dlv(flags=("--backend=native", "--log=true", "--log-output=dap,debugger", f"--log-dest={HOME}/dlv.log")),
        asked={"logDest": f"{HOME}/dlv.log"},
    ),
    planned(
        "a log that is seen from the workspace folder",
        run(showLog=True, logDest="l"),
        Dlv(flags=("--log=true", "--log-dest=/ws/l")),
    ),
    planned("a log that is not asked for", run(showLog=False, logOutput="dap", logDest="/l"), Dlv()),
    planned("dlvToolPath", run(dlvToolPath="~/bin/dlv"), Dlv(tool_path=f"{HOME}/bin/dlv")),
    planned("dlvToolPath that names none in particular", run(dlvToolPath="dlv"), Dlv()),
    Case(
        "a flag that is not theirs to give",
        run(dlvFlags=["--log", "--listen=:4711"]),
        error='"dlvFlags" has --listen=:4711, but how dlv is reached is dapshim\'s to say; drop it.',
    ),
]

INTEGRATED = Dlv(directory="/ws/cmd/x", terminal=Terminal("integrated", "Go"))
NO_TERMINAL = (
    '"console": "integratedTerminal" is ignored: this editor runs no program in a terminal (supportsRunInTerminalRequest).'
)

CONSOLES = [
    planned("the debug console", run(console="internalConsole"), Dlv(), world=TERMINALS),
    planned("none said", run(console=""), Dlv(), world=TERMINALS),
    planned("integrated", run(console="integratedTerminal"), INTEGRATED, world=TERMINALS),
    planned(
        "external, with the environment that its dlv needs",
        run(console="externalTerminal", name="Serve", env={"A": "1", "B": None}),
        Dlv(directory="/ws/cmd/x", terminal=Terminal("external", "Serve"), environment={"A": "1", "B": None}),
        world=TERMINALS,
    ),
    planned(
        "as root",
        run(console="integratedTerminal", asRoot=True),
        Dlv(directory="/ws/cmd/x", terminal=Terminal("integrated", "Go", as_root=True)),
        world=TERMINALS,
    ),
    planned("an editor without terminals", run(console="integratedTerminal"), Dlv(), says=(NO_TERMINAL,)),
    planned(
        "as root without a terminal",
        run(asRoot=True),
        Dlv(),
        says=('"asRoot" needs "console": "integratedTerminal", where sudo can ask for a password; it is ignored.',),
        world=TERMINALS,
    ),
    Case(
        "in exec mode",
        launch("exec", program="/bin/x", console="integratedTerminal"),
        dlv=Dlv(directory="/ws", terminal=Terminal("integrated", "Go")),
        world=TERMINALS,
    ),
    Case("not for an attach", attach(processId=1, console="integratedTerminal"), world=TERMINALS),
]

THERE = {"substitutePath": [{"from": "/ws", "to": "/src"}]}
LOCAL: dict[str, Any] = {
    "program": "./cmd/x",
    "cwd": "run",
    "dlvCwd": "here",
    "output": "~/out",
    "buildFlags": "-gcflags=-m -C /x",
    "env": {"GOOS": "windows"},
}

RUNNING_ALREADY = [
    Case("a port", launch(**LOCAL, port=4000), dlv=Dlv(connect=("127.0.0.1", 4000))),
    Case("host and port", launch(**LOCAL, host="there", port=4000), dlv=Dlv(connect=("there", 4000))),
    Case("a host alone is nothing", run(host="there"), asked=IN_X, build=BUILD_X),
    Case("port 0 is none", run(port=0), asked=IN_X, build=BUILD_X),
    Case("in exec mode", launch("exec", program="bin/x", port=4000), dlv=Dlv(connect=("127.0.0.1", 4000))),
    Case(
        "--connect: files, folders and builds are those of the other end",
        launch(**LOCAL),
        world={"connected": True, "broken": "there is no go"},
    ),
    Case("--connect, no program: the dlv may have one", launch("exec"), world={"connected": True}),
    Case("--connect, exec", launch("exec", program="bin/x", cwd="~"), world={"connected": True, "cwd": "/somewhere"}),
    Case(
        "--connect: what no dlv can read is read here all the same",
        launch("auto", program="x_test.go", args="a 'b c'", envFile=".env"),
        {**ONE_MODULE, "/ws/.env": "A=1"},
        asked={"mode": "test", "args": ["a", "b c"], "envFile": GONE, "env": {"A": "1"}},
        world={"connected": True},
    ),
    Case(
        "--connect: what belongs to a dlv's start belongs to nobody",
        launch(
            "exec", program="/x", dlvFlags=["--log"], dlvToolPath="/dlv", showLog=True, console="externalTerminal", asRoot=True
        ),
        world={"connected": True, "terminals": True},
    ),
    Case(
        "--connect and a port: it is where --connect says", launch("exec", program="/x", port=4000), world={"connected": True}
    ),
    Case(
        "dapshim's own port",
        run(port=4711),
        error='"port": 4711 is where dapshim itself listens. The editor reaches dapshim by "debugServer": 4711; drop "port", '
        "or let it name the port of a dlv that runs already.",
        world={"own_port": 4711},
    ),
    Case(
        "the same port on another machine",
        launch(**LOCAL, host="there", port=4711),
        dlv=Dlv(connect=("there", 4711)),
        world={"own_port": 4711},
    ),
    Case("no such port", run(port=65536), error='"port" must be a number from 1 to 65535; it is 65536.'),
]

UNREAD = [
    planned(
        "what nobody reads any more",
        run(apiVersion=2, useApiV1=True, trace="verbose", debugAdapter="legacy"),
        Dlv(),
        says=(
            '"apiVersion" is ignored: Delve\'s DAP server has no API versions.',
            '"useApiV1" is ignored: Delve\'s DAP server has no API versions.',
            '"trace" is ignored: it sets the log of vscode-go\'s own adapter; dapshim --trace FILE records what is said here.',
            '"debugAdapter": "legacy" is ignored: Delve itself is the adapter here.',
        ),
    ),
    planned("what vscode-go always sends", run(debugAdapter="dlv-dap", trace="", packagePathToGoModPathMap={}), Dlv()),
    planned(
        "dlvLoadConfig",
        run(dlvLoadConfig={"followPointers": True, "maxStringLen": 9, "maxArrayValues": 8, "maxStructFields": -1}),
        Dlv(),
        asked={"dlvLoadConfig": GONE, "maxStringLen": 9, "maxArrayValues": 8},
        says=('of "dlvLoadConfig", "followPointers", "maxStructFields" are ignored: Delve loads values as they unfold.',),
    ),
    planned(
        "dlvLoadConfig beside the attribute itself",
        run(dlvLoadConfig={"maxStringLen": 9}, maxStringLen=5),
        Dlv(),
        asked={"dlvLoadConfig": GONE},
    ),
    Case(
        "dlvLoadConfig of an attach",
        attach(processId=1, dlvLoadConfig={"maxVariableRecurse": 1}),
        asked={"dlvLoadConfig": GONE},
        says=('of "dlvLoadConfig", "maxVariableRecurse" is ignored: Delve loads values as they unfold.',),
    ),
    Case(
        "dlvLoadConfig that is ill-typed",
        run(dlvLoadConfig={"maxStringLen": "9"}),
        error='"maxStringLen" of "dlvLoadConfig" must be a whole number; it is the text "9".',
    ),
    planned("an empty dlvLoadConfig", run(dlvLoadConfig={}), Dlv()),
]


@pytest.mark.parametrize("case", FLAGS, ids=str)
def test_flags(case):
    case.check()


@pytest.mark.parametrize("case", CONSOLES, ids=str)
def test_console(case):
    case.check()


@pytest.mark.parametrize("case", RUNNING_ALREADY, ids=str)
def test_a_dlv_that_runs_already(case):
    case.check()


@pytest.mark.parametrize("case", UNREAD, ids=str)
def test_attributes_of_older_adapters(case):
    case.check()


def test_a_dlv_for_anything():
    assert Dlv(tool_path="/dlv").any_will_do
    assert not Dlv(flags=("--log",)).any_will_do
    assert not Dlv(environment={"A": None}).any_will_do
