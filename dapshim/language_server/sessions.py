"""The debug sessions that this process hosts, through the very proxy of `dapshim --listen`.

Each has a door, a story, and a task of its own. What goes wrong in one is logged and ends it alone.
"""

from __future__ import annotations

import itertools
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs
import trio

from dapshim.delve.audience import Audience
from dapshim.delve.go_answers import GoAnswers
from dapshim.delve.planned import Setting
from dapshim.delve.read_programs import ReadPrograms
from dapshim.delve.twins import Twins
from dapshim.language_server.doors import Door, Doors
from dapshim.language_server.observer import Listening, Observer, Story, Tell
from dapshim.language_server.ready_dlv import ReadyDlv
from dapshim.options.layers import Options
from dapshim.options.sources import check, from_command_line
from dapshim.options.table import Source
from dapshim.proxy.listener import LAST_CHANCE, Host
from dapshim.proxy.own_dlv import OwnDlv
from dapshim.proxy.session import SessionOptions

if TYPE_CHECKING:
    from dapshim.proxy.shim import Shim
    from dapshim.proxy.trace import TraceFile

log = logging.getLogger(__name__)

WAIT: Final = 120.0
"""Seconds that a door stays open for the client that asked for it; VS Code connects at once, a slow task may come before."""
REMEMBERED: Final = 20
"""Sessions that have ended and can still be asked for."""


class BadRequestError(Exception):
    """What was asked for is no session; the message is for the client."""


@attrs.frozen(eq=False)
class _Live:
    """One session that is not over, and its two lives: waiting for a client, then serving it."""

    story: Story
    door: Door
    host: Host
    trace: TraceFile | None
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)
    waiting: trio.CancelScope = attrs.field(factory=lambda: trio.move_on_after(WAIT))

    def end(self) -> None:
        """End it in order."""
        self.waiting.cancel()
        self.host.end_all()


