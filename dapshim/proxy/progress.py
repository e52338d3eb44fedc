"""Progress as a client shows it: a title that can be cancelled, for what takes longer than a moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from dapshim.proxy.shim import SessionApi


@attrs.define(eq=False)
class Shown:
    """One progress, from `progressStart`, which `show` sends, to `progressEnd`; each may be called again."""

    session: SessionApi
    name: str
    title: str
    wanted: bool
    visible: bool = False
    ended: bool = False

    def show(self) -> None:
        """Show it, where that is wanted and it has not ended."""
        if self.wanted and not self.visible and not self.ended:
            self.visible = True
            self.session.announce("progressStart", {"progressId": self.name, "title": self.title, "cancellable": True})

    def update(self, message: str) -> None:
        """Say what is being done now."""
        if self.visible and not self.ended:
            self.session.announce("progressUpdate", {"progressId": self.name, "message": message})

    def end(self, message: str = "") -> None:
        """Take it away, with a last word; it cannot be cancelled any more."""
        if self.ended:
            return
        self.ended = True
        self.session.on_cancel(self.name, None)
        if self.visible:
            self.session.announce("progressEnd", {"progressId": self.name, **({"message": message} if message else {})})


class Progress:
    """The progress of one session; nothing is shown unless the client `wanted` it. An id belongs to one progress alone.

    What is not shown can be cancelled too: by the client's `disconnect`, which cancels all.
    """

    def __init__(self) -> None:
        self.wanted = False
        self.ids: set[str] = set()
        """Those of ours that were shown."""
        self._numbers = itertools.count(1)

    def begin(self, session: SessionApi, title: str, cancel: Callable[[], None]) -> Shown:
        """Return a progress, which is not shown yet; from now on it can be cancelled. `cancel` must not wait for anything."""
        shown = Shown(session, f"dapshim-{next(self._numbers)}", title, self.wanted)
        if self.wanted:
            self.ids.add(shown.name)
        session.on_cancel(shown.name, cancel)
        return shown

    @contextmanager
    def shown(self, session: SessionApi, title: str, cancel: Callable[[], None]) -> Iterator[Shown]:
        """Show a progress for as long as the context lasts."""
        shown = self.begin(session, title, cancel)
        shown.show()
        try:
            yield shown
        finally:
            shown.end()
