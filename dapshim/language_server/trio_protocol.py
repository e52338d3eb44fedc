"""pygls's JSON-RPC on Trio. No event loop but Trio's runs: a test sees to that.

pygls 2.1 has no asyncio in its reader (`pygls.io_.run_async`), which runs under Trio as it is. What is overridden, and why:

- `_execute_handler`: a coroutine goes into our nursery instead of `asyncio.ensure_future`. Its future is a
  `concurrent.futures.Future`, like that of any other handler, and a cancelled one cancels the scope of its task. pygls keeps
  the futures of notifications for ever, one for each key that is typed; here they go when they are done.
- `_send_handler_result`: what is refused is a sentence for whoever asked and one line in the log, no traceback.
- `lsp_initialize`: the answer says which protocol of dapshim's own requests is spoken, for which pygls has no place.
- `lsp_shutdown`: pygls cancels while it walks over the very dictionary that a cancelled request leaves at once.
- `lsp_exit`: pygls calls `sys.exit`, which would tear sessions; here the reader is told to stop.
- `lsp_workspace__execute_command`: pygls does it in another task than the request's, where its cancel does not come.
- `send_request_async`: the answer of the client is awaited by Trio's means.

`_send_data` is as it was: it passes what `write` returns to asyncio only if that is awaitable, and `streams.Outbox` takes it at
once. docs/language-server.md offers the change to pygls.
"""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Future
from typing import Any, Final

import trio
from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInternalError, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

Handler = Callable[..., Any]

log = logging.getLogger(__name__)

PROTOCOL: Final = 1
"""Of dapshim's own requests (docs/language-server.md); another number when something that a client relies on changes."""


class TrioProtocol(LanguageServerProtocol):
    """See the head of this file. `nursery` is set before the first message; `stopped` becomes true at `exit`."""

    nursery: trio.Nursery
    on_exit: Callable[[], None]

    @property
    def was_shut_down(self) -> bool:
        """Whether the client asked for it before it said `exit`: the process ends with code 1 if not."""
        return self._shutdown

    def _execute_handler(
        self,
        msg_id: int | str,
        handler: Handler,
        callback: Callable[[Future[Any]], None],
        args: tuple[Any, ...] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not inspect.iscoroutinefunction(handler):
            super()._execute_handler(msg_id, handler, callback, args, kwargs)
            kept = self._request_futures.get(msg_id)
            if kept is not None:
                kept.add_done_callback(lambda _: self._forget(msg_id, kept))
            return
        future: Future[Any] = Future()
        scope = trio.CancelScope()
        self._request_futures[msg_id] = future
        future.add_done_callback(callback)
        future.add_done_callback(lambda done: self._let_go(msg_id, done, scope))
        self.nursery.start_soon(self._run, handler, args or (), kwargs or {}, future, scope)

    def _forget(self, msg_id: int | str, future: Future[Any]) -> None:
        if self._request_futures.get(msg_id) is future:
            del self._request_futures[msg_id]

    def _let_go(self, msg_id: int | str, future: Future[Any], scope: trio.CancelScope) -> None:
        self._forget(msg_id, future)
        if future.cancelled():
            scope.cancel()

    async def _run(
        self, handler: Handler, args: tuple[Any, ...], kwargs: dict[str, Any], future: Future[Any], scope: trio.CancelScope
    ) -> None:
        """Have the handler's outcome be that of its future; who cancelled the future has got its answer already."""
        with scope:
            try:
                result = await handler(*args, **kwargs)
            except Exception as error:  # noqa: BLE001 - the client is told, and the server goes on
                if not future.done():
                    future.set_exception(error)
                return
            except trio.Cancelled:
                future.cancel()
                raise
            if not future.done():
                future.set_result(result)

    def _send_handler_result(self, future: Future[Any], *, msg_id: int | str) -> None:
        error = None if future.cancelled() else future.exception()
        if not isinstance(error, JsonRpcException) or isinstance(error, JsonRpcInternalError):
            super()._send_handler_result(future, msg_id=msg_id)
            return
        self._request_futures.pop(msg_id, None)
        log.info("refused: %s", error.message)
        self._send_response(msg_id, error=error.to_response_error())

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(self, params: types.InitializeParams) -> Generator[Any, Any, types.InitializeResult]:
        """Answer what the server can do, dapshim's own requests among it."""
        result = yield from super().lsp_initialize(params)
        result.capabilities.experimental = {"dapshim": {"protocol": PROTOCOL}}
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: Any) -> Generator[Any, Any, None]:
        """Cancel what is being done, but for this very request, and take no more."""
        if (user_handler := self.fm.features.get(types.SHUTDOWN)) is not None:
            yield user_handler, args, None
        own = self.msg_id
        for msg_id, future in list(self._request_futures.items()):
            if msg_id != own and not future.done():
                future.cancel()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_args: Any) -> None:  # type: ignore[override]  # pygls's is a generator that ends the process
        """Have the reader stop; who reads ends the sessions first, and the process then."""
        self.on_exit()

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override]  # pygls's is a generator
        self, params: types.ExecuteCommandParams
    ) -> Any:
        """Do a command, in the very task of the request, so that the client's cancel reaches it."""
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"there is no command {params.command}")
        return await handler(*(params.arguments or ()))

    async def send_request_async(self, method: str, params: Any | None = None, msg_id: int | str | None = None) -> Any:
        """Ask the client something and return its answer.

        Raises:
            JsonRpcException: the client refuses it.

        """
        answered = trio.Event()
        future = self.send_request(method, params, msg_id=msg_id)
        future.add_done_callback(lambda _: answered.set())
        await answered.wait()
        if future.cancelled():
            raise JsonRpcInternalError("the server is shutting down")
        return future.result()
