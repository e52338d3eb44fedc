"""What a session says of itself, for the language server: the outermost layer, which changes nothing, and an audience."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.delve.audience import Audience
from dapshim.diagnose.placed import Fix, Placed
from dapshim.language_server.offers import fixes_of, with_twin
from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message, words_of_failure

if TYPE_CHECKING:
    from dapshim.delve.build_errors import BuildFailure
    from dapshim.diagnose.finding import Finding

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
    mode: str = ""
    program: str = ""
    executable: str = ""
    """What runs, of this machine; "" before it is known."""
    pid: int | None = None
    file: str = ""
    """The executable that its findings are about."""
    error: str = ""
    findings: list[Placed] = attrs.field(factory=list)
    """What was found; without a place where it is about the program."""
    build_errors: list[dict[str, Any]] = attrs.field(factory=list)
    options: object = None
    """The `"dapshim"` object of its configuration, as it was sent; None where there is none."""

    def as_json(self, shown: Callable[[Fix], dict[str, Any]]) -> dict[str, Any]:
        """Return what `dapshim/sessions` answers; `shown` returns a remedy as the client gets it."""
        names = ("state", "name", "request", "program", "executable", "pid", "file", "error", "folder", "address")
        return {
            "session": self.number,
            **{name: getattr(self, name) for name in names},
            "findings": [{**each.finding.as_json(), "remedies": [shown(fix) for fix in each.fixes]} for each in self.findings],
            "buildErrors": list(self.build_errors),
        }


Tell = Callable[[Story, str], None]
"""Hears of each change, with a word for what changed: state, findings or ended."""


class Listening(Audience):
    """Writes down what a session learns of its program."""

    def __init__(self, story: Story, tell: Tell) -> None:
        self._story = story
        self._tell = tell

    def findings(self, file: str, found: Sequence[Finding]) -> None:
        """See `Audience.findings`."""
        self._story.file = file or self._story.file
        launched = self._story.request == "launch" and self._story.mode not in ("core", "replay")
        for each in found:
            fixes = fixes_of(each.remedies)
            self._add(Placed(each, None, with_twin(each.code, fixes) if launched else fixes))
        self._tell(self._story, "findings")

    def refused(self, found: Placed) -> None:
        """See `Audience.refused`."""
        self._add(found)
        self._tell(self._story, "findings")

    def build_failed(self, failure: BuildFailure) -> None:
        """See `Audience.build_failed`."""
        self._story.build_errors = failure.as_json()
        self._tell(self._story, "state")

    def runs(self, executable: str) -> None:
        """See `Audience.runs`."""
        self._story.executable = executable
        self._tell(self._story, "state")

    def _add(self, found: Placed) -> None:
        if len(self._story.findings) < KEPT:
            self._story.findings.append(found)


class Observer(Shim):
    """Tells the language server what this session is, and how its launch went."""

    stays_on = True

    def __init__(self, story: Story, tell: Tell) -> None:
        self._story = story
        self._tell = tell

    @on.request("launch")
    @on.request("attach")
    def begins(self, request: Message) -> None:
        """Learn which configuration it is."""
        story = self._story
        story.request, story.state = request.name, "starting"
        story.error, story.executable = "", ""
        story.findings.clear()
        story.build_errors.clear()
        arguments = request.arguments
        story.name = _text(arguments, "name")
        story.program = _text(arguments, "program")
        story.mode = _text(arguments, "mode")
        story.options = arguments.get("dapshim")
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

    @on.request("restart")
    def begins_again(self, request: Message) -> None:
        """Forget what the compiler said of the program before, and take the options that a new configuration has."""
        nested = request.arguments.get("arguments")
        if isinstance(nested, dict) and "dapshim" in nested:
            self._story.options = nested["dapshim"]
        if self._story.build_errors:
            self._story.build_errors.clear()
            self._tell(self._story, "state")

    @on.event("process")
    def runs(self, event: Message) -> None:
        """Learn which process is debugged."""
        pid = event.body.get("systemProcessId")
        self._story.pid = pid if isinstance(pid, int) else None
        self._tell(self._story, "state")


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""
