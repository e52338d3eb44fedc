"""`dapshim demo` as a person sees it, what it says when something is missing, and the client that it uses."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pexpect
import pytest
import trio
import trio.testing
from rich.console import Console

from dapshim.cli import demo, demo_steps, demo_workspace
from dapshim.cli.demo_client import DemoClient, DemoClientError
from dapshim.cli.demo_listener import Listener, ListenerError
from dapshim.cli.demo_report import Report
from dapshim.cli.demo_stage import Frame, Source, Stage, StepMissedError, Stop
from dapshim.cli.demo_steps import GO_WORK_SESSION, Step
from dapshim.wire.framing import FrameReader, frame

ROOT = Path(__file__).resolve().parents[2]
DLV = shutil.which("dlv") or str(ROOT / ".tools" / "bin" / "dlv")
DEMO = ["-m", "dapshim", "demo", "--dlv", DLV]
TITLES = [step.title for step in GO_WORK_SESSION]
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-7]m")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the example that a test may break."""
    return Path(shutil.copytree(ROOT / "examples" / "gowork", tmp_path / "gowork"))


def on_terminal(*arguments: str, columns: int, **environment: str) -> tuple[int, str]:
    """Run the demo on a terminal of so many columns; return its exit code and what it wrote."""
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    child = pexpect.spawn(
        sys.executable,
        [*DEMO, *arguments],
        cwd=str(ROOT),
        env={**clean, "TERM": "xterm-256color", **environment},
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=240,
    )
    child.expect(pexpect.EOF)
    child.close()
    return int(child.exitstatus), str(child.before).replace("\r\n", "\n")


def in_pipe(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *DEMO, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        text=True,
        capture_output=True,
        timeout=240,
        check=False,
    )


