"""With the real dlv: what cannot be debugged is refused in words, and of what is launched only what is true is said."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.binary.test_facts import upx_shape
from tests.diagnose.binaries import DEBUG, Binaries
from tests.diagnose.rows import ROWS, Row
from tests.e2e.workspaces import dlvs
from tests.real import BOUND, Client, Json, Program, build, clean_environment, dapshim, kill, tool

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")

DELVES_WARNING = "Warning: debugging executable built with trimpath"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    return Binaries(tmp_path_factory.mktemp("preflight"))


def row(name: str) -> Row:
    return next(each for each in ROWS if each.name == name)


async def asked(client: Client, program: Path, **more: Any) -> Json:
    """Launch; return the answer, which must come whatever the program is."""
    await client.ok("initialize", {"adapterID": "go", "clientID": "test"})
    return await client.ask("launch", {"request": "launch", "mode": "exec", "program": str(program)} | more)


async def run(client: Client) -> None:
    """Let the program run to its end, and wait for all that is said of it."""
    await client.event("initialized")
    await client.ok("configurationDone")
    await client.event("terminated")


def bodies(client: Client, event: str) -> list[Json]:
    return [m["body"] for m in client.log if m.get("event") == event]


def lines(client: Client, category: str = "important") -> list[str]:
    return [each["output"] for each in bodies(client, "output") if each["category"] == category]


def told(client: Client) -> dict[str, str]:
    """Return the severity of each finding that the client got as data."""
    return {each["code"]: each["severity"] for body in bodies(client, "dapshim/findings") for each in body["findings"]}


@pytest.mark.parametrize(
    ("name", "words", "remedy"),
    [
        ("no x bit", "its x bit is not set", "chmod +x "),
        ("script", "is a script, not an executable file", "Name the program that `go build` wrote"),
        ("empty", "is empty, not an executable file", "Build it again"),
        ("cut short", "is cut short", "Copy or build it again"),
        ("plugin, x bit", "is a Go plugin, not a program", "Launch the program that loads it"),
        ("debug info only", "holds the debug info of a program", "Launch the program that it was made from"),
        ("linux/386", "for linux/386, and this machine is linux/amd64", "GOARCH=amd64 go build "),
        ("freebsd", "for freebsd/amd64, and this machine is linux/amd64", "GOOS=linux GOARCH=amd64 go build "),
        ("windows", "for windows/amd64", "GOOS=linux GOARCH=amd64 go build "),
        ("missing loader", "The loader /lib/ld-musl-nowhere.so.1", "Build it again here"),
        ("missing library", "A shared library is missing on this machine: libgone.so", "Install it"),
    ],
)
async def test_what_cannot_be_debugged_is_refused(shop, name, words, remedy):
    path = row(name).make(shop)
    (code,) = row(name).findings
    async with dapshim() as shim:
        client = await shim.connect()
        answer = await asked(client, path)
        assert not answer["success"]
        error = answer["body"]["error"]
        assert error == {"id": 3000, "format": answer["message"], "showUser": True}
        assert words in error["format"]
        assert remedy in error["format"]
        await client.event("terminated")
        assert len(lines(client, "stderr")) == 1
        assert words in lines(client, "stderr")[0]
        assert not lines(client)
        assert told(client) == {code: "error"}
        (findings,) = bodies(client, "dapshim/findings")
        assert findings["file"] == str(path)
        assert findings["plain"] == {"breakpoints": "no", "stack": "no", "variables": "no"}
        assert not bodies(client, "process")


@pytest.mark.parametrize(
    ("name", "delves"), [("no x bit", "not an executable file"), ("missing loader", "no such file"), ("freebsd", "")]
)
async def test_it_is_launched_all_the_same_when_that_is_wanted(shop, name, delves):
    path = row(name).make(shop)
    async with dapshim() as shim:
        client = await shim.connect()
        answer = await asked(client, path, dapshim={"preflight": "warn"})
        assert answer["success"] is not bool(delves)
        assert delves in answer["message"] + str(answer.get("body")) if delves else True
        (line,) = lines(client)
        assert line.startswith("dapshim: ")
        assert set(told(client).values()) == {"error"}


async def test_nothing_is_looked_at_when_that_is_switched_off(shop):
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, row("default").make(shop), dapshim={"preflight": "off"}))["success"]
        await run(client)
        assert not lines(client)
        assert not told(client)


async def test_a_program_without_symbols_is_refused_as_dlv_would(shop):
    async with dapshim() as shim:
        client = await shim.connect()
        answer = await asked(client, row("-N -l, -s -w=0").make(shop), dapshim={"heal": "off"})
        assert not answer["success"]
        assert "no symbol table" in answer["message"]


@pytest.fixture
def core(loop: Program, tmp_path: Path) -> Iterator[Path]:
    """A core of the program that loops; it has gigabytes, most of them holes."""
    if shutil.which("gcore") is None:
        pytest.skip("there is no gcore")
    with running(loop.binary) as pid:
        subprocess.run(["gcore", "-o", str(tmp_path / "core"), str(pid)], check=True, capture_output=True, timeout=BOUND)
    yield tmp_path / f"core.{pid}"
    (tmp_path / f"core.{pid}").unlink()


async def test_a_core_goes_with_its_own_program_alone(shop, loop, core, tmp_path):
    own = Path(shutil.copy(loop.binary, tmp_path / "own"))
    own.chmod(0o644)
    async with dapshim() as shim:
        client = await shim.connect()
        answer = await asked(client, row("-N -l").make(shop), mode="core", coreFilePath=str(core))
        assert not answer["success"]
        assert f"The core {core} is of " in answer["message"]
        await client.event("terminated")
        assert told(client) == {"core-mismatch": "error"}
        # In its own place, and without an x bit, since it is not run.
        client = await shim.connect()
        assert (await asked(client, own, mode="core", coreFilePath=str(core)))["success"]
        assert not told(client)
        assert not lines(client)
        core.chmod(0o755)
        client = await shim.connect()
        answer = await asked(client, core)
        assert "is a core file, the memory of a program that died" in answer["message"]


def contradicting(path: Path) -> None:
    """Give the section headers a size that they cannot have."""
    with path.open("r+b") as file:
        file.seek(58)
        file.write(b"\x01\x00")


def marked_as_packed(path: Path) -> None:
    """Leave of a program what UPX leaves of it: segments without sections, and its marks."""
    path.write_bytes(upx_shape())


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (contradicting, "damaged", "is damaged: its headers contradict themselves."),
        (marked_as_packed, "packed", "is packed with UPX"),
    ],
)
async def test_what_is_no_more_what_was_built_is_refused(shop, tmp_path, change, code, words):
    path = Path(shutil.copy2(row("-N -l").make(shop), tmp_path / "program"))
    change(path)
    # Without an upx, which would unpack it.
    async with dapshim(env=clean_environment(PATH=f"{Path(tool('dlv')).parent}")) as shim:
        client = await shim.connect()
        answer = await asked(client, path)
        assert not answer["success"]
        assert words in answer["message"]
        await client.event("terminated")
        assert told(client) == {code: "error"}


@pytest.mark.parametrize("mode", ["exec", "debug", "test"])
async def test_of_a_healthy_program_nothing_is_said(shop, mode):
    path = row("-N -l").make(shop) if mode == "exec" else shop.source
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, path, mode=mode))["success"]
        await stopped_in_main(client, shop, "main_test.go" if mode == "test" else "main.go")
        await trio.sleep(0.5)
        assert not lines(client)
        assert not bodies(client, "dapshim/findings")


async def stopped_in_main(client: Client, shop: Binaries, name: str = "main.go") -> None:
    """Stop where all values are seen."""
    source = shop.source / name
    line = next(n for n, text in enumerate(source.read_text().splitlines(), 1) if text.endswith("// STOP"))
    if not any(m.get("event") == "initialized" for m in client.log):
        await client.event("initialized")
    answer = await client.ok("setBreakpoints", {"source": {"path": str(source)}, "breakpoints": [{"line": line}]})
    assert answer["breakpoints"][0]["verified"], answer
    await client.ok("configurationDone")
    assert (await client.event("stopped"))["body"]["reason"] == "breakpoint"


async def test_a_warning_is_one_line_once_a_session(shop, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(row("default").make(shop))
    arguments = {"mode": "exec", "program": "link", "dapshim": {"workspaceFolder": str(tmp_path)}}
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, Path("link"), dapshim=arguments["dapshim"]))["success"]
        await stopped_in_main(client, shop)
        for nested in ({"arguments": arguments}, None):
            # Nothing has changed, so the same dlv does it, and nothing is said again.
            (dlv,) = dlvs(shim)
            assert (await client.ask("restart", nested))["success"]
            await client.event("initialized")
            await client.ok("configurationDone")
            await client.event("stopped")
            assert dlvs(shim) == [dlv]
        (line,) = lines(client)
        assert line.startswith("dapshim: It is compiled with optimisation")
        assert f"-o {link} " in line
        assert len(bodies(client, "dapshim/findings")) == 1
        assert bodies(client, "dapshim/findings")[0]["plain"]["breakpoints"] == "partly"


async def test_a_restart_into_what_cannot_be_debugged_leaves_the_program(shop):
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, row("-N -l").make(shop)))["success"]
        await stopped_in_main(client, shop)
        other = row("linux/386").make(shop)
        answer = await client.ask("restart", {"arguments": {"mode": "exec", "program": str(other)}})
        assert not answer["success"]
        assert answer["message"].startswith("Failed to restart: This is a program for linux/386")
        assert (await client.ok("threads"))["threads"]


async def test_trimmed_paths_are_no_worry_where_they_are_mapped(shop):
    program = row("-N -l, -trimpath").make(shop)
    for folder, warned in ((shop.source, False), (program.parent, True)):
        async with dapshim() as shim:
            client = await shim.connect()
            assert (await asked(client, program, dapshim={"workspaceFolder": str(folder)}))["success"]
            if warned:
                # Nothing of it is known in that folder: then Delve's own words are true.
                await run(client)
                while DELVES_WARNING not in lines(client):
                    with trio.fail_after(BOUND):
                        await client.next()
            else:
                await stopped_in_main(client, shop)
                await trio.sleep(0.3)
            assert lines(client) == ([DELVES_WARNING] if warned else [])
            assert told(client) == {"trimpath": "info"}


async def test_hints_are_in_the_log_alone(shop):
    for level, there in (("debug", True), ("info", False)):
        async with dapshim("--log-level", level) as shim:
            client = await shim.connect()
            assert (await asked(client, row("-N -l, -trimpath").make(shop)))["success"]
            await run(client)
            assert (b"trimpath (info): The paths of its sources are trimmed" in shim.stderr) is there


@contextmanager
def running(program: Path, *arguments: Path) -> Iterator[int]:
    started = subprocess.Popen([program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield started.pid
    finally:
        started.kill()
        started.wait()


@pytest.mark.parametrize(
    ("flags", "code"), [((), None), (("-ldflags=-s -w",), "no-dwarf"), (("-gcflags=all=",), "optimized")], ids=str
)
async def test_a_running_program_is_examined_under_its_own_name(tmp_path, flags, code):
    program = build("loop", tmp_path, *flags)
    with running(program.binary) as pid:
        # What runs, runs, whatever became of its file.
        program.binary.chmod(0o644)
        program.binary.unlink()
        async with dapshim() as shim:
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go"})
            attach = await client.send("attach", {"mode": "local", "processId": pid})
            await client.event("initialized")
            await client.ok("configurationDone")
            assert (await client.response(attach))["success"]
            await client.ok("disconnect", {"terminateDebuggee": False})
            assert list(told(client)) == ([code] if code else [])
            assert len(lines(client)) == (1 if code else 0)
            assert all(f"-o {program.binary} " in line for line in lines(client))


# -- files that would hold a launch up ---------------------------------------------------------------------------------------


def large(path: Path, head: int = 0) -> None:
    """Two gigabytes, of which the first bytes are a program's."""
    with path.open("wb") as file:
        file.write(Path(tool("dlv")).read_bytes()[:head])
        file.truncate(2 << 30)


