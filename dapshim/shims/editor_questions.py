"""What an editor asks of a session that has a process of its own; the language server tells of its own sessions unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dapshim.proxy.shim import Answer, Shim, on

if TYPE_CHECKING:
    from dapshim.delve.planner import Planner
    from dapshim.wire.messages import Message


class EditorQuestions(Shim):
    """An editor may ask which program is debugged, by the request `dapshim/program`.

    The answer's `executable` is the person's own file where a copy of it runs, and "" where it is not known or is on another
    machine. With it `dapshim paths` and `dapshim inspect` tell the rest. Nobody is told who does not ask.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner

    @on.request("launch")
    @on.request("attach")
    def forget(self, _request: Message) -> None:
        """Forget the program of before."""
        self._planner.executable = ""

    @on.request("dapshim/program")
    def tell(self, _request: Message) -> Answer:
        """Say which program is debugged."""
        return Answer({"executable": self._planner.executable})
