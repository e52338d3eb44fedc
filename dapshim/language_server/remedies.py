"""The remedies that dapshim carries out itself: `workspace/executeCommand`, with progress, cancelled when the client says so.

Only what was offered is ever run, and only the go command, with words of the rules.
"""

from __future__ import annotations

import itertools
import logging
import subprocess
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Final

import trio
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from dapshim.diagnose.placed import Fix
from dapshim.language_server.control import UNTRUSTED, RefusedError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pygls.lsp.server import LanguageServer

    from dapshim.language_server.trio_protocol import TrioProtocol

log = logging.getLogger(__name__)

LIMIT: Final = 120.0
"""Seconds that a remedy may take: `go work use` takes less than one."""


class Remedies:
    """Does them. `go` tells which go command, `done` is called when files may have changed."""

    def __init__(
        self,
        server: LanguageServer,
        protocol: TrioProtocol,
        environ: Mapping[str, str],
        go: Callable[[], str],
        done: Callable[[], None],
    ) -> None:
        self._server = server
        self._protocol = protocol
        self._environ = environ
        self._go = go
        self._done = done
        self._numbers = itertools.count(1)

    async def run(self, fix: Fix | None, *, trusted: bool) -> dict[str, Any]:
        """Run the command of a remedy and return what it printed.

        Raises:
            JsonRpcInvalidParams: it was not offered.
            RefusedError: the workspace is not trusted, or the command fails; the message says what it said.

        """
        if fix is None or fix.arguments[:1] != ("go",):
            raise JsonRpcInvalidParams("no such remedy was offered; ask for the quick fixes again")
        if not trusted:
            raise RefusedError(UNTRUSTED)
        words = [self._go(), *fix.arguments[1:]]
        async with self._progress(fix.title, fix.command):
            try:
                with trio.fail_after(LIMIT):
                    done = await trio.run_process(
                        words,
                        cwd=fix.directory,
                        capture_stdout=True,
                        stderr=subprocess.STDOUT,
                        check=False,
                        # No other toolchain is fetched for it.
                        env={**self._environ, "GOTOOLCHAIN": "local", "PWD": fix.directory},
                    )
            except trio.TooSlowError:
                raise RefusedError(f"{fix.command} did not end within {LIMIT:.0f} s") from None
            except OSError as error:
                raise RefusedError(f"{fix.command}: {error.strerror or error}") from error
        self._done()
        printed = done.stdout.decode("utf-8", "replace")
        if done.returncode:
            raise RefusedError(f"{fix.command} failed: {printed.strip()}")
        return {"output": printed}

    @asynccontextmanager
    async def _progress(self, title: str, message: str) -> AsyncIterator[None]:
        """Show a progress while the body runs, where the client has one; its cancel button ends the body.

        Raises:
            RefusedError: it was cancelled.

        """
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            yield
            return
        progress, token = self._protocol.progress, f"dapshim-{next(self._numbers)}"
        try:
            await self._protocol.send_request_async(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token)
            )
        except JsonRpcException as error:
            log.info("the client shows no progress: %s", error)
            yield
            return
        progress.begin(token, types.WorkDoneProgressBegin(title=title, message=message, cancellable=True))
        with trio.CancelScope() as scope:
            progress.tokens[token].add_done_callback(lambda _: scope.cancel())
            try:
                yield
            finally:
                progress.end(token, types.WorkDoneProgressEnd())
                del progress.tokens[token]
        if scope.cancelled_caught:
            raise RefusedError(f"{title}: cancelled")
