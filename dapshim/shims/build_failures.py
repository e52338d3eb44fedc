"""A build that fails says where and why, in the editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dapshim.proxy.shim import HIDE, Shim, Verdict, on
from dapshim.wire.messages import Message

if TYPE_CHECKING:
    from dapshim.delve.build_errors import BuildFailure
    from dapshim.delve.planner import Planner


class BuildFailures(Shim):
    """When the build fails, the first error is what the editor shows.

    Delve says "Build error: Check the debug console for details." and asks the editor not to show even that. Here the failed
    launch carries the first error of the compiler, with its file and line, and every line of what was printed is in the debug
    console, with a link to the code that it names.
    """

    def __init__(self, planner: Planner) -> None:
        self._planner = planner
        self._building = False
        self._failure: BuildFailure | None = None

    @property
    def settled(self) -> bool:
        """Whether no build can fail now."""
        return not self._building

    @on.request("launch")
    def begin(self, _request: Message) -> None:
        """Listen to the build."""
        current = self._planner.current
        self._building = current is not None and current.plan.build is not None
        self._failure = None

    @on.event("initialized")
    def built(self, _event: Message) -> None:
        """Note that the build has not failed."""
        self._building = False

    @on.event("output", unless="settled")
    async def read(self, event: Message) -> Verdict | None:
        """Put what go printed into lines with links, in the place of Delve's one event."""
        from dapshim.delve.build_errors import is_build_error, output_bodies, read_delves
        from dapshim.delve.rebuild import folders_of

        body, current = event.body, self._planner.current
        text = body.get("output")
        if body.get("category") != "stderr" or not isinstance(text, str) or not is_build_error(text):
            return None
        if current is None or current.plan.build is None:
            return None
        self._failure = read_delves(text, folders_of(current.plan.build))
        self._planner.audience.build_failed(self._failure)
        for line in output_bodies(self._failure):
            await self.session.emit("output", line)
        await self.session.emit("dapshim/buildErrors", {"errors": self._failure.as_json()})
        return HIDE

    @on.response("launch")
    def explain(self, response: Message) -> None:
        """Let the failed launch say what failed."""
        self._building = False
        failure, self._failure = self._failure, None
        if response.success or failure is None:
            return
        error = response.body.get("error")
        if isinstance(error, dict):
            # Braces are DAP's mark for variables of `format`.
            error["format"] = f"Failed to launch: {failure.first_error}".replace("{", "(").replace("}", ")")
            error["showUser"] = True
