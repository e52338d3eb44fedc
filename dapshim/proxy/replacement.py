"""An adapter that takes the place of another within a session (law 7): it is introduced, and the old one is retired."""

from __future__ import annotations

from typing import Any, Final

import trio

from dapshim.proxy.adapter import Adapter, StartError
from dapshim.proxy.link import EndOfLinkError, Link
from dapshim.proxy.shim import CALL_DEADLINE
from dapshim.wire.framing import FramingError
from dapshim.wire.messages import MalformedError, Message

_FAILS_BY: Final = (trio.TooSlowError, EndOfLinkError, FramingError, MalformedError)


async def introduce(adapter: Adapter, link: Link, initialize: Message | None) -> dict[str, Any] | None:
    """Replay the client's `initialize`, if there was one, before anything else is sent; return what the adapter can do.

    An adapter that does not get as far, be it that the user interrupts, is ended.

    Raises:
        StartError: it did not answer.

    """
    if initialize is None:
        return None
    link.post(initialize.encode(link.ledger.next_seq()))
    try:
        with trio.fail_after(CALL_DEADLINE):
            return await _capabilities(link)
    except BaseException as error:
        with trio.CancelScope(shield=True):
            await retire(adapter)
        reason = _reason(error)
        if reason is None:
            raise
        raise StartError(f'the new adapter did not answer "initialize": {reason}') from error


async def _capabilities(link: Link) -> dict[str, Any] | None:
    """Wait for the first answer, while what was posted is written."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(link.write)
        link.push()
        while True:
            for message in await link.receive():
                if message.kind == "response":
                    nursery.cancel_scope.cancel()
                    return message.body if message.success else None


def _reason(error: BaseException) -> str | None:
    """Say how an adapter failed, None when it was something else that went wrong."""
    if isinstance(error, BaseExceptionGroup):
        return _reason(error.exceptions[0]) if error.split(_FAILS_BY)[1] is None else None
    if isinstance(error, trio.TooSlowError):
        return f"nothing came within {CALL_DEADLINE:g} s"
    if isinstance(error, EndOfLinkError):
        return "it ended the connection"
    return str(error) if isinstance(error, _FAILS_BY) else None


async def retire(adapter: Adapter, retired: trio.Event | None = None) -> None:
    """End an adapter whose place another one has taken; when this is cancelled, that is done without grace."""
    try:
        await adapter.end(attached=False)
    finally:
        with trio.CancelScope(shield=True):
            await adapter.close()
        if retired is not None:
            retired.set()
