"""Borrowed debug info: whole sessions with the real dlv, and all that must keep a twin from being lent."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
import trio

from dapshim.binary.opened import facts_of
from dapshim.heal.outcome import Borrowed, NotBorrowed
from dapshim.heal.store import Store
from tests.heal.twins import DEBUG, Runs, go, inspected, left_over, lend, line_of, person, stopped, stripped
from tests.real import BOUND, alive, dlv_dap, gone, tool

EXAMPLE = Path(__file__).parents[2] / "examples" / "gowork"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return inspected(tmp_path / "inspected")


@pytest.fixture
def program(folder: Path, tmp_path: Path) -> Path:
    return stripped(folder, tmp_path / "program")


def reason(found: Borrowed | NotBorrowed) -> str:
    assert isinstance(found, NotBorrowed), found
    return found.reason


async def test_the_example_without_debug_info_stops_in_main_with_variables(tmp_path, store):
    shutil.copytree(EXAMPLE, tmp_path / "shop")
    orders = tmp_path / "shop" / "services" / "orders"
    program = tmp_path / "orders"
    go(orders, "build", "-ldflags=-s -w", "-o", str(program), ".")
    source, line = orders / "main.go", line_of(orders / "main.go", "if *workers < 1 {")
    arguments: dict[str, Any] = {"args": ["-once"], "cwd": str(orders)}
    assert await stopped(program, source, line, **arguments) is None
    before = (program.read_bytes(), program.stat())
    told: list[str] = []
    found = await lend(program, orders, store, progress=told.append)
    assert isinstance(found, Borrowed), found
    assert (program.read_bytes(), program.stat()) == before
    assert len(told) == 2
    assert "orders" in told[0]
    values = await stopped(program, source, line, dict(found.dlv), env=dict(found.program), **arguments)
    assert values is not None
    assert values[""] == "main.main"
    assert values["folder"].startswith("*")
    assert {"workers", "every", "once"} <= values.keys()
    assert "borrowed" in found.line
    assert str(program) in found.line


async def test_the_second_time_runs_nothing(program, folder, store):
    runs = Runs()
    first = await lend(program, folder, store, runs)
    assert isinstance(first, Borrowed)
    assert first.rebuilt
    assert [each[1] for each in runs.commands] == ["env", "build"]
    started = time.monotonic()
    again = await lend(program, folder, store, runs)
    assert time.monotonic() - started < 1
    assert isinstance(again, Borrowed)
    assert not again.rebuilt
    assert len(runs.commands) == 2
    assert (again.dlv, again.directories) == (first.dlv, first.directories)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("// Whatever a build does", "// A comment.\n// Whatever a build does"),
        ('"tea"', '"pea"'),
        ("factor := 41", "factor := 43"),
        ("return n + 1", "return n + 2"),
    ],
    ids=["comment", "text", "constant", "code"],
)
async def test_edited_sources_have_no_twin(old, new, program, folder, store):
    source = folder / "main.go"
    text = source.read_text()
    assert old in text
    source.write_text(text.replace(old, new, 1))
    runs = Runs()
    assert "not the same program" in reason(await lend(program, folder, store, runs))
    assert left_over(store) == []
    # It is not tried again while nothing changed,
    assert "not the same program" in reason(await lend(program, folder, store, runs))
    assert len(runs.commands) == 2
    # and is as soon as the sources are again what they were.
    source.write_text(text)
    assert isinstance(await lend(program, folder, store, runs), Borrowed)


async def test_sources_that_were_moved_have_a_twin_with_the_recorded_paths(program, folder, store, tmp_path):
    line = line_of(folder / "main.go", "fmt.Println(first")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    moved = folder.rename(tmp_path / "deep" / "er" / "moved, elsewhere")
    found = await lend(program, moved, store)
    assert isinstance(found, Borrowed), found
    values = await stopped(program, folder / "main.go", line, found.dlv)
    assert values is not None
    assert values["total"] == "48"
    # Go's cache does not mix them up: the next build there has its own paths.
    again = stripped(moved, tmp_path / "again")
    assert str(moved).encode() in again.read_bytes()
    assert str(folder).encode() not in again.read_bytes()


async def test_sources_that_do_not_build_say_what_go_said(program, folder, store):
    (folder / "main.go").write_text("package main\n\nfunc main() { undefined() }\n")
    said = reason(await lend(program, folder, store))
    assert "do not build" in said
    assert "undefined: undefined" in said


async def test_edited_sources_of_a_workspace_are_not_said_to_be_without_it(tmp_path, store):
    shop = Path(shutil.copytree(EXAMPLE, tmp_path / "shop"))
    orders = shop / "services" / "orders"
    program = tmp_path / "orders"
    go(orders, "build", "-ldflags=-s -w", "-o", str(program), ".")
    main = orders / "main.go"
    main.write_text(main.read_text().replace('"inbox", "inbox"', '"inbox", "other"'))
    runs = Runs()
    said = reason(await lend(program, orders, store, runs))
    # Without go.work it does not build: no version of its library was ever published.
    assert [each[1] for each in runs.commands].count("build") == 2
    assert "not the same program" in said
    assert "do not build" not in said


async def test_a_go_that_is_not_here_is_named(folder, store, tmp_path):
    path = stripped(folder, tmp_path / "old")
    data = path.read_bytes()
    release = subprocess.run([tool("go"), "env", "GOVERSION"], capture_output=True, text=True, check=True).stdout.strip()
    other = f"{release[:4]}9{release[5:]}"
    path.write_bytes(data.replace(release.encode(), other.encode()))
    assert f"built with {other}, which is not on this machine" in reason(await lend(path, folder, store))


async def test_without_sources_nothing_is_run(program, store, tmp_path):
    runs = Runs()
    for folder in (Path(), tmp_path / "nowhere"):
        assert "its sources are not on this machine" in reason(await lend(program, folder, store, runs))
    assert runs.commands == []


async def test_a_program_that_was_built_without_the_workspace_has_a_twin(store, tmp_path):
    folder, dep = inspected(tmp_path / "work" / "m"), tmp_path / "work" / "dep"
    for place, text in ((dep, "1"), (folder / "dep", "2")):
        place.mkdir()
        (place / "go.mod").write_text("module example.com/dep\n\ngo 1.21\n")
        (place / "dep.go").write_text(f"package dep\n\n//go:noinline\nfunc Do() int {{ return {text} }}\n")
    (folder / "go.mod").write_text(
        "module example.com/m\n\ngo 1.21\n\nrequire example.com/dep v0.0.0\nreplace example.com/dep => ./dep\n"
    )
    (folder / "main.go").write_text('package main\n\nimport "example.com/dep"\n\nfunc main() { println(dep.Do()) }\n')
    shutil.rmtree(folder / "sum")
    work = tmp_path / "work" / "go.work"
    work.write_text("go 1.21\n\nuse ./m\nuse ./dep\n")
    for name, setting in (("with", ""), ("without", "off")):
        program = stripped(folder, tmp_path / name, GOWORK=setting)
        runs = Runs()
        found = await lend(program, folder, store, runs)
        assert isinstance(found, Borrowed), found
        assert len(runs.commands) == (3 if setting else 2)


# -- a stranger's build info -----------------------------------------------------------------------------------------------

PAD = "-X main.pad=" + "p" * 120


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (f'-ldflags="-s -w {PAD}"', '-ldflags="-s -w -extld={}"'),
        (f'-ldflags="-s -w {PAD}"', '-ldflags="-s -w -extldflags=-fplugin={}"'),
        (f'-ldflags="-s -w {PAD}"', '-ldflags="-s -w" -toolexec={}'),
        (f'-ldflags="-s -w {PAD}"', "-toolexec={}"),
        (f'-ldflags="-s -w {PAD}"', '"-toolexec"="{}"'),
        (f'-ldflags="-s -w {PAD}"', '-gcflags="-asmhdr={}"'),
        (f'-ldflags="-s -w {PAD}"', "-tags=a -toolexec={}"),
        (f'-ldflags="-s -w {PAD}"', "-pgo={}"),
        (f'-ldflags="-s -w {PAD}"', "GOEXPERIMENT={}"),
        (f'-ldflags="-s -w {PAD}"', '"CGO_LDFLAGS"="-fuse-ld={}"'),
    ],
)
async def test_hostile_build_info_runs_nothing(old, new, folder, store, tmp_path):
    trace = tmp_path / "trace"
    tripwire = tmp_path / "t"
    tripwire.write_text(f'#!/bin/sh\necho "$0 $*" >> {trace}\nexec "$@"\n')
    tripwire.chmod(0o755)
    path = stripped(folder, tmp_path / "hostile", f"-ldflags=-s -w {PAD}")
    planted = new.format(tripwire)
    data = path.read_bytes()
    assert data.count(old.encode()) >= 1
    assert len(planted) <= len(old)
    # Of the same length: what is behind must stay where it is. Blanks at a line's end belong to the value.
    filled = planted + ("\n" + "x" * (len(old) - len(planted) - 1) if len(planted) < len(old) else "")
    path.write_bytes(data.replace(old.encode(), filled.encode()))
    runs = Runs()
    said = reason(await lend(path, folder, store, runs))
    assert not trace.exists()
    # Where Go itself would not read the planted line, it is no setting, and what is then built is no twin.
    assert all(command[1] == "env" for command in runs.commands) or "not the same program" in said
    assert all(str(tripwire) not in " ".join(command) for command in runs.commands)


async def test_what_the_person_set_does_not_reach_the_build(program, folder, store, tmp_path):
    trace = tmp_path / "trace"
    tripwire = tmp_path / "t"
    tripwire.write_text(f'#!/bin/sh\ntouch {trace}\nexec "$@"\n')
    tripwire.chmod(0o755)
    saved = tmp_path / "env"
    saved.write_text(f"GOFLAGS=-toolexec={tripwire}\nGOEXPERIMENT=nogreenteagc\nGOARCH=arm64\n")
    runs = Runs()
    environ = person() | {"GOENV": str(saved), "GOFLAGS": "-trimpath -ldflags=-X=a.b=c"}
    found = await lend(program, folder, store, runs, environ=environ)
    assert isinstance(found, Borrowed), found
    assert not trace.exists()
    built = runs.environments[-1]
    assert (built["GOPROXY"], built["GOTOOLCHAIN"], built["GOENV"], built["GOARCH"]) == ("off", "local", "off", "amd64")


# -- the end of it ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["", "elsewhere"])
async def test_a_cancelled_build_leaves_nothing(place, program, folder, store, tmp_path):
    folder = folder.rename(tmp_path / place) if place else folder
    environ = person(GOCACHE=str(tmp_path / "cold"))
    seen: list[int] = []

    async def watch(cancel: trio.CancelScope) -> None:
        while not (pids := _tools(str(store.folder))):
            await trio.sleep(0.01)
        seen.extend(pids)
        cancel.cancel()

    with trio.fail_after(BOUND):
        async with trio.open_nursery() as nursery:
            with trio.CancelScope() as cancel:
                nursery.start_soon(watch, cancel)
                await lend(program, folder, store, environ=environ)
    assert cancel.cancelled_caught
    assert seen
    assert [each for each in seen if alive(each)] == []
    await gone(lambda: _tools(str(store.folder)), 5)
    assert left_over(store) == []
    assert not list(Path(store.folder).glob("twin-*"))


def _tools(place: str) -> list[int]:
    """Return the processes of a build whose temporary files are in a folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                environ = (entry / "environ").read_bytes()
            except OSError:
                continue
            if f"GOTMPDIR={place}".encode() in environ and alive(int(entry.name)):
                found.append(int(entry.name))
    return found


