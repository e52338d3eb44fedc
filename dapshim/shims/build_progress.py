"""A build that takes its time is seen, and can be cancelled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

import trio

from dapshim.proxy.shim import PASS, Answer, Shim, Verdict, on
from dapshim.wire.messages import Message

if TYPE_CHECKING:
    from dapshim.delve.planner import Planner
    from dapshim.proxy.progress import Progress, Shown

MOMENT: Final = 0.4
"""Seconds of a build that nobody needs to be shown: an editor that draws, and takes away again, keeps the build and the first
stop waiting. VS Code 1.139 draws it half a second later anyway."""


class BuildProgress(Shim):
    """While Delve builds, the editor shows that it does, with a button that stops it.

    Only for editors that show progress, and builds that take longer than a moment. A build that is stopped fails the launch
    with these words, and nothing is left of it.
    """

    def __init__(self, planner: Planner, progress: Progress) -> None:
        self._planner = planner
        self._progress = progress
        self._shown: Shown | None = None
        self._cancelled = False

    @on.request("initialize")
    def look(self, request: Message) -> None:
        """Note whether the client shows progress."""
        self._progress.wanted = request.arguments.get("supportsProgressReporting") is True
        request.discard()

    @on.request("launch")
    def begin(self, _request: Message) -> None:
        """Show the build that is about to begin, if it lasts."""
        current = self._planner.current
        if current is not None and current.plan.build is not None:
            self._cancelled = False
            self._shown = self._progress.begin(self.session, f"Building {current.plan.build.directory}", self._cancel)
            self.session.start(partial(self._show, self._shown))

    async def _show(self, shown: Shown) -> None:
        await trio.sleep(MOMENT)
        shown.show()

    def _cancel(self) -> None:
        self._cancelled = True
        self.session.stop_build()

    @on.event("process")
    def built(self, _event: Message) -> None:
        """Say that the build is over; Delve 1.27.1 then prepares the program, with all that it was told to follow."""
        if self._shown is not None:
            self._shown.update("Loading")

    @on.event("initialized")
    def loaded(self, _event: Message) -> None:
        """Take it away: the program is there."""
        self._close()

    @on.response("launch")
    def answered(self, response: Message) -> None:
        """Take it away, and say of a build that was stopped that it was."""
        self._close()
        if self._cancelled and not response.success:
            error = response.body.get("error")
            if isinstance(error, dict):
                error["format"], error["showUser"] = "Failed to launch: the build was cancelled.", False

    @on.request("cancel")
    def cancel(self, request: Message) -> Verdict:
        """Answer for a progress of ours, which Delve does not know; it was cancelled when the request arrived."""
        wanted = request.arguments.get("progressId")
        request.discard()
        return Answer() if isinstance(wanted, str) and wanted in self._progress.ids else PASS

    async def abandon(self) -> None:
        """Take away what is shown."""
        self._close()

    def _close(self) -> None:
        shown, self._shown = self._shown, None
        if shown is not None:
            shown.end("cancelled" if self._cancelled else "")
