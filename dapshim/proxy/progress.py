"""Progress as a client shows it: a title that can be cancelled, for what takes longer than a moment."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dapshim.proxy.shim import SessionApi


class Progress:
    """The progress of one session; nothing is shown unless the client `wanted` it. An id belongs to one progress alone."""

    def __init__(self) -> None:
        self.wanted = False
        self.ids: set[str] = set()
        """Those of ours that were shown."""
        self._numbers = itertools.count(1)

    def begin(self, session: SessionApi, title: str, cancel: Callable[[], None]) -> Callable[[str], None]:
        """Show a progress, and return what ends it, with a last word; `cancel` must not wait for anything."""
        if not self.wanted:
            return _nothing
        name = f"dapshim-{next(self._numbers)}"
        self.ids.add(name)
        session.announce("progressStart", {"progressId": name, "title": title, "cancellable": True})
        session.on_cancel(name, cancel)

        def end(message: str) -> None:
            session.on_cancel(name, None)
            session.announce("progressEnd", {"progressId": name, **({"message": message} if message else {})})

        return end

    @contextmanager
    def shown(self, session: SessionApi, title: str, cancel: Callable[[], None]) -> Iterator[None]:
        """Show a progress for as long as the context lasts."""
        end = self.begin(session, title, cancel)
        try:
            yield
        finally:
            end("")


def _nothing(_message: str) -> None:
    """Nothing was shown."""