async def test_a_build_that_takes_too_long_is_given_up(program, folder, store, tmp_path):
    started = time.monotonic()
    found = await lend(program, folder, store, environ=person(GOCACHE=str(tmp_path / "cold")), limit=0.5)
    assert "not built within 0.5 s" in reason(found)
    assert time.monotonic() - started < 5
    assert _tools(str(store.folder)) == []
    assert left_over(store) == []
    # With time it comes to an end: nothing was remembered that stands in its way.
    assert isinstance(await lend(program, folder, store), Borrowed)


async def test_two_sessions_at_once_both_get_it(program, folder, store):
    found: list[Borrowed | NotBorrowed] = []

    async def one() -> None:
        found.append(await lend(program, folder, store))

    async with trio.open_nursery() as nursery:
        for _ in range(3):
            nursery.start_soon(one)
    assert all(isinstance(each, Borrowed) for each in found), found
    assert len({each.twin for each in found if isinstance(each, Borrowed)}) == 1
    assert left_over(store) == []


# -- git -------------------------------------------------------------------------------------------------------------------


def git(folder: Path, *words: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([tool("git"), *identity, *words], cwd=folder, check=True, capture_output=True, timeout=BOUND)


@pytest.mark.skipif(shutil.which("git") is None, reason="there is no git")
async def test_what_was_committed_since_does_not_matter_and_git_runs_nothing(folder, store, tmp_path):
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    git(folder, "tag", "v1.2.3")
    (folder / "notes.txt").write_text("not committed")
    program = tmp_path / "program"
    go(folder, "build", "-buildvcs=true", DEBUG, "-ldflags=-s -w", "-o", str(program), ".")
    assert b"vcs.modified=true" in program.read_bytes()
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "second")
    trace = tmp_path / "trace"
    git(folder, "config", "core.fsmonitor", f"touch {trace}; false")
    found = await lend(program, folder, store)
    assert isinstance(found, Borrowed), found
    assert not trace.exists()
    own, twin = facts_of(str(program)).build, facts_of(found.twin).build
    assert (twin.main, twin.settings["vcs.revision"]) == (own.main, own.settings["vcs.revision"])
    assert twin.settings["vcs.time"] == own.settings["vcs.time"]