def sections(text: str) -> dict[str, str]:
    """Return what was printed under the title of each step."""
    parts = re.split(r"^ *\d+/\d+  (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("columns", [80, 120])
def test_every_step_happens_and_is_marked(columns: int) -> None:
    code, text = on_terminal(columns=columns)
    plain = ESCAPE.sub("", text)
    assert code == 0, plain
    assert list(sections(plain)) == [step.title for part in demo.PARTS for step in part.steps]
    for title, section in sections(plain).items():
        assert re.search(r"^   ✓ \S", section, re.MULTILINE), f"{title}:{section}"
    for part in demo.PARTS:
        assert f"{part.title}\n" in plain
        assert f"all {len(part.steps)} steps happened" in plain
    assert max(map(len, plain.splitlines())) <= columns


def test_stops_show_editor_paths_lines_variables_and_values() -> None:
    report = sections(in_pipe().stdout)
    assert re.search(r"pricing\.mustStock +libs/pricing/catalogue\.go:\d+", report["Stop in a package variable's initialiser"])
    assert re.search(r"main\.main +services/orders/main\.go:\d+", report["Stop in main.main"])
    assert re.search(r"folder +\*\"inbox\"", report["Stop in main.main"])
    assert re.search(r"len\(orders\) +5$", report["Step and evaluate in main.main"], re.MULTILINE)
    library = report["Stop in the library, another module"]
    assert re.search(r"pricing\.Price +libs/pricing/quote\.go:\d+\n +main\.work +services/orders/desk\.go:\d+", library)
    assert "0005  Barbara      69.69" in report["Run to the end"]


def test_of_a_program_built_elsewhere_no_recorded_path_is_here_and_every_frame_opens() -> None:
    report = sections(in_pipe().stdout)
    for build in ("Build a program elsewhere, and move it", "Build a trimmed program elsewhere, and move it"):
        assert "example.com/kiln/curve/curve.go\n" in report[build]
    for stop in ("Stop in the far library", "Stop in the moved library"):
        stack = (
            r"curve\.Curve\.At +curve/curve\.go:\d+\n +main\.fire +controller/kiln\.go:\d+\n +main\.main +controller/main\.go"
        )
        assert re.search(stack, report[stop])
        assert "each of its 5 frames opens here" in report[stop]
    assert "430 min  done at 1002 °C" in report["Run the moved program to its end"]


def test_colours_are_for_terminals_and_obey_no_color() -> None:
    assert COLOUR.search(on_terminal(columns=100)[1])
    assert not COLOUR.search(on_terminal(columns=100, NO_COLOR="1")[1])
    assert "\x1b" not in in_pipe().stdout


def test_nothing_is_written_into_the_workspace(copy: Path) -> None:
    def files() -> dict[str, int]:
        return {str(file): file.stat().st_mtime_ns for file in copy.rglob("*")}

    before = files()
    assert in_pipe("--workspace", str(copy)).returncode == 0
    assert files() == before


def test_a_workspace_behind_a_symbolic_link_is_debugged_as_well(copy: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(copy)
    assert in_pipe("--workspace", str(link), PWD=str(link / "services" / "orders")).returncode == 0


def test_what_a_person_set_for_other_projects_changes_nothing() -> None:
    assert in_pipe(GOFLAGS="-trimpath", GOWORK="off").returncode == 0


def test_a_missing_mark_is_named(copy: Path) -> None:
    library = copy / "libs" / "pricing" / "quote.go"
    library.write_text(library.read_text(encoding="utf-8").replace("// break: library", ""), encoding="utf-8")
    done = in_pipe("--workspace", str(copy))
    assert done.returncode == 1
    assert "✗ did not happen: no line in" in done.stdout
    assert done.stdout.count(": not reached\n") == len(TITLES) - 2
    total = f"{len(TITLES) - 1} of {len(TITLES)} steps did not happen; the first of them: {TITLES[0]}"
    assert total in " ".join(done.stdout.split())


def test_a_compile_error_is_shown_in_the_compilers_words(copy: Path) -> None:
    main = copy / "services" / "orders" / "main.go"
    main.write_text(main.read_text(encoding="utf-8").replace("serve(orders", "swerve(orders"), encoding="utf-8")
    code, text = on_terminal("--workspace", str(copy), columns=100)
    launch = sections(ESCAPE.sub("", text))["Launch the service"]
    assert code == 1
    words = " ".join(launch.split())
    assert "✗ did not happen: 'launch' was refused: Failed to launch: " in words
    assert "main.go:" in words
    assert "undefined: swerve" in words
    assert "✗ Set breakpoints: not reached" in text
    assert "✓ SIGTERM ended dapshim" in ESCAPE.sub("", text)


def test_a_breakpoint_that_delve_cannot_set_is_a_step_that_did_not_happen(copy: Path) -> None:
    service = copy / "services" / "orders"
    text = (service / "main.go").read_text(encoding="utf-8")
    # No code is on a line behind the last function.
    moved = text.replace(" // break: init", "") + "// break: init\n"
    (service / "main.go").write_text(moved, encoding="utf-8")
    done = in_pipe("--workspace", str(copy))
    assert done.returncode == 1
    section = sections(done.stdout)["Set breakpoints"]
    assert re.search(r"✗ did not happen: not verified: services/orders/main\.go:\d+", section)
    assert "is outside of any function, and has no code" in " ".join(section.split())


def test_a_folder_without_the_example_names_the_option(tmp_path: Path) -> None:
    done = in_pipe("--workspace", str(tmp_path))
    assert done.returncode == 1
    assert "there is no go.work in" in done.stdout
    assert "dapshim demo --workspace FOLDER" in " ".join(done.stdout.split())


def test_a_dlv_that_cannot_be_run_is_a_step_that_did_not_happen(tmp_path: Path) -> None:
    done = in_pipe("--dlv", str(tmp_path / "none"))
    assert done.returncode in (1, 2)
    assert done.returncode == 2 or "steps did not happen" in done.stdout


def test_a_reader_who_leaves_does_not_break_the_session() -> None:
    child = subprocess.Popen([sys.executable, *DEMO], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    with child:
        child.stdout.readline()
        child.stdout.close()
        assert child.stderr.read() == ""
        assert child.wait(240) == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_of_it(number: signal.Signals) -> None:
    child = pexpect.spawn(sys.executable, [*DEMO], cwd=str(ROOT), dimensions=(24, 100), encoding="utf-8", timeout=240)
    child.expect(r"127\.0\.0\.1:(\d+)")
    port = int(child.match.group(1))
    child.expect("Stop in main.main")
    child.kill(number)
    child.expect(f"ended by {number.name}")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 128 + number
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


class Adapter:
    """The other end of a `DemoClient`: reads requests and sends what the test says."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._reader = FrameReader(1 << 20)
        self._bodies: list[bytes] = []

    async def read(self) -> dict[str, Any]:
        while not self._bodies:
            self._bodies += self._reader.feed(await self.stream.receive_some())
        return msgspec.json.decode(self._bodies.pop(0), type=dict[str, Any])

    async def say(self, **message: Any) -> None:
        await self.stream.send_all(frame(msgspec.json.encode({"seq": 1, **message})))


@pytest.fixture
async def talk(nursery: trio.Nursery) -> tuple[DemoClient, Adapter]:
    ours, theirs = trio.testing.memory_stream_pair()
    client = DemoClient(ours)
    nursery.start_soon(client.run)
    return client, Adapter(theirs)


async def test_a_request_gets_the_answer_with_its_own_number(talk: tuple[DemoClient, Adapter]) -> None:
    client, adapter = talk
    first, second = await client.send("threads"), await client.send("scopes", {"frameId": 7})
    assert await adapter.read() == {"seq": 1, "type": "request", "command": "threads"}
    assert (await adapter.read())["arguments"] == {"frameId": 7}
    await adapter.say(type="response", request_seq=2, success=True, command="scopes", body={"of": "second"})
    await adapter.say(type="response", request_seq=1, success=True, command="threads")
    assert await client.response(second) == {"of": "second"}
    assert await client.response(first) == {}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"message": "Failed", "body": {"error": {"id": 3000, "format": "Failed: no go.mod"}}}, "Failed: no go.mod"),
        ({"message": "Failed"}, "Failed"),
        ({}, "no reason was given"),
    ],
)
async def test_a_refusal_is_quoted(talk: tuple[DemoClient, Adapter], answer: dict[str, Any], reason: str) -> None:
    client, adapter = talk
    sent = await client.send("launch")
    await adapter.say(type="response", request_seq=1, success=False, command="launch", **answer)
    with pytest.raises(DemoClientError, match=f"^'launch' was refused: {reason}$"):
        await client.event("initialized", unless_refused=sent)


async def test_an_event_that_came_before_is_taken_once(talk: tuple[DemoClient, Adapter]) -> None:
    client, adapter = talk
    sent = await client.send("continue")
    await adapter.say(type="event", event="stopped", body={"threadId": 1})
    await adapter.say(type="event", event="output", body={"output": "a line"})
    await adapter.say(type="response", request_seq=1, success=True, command="continue")
    await client.response(sent)
    assert (await client.event("terminated", "stopped")).body == {"threadId": 1}
    assert [event.body for event in client.taken("output")] == [{"output": "a line"}]
    assert client.taken("output") == client.taken("stopped") == []


@pytest.mark.parametrize(("last", "said"), [(b"", "the connection was closed"), (b"HTTP/1.1 400\r\n", "could not be read")])
async def test_a_wait_ends_with_the_connection(talk: tuple[DemoClient, Adapter], last: bytes, said: str) -> None:
    client, adapter = talk
    if last:
        await adapter.stream.send_all(last)
    await adapter.stream.aclose()
    with pytest.raises(DemoClientError, match=f"{said}.* before 'stopped' came"):
        await client.event("stopped")
    await client.end()


@pytest.mark.parametrize(("path", "lines_off", "missed"), [("", 0, False), ("", 1, True), ("/elsewhere", 0, True)])
async def test_a_stop_must_be_at_the_marked_path_and_line(
    talk: tuple[DemoClient, Adapter],
    nursery: trio.Nursery,
    tmp_path: Path,
    path: str,
    lines_off: int,
    missed: bool,
) -> None:
    client, adapter = talk
    stage = Stage(Report(Console(file=io.StringIO())), nursery, tmp_path, tmp_path, None, client=client)
    stage.workspace = demo_workspace.read(ROOT / "examples" / "gowork")
    place = stage.workspace.place("library")
    frame_there = Frame(1, "pricing.Price", place.line + lines_off, Source(path + str(place.path)))
    stage.stop = Stop(1, "breakpoint", [frame_there])

    async def answer() -> None:
        for body in ({"scopes": [{"variablesReference": 3}]}, {"variables": [{"name": "unit", "value": "495"}]}):
            asked = await adapter.read()
            await adapter.say(type="response", request_seq=asked["seq"], success=True, body=body)

    nursery.start_soon(answer)
    with pytest.raises(StepMissedError, match="instead of") if missed else contextlib.nullcontext():
        await demo_steps.show(stage, "library", stage.stop)


async def played(*steps: Step, folder: Path) -> tuple[int, str]:
    """Play steps without dapshim; return the exit code and the report."""
    written = io.StringIO()
    report = Report(Console(file=written, width=100, highlight=False, markup=False))
    return await demo.run_demo(report, steps, folder, folder, None), written.getvalue()


def failing(error: Exception) -> Callable[[Stage], Awaitable[str]]:
    async def move(stage: Stage) -> str:
        await trio.lowlevel.checkpoint()
        raise error

    return move


async def waiting(stage: Stage) -> str:
    await trio.sleep_forever()


async def done(stage: Stage) -> str:
    await trio.lowlevel.checkpoint()
    return "it is done"


async def test_a_wait_in_vain_is_bounded_and_reported(autojump_clock: trio.testing.MockClock, tmp_path: Path) -> None:
    code, text = await played(Step("Wait", waiting, seconds=120), Step("Next", done), folder=tmp_path)
    assert trio.current_time() == pytest.approx(120, abs=1)
    assert code == 1
    assert "✗ did not happen within 120 s" in text
    assert "2/2  ✗ Next: not reached" in text


@pytest.mark.parametrize(
    "error",
    [StepMissedError("why"), DemoClientError("why"), ListenerError("why"), msgspec.ValidationError("why"), OSError("why")],
)
async def test_a_failure_leaves_only_what_is_always_done(error: Exception, tmp_path: Path) -> None:
    steps = [Step("Fail", failing(error)), Step("Next", done), Step("Last", done, always=True)]
    code, text = await played(*steps, folder=tmp_path)
    assert code == 1
    assert [line.strip() for line in text.splitlines() if line.strip()][1:] == [
        "1/3  Fail",
        "✗ did not happen: why",
        "2/3  ✗ Next: not reached",
        "3/3  Last",
        "✓ it is done",
        "✗ 2 of 3 steps did not happen; the first of them: Fail",
    ]


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("print('something else')", "the first line of dapshim was 'something else'"),
        ("import sys; sys.exit('no')", "dapshim ended with exit code 1 before it listened"),
    ],
)
async def test_a_listener_that_does_not_get_ready_is_told_apart(nursery: trio.Nursery, program: str, said: str) -> None:
    listener = await Listener.start(nursery, [sys.executable, "-c", program])
    with trio.fail_after(30), pytest.raises(ListenerError, match=re.escape(said)):
        await listener.ready()
    await listener.process.wait()


LEAVES_A_CHILD = """
import subprocess, sys
subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print("dapshim: listening on 127.0.0.1:1", flush=True)
sys.stdin.close(); import signal; signal.pause()
"""


async def test_a_process_that_is_left_behind_is_found(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dapshim.cli.demo_listener.GRACE", 0.2)
    listener = await Listener.start(nursery, [sys.executable, "-c", LEAVES_A_CHILD])
    with trio.fail_after(30):
        assert await listener.ready() == ("127.0.0.1", 1)
        listener.look()
        assert await listener.end() == -signal.SIGTERM
        [left] = listener.left
        try:
            with pytest.raises(ListenerError, match=f"process {left}$"):
                await listener.nothing_left()
        finally:
            os.kill(left, signal.SIGKILL)
        await listener.nothing_left()


@pytest.mark.parametrize("name", ["orders", "services/__debug_bin123", None])
async def test_a_binary_that_is_left_behind_is_found(nursery: trio.Nursery, tmp_path: Path, name: str | None) -> None:
    program = "import signal; print('dapshim: listening on h:1', flush=True); signal.pause()"
    scratch, folder = tmp_path / "scratch", tmp_path / "workspace"
    (folder / "services").mkdir(parents=True)
    scratch.mkdir()
    stage = Stage(Report(Console(file=io.StringIO())), nursery, folder, scratch, None)
    stage.listener = await Listener.start(nursery, [sys.executable, "-c", program])
    if name is not None:
        ((folder if "/" in name else scratch) / name).touch()
    with trio.fail_after(30):
        await stage.listener.ready()
        with pytest.raises(ListenerError, match="left behind: ") if name is not None else contextlib.nullcontext():
            await demo_steps.end_dapshim(stage)


async def test_a_listener_that_ignores_sigterm_is_killed(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dapshim.cli.demo_listener.GRACE", 0.1)
    program = "import signal; signal.signal(15, signal.SIG_IGN); print('dapshim: listening on h:1', flush=True); signal.pause()"
    listener = await Listener.start(nursery, [sys.executable, "-c", program])
    with trio.fail_after(30):
        await listener.ready()
        with pytest.raises(ListenerError, match="had to be killed"):
            await listener.end()
    assert not listener.running