class Sessions:
    """All sessions of one language server. `tell` hears what becomes of them: see `Observer`, and `ended`.

    `folder` says where they begin if nobody says otherwise, and `begins` is called before each.
    """

    def __init__(
        self,
        options: Options,
        nursery: trio.Nursery,
        tell: Tell,
        folder: Callable[[], str] = str,
        begins: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._begins = begins
        self._options = options
        self._nursery = nursery
        self._tell = tell
        self._own = OwnDlv(options["dlv"])
        self._programs = ReadPrograms()
        self._answers = GoAnswers()
        self._ready = ReadyDlv(self._own, nursery)
        self._doors = Doors(self._own.look_after)
        self._numbers = itertools.count(1)
        self._live: dict[int, _Live] = {}
        self._ended: deque[Story] = deque(maxlen=REMEMBERED)
        self._all_gone = trio.Event()
        self.twins = Twins()
        """What is debugged in the place of other programs, because a person has said so."""

    @property
    def busy(self) -> bool:
        """Whether somebody debugs, or has asked for a session."""
        return bool(self._live)

    async def run(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
        """Run a command so that nothing of it is left: see `OwnDlv.run`."""
        return await self._own.run(command, directory, environ)

    @property
    def stories(self) -> list[Story]:
        """All that are, and the last that were, the oldest first."""
        return sorted([*self._ended, *(each.story for each in self._live.values())], key=lambda each: each.number)

    def get_ready(self) -> None:
        """Have what the first session needs loaded, and a dlv started."""
        self._own.prepare()
        self._ready.begin()
        self._nursery.start_soon(trio.to_thread.run_sync, self._load)

    def _load(self) -> None:
        """Import what a session needs, and hear what go says where sessions begin, so that nobody waits for it."""
        from dapshim import shims  # noqa: F401 - imported to be there
        from dapshim.delve import examining, planning  # noqa: F401 - the same
        from dapshim.delve.asked_ahead import ask_ahead

        folder = self._folder()
        options = self._options.extended(from_command_line({"workspaceFolder": folder})) if folder else self._options
        ask_ahead(self._setting(options))
        self._own.learn()

    async def start(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Open a session's door and return where it is.

        `workspaceFolder` is an absolute path, `options` are dapshim's as in a launch configuration, `transport` is "unix" or
        "tcp", and `trace` a file to record into.

        Raises:
            BadRequestError: one of them is not what it should be.
            ListenError: there can be no door.

        """
        folder, options, trace = self._asked(params)
        transport = params.get("transport")
        if transport not in (None, "unix", "tcp"):
            raise BadRequestError(f'"transport" is {transport!r}; it must be "unix" or "tcp", or be left out')
        self._begins()
        door = await self._doors.open(transport)
        self._own.prepare()
        story = Story(next(self._numbers), folder, str(door.address))
        host = Host(self._session_options(options, story), trace, before=story.number - 1)
        live = self._live[story.number] = _Live(story, door, host, trace)
        self._nursery.start_soon(self._run, live)
        return {"session": story.number, **door.as_json()}

    def stop(self, number: object) -> bool:
        """End a session; say whether there was one."""
        found = self._live.get(number) if isinstance(number, int) else None
        if found is not None:
            found.end()
        return found is not None

    async def close(self) -> None:
        """End all in order, within LAST_CHANCE, and leave nothing behind."""
        self._ready.no_more()
        for each in self._live.values():
            each.end()
        if self._live:
            self._all_gone = trio.Event()
            with trio.move_on_after(LAST_CHANCE):
                await self._all_gone.wait()
        for each in self._live.values():
            each.scope.cancel()
        await self._ready.close()
        self._doors.close()
        self._own.close()

    # -- one session -------------------------------------------------------------------------------

    def _asked(self, params: Mapping[str, Any]) -> tuple[str, Options, TraceFile | None]:
        folder = params.get("workspaceFolder", "")
        written = params.get("options", {})
        trace = params.get("trace")
        if not isinstance(folder, str) or not isinstance(written, Mapping) or not isinstance(trace, str | None):
            raise BadRequestError('"workspaceFolder" and "trace" must be texts, and "options" an object')
        values = dict(written)
        for name, value in values.items():
            checked = check(str(name), value, Source.LAUNCH)
            if isinstance(checked, str):
                raise BadRequestError(f'"options": {name}: {checked}')
        if folder:
            values["workspaceFolder"] = folder
        options = self._options.extended(from_command_line(values)) if values else self._options
        return folder, options, _trace_file(trace)

    def _session_options(self, options: Options, story: Story) -> SessionOptions:
        observer, listening = Observer(story, self._tell), Listening(story, self._tell)

        def make() -> Sequence[Shim]:
            from dapshim.shims import make_layers

            return [observer, *make_layers(self._setting(options, listening), self._own)]

        # A dlv that only this session's options name is taken when its plan is made.
        return SessionOptions(self._ready.source, make)

    def _setting(self, options: Options, audience: Audience | None = None) -> Setting:
        """Return what a session of these options is made under; what was read and heard is shared by all."""
        return Setting(
            options, programs=self._programs, answers=self._answers, audience=audience or Audience(), twins=self.twins
        )

    async def _run(self, live: _Live) -> None:
        story = live.story
        try:
            with live.scope:
                stream = None
                with live.waiting:
                    stream = await live.door.admit()
                if stream is None:
                    story.error = "nobody has connected"
                else:
                    story.state = "starting"
                    await live.host.serve_socket(stream)
        except Exception:
            log.exception("session %d failed", story.number)
        finally:
            await live.door.close()
            if live.trace is not None:
                live.trace.close()
            del self._live[story.number]
            story.state = "failed" if story.state == "failed" else "ended"
            self._ended.append(story)
            self._tell(story, "ended")
            if not self._live:
                self._all_gone.set()
                self._ready.hurry()


def _trace_file(path: str | None) -> TraceFile | None:
    if path is None:
        return None
    from dapshim.proxy.trace import TraceFile

    try:
        return TraceFile(path)
    except OSError as error:
        raise BadRequestError(f'"trace": {path}: {error.strerror}') from error