# -- whose environment it is -----------------------------------------------------------------------------------------------

PRINTS = """package main

import (
	"os"
	"strings"
)

func main() {
	os.WriteFile(os.Args[1], []byte(strings.Join(os.Environ(), "\\n")), 0o600)
}
"""


@pytest.mark.parametrize("home", ["", "set"])
async def test_the_program_finds_the_environment_that_plain_dlv_gives_it(home, folder, store, tmp_path):
    (folder / "main.go").write_text(PRINTS)
    program = stripped(folder, tmp_path / "program")
    own = {"XDG_CONFIG_HOME": str(tmp_path / "own")} if home else {}
    environ = {name: value for name, value in person(**own).items() if home or name != "XDG_CONFIG_HOME"}
    found = await lend(program, folder, store, environ=environ)
    assert isinstance(found, Borrowed)
    line = line_of(folder / "main.go", "os.WriteFile")

    async def printed(name: str, **more: object) -> list[str]:
        out = tmp_path / name
        await run_program(program, folder / "main.go", line, out, **more)
        return sorted(out.read_text().splitlines())

    async def run_program(program: Path, source: Path, line: int, out: Path, env=None, dlv=None) -> None:
        async with dlv_dap(env={**environ, **(dlv or {})}) as running:
            client = await running.connect()
            await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
            arguments = {"request": "launch", "mode": "exec", "program": str(program), "args": [str(out)], "cwd": str(tmp_path)}
            launch = await client.send("launch", arguments | ({"env": env} if env is not None else {}))
            await client.event("initialized")
            body = {"source": {"path": str(source)}, "breakpoints": [{"line": line}]}
            (told,) = (await client.ok("setBreakpoints", body))["breakpoints"]
            assert told["verified"] == (dlv is not None)
            await client.ok("configurationDone")
            assert (await client.response(launch))["success"]
            if told["verified"]:
                await client.event("stopped")
                await client.send("continue", {"threadId": 1})
            await client.event("terminated")

    plain = await printed("plain")
    assert plain == await printed("lent", env=dict(found.program), dlv=found.dlv)
    # The test would see it: without the launch's env the program sees dlv's.
    assert plain != await printed("not given back", dlv=found.dlv)


