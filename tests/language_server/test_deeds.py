"""Remedies that are carried out: what is run and with which words, what is written; a cancel leaves nothing behind."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import trio

from dapshim.diagnose.deeds import Deed, ExecutableDeed, GoDeed, InstallDlvDeed, MappingDeed, RebuildDeed, TwinDeed
from dapshim.golang.files import RealFiles
from dapshim.language_server.deeds import Deeds
from dapshim.language_server.refused import RefusedError
from dapshim.language_server.texts import EditorTexts
from tests.delve.checkup_scene import mod
from tests.delve.test_install import ANSWER, DLV, script
from tests.language_server.lsp_client import lsp
from tests.language_server.test_diagnostics import WORK, launch
from tests.real import BOUND, alive, children, gone, tool


class Runs:
    """In the place of sessions: says what it was asked to run, and answers for it."""

    def __init__(self, status: int = 0, printed: bytes = b"printed\n") -> None:
        self.asked: list[tuple[tuple[str, ...], str, dict[str, str]]] = []
        self._answer = status, printed
        self.twins = self

    async def run(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
        self.asked.append((tuple(command), directory, dict(environ)))
        await trio.lowlevel.checkpoint()
        return self._answer


def deeds(runs: Any, folder: Path = Path("/ws"), **environ: str) -> Deeds:
    return Deeds(runs, environ, lambda: "/sdk/go", lambda: str(folder), EditorTexts(RealFiles()))


async def do(deed: Deed, runs: Any, folder: Path = Path("/ws"), **environ: str) -> str:
    return await deeds(runs, folder, **environ).do(deed, lambda _: None)


async def test_a_go_command_is_words_and_no_other_toolchain_is_fetched():
    runs = Runs()
    assert await do(GoDeed(("work", "use", "./a b; rm"), "/ws", (("GOPROXY", "off"),)), runs, HOME="/h") == "printed\n"
    assert runs.asked == [
        (
            ("/sdk/go", "work", "use", "./a b; rm"),
            "/ws",
            {"HOME": "/h", "GOTOOLCHAIN": "local", "PWD": "/ws", "GOPROXY": "off"},
        )
    ]
    await do(GoDeed(("env", "-w", "GOTOOLCHAIN=auto")), runs)
    assert runs.asked[1][1:] == ("/", {"PWD": "/"})
    assert await do(GoDeed(("work", "use", "a b"), "/ws"), Runs(0, b"")) == "go work use 'a b': done\n"


async def test_a_command_that_fails_says_why():
    with pytest.raises(RefusedError, match=r"go mod tidy failed: no such module"):
        await do(GoDeed(("mod", "tidy"), "/ws"), Runs(1, b"no such module\n"))
    with pytest.raises(RefusedError, match="exit status 3"):
        await do(GoDeed(("mod", "tidy"), "/ws"), Runs(3, b""))


async def test_a_command_that_is_not_there_says_so():
    async def refuse(*_: Any) -> Any:
        raise FileNotFoundError(2, "No such file or directory", "/sdk/go")

    runs = Runs()
    runs.run = refuse  # type: ignore[assignment,method-assign]  # the test's own
    with pytest.raises(RefusedError, match="/sdk/go: No such file"):
        await do(RebuildDeed("/ws/x", ("build", "."), "/ws"), runs)


async def test_a_dlv_is_installed_outside_of_any_project(tmp_path):
    go = script(
        tmp_path / "go",
        f"#!/bin/sh\ncase $1 in env) echo '{json.dumps(ANSWER)}' ;; esac\n",
    )
    home = tmp_path / "data"

    class Installs(Runs):
        async def run(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
            script(Path(environ["GOBIN"], "dlv"), DLV.replace("VERSION", "1.27.1"))
            return await super().run(command, directory, environ)

    runs = Installs()
    environ = {"XDG_DATA_HOME": str(home), "GOFLAGS": "-toolexec=x"}
    made = Deeds(runs, environ, lambda: go, lambda: "/ws", EditorTexts(RealFiles()))  # type: ignore[arg-type]
    said = await made.do(InstallDlvDeed(), lambda _: None)
    ((command, where, environ),) = runs.asked
    assert command == (go, "install", "github.com/go-delve/delve/cmd/dlv@v1.27.1")
    assert not Path(where).exists()
    assert (environ["GOFLAGS"], environ["GOWORK"]) == (" ", "off")
    assert str(home / "dapshim" / "bin" / "dlv") in said
    with pytest.raises(RefusedError, match="XDG_DATA_HOME"):
        await do(InstallDlvDeed(), Runs())
    with pytest.raises(RefusedError, match=r"says that it is 1\.27\.1"):
        await made.do(InstallDlvDeed("1.26.3"), lambda _: None)


async def test_a_rule_is_written_and_a_file_with_a_fault_is_not_touched(tmp_path):
    (tmp_path / "go.mod").write_text(mod("m"))
    deed = MappingDeed(str(tmp_path), "/src")
    assert ".dapshim.toml says now" in await do(deed, Runs(), tmp_path)
    assert (tmp_path / ".dapshim.toml").read_text() == 'substitutePath = [{ from = ".", to = "/src" }]\n'
    (tmp_path / ".dapshim.toml").write_text("[x]\n")
    with pytest.raises(RefusedError, match="mend that first"):
        await do(deed, Runs(), tmp_path)
    assert (tmp_path / ".dapshim.toml").read_text() == "[x]\n"


async def test_a_file_may_be_run(tmp_path):
    file = tmp_path / "x"
    file.write_text("")
    file.chmod(0o644)
    await do(ExecutableDeed(str(file)), Runs())
    assert os.access(file, os.X_OK)
    with pytest.raises(RefusedError, match="No such file"):
        await do(ExecutableDeed(str(tmp_path / "gone")), Runs())


async def test_a_twin_of_what_is_gone_is_none(tmp_path):
    with pytest.raises(RefusedError, match="XDG_CACHE_HOME"):
        await do(TwinDeed("/gone", "/ws"), Runs())


@pytest.mark.parametrize("how", ["request", "button"])
async def test_a_remedy_that_is_cancelled_leaves_no_process(tmp_path, how):
    """A go that never ends, with a child of its own."""
    ws = tmp_path / "ws"
    for name, text in {**WORK, **launch('"program": "${workspaceFolder}/b"')}.items():
        (ws / name).parent.mkdir(parents=True, exist_ok=True)
        (ws / name).write_text(text)
    go = script(
        tmp_path / "bin" / "go", f'#!/bin/sh\n[ "$1" = work ] && {{ sleep 600 & sleep 600; }}\nexec {tool("go")} "$@"\n'
    )
    env = {**os.environ, "PATH": f"{Path(go).parent}:{os.environ['PATH']}", "GOFLAGS": ""}
    async with lsp(env=env) as server:
        capabilities = {"window": {"workDoneProgress": True}}
        await server.initialize(ws, options={"workspaceTrust": True, "readyDlv": False}, capabilities=capabilities)
        found = await server.code(ws / "go.work", "work-unused")
        action = next(each for each in await server.actions(ws / "go.work", found["range"]) if "command" in each)
        number = await server.begin("workspace/executeCommand", action["command"])
        begun = await server.until(
            lambda each: each.get("method") == "$/progress" and each["params"]["value"]["kind"] == "begin"
        )
        running: list[int] = []
        with trio.fail_after(BOUND):
            while not any(b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes() for pid in running if alive(pid)):
                await trio.sleep(0.05)
                running = [pid for each in children(server.process.pid) for pid in (each, *children(each))]
        if how == "request":
            await server.notify("$/cancelRequest", {"id": number})
        else:
            await server.notify("window/workDoneProgress/cancel", {"token": begun["params"]["token"]})
        with pytest.raises(Exception, match=r"[Cc]ancel"):
            await server.answered(number)
        sleeping = [pid for pid in running if alive(pid) and b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        await gone(lambda: [pid for pid in sleeping if alive(pid)], 5)
