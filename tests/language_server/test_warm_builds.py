"""Builds before F5: only with nobody at work and trust, humbly, dlv's own words, and nothing left when they are ended."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from dapshim.delve.power import on_battery
from dapshim.delve.warm_build import may_be_warmed, warming, warming_environment
from dapshim.language_server import warm_builds
from dapshim.language_server.server import Server
from dapshim.language_server.warm_builds import AGAIN, IDLE, WarmBuilds
from dapshim.options.layers import resolve
from dapshim.plan.outcome import Build
from tests.delve.test_install import script
from tests.language_server.lsp_client import LspClient, lsp
from tests.language_server.test_sessions import TRUSTED, connected, environment, told, ws
from tests.real import BOUND, alive, children, gone, tool

__all__ = ["ws"]

WARM = {**TRUSTED, "warmBuilds": True}

BUILD = Build("/ws", ".", test=False, flags=("-tags=x",), environment={"CGO_ENABLED": "0"}, go="/sdk/go")


def test_the_words_are_delves_own_into_nothing_on_half_of_the_processors():
    words = warming(BUILD)
    own = words[words.index("/sdk/go") :]
    assert own[:2] == ("/sdk/go", "build")
    assert own[2].startswith("-p=")
    assert own[3:] == ("-o", os.devnull, "-gcflags", "all=-N -l", "-tags=x", ".")
    assert warming(attrs.evolve(BUILD, test=True))[-7:] == ("-c", "-o", os.devnull, "-gcflags", "all=-N -l", "-tags=x", ".")
    env = warming_environment(BUILD, {"HOME": "/h", "GOPROXY": "https://x", "PWD": "/"})
    assert (env["HOME"], env["CGO_ENABLED"], env["PWD"]) == ("/h", "0", "/ws")
    assert (env["GOPROXY"], env["GONOPROXY"], env["GOVCS"]) == ("off", "none", "*:off")


@pytest.mark.parametrize(
    ("build", "environ", "may"),
    [
        (BUILD, {}, True),
        (attrs.evolve(BUILD, flags=("-mod=mod",)), {}, False),
        (BUILD, {"GOFLAGS": "-mod=mod"}, False),
        (attrs.evolve(BUILD, flags=("-mod=vendor",)), {"GOFLAGS": "-mod=mod"}, True),
        (BUILD, {"GOFLAGS": "'"}, False),
        (attrs.evolve(BUILD, go="go"), {}, False),
    ],
)
def test_what_could_change_a_file_of_the_project_is_not_built(build, environ, may):
    assert may_be_warmed(build, environ) is may


@pytest.mark.parametrize(
    ("supplies", "drains"),
    [
        ({}, False),
        ({"AC": {"type": "Mains", "online": "0"}, "BAT0": {"type": "Battery", "status": "Discharging"}}, True),
        ({"BAT0": {"type": "Battery", "status": "Charging"}}, False),
        ({"mouse": {"type": "Battery", "status": "Discharging", "scope": "Device"}}, False),
        ({"BAT0": {"status": "Discharging"}}, False),
    ],
)
def test_a_battery_counts_when_it_drains_and_is_the_machines(tmp_path, supplies, drains):
    for name, values in supplies.items():
        (tmp_path / name).mkdir()
        for key, value in values.items():
            (tmp_path / name / key).write_text(f"{value}\n")
    assert on_battery(str(tmp_path)) is drains
    assert not on_battery(str(tmp_path / "gone"))


@attrs.define
class Scene:
    """A client with one or more builds, on a clock that jumps."""

    builds: list[Build] = attrs.field(factory=lambda: [BUILD])
    may: bool = True
    seconds: float = 1.0
    ran: list[str] = attrs.field(factory=list)
    ended: list[str] = attrs.field(factory=list)
    told: list[int] = attrs.field(factory=list)

    async def run(self, _command: Sequence[str], directory: str, _environ: Mapping[str, str]) -> tuple[int, bytes]:
        self.ran.append(directory)
        assert len(self.ran) == len(self.ended) + 1, "two at once"
        try:
            await trio.sleep(self.seconds)
        finally:
            self.ended.append(directory)
        return 1, b"does not compile"

    def made(self) -> WarmBuilds:
        return WarmBuilds(self.run, {}, lambda: self.builds, lambda: self.may, self.told.append)


@pytest.fixture
def mains(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], None]:
    state = {"battery": False}

    async def drains() -> bool:
        await trio.lowlevel.checkpoint()
        return state["battery"]

    monkeypatch.setattr(warm_builds, "battery_drains", drains)
    return lambda on: state.update(battery=not on)


async def test_each_is_built_once_when_nobody_is_at_work(autojump_clock, nursery, mains):
    scene = Scene([BUILD, attrs.evolve(BUILD, directory="/b"), BUILD])
    warm = scene.made()
    nursery.start_soon(warm.run)
    for _ in range(3):
        await trio.sleep(IDLE - 1)
        warm.changed()
    assert scene.ran == []
    await trio.sleep(IDLE + 3)
    assert (scene.ran, scene.told) == (["/ws", "/b"], [2])
    await trio.sleep(5 * AGAIN)
    assert len(scene.ran) == 2
    warm.changed(anew=True)
    await trio.sleep(IDLE + 3)
    assert scene.ran == ["/ws", "/b", "/ws", "/b"]


async def test_typing_lets_a_build_go_on_and_a_session_ends_it(autojump_clock, nursery, mains):
    scene = Scene(seconds=20.0)
    warm = scene.made()
    nursery.start_soon(warm.run)
    await trio.sleep(IDLE + 1)
    warm.changed()
    await trio.sleep(1)
    assert (scene.ran, scene.ended) == (["/ws"], [])
    scene.may = False
    warm.stop()
    await trio.testing.wait_all_tasks_blocked()
    assert scene.ended == ["/ws"]
    await trio.sleep(10 * AGAIN)
    assert len(scene.ran) == 1
    scene.may = True
    await trio.sleep(2 * AGAIN)
    assert scene.ran == ["/ws", "/ws"]
    assert scene.told == [1]


async def test_on_battery_nothing_is_built_and_what_is_built_ends(autojump_clock, nursery, mains):
    mains(False)
    scene = Scene(seconds=60.0)
    nursery.start_soon(scene.made().run)
    await trio.sleep(IDLE + AGAIN)
    assert scene.ran == []
    mains(True)
    await trio.sleep(AGAIN)
    assert scene.ran == ["/ws"]
    mains(False)
    await trio.sleep(warm_builds.POWER + 1)
    assert scene.ended == ["/ws"]
    assert scene.told == []


async def test_a_go_that_cannot_be_run_harms_nobody(autojump_clock, nursery, mains):
    async def refuse(*_: Any) -> tuple[int, bytes]:
        raise FileNotFoundError(2, "No such file")

    warm = WarmBuilds(refuse, {}, lambda: [BUILD], lambda: True, lambda _: None)
    nursery.start_soon(warm.run)
    await trio.sleep(IDLE + 2 * AGAIN)


# -- in the server ---------------------------------------------------------------------------------


def fake_go(tmp_path: Path) -> Path:
    """Write a go that builds for ever, with a child, and says that it was called."""
    log = tmp_path / "built"
    body = f'case "$*" in *-N*) echo "$@" >> {log}; sleep 600 & sleep 600;; esac\nexec {tool("go")} "$@"\n'
    return Path(script(tmp_path / "bin" / "go", f"#!/bin/sh\n{body}"))


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""  # it has ended since it was listed


async def building(server: LspClient) -> list[int]:
    """Wait for the build and return its processes."""
    with trio.fail_after(BOUND):
        while True:
            every = [pid for each in children(server.process.pid) for pid in (each, *children(each))]
            sleeping = [pid for pid in every if b"sleep" in command_line(pid)]
            if len(sleeping) == 2:
                return sleeping
            await trio.sleep(0.1)


@pytest.mark.parametrize("how", ["session", "end"])
async def test_it_is_humble_and_ends_when_a_session_begins_or_the_editor_goes(tmp_path, ws, how):
    go = fake_go(tmp_path)
    env = {**environment(tmp_path), "PATH": f"{go.parent}:{os.environ['PATH']}"}
    async with lsp(env=env) as server:
        await server.initialize(ws, options={**WARM, "readyDlv": False})
        pids = await building(server)
        for pid in pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            assert (fields[16], fields[38]) == ("19", str(os.SCHED_IDLE))
        said = (tmp_path / "built").read_text().split()
        assert said[0] == "build"
        assert said[2:] == ["-o", os.devnull, "-gcflags", "all=-N", "-l", "."]
        if how == "session":
            client = await connected(server)
            await client.ask("initialize", {"adapterID": "go"})
            await client.ask("disconnect", {})
            await told(server, "ended", "ended")
        else:
            assert await server.shut_down() == 0
        await gone(lambda: [pid for pid in pids if alive(pid)], 5)
        assert not list(ws.glob("__debug*"))


@pytest.mark.parametrize("options", [{"warmBuilds": True}, {**TRUSTED, "warmBuilds": False}])
async def test_nothing_is_built_without_trust_or_where_it_is_off(tmp_path, ws, options):
    go = fake_go(tmp_path)
    env = {**environment(tmp_path), "PATH": f"{go.parent}:{os.environ['PATH']}"}
    async with lsp(env=env) as server:
        await server.initialize(ws, options={**options, "readyDlv": False})
        await trio.sleep(IDLE + 1.5)
        assert not (tmp_path / "built").exists()


async def test_nothing_is_built_while_somebody_debugs(nursery):
    server = Server(resolve(()), nursery)
    server._trusted = True
    assert server._may_build()
    door = await server.sessions.start({})
    assert not server._may_build()
    server.sessions.stop(door["session"])
    with trio.fail_after(BOUND):
        while server.sessions.busy:
            await trio.sleep(0.01)
    assert server._may_build()
    await server.sessions.close()