async def test_the_build_of_such_a_dlv_has_the_environment_of_a_plain_one(program, folder, store, tmp_path):
    found = await lend(program, folder, store)
    assert isinstance(found, Borrowed)

    async def seen_by_tools(name: str, dlv: dict[str, str], env: dict[str, str | None]) -> set[str]:
        out, tool_of = tmp_path / name, tmp_path / f"{name}.sh"
        tool_of.write_text(f'#!/bin/sh\nenv > {out}\nexec "$@"\n')
        tool_of.chmod(0o755)
        async with dlv_dap(env=person(**dlv)) as running:
            client = await running.connect()
            await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
            arguments = {"request": "launch", "mode": "debug", "program": ".", "dlvCwd": str(folder), "env": env}
            launch = await client.send("launch", {**arguments, "buildFlags": [f"-toolexec={tool_of}"]})
            assert (await client.response(launch))["success"]
        return {each for each in out.read_text().splitlines() if each.startswith(("XDG_", "GOFLAGS", "GOPROXY", "HOME"))}

    assert await seen_by_tools("plain", {}, {}) == await seen_by_tools("lent", dict(found.dlv), dict(found.program))


async def test_the_configuration_of_the_person_is_in_the_copy_and_stays_as_it_was(program, folder, store, tmp_path):
    own = tmp_path / "own" / "dlv" / "config.yml"
    own.parent.mkdir(parents=True)
    text = 'aliases:\n  print: ["showme"]\n\nmax-string-len: 77\ndebug-info-directories: ["/somewhere"]\n'
    own.write_text(text)
    environ = person(XDG_CONFIG_HOME=str(tmp_path / "own"))
    found = await lend(program, folder, store, environ=environ)
    assert isinstance(found, Borrowed)
    assert own.read_text() == text
    commands = tmp_path / "commands"
    commands.write_text("config -list\nexit\n")
    done = subprocess.run(
        [tool("dlv"), "exec", "--allow-non-terminal-interactive=true", "--init", str(commands), str(program)],
        env={**environ, **found.dlv},
        capture_output=True,
        text=True,
        timeout=BOUND,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert "showme" in done.stdout, done
    assert "77" in done.stdout
    assert f"[{' '.join(found.directories)} /somewhere]" in done.stdout
    assert own.read_text() == text


async def test_a_configuration_at_the_old_place_is_not_moved_away(program, folder, store, tmp_path):
    old = tmp_path / "home" / ".dlv" / "config.yml"
    old.parent.mkdir(parents=True)
    old.write_text("aliases:\n")
    found = await lend(program, folder, store, environ=person(HOME=str(tmp_path / "home")))
    assert f"Delve would move {old}" in reason(found)


async def test_a_program_that_runs_already_is_attached_to_with_its_debug_info(tmp_path, store):
    folder = tmp_path / "waits"
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/waits\n\ngo 1.21\n")
    (folder / "main.go").write_text(
        'package main\n\nimport "time"\n\nfunc main() {\n\tfor {\n\t\ttime.Sleep(time.Millisecond)\n\t}\n}\n'
    )
    program = stripped(folder, tmp_path / "real-name")
    link = tmp_path / "link"
    link.symlink_to(program)
    found = await lend(link, folder, store)
    assert isinstance(found, Borrowed), found
    running = subprocess.Popen([str(link)])
    try:
        async with dlv_dap(env=person(**found.dlv)) as dlv:
            client = await dlv.connect()
            await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
            attach = await client.send("attach", {"request": "attach", "mode": "local", "processId": running.pid})
            await client.event("initialized")
            body = {"source": {"path": str(folder / "main.go")}, "breakpoints": [{"line": 7}]}
            (told,) = (await client.ok("setBreakpoints", body))["breakpoints"]
            assert told["verified"], told
            await client.ok("configurationDone")
            assert (await client.response(attach))["success"]
            assert (await client.event("stopped"))["body"]["reason"] == "breakpoint"
            await client.ok("disconnect", {"terminateDebuggee": False})
        assert running.poll() is None
    finally:
        running.kill()
        running.wait()
    assert os.environ.get("XDG_CONFIG_HOME") == person().get("XDG_CONFIG_HOME")


async def test_a_runner_that_cannot_run_is_a_reason(program, folder, store):
    async def cannot(*_: object) -> tuple[int, bytes]:
        raise FileNotFoundError(2, "No such file or directory", "go")

    assert "env failed: No such file or directory" in reason(await lend(program, folder, store, cannot))
