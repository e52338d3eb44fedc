"""A restart that fails, for an editor that would give its session up for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dapshim.proxy.shim import PROGRAM_LOST, Shim, on
from dapshim.wire.bodies import OutputBody
from dapshim.wire.messages import words_of_failure

if TYPE_CHECKING:
    from dapshim.wire.messages import Message

MEMBER: Final = "dapshim"
"""Of the answer's body: `{"notRestarted": TEXT}`, for who tells it in a way of its own, such as dapshim's extension."""


class KeptSession(Shim):
    """In VS Code a restart that fails leaves you the session.

    VS Code 1.139.1 throws the adapter of such a session away and keeps its toolbar: it hears nothing of the program any more,
    not even that of the next restart. So it is answered that all is well, and you are told why there was no restart. Other
    editors are told that it failed, and so is VS Code where the program is gone.
    """

    def __init__(self) -> None:
        self._forgets = False

    @property
    def remembers(self) -> bool:
        """Whether the client keeps a session whose restart has failed."""
        return not self._forgets

    @on.request("initialize")
    def meet(self, request: Message) -> None:
        """Note whether it is VS Code."""
        try:
            self._forgets = request.arguments.get("clientID") == "vscode"
        finally:
            request.discard()

    @on.response("restart", unless="remembers")
    async def keep(self, response: Message) -> None:
        """Have the client keep the session, and say why the program was not started anew."""
        if response.success:
            return
        error = response.body.get("error")
        if isinstance(error, dict) and error.get("id") == PROGRAM_LOST:
            return
        text = words_of_failure(response) or "Failed to restart"
        await self.session.emit("output", OutputBody(output=f"dapshim: {text}\n", category="important"), before=True)
        data = response.data
        data.pop("message", None)
        data.update(success=True, body={MEMBER: {"notRestarted": text}})
