"""Attach: to a process by number or name, to one that is still to come, to a headless dlv."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.plan.outcome import Dlv
from tests.plan.scene import GONE, HOME, ONE_MODULE, Case, attach

RUNNING = {"running": {71: "/srv/api --port 1", 72: "/srv/api --port 2", 80: "/srv/web"}}
NOBODY = '"processId" is missing: give the number of a process, the name of a program that runs, or "waitFor".'

PROCESSES = [
    Case("a number", attach(processId=71)),
    Case("no mode", attach(None, processId=71)),
    Case("a number as text, as an editor's picker gives it", attach(processId=" 71 "), asked={"processId": 71}),
    Case(
        "a name",
        attach(processId="web"),
        asked={"processId": 80},
        says=('"web" is process 80: /srv/web',),
        world=RUNNING,
    ),
    Case(
        "a name of several",
        attach(processId="api"),
        error='"processId": "api" names 2 processes. Say in launch.json which one:\n'
        '    "processId": 71   /srv/api --port 1\n'
        '    "processId": 72   /srv/api --port 2',
        world=RUNNING,
    ),
    Case(
        "a name of nobody",
        attach(processId="apo"),
        error='"processId": no program named "apo" runs; "waitFor" waits for one that will be started.',
        world=RUNNING,
    ),
    Case(
        "more digits than any process has",
        attach(processId="9" * 5000),
        error=f'"processId": no program named "{"9" * 5000}" runs; "waitFor" waits for one that will be started.',
    ),
    Case(
        "what only VS Code can ask for",
        attach(processId="${command:pickProcess}"),
        error='"processId" is ${command:pickProcess}, which only VS Code can ask for, and this client sent it as it is '
        'written; give the number of a process, the name of a program that runs, or "waitFor".',
    ),
    Case("nobody", attach(), error=NOBODY),
    Case("number 0", attach(processId=0), error=NOBODY),
    Case("an empty name", attach(processId=""), error=NOBODY),
    Case("waitFor", attach(waitFor="api"), asked={"waitFor": GONE}, wait_for="api"),
    Case(
        "waitFor beside number 0",
        attach(waitFor="api", processId=0),
        asked={"waitFor": GONE, "processId": GONE},
        wait_for="api",
    ),
    Case(
        "both",
        attach(waitFor="api", processId=71),
        error='"processId" and "waitFor" exclude each other: attach to what runs, or wait for what is to come.',
    ),
    Case(
        "Delve reads no env of an attach, so its dlv must have it",
        attach(processId=71, env={"A": "1"}, envFile=".env", dlvFlags=["--log"]),
        {**ONE_MODULE, "/ws/.env": "B=2"},
        asked={"env": {"A": "1", "B": "2"}, "envFile": GONE},
        dlv=Dlv(flags=("--log",), environment={"A": "1", "B": "2"}),
    ),
    Case("attributes of a launch do not count", attach(processId=71, program="./x", args=1, buildFlags=2, noDebug="x")),
]

HEADLESS = Dlv(connect=("127.0.0.1", 2345))
RULE: dict[str, Any] = {"substitutePath": [{"from": "/ws", "to": "/src"}]}

REMOTE = [
    Case("a port", attach("remote", port=2345), dlv=HEADLESS),
    Case("host and port", attach("remote", host="there", port=2345), dlv=Dlv(connect=("there", 2345))),
    Case("--connect", attach("remote"), world={"connected": True}),
    Case("remotePath", attach("remote", port=2345, remotePath="/src"), asked=RULE, dlv=HEADLESS),
    Case(
        "remotePath of a folder below",
        attach("remote", port=2345, remotePath="/src", cwd="~/api"),
        asked={"substitutePath": [{"from": f"{HOME}/api", "to": "/src"}]},
        dlv=HEADLESS,
    ),
    Case(
        "remotePath of a machine with Windows",
        attach("remote", port=2345, remotePath="C:\\src"),
        asked={"substitutePath": [{"from": "/ws", "to": "C:\\src"}]},
        dlv=HEADLESS,
    ),
    Case(
        "remotePath that is the path here, as vscode-go's own example has it",
        attach("remote", port=2345, remotePath="${workspaceFolder}"),
        asked={"remotePath": "/ws"},
        dlv=HEADLESS,
    ),
    Case("substitutePath wins", attach("remote", port=2345, remotePath="/other", **RULE), dlv=HEADLESS),
    Case("no rule is none", attach("remote", port=2345, remotePath="/src", substitutePath=[]), asked=RULE, dlv=HEADLESS),
    Case(
        "no port",
        attach("remote"),
        error='"port" is missing: in mode "remote" it is the port of the headless dlv that runs already ("host" is 127.0.0.1 '
        "when it is not given); or start dapshim with --connect HOST:PORT.",
    ),
    Case(
        "a process",
        attach("remote", port=2345, processId=1),
        error='"mode": "remote" and "processId" exclude each other: the headless dlv has its program already.',
    ),
    Case(
        "waitFor",
        attach("remote", port=2345, waitFor="api"),
        error='"mode": "remote" and "waitFor" exclude each other: the headless dlv has its program already.',
    ),
    Case(
        "a process of the other end, by a dlv that runs there",
        attach(processId="71", port=2345),
        asked={"processId": 71},
        dlv=HEADLESS,
    ),
    Case("what the other end waits for is its own", attach(waitFor="api"), world={"connected": True}),
]


@pytest.mark.parametrize("case", PROCESSES, ids=str)
def test_a_process(case):
    case.check()


@pytest.mark.parametrize("case", REMOTE, ids=str)
def test_a_headless_dlv(case):
    case.check()


def test_no_more_processes_are_listed_than_fit_a_dialog():
    running = dict.fromkeys(range(100, 125), "/srv/api")
    Case(
        "",
        attach(processId="api"),
        error='"processId": "api" names 25 processes. Say in launch.json which one:\n'
        + "".join(f'    "processId": {pid}   /srv/api\n' for pid in range(100, 120))
        + "    … and 5 more",
        world={"running": running},
    ).check()
