"""Waits for bytes in Trio's place, so that what nobody wants to see is passed on without a turn of the scheduler.

A step in an editor is a dozen messages that come one at a time. Trio needs about 25 us to wake a task for each (an `epoll_ctl`,
a turn of its loop, the task's own frames), which is half of what a relay costs. So when Trio is about to sleep, this waits
instead: for the links, and for Trio's own epoll too. Bytes of a link are handed to whoever serves it, at once; anything
else (another socket, a signal, a thread, a deadline, a task that became runnable) lets Trio go on as it always does.

The rules of this file:

1. Nothing waits for us: we return when anything but a link is ready, when a task has become runnable, and at the next deadline.
2. Where Trio has no epoll (macOS), or a Trio to come hides it, there is no poller, and every link waits by its own task.

Seen with Trio 0.30 to 0.35: `before_io_wait` is called with the seconds until the next deadline, after all runnable tasks have
run, and then Trio waits that long, whatever was done meanwhile; so a task that became runnable needs a wake of its own.
"""

from __future__ import annotations

import logging
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import trio

if TYPE_CHECKING:
    from collections import deque

log = logging.getLogger(__name__)

_current: trio.lowlevel.RunVar[Poller | None] = trio.lowlevel.RunVar("dapshim_poller", default=None)

BATCH: Final = 64
"""Descriptors that are looked at in one turn."""

SWITCH: Final = 0.0002
"""Seconds after which a thread that computes lets another one run; 0.005 is Python's own. A message is read and written with
system calls, and after each of them it waits that long for a thread that reads a program (CPython 3.11, a relay beside such a
thread: 11.6 ms for each message with Python's own, 0.66 ms with 0.0005 and 0.21 ms with 0.0001)."""


def current() -> Poller | None:
    """Return the poller of this run of Trio, None when there is none."""
    return _current.get()


@contextmanager
def polling() -> Iterator[Poller | None]:
    """Have a poller for this run of Trio, where that is possible; and messages that do not wait for threads, everywhere."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH)
    try:
        with _polling() as poller:
            yield poller
    finally:
        sys.setswitchinterval(before)


@contextmanager
def _polling() -> Iterator[Poller | None]:
    inside = _trio_inside()
    if inside is None:
        yield None
        return
    poller = Poller(*inside)
    trio.lowlevel.add_instrument(poller)
    token = _current.set(poller)
    try:
        yield poller
    finally:
        _current.reset(token)
        trio.lowlevel.remove_instrument(poller)
        poller.close()


class Poller(trio.abc.Instrument):
    """One for each run of Trio: `epoll` is Trio's own, `runnable` its queue of tasks that can run."""

    def __init__(self, epoll: select.epoll, runnable: deque[Any]) -> None:
        self._trio = epoll.fileno()
        self._runnable = runnable
        self._token = trio.lowlevel.current_trio_token()
        self._handlers: dict[int, _Served] = {}
        self._epoll = select.epoll()
        self._epoll.register(self._trio, select.EPOLLIN)

    def close(self) -> None:
        """Let go of the descriptor."""
        self._epoll.close()

    async def serve(self, descriptor: int, handle: Callable[[], bool]) -> None:
        """Call `handle` whenever `descriptor` is readable, until it returns False; it must not wait for anything.

        Raises:
            ClosedResourceError: `closing` was called meanwhile.
            Exception: what `handle` raised.

        """
        served = _Served(handle, trio.lowlevel.current_task())
        self._epoll.register(descriptor, select.EPOLLIN)
        self._handlers[descriptor] = served

        def abort(_: object) -> trio.lowlevel.Abort:
            self._forget(descriptor)
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(abort)
        if served.error is not None:
            raise served.error

    def closing(self, descriptor: int) -> None:
        """Wake whoever serves a descriptor that is about to be closed."""
        served = self._handlers.get(descriptor)
        if served is not None:
            served.error = trio.ClosedResourceError()
            self._let_go(descriptor, served)

    def before_io_wait(self, timeout: float) -> None:
        """Wait in Trio's place for at most `timeout` seconds, which is 0 when a task can run."""
        if not self._handlers:
            return
        # When a task can run (0), links are looked at all the same, or a task that always can would starve them.
        begun_idle = timeout > 0
        # Not Trio's own clock, which takes longer to ask; a step asks a dozen times.
        deadline = time.perf_counter() + timeout
        while True:
            ready = self._epoll.poll(timeout, BATCH)
            others = False
            for descriptor, _ in ready:
                served = self._handlers.get(descriptor)
                if served is not None:
                    self._call(descriptor, served)
                elif descriptor == self._trio:
                    others = True
            if self._runnable:
                break
            if not ready or (timeout := deadline - time.perf_counter()) <= 0:
                break
            if others:
                return
        if begun_idle:
            self._token.run_sync_soon(_nothing, idempotent=True)

    def _call(self, descriptor: int, served: _Served) -> None:
        try:
            if served.handle():
                return
        except Exception as error:  # noqa: BLE001 - it is raised where it belongs, in the task that serves
            served.error = error
        self._let_go(descriptor, served)

    def _let_go(self, descriptor: int, served: _Served) -> None:
        self._forget(descriptor)
        trio.lowlevel.reschedule(served.task)

    def _forget(self, descriptor: int) -> None:
        if self._handlers.pop(descriptor, None) is not None:
            try:
                self._epoll.unregister(descriptor)
            except OSError as error:
                log.debug("descriptor %d was closed while it was served: %s", descriptor, error)


class _Served:
    """Who handles the bytes of a descriptor, and the task that waits until it no longer does."""

    __slots__ = ("error", "handle", "task")

    def __init__(self, handle: Callable[[], bool], task: trio.lowlevel.Task) -> None:
        self.handle = handle
        self.task = task
        self.error: Exception | None = None


def _nothing() -> None:
    """Do nothing: to be asked for it wakes Trio."""


def _trio_inside() -> tuple[select.epoll, deque[Any]] | None:
    """Return Trio's epoll and its queue of runnable tasks, which it does not show in public."""
    if sys.platform != "linux":
        return None
    try:
        from trio._core._run import GLOBAL_RUN_CONTEXT

        runner = GLOBAL_RUN_CONTEXT.runner
        epoll, runnable = runner.io_manager._epoll, runner.runq  # noqa: SLF001 - see rule 2
    except (ImportError, AttributeError) as error:
        log.info("this Trio does not show its epoll: %s", error)
        return None
    return epoll, runnable
