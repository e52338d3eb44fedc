"""What the steps of a demo share: the workspace, dapshim, the conversation with it, and where the program stands.

The verbs here are the moves of any debug session (stop, resume, look at variables, evaluate). Which of them a demo makes, in
which order, and what it shows, is the steps' business.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import msgspec
import trio

from dapshim.cli.demo_client import DemoClient, Ticket
from dapshim.cli.demo_editor import Editor
from dapshim.cli.demo_listener import Listener
from dapshim.cli.demo_workspace import Place, Workspace

if TYPE_CHECKING:
    from dapshim.cli.demo_report import Report

_STACK_LEVELS: Final = 20


class StepMissedError(Exception):
    """A step did not happen; the message is a sentence that says what happened instead."""


@attrs.frozen
class Source:
    """Where a frame's code is, as its editor opens it: a file, or a text that dapshim serves."""

    path: str = ""
    sourceReference: int = 0  # noqa: N815 - DAP's name


@attrs.frozen
class Frame:
    """One frame of a stack. Delve 1.27.1: generated code, such as a package's variable initialiser, has no source."""

    id: int
    name: str
    line: int = 0
    source: Source | None = None

    @property
    def path(self) -> str:
        """The path of the frame's source, empty when it has none."""
        return self.source.path if self.source is not None else ""

    @property
    def place(self) -> Place:
        """The line at which the frame stands."""
        return Place(Path(self.path), self.line)


@attrs.frozen
class Variable:
    """A variable and its value, as Delve writes it."""

    name: str
    value: str


@attrs.frozen
class _Scope:
    variablesReference: int  # noqa: N815 - DAP's name


@attrs.frozen
class Answer:
    """What became of a breakpoint that was asked for, or has changed."""

    verified: bool = False
    message: str = ""
    id: int | None = None
    line: int = 0

    @property
    def fault(self) -> str:
        """Why it is not set; empty when it is."""
        return "" if self.verified else self.message or "no reason was given"


@attrs.frozen
class Stop:
    """The program stands still: which goroutine stopped, why, and that goroutine's stack, innermost frame first."""

    goroutine: int
    reason: str
    frames: list[Frame]

    @property
    def top(self) -> Frame:
        """The innermost frame."""
        return self.frames[0]


@attrs.define
class Stage:
    """What the steps of one demo share. A field without a default is set by the step that makes its value."""

    report: Report
    nursery: trio.Nursery
    folder: Path
    scratch: Path
    dlv: str | None
    listener: Listener | None = None
    editor: Editor | None = None
    """The conversation with a language server, whose process is `listener`."""
    client: DemoClient | None = None
    address: tuple[str, int] = ("", 0)
    """Where dapshim listens."""
    far: Listener | None = None
    """The headless dlv of another machine, which a demo plays on this one."""
    far_port: int = 0
    variables_of_dapshim: dict[str, str] = attrs.Factory(dict)
    """What dapshim has in its environment beside what we have."""
    workspace: Workspace = attrs.field(init=False)
    launched: Ticket = attrs.field(init=False)
    stop: Stop = attrs.field(init=False)
    slid: Place = attrs.field(init=False)
    """Where a breakpoint stands that was asked for on a line without code."""
    pending: int = 0
    """The id of a breakpoint that waits for its code."""
    main_goroutine: int = 0
    _output: list[tuple[str, str]] = attrs.Factory(list)

    @property
    def program(self) -> Path:
        """Where dlv puts the program that it builds: outside the workspace, so that nothing is ever written into that."""
        return self.scratch / "orders"

    def connected(self) -> DemoClient:
        """Return the conversation; raises StepMissedError before there is one."""
        if self.client is None:
            raise StepMissedError("there is no connection to dapshim")
        return self.client

    async def connect(self, host: str, port: int) -> None:
        """Connect to dapshim and start reading, for a session of its own; raises OSError when nobody listens there."""
        await self.converse(await trio.open_tcp_stream(host, port))

    async def converse(self, stream: trio.abc.Stream) -> None:
        """Have a session of its own over a stream, and start reading."""
        self._output.clear()
        self.client = DemoClient(stream)
        self.nursery.start_soon(self.client.run)

    async def stopped(self) -> Stop:
        """Wait until the program stops and read the stack of the goroutine that did.

        Raises:
            StepMissedError: the program ended instead.
            DemoClientError: the stack was refused, or the connection ended.

        """
        client = self.connected()
        event = await client.event("stopped", "terminated")
        if event.name == "terminated":
            raise StepMissedError("the program ended instead of stopping here")
        goroutine, reason = int(event.body.get("threadId", 0)), str(event.body.get("reason"))
        body = await client.request("stackTrace", {"threadId": goroutine, "levels": _STACK_LEVELS})
        frames = msgspec.convert(body.get("stackFrames"), list[Frame])
        if not frames:
            raise StepMissedError(f"the program stopped ({reason}), but its stack is empty")
        self.stop = Stop(goroutine, reason, frames)
        return self.stop

    async def resume(self, command: str) -> Stop:
        """Let the goroutine that stopped `continue` or do a `next` or a `stepOut`, and return where the program stops then."""
        await self.connected().request(command, {"threadId": self.stop.goroutine})
        return await self.stopped()

    async def variables(self) -> list[Variable]:
        """Return the variables of the innermost frame. Delve 1.27.1: the first scope holds arguments and locals."""
        client = self.connected()
        body = await client.request("scopes", {"frameId": self.stop.top.id})
        scopes = msgspec.convert(body.get("scopes"), list[_Scope])
        if not scopes:
            raise StepMissedError("the innermost frame has no scope with variables")
        body = await client.request("variables", {"variablesReference": scopes[0].variablesReference})
        return msgspec.convert(body.get("variables"), list[Variable])

    async def evaluate(self, expression: str) -> str:
        """Return the value of an expression in the innermost frame, as a debug console would show it."""
        arguments = {"expression": expression, "frameId": self.stop.top.id, "context": "repl"}
        return str((await self.connected().request("evaluate", arguments)).get("result"))

    async def break_at(self, path: Path, lines: list[int]) -> list[Answer]:
        """Replace the breakpoints of a file; return what became of each."""
        body = await self.connected().request(
            "setBreakpoints", {"source": {"path": str(path)}, "breakpoints": [{"line": line} for line in lines]}
        )
        answers = msgspec.convert(body.get("breakpoints"), list[Answer])
        if len(answers) != len(lines):
            raise StepMissedError(f"{len(lines)} breakpoints were asked for and {len(answers)} were answered")
        return answers

    def printed(self, category: str | None = None) -> str:
        """Return the text of all `output` events so far, of one category or of every one."""
        if self.client is not None:
            bodies = [event.body for event in self.client.taken("output")]
            self._output += [(str(body.get("category", "console")), str(body.get("output", ""))) for body in bodies]
        return "".join(text for of, text in self._output if category in (None, of))
