"""What a session says of itself, for the language server: the outermost layer, which changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import attrs

from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message, words_of_failure

KEPT: Final = 100
"""Findings of one session that are kept; a session says each once, and has a few."""


@attrs.define(eq=False)
class Story:
    """One session as it was heard. `state` is waiting, starting, running, failed or ended."""

    number: int
    folder: str
    address: str
    state: str = "waiting"
    name: str = ""
    request: str = ""
    program: str = ""
    pid: int | None = None
    file: str = ""
    """The executable that its findings are about."""
    error: str = ""
    findings: list[dict[str, Any]] = attrs.field(factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return what `dapshim/sessions` answers."""
        names = ("state", "name", "request", "program", "pid", "file", "error", "findings", "folder", "address")
        return {"session": self.number, **{name: getattr(self, name) for name in names}}


class Observer(Shim):
    """Tells the language server what this session is, how its launch went, and what dapshim found in its program."""

    stays_on = True

    def __init__(self, story: Story, tell: Callable[[Story, str], None]) -> None:
        """`tell` hears of each change, with a word for what changed: state or findings."""
        self._story = story
        self._tell = tell

    @on.request("launch")
    @on.request("attach")
    def begins(self, request: Message) -> None:
        """Learn which configuration it is."""
        story = self._story
        story.request, story.state = request.name, "starting"
        arguments = request.arguments
        story.name = _text(arguments, "name")
        story.program = _text(arguments, "program")
        self._tell(story, "state")

    @on.response("launch")
    @on.response("attach")
    def begun(self, response: Message) -> None:
        """Learn whether it began, and why not."""
        success = response.data.get("success") is True
        self._story.state = "running" if success else "failed"
        if not success:
            self._story.error = words_of_failure(response)
        self._tell(self._story, "state")

    @on.event("process")
    def runs(self, event: Message) -> None:
        """Learn which process is debugged."""
        pid = event.body.get("systemProcessId")
        self._story.pid = pid if isinstance(pid, int) else None
        self._tell(self._story, "state")

    @on.event("dapshim/findings")
    def found(self, event: Message) -> None:
        """Learn what was found in the program."""
        listed = event.body.get("findings")
        self._story.file = _text(event.body, "file")
        if isinstance(listed, list):
            self._story.findings += [each for each in listed if isinstance(each, dict)][: KEPT - len(self._story.findings)]
        self._tell(self._story, "findings")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
