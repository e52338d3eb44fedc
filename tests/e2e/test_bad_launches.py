"""A launch that cannot be meant is answered in words, the session ends, and nothing is started for it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs
import pytest
import trio

from tests.e2e.launch_layouts import LIB, MAIN, mod
from tests.real import BOUND, Client, Json, children, clean_environment, tool

FILES: Final[dict[str, str | bytes]] = {
    "go.mod": mod("example.com/acme"),
    "main.go": MAIN,
    "lib/lib.go": LIB.format(name="lib"),
    "cmd/one/main.go": MAIN,
    "cmd/two/main.go": MAIN,
    "tagged/main_windows.go": MAIN,
    "notes.txt": "not Go\n",
    "latin1.env": b"NAME=s\xe4fe\n",
}

ILL_TYPED: Final[dict[str, tuple[Any, str]]] = {
    "program": (7, '"program" must be a text; it is the number 7.'),
    "mode": (
        "debgu",
        '"mode" must be "auto", "debug", "test", "exec", "replay" or "core"; it is the text "debgu". Did you mean "debug"?',
    ),
    "args": ({"n": "1"}, '"args" must be a text or a list of texts; it is an object'),
    "cwd": (["a"], '"cwd" must be a text; it is a list'),
    "dlvCwd": (False, '"dlvCwd" must be a text; it is false.'),
    "env": (
        {"PORT": 8080},
        (
            '"env" must be an object of texts, such as {"PORT": "8080"}; null takes a variable away; it is '
            'an object in which "PORT" is the number 8080.'
        ),
    ),
    "envFile": (1, '"envFile" must be a text or a list of texts; it is the number 1.'),
    "buildFlags": (["-tags", 1], '"buildFlags" must be a text or a list of texts; it is a list in which [1] is the number 1.'),
    "output": (True, '"output" must be a text; it is true.'),
    "noDebug": ("no", '"noDebug" must be true or false; it is the text "no".'),
    "outputMode": ("both", '"outputMode" must be "local" or "remote"; it is the text "both".'),
    "stdinFrom": (0, '"stdinFrom" must be a text; it is the number 0.'),
    "stopOnEntry": ("true", '"stopOnEntry" must be true or false; it is the text "true".'),
    "backend": ("gdb", '"backend" must be "default", "native", "lldb" or "rr"; it is the text "gdb".'),
    "substitutePath": (
        [{"from": "/a"}],
        (
            '"substitutePath" must be a list of rules, each {"from": "…", "to": "…"}; it is a list'
            ' in which [0] is an object without "to".'
        ),
    ),
    "stackTraceDepth": (1.5, '"stackTraceDepth" must be a whole number; it is the number 1.5.'),
    "maxStringLen": ("64", '"maxStringLen" must be a whole number; it is the text "64".'),
    "showRegisters": (1, '"showRegisters" must be true or false; it is the number 1.'),
    "dlvFlags": ("--log", '"dlvFlags" must be a list of texts; it is the text "--log".'),
    "dlvToolPath": ({}, '"dlvToolPath" must be a text; it is an object.'),
    "showLog": ("yes", '"showLog" must be true or false; it is the text "yes".'),
    "logDest": (3, '"logDest" must be the path of a file; it is the number 3.'),
    "port": ("4711", '"port" must be a whole number, 0 or more; it is the text "4711".'),
    "host": (127, '"host" must be a text; it is the number 127.'),
    "console": (
        "terminal",
        '"console" must be "internalConsole", "integratedTerminal" or "externalTerminal"; it is the text "terminal".',
    ),
    "asRoot": ("yes", '"asRoot" must be true or false; it is the text "yes".'),
    "dlvLoadConfig": (
        {"maxStringLen": "x"},
        '"maxStringLen" of "dlvLoadConfig" must be a whole number; it is the text "x".',
    ),
    "dapshim": ("off", '"dapshim"'),
}
"""Attribute -> a value that it may not have, and what is said."""


TELEMETRY: Final = "** telemetry **"
"""Delve 1.27.1 starts itself once more under this name, to count what it is used for."""


@attrs.frozen
class Bad:
    """Arguments that are each well-typed, and what is said of them together."""

    name: str
    arguments: Json
    said: str


CONTRADICTORY: Final = [
    Bad("no program", {"mode": "debug"}, '"program" is missing: in mode "debug" it is the folder of a package main'),
    Bad("an empty program", {"program": ""}, '"program" is missing'),
    Bad("no executable", {"mode": "exec"}, '"program" is missing: in mode "exec" it is the path of an executable.'),
    Bad("no core", {"mode": "core", "program": "x"}, '"coreFilePath" is missing'),
    Bad("no trace", {"mode": "replay"}, '"traceDirPath" is missing'),
    Bad("a mode of attach", {"mode": "remote"}, '"mode": "remote" belongs to "request": "attach"; this is "launch"'),
    Bad(
        "output to two places",
        {"program": ".", "outputMode": "remote", "stdoutTo": "x"},
        '"outputMode": "remote" and "stdoutTo" exclude each other',
    ),
    Bad(
        "a program that is not there",
        {"program": "cmd/x"},
        '"program": "cmd/x" is neither a path below {ws} nor the import path',
    ),
    Bad(
        "a path that is not there",
        {"program": "{ws}/cmd/x/y"},
        '"program": "{ws}/cmd/x/y" does not exist (the nearest folder that does is {ws}/cmd).',
    ),
    Bad(
        "several programs",
        {"program": "cmd"},
        "several below it. Say in launch.json which one:\n"
        '    "program": "${workspaceFolder}/cmd/one"\n    "program": "${workspaceFolder}/cmd/two"',
    ),
    Bad("a library", {"program": "lib"}, '"program" is {ws}/lib, which holds package lib, a library'),
    Bad(
        "another system's program",
        {"program": "tagged"},
        '"program" is {ws}/tagged, which has no Go file in the build (main_windows.go: ',
    ),
    Bad("no Go source", {"program": "notes.txt"}, '"program" is {ws}/notes.txt, which is no Go source'),
    Bad("no tests", {"program": "lib", "mode": "test"}, '"program" is {ws}/lib, which has no tests'),
    Bad(
        "a variable of the editor",
        {"program": "${fileDirname}"},
        '"program" holds ${fileDirname}, which only an editor can expand',
    ),
    Bad("an open quote", {"program": ".", "args": "-n 'one"}, '"args" has a \' that nothing closes, at character 4'),
    Bad(
        "a cwd that is not there",
        {"program": ".", "cwd": "nowhere"},
        '"cwd" is {ws}/nowhere, which is not there; it must be a folder.',
    ),
    Bad(
        "a dlvCwd that is a file",
        {"program": ".", "dlvCwd": "main.go"},
        '"dlvCwd" is {ws}/main.go, which is a file; it must be a folder.',
    ),
    Bad(
        "no envFile", {"program": ".", "envFile": "no.env"}, '"envFile" {ws}/no.env cannot be read: No such file or directory.'
    ),
    Bad("an envFile in Latin-1", {"program": ".", "envFile": "latin1.env"}, '"envFile" {ws}/latin1.env is no UTF-8 text'),
    Bad("another system asked for", {"program": ".", "env": {"GOOS": "plan9"}}, '"env" or "envFile" has GOOS=plan9'),
    Bad(
        "how dlv is reached",
        {"program": ".", "dlvFlags": ["--listen=:1"]},
        '"dlvFlags" has --listen=:1, but how dlv is reached is dapshim\'s to say',
    ),
    Bad("a flag that dlv does not know", {"program": ".", "dlvFlags": ["--lgo"]}, "it printed:\nError: unknown flag: --lgo"),
    Bad(
        "nobody at the port",
        {"program": ".", "port": 1},
        'Nobody listens at 127.0.0.1:1, which "port" in the configuration names',
    ),
    Bad("dapshim's own port", {"program": ".", "port": "{port}"}, '"port": {port} is where dapshim itself listens.'),
    Bad("a port that is none", {"program": ".", "port": 70000}, '"port" must be a number from 1 to 65535; it is 70000.'),
    Bad("an option that there is not", {"program": ".", "dapshim": {"goWrok": "off"}}, "goWork"),
    Bad("an option of the server", {"program": ".", "dapshim": {"listen": "1"}}, "listen"),
    Bad(
        "a go that is not there",
        {"program": ".", "dapshim": {"go": "/no/go"}},
        '/no/go, which "go" of the "dapshim" object in the launch configuration names as the go command, is not there',
    ),
    Bad("a go.work that is not there", {"program": ".", "dapshim": {"goWork": "no.work"}}, "{ws}/no.work, which GOWORK or"),
    Bad("a GOWORK that Go refuses", {"program": ".", "env": {"GOWORK": "go.work"}}, "env failed: go: invalid GOWORK"),
    Bad("a dlv that is not there", {"program": ".", "dapshim": {"dlv": "/no/dlv"}}, "/no/dlv, which "),
    Bad("a workspace that is not there", {"program": "x", "dapshim": {"workspaceFolder": "/no/ws"}}, "/no/ws, which "),
]


@attrs.frozen
class Scene:
    """A workspace and the dapshim that was started in it; `asked` records what its go command was asked."""

    ws: Path
    asked: Path
    process: subprocess.Popen[bytes]
    port: int

    def written(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.written(each) for name, each in value.items()}
        if value == "{port}":
            return self.port
        return value.replace("{ws}", str(self.ws)).replace("{port}", str(self.port)) if isinstance(value, str) else value

    def files(self) -> set[str]:
        return {str(path.relative_to(self.ws)) for path in self.ws.rglob("*")}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    root = tmp_path_factory.mktemp("bad")
    ws, asked = root / "ws", root / "asked"
    for name, content in FILES.items():
        path = ws / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (root / "bin").mkdir()
    go = root / "bin" / "go"
    go.write_text(f'#!/bin/sh\necho "$1" >>"{asked}"\nexec "{tool("go")}" "$@"\n')
    go.chmod(0o755)
    env = clean_environment(
        PATH=os.pathsep.join([str(go.parent), str(Path(tool("dlv")).parent), "/usr/bin", "/bin"]), PWD=str(ws)
    )
    command = [sys.executable, "-m", "dapshim", "--listen", "127.0.0.1:0"]
    process = subprocess.Popen(command, cwd=ws, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    assert process.stdout is not None
    yield Scene(ws, asked, process, int(process.stdout.readline().decode().rpartition(":")[2]))
    process.send_signal(signal.SIGTERM)
    process.wait(BOUND)
    process.stdout.close()


def command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


async def refused(scene: Scene, arguments: Json) -> str:
    """Launch so; see the session end as it should with nothing started, and return the words."""
    before = scene.files()
    scene.asked.unlink(missing_ok=True)
    client = Client(await trio.open_tcp_stream("127.0.0.1", scene.port))
    try:
        await client.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
        number = await client.send("launch", {"request": "launch", **scene.written(arguments)})
        await client.event("terminated")
        (dlv,) = [pid for pid in children(scene.process.pid) if "/dlv dap " in command_line(pid)]
        assert [each for each in map(command_line, children(dlv)) if TELEMETRY not in each] == []
        assert scene.files() == before
        assert set(scene.asked.read_text().split() if scene.asked.exists() else ()) <= {"env"}
        answer, output, terminated = client.log[-3:]
        assert (answer["type"], answer["request_seq"], answer["success"]) == ("response", number, False)
        assert (output["event"], terminated["event"]) == ("output", "terminated")
        error = answer["body"]["error"]
        assert error["showUser"]
        words: str = error["format"].removeprefix("Failed to launch: ")
        assert output["body"] == {"category": "stderr", "output": f"dapshim: {words}\n"}
        last = await client.send("disconnect")
        assert [each["request_seq"] for each in await client.rest() if each["type"] == "response"] == [last]
        assert client.log.count(terminated) == len([each for each in client.log if each.get("event") == "terminated"]) == 1
    finally:
        await trio.aclose_forcefully(client.stream)
    return words


@pytest.mark.parametrize("attribute", ILL_TYPED)
async def test_nothing_is_started_for_it(attribute, scene):
    value, said = ILL_TYPED[attribute]
    assert (await refused(scene, {"program": ".", attribute: value})).startswith(said)


@pytest.mark.parametrize("bad", CONTRADICTORY, ids=lambda bad: bad.name)
async def test_what_does_not_go_together(bad, scene):
    words = await refused(scene, bad.arguments)
    assert scene.written(bad.said) in words
    assert "Usage:" not in words


async def test_the_next_launch_of_the_same_dapshim_works(scene):
    await refused(scene, {"program": 7})
    client = Client(await trio.open_tcp_stream("127.0.0.1", scene.port))
    try:
        await client.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
        await client.send("launch", {"request": "launch", "program": "."})
        await client.event("initialized")
        await client.ok("disconnect", {"terminateDebuggee": True})
        await client.rest()
    finally:
        await trio.aclose_forcefully(client.stream)


async def goes_on_and_ends_once(client: Client) -> None:
    """Fail unless the session still works, and says once that it ends."""
    assert (await client.ok("threads"))["threads"]
    await client.ok("disconnect", {"terminateDebuggee": True})
    await client.rest()
    assert [each.get("event") for each in client.log].count("terminated") == 1


@pytest.mark.parametrize(
    "second",
    [
        {"mode": "exec"},
        {"program": ".", "showLog": True},
        {"program": ".", "console": "integratedTerminal"},
    ],
    ids=str,
)
async def test_a_launch_that_comes_before_the_answer_to_another_one_ends_nothing(scene, second):
    client = Client(await trio.open_tcp_stream("127.0.0.1", scene.port))
    try:
        terminals = {"supportsRunInTerminalRequest": True}
        await client.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path", **terminals})
        first = await client.send("launch", {"request": "launch", "program": ".", "stopOnEntry": True})
        other = await client.send("launch", {"request": "launch", **second})
        done = await client.send("configurationDone")
        assert [(await client.response(each))["success"] for each in (first, other, done)] == [True, False, True]
        assert "already in progress" in (await client.response(other))["body"]["error"]["format"]
        await client.event("stopped")
        await goes_on_and_ends_once(client)
    finally:
        await trio.aclose_forcefully(client.stream)


async def test_a_second_launch_is_delves_to_refuse_and_ends_nothing(scene):
    client = Client(await trio.open_tcp_stream("127.0.0.1", scene.port))
    try:
        await client.ok("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
        first = await client.send("launch", {"request": "launch", "program": ".", "stopOnEntry": True})
        await client.event("initialized")
        assert (await client.response(first))["success"]
        await client.ok("configurationDone")
        await client.event("stopped")
        for arguments in ({"program": 7}, {"program": ".", "showLog": True}):
            answer = await client.ask("launch", {"request": "launch", **arguments})
            assert "debug session already in progress" in answer["body"]["error"]["format"]
        await goes_on_and_ends_once(client)
    finally:
        await trio.aclose_forcefully(client.stream)