HOSTILE: dict[str, Callable[[Path], object]] = {
    "a named pipe": os.mkfifo,
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "2 GB of nothing": large,
    "2 GB with a head": lambda path: large(path, 4096),
    "a link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_no_file_holds_a_launch_up(tmp_path, name):
    path = tmp_path / "program"
    HOSTILE[name](path)
    if path.is_file():
        path.chmod(0o755)
    async with dapshim() as shim:
        warm = await shim.connect()
        await asked(warm, tmp_path / "nothing")
        client = await shim.connect()
        begun = trio.current_time()
        await asked(client, path)
        assert trio.current_time() - begun < 2.0
        assert (await client.ask("disconnect"))["success"]


async def test_a_file_that_is_gone_is_delves_to_tell(shop, tmp_path):
    async with dapshim() as shim:
        client = await shim.connect()
        gone = tmp_path / "gone"
        gone.symlink_to(tmp_path / "nowhere")
        answer = await asked(client, gone)
        assert not answer["success"]
        assert str(gone) in answer["body"]["error"]["format"]
        assert not told(client)


# -- what is found while it runs ---------------------------------------------------------------------------------------------


async def test_what_was_built_is_examined_too(shop):
    async with dapshim() as shim:
        client = await shim.connect()
        flags = ["-gcflags=example.com/inspected/sum=-dwarf=false", "-tags=x"]
        # As a text they stand behind Delve's own; dapshim puts -N -l in, and says so, but the variables are gone all the same.
        assert (await asked(client, shop.source, mode="debug", buildFlags=" ".join(flags)))["success"]
        await stopped_in_main(client, shop)
        await client.event("dapshim/findings")
        (line,) = lines(client)
        assert line.startswith("dapshim: example.com/inspected/sum was compiled with -dwarf=false")
        assert "Look for it in buildFlags" in line
        assert told(client) == {"partial-dwarf": "warning"}


async def test_what_the_plan_has_said_of_the_flags_is_not_said_again(shop):
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, shop.source, mode="debug", buildFlags="-ldflags=-s"))["success"]
        await run(client)
        assert told(client) == {"no-dwarf": "warning"}
        assert sum("strips the program" in line for line in lines(client, "console")) == 1
        assert not lines(client)


