"""The remedies that dapshim carries out itself: `workspace/executeCommand`, with progress, cancelled when the client says so.

Only what was offered is ever done. What runs something wants a workspace that is trusted.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import trio
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from dapshim.diagnose.deeds import MappingDeed
from dapshim.language_server.deeds import Deeds, Say
from dapshim.language_server.offers import Offer
from dapshim.language_server.refused import UNTRUSTED, RefusedError
from dapshim.language_server.texts import EditorTexts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pygls.lsp.server import LanguageServer

    from dapshim.diagnose.placed import Fix
    from dapshim.language_server.trio_protocol import TrioProtocol

log = logging.getLogger(__name__)

Edited = Callable[["Fix"], types.WorkspaceEdit | None]
"""Makes the edit of a remedy for the client; None when a file is gone."""


class Remedies:
    """Does them. `edited` makes an edit for the client, `done` is called when files may have changed."""

    def __init__(
        self,
        server: LanguageServer,
        protocol: TrioProtocol,
        texts: EditorTexts,
        deeds: Deeds,
        edited: Edited,
        done: Callable[[], None],
    ) -> None:
        self._server = server
        self._protocol = protocol
        self._texts = texts
        self._deeds = deeds
        self._edited = edited
        self._done = done
        self._numbers = itertools.count(1)

    async def run(self, offer: Offer | None, *, trusted: bool) -> dict[str, Any]:
        """Do a remedy and return, as `output`, what a person should read of it.

        Raises:
            JsonRpcInvalidParams: it was not offered.
            RefusedError: the workspace is not trusted, or it does not succeed; the message says why.

        """
        if offer is None:
            raise JsonRpcInvalidParams("this is not offered any more; debug again, or ask for the quick fixes again")
        fix = offer.fix
        if fix.edits:
            return {"output": await self._edit(offer)}
        assert fix.deed is not None  # noqa: S101 - nothing else is offered
        if not trusted and not isinstance(fix.deed, MappingDeed):
            raise RefusedError(UNTRUSTED)
        async with self._progress(fix.title, fix.command) as say:
            printed = await self._deeds.do(fix.deed, say)
        self._done()
        return {"output": printed}

    async def _edit(self, offer: Offer) -> str:
        """Have the client make an edit, in its own texts, while they are what the edit was made for."""
        for file, text in offer.texts.items():
            if (self._texts.text(file) or "") != text:
                raise RefusedError(f"{file} has changed meanwhile; ask for the quick fixes again")
        workspace = self._server.client_capabilities.workspace
        if workspace is None or not workspace.apply_edit:
            raise RefusedError("this editor lets no server edit its files (workspace/applyEdit); use the quick fix")
        edit = self._edited(offer.fix)
        if edit is None:
            raise RefusedError(f"{', '.join(offer.texts)}: there is no such file any more")
        params = types.ApplyWorkspaceEditParams(edit, offer.fix.title)
        answer = await self._protocol.send_request_async(types.WORKSPACE_APPLY_EDIT, params)
        if not getattr(answer, "applied", False):
            raise RefusedError(getattr(answer, "failure_reason", None) or "the editor did not make the edit")
        return f"{offer.fix.title}: {', '.join(offer.texts)}\n"

    @asynccontextmanager
    async def _progress(self, title: str, message: str) -> AsyncIterator[Say]:
        """Show a progress while the body runs, where the client has one, with what it says; its cancel button ends the body.

        Raises:
            RefusedError: it was cancelled.

        """
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            yield _silent
            return
        progress, token = self._protocol.progress, f"dapshim-{next(self._numbers)}"
        try:
            await self._protocol.send_request_async(
                types.WINDOW_WORK_DONE_PROGRESS_CREATE, types.WorkDoneProgressCreateParams(token)
            )
        except JsonRpcException as error:
            log.info("the client shows no progress: %s", error)
            yield _silent
            return
        progress.begin(token, types.WorkDoneProgressBegin(title=title, message=message, cancellable=True))
        with trio.CancelScope() as scope:
            progress.tokens[token].add_done_callback(lambda _: scope.cancel())
            try:
                yield lambda said: progress.report(token, types.WorkDoneProgressReport(message=said))
            finally:
                progress.end(token, types.WorkDoneProgressEnd())
                del progress.tokens[token]
        if scope.cancelled_caught:
            raise RefusedError(f"{title}: cancelled")


def _silent(_: str) -> None:
    """Tell nobody."""