VENDORED = {
    "go.mod": "module example.com/vendored\n\ngo 1.25\n\nrequire example.com/dep v1.0.0\n",
    "main.go": 'package main\n\nimport "example.com/dep"\n\nfunc main() {\n\tprintln(dep.Value())\n}\n',
    "vendor/modules.txt": "# example.com/dep v1.0.0\n## explicit; go 1.25\nexample.com/dep\n",
    "vendor/example.com/dep/dep.go": "package dep\n\nfunc Value() int { return 1 }\n",
}


async def test_other_versions_and_changed_sources_are_told_once(tmp_path):
    for name, text in VENDORED.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    build_ = [tool("go"), "build", DEBUG, "-o", "program", "."]
    subprocess.run(build_, cwd=tmp_path, check=True, env=clean_environment(GOPROXY="off"), timeout=BOUND)
    for name in ("go.mod", "vendor/modules.txt"):
        (tmp_path / name).write_text(VENDORED[name].replace("v1.0.0", "v1.2.0"))
    main = tmp_path / "main.go"
    main.write_text(VENDORED["main.go"].replace("func main", "// One more.\nfunc main"))
    async with dapshim() as shim:
        client = await shim.connect()
        assert (await asked(client, tmp_path / "program"))["success"]
        await client.event("initialized")
        await client.ok("setBreakpoints", {"source": {"path": str(main)}, "breakpoints": [{"line": 7}]})
        await client.ok("configurationDone")
        await client.event("dapshim/findings")
        assert told(client) == {"stale-source": "warning", "foreign-version": "warning"}
        await client.ok("disconnect")
        # The first is said where the breakpoint is set, the second here, each once.
        stale, foreign = sorted(lines(client), key=lambda line: "The program has" in line)
        assert stale.startswith(f"dapshim: {main} was changed since the binary was built")
        assert foreign.startswith("dapshim: The program has example.com/dep v1.0.0, and ")
        assert "selects v1.2.0" in foreign
        assert f"cd {tmp_path} && go build " in foreign
        assert f" -o {tmp_path}/program ." in foreign


# -- how it ends -------------------------------------------------------------------------------------------------------------

EATS = """package main

import (
	"os"
	"time"
)

func main() {
	for _, err := os.Stat(os.Args[1]); err != nil; _, err = os.Stat(os.Args[1]) {
		time.Sleep(time.Millisecond)
	}
	var all [][]byte
	for range 1000 {
		some := make([]byte, 1<<20)
		for i := range some {
			some[i] = 1
		}
		all = append(all, some)
	}
	println(len(all))
}
"""


@pytest.fixture
def small_cgroup() -> Iterator[Path]:
    """A memory cgroup of 32 MiB, in either version."""
    for base, limit in (("memory", "memory.limit_in_bytes"), ("", "memory.max")):
        folder = Path("/sys/fs/cgroup", base, f"dapshim-test-{os.getpid()}")
        try:
            folder.mkdir()
        except OSError:
            continue
        try:
            (folder / limit).write_text(str(32 << 20))
            yield folder
        except OSError:
            continue
        else:
            return
        finally:
            folder.rmdir()
    pytest.skip("no memory cgroup can be made here")


async def test_a_program_that_the_kernel_killed_for_memory_did_not_end_by_itself(tmp_path, small_cgroup):
    (tmp_path / "go.mod").write_text("module example.com/eats\n\ngo 1.25\n")
    (tmp_path / "main.go").write_text(EATS)
    build_ = [tool("go"), "build", DEBUG, "-o", "program", "."]
    subprocess.run(build_, cwd=tmp_path, check=True, env=clean_environment(), timeout=BOUND)
    hungry = tmp_path / "hungry"
    with running(tmp_path / "program", hungry) as pid:
        # The debugger stays outside of it.
        (small_cgroup / "cgroup.procs").write_text(str(pid))
        async with dapshim() as shim:
            client = await shim.connect()
            await client.ok("initialize", {"adapterID": "go"})
            attach = await client.send("attach", {"mode": "local", "processId": pid})
            await client.event("initialized")
            await client.ok("configurationDone")
            assert (await client.response(attach))["success"]
            hungry.touch()
            await client.event("terminated")
            assert [each["exitCode"] for each in bodies(client, "exited")] == [-9]
            (line,) = lines(client)
            assert line.startswith("dapshim: The kernel killed the program because memory was used up, whose limit is 32 MiB.")
            assert told(client) == {"killed": "error"}
            names = [m["event"] for m in client.log if m["type"] == "event"]
            assert names.index("dapshim/findings") < names.index("exited")


async def test_a_program_that_somebody_killed_is_no_finding(loop):
    async with dapshim() as shim:
        client = await shim.connect()
        pid = await client.start(loop, "main")
        await client.event("stopped")
        await client.ok("continue", {"threadId": 1})
        await trio.sleep(0.5)  # Delve 1.27.1 that is still resuming a program which dies waits for it for ever
        kill(pid)
        await client.event("terminated")
        assert not told(client)
        assert not lines(client)
