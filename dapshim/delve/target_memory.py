"""The memory of a program that only dlv can reach, by requests that a client might send too, and that show it nothing.

While the program stands still, `evaluate` answers what an expression is and what `dlv examinemem` and `dlv sources` print, and
`readMemory` gives bytes: as many as are wanted, but only from a slice or string on, which `variables` has given a reference
(Delve 1.27.1). `examinemem` takes any address, 64 KiB at a time, as text; in words of 8 bytes it takes a quarter of the time
that bytes take. None of these makes dlv send an event; `threads` would, for a stripped program.

What comes back is a stranger's: every number is bounded before it is believed. It knows nothing of Go's tables.
"""

from __future__ import annotations

import binascii
import re
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, Generic, Protocol, TypeVar

import attrs
import msgspec
import trio

from dapshim.wire.messages import BodyError, Message, words_of_failure

T = TypeVar("T")
D = TypeVar("D")

ANSWER: Final = 5.0
"""Seconds for one of the small questions, which take dlv less than a millisecond; a dlv at a distance needs its delay too."""

TRANSFER: Final = 30.0
"""Seconds for one large read: 21 MB take 0.3 s on one machine, and 20 s at a megabyte in a second."""

EXAMINED_MOST: Final = 65536
"""Bytes that one `dlv examinemem` gives at most (Delve 1.27.1: rpc2.ExamineMemoryLengthLimit; its help says 1000)."""

AT_ONCE: Final = 8
"""Pieces of EXAMINED_MOST bytes that are asked for at once, so that a delay is paid for one of them only."""

READ_MOST: Final = 32 << 20
"""Bytes that are asked for by one `readMemory`; as base64 they stay below what a message may have."""

_WORD: Final = 8
_ADDRESSES: Final = 1 << 64
_NUMBER: Final = re.compile(r"([0-9]{1,20})(?: = 0x[0-9a-f]{1,16})?")
_ARRAY: Final = re.compile(r"\*\[[0-9]+\]uintptr \[([0-9]{1,20}(?:,[0-9]{1,20})*)\]")
_WORDS: Final = re.compile(r"0x([0-9a-f]{16})(?![0-9a-f:])")
_SMALL: Final = 1 << 16
"""Characters that are decoded in less time than a thread takes to begin."""

_AT_ONCE_MOST: Final = 4 << 20
"""Bytes of an answer that are decoded in one go, in some 3 ms."""

_PART: Final = 1 << 20
"""Characters of base64 that are decoded at a time, so that a large answer does not keep other threads waiting."""


class Asker(Protocol):
    """Who sends a request of our own to the adapter, such as a shim's session."""

    async def call(self, command: str, arguments: object | None = None, *, deadline: float = ANSWER) -> Message:
        """Return the response, successful or not; raise what the session raises when there will be none."""


class TargetUnreadableError(Exception):
    """Nothing could be learnt of the program; the message is a sentence for the user."""


class TargetRunningError(TargetUnreadableError):
    """The program runs, and Delve reads memory of one that stands still only."""


class TargetMissingError(TargetUnreadableError):
    """There is no program yet, as before a launch."""


class NotReadError(Exception):
    """One way of reading led nowhere; the message says why, so that the next way can be tried and all be told."""


class NoAnswerError(NotReadError):
    """There was no answer in time."""


@attrs.frozen
class Reference:
    """What `readMemory` takes: a name that dlv gave, and the value as dlv shows it, cut after some characters."""

    name: str
    value: str


@attrs.frozen(eq=False)
class TargetMemory:
    """The questions, each with its own deadline in seconds.

    All raise NotReadError, as they say, and TargetRunningError or TargetMissingError where there is nothing to ask.
    """

    asker: Asker

    async def evaluate(self, expression: str, deadline: float = ANSWER) -> dict[str, Any]:
        """Return the body of the answer to `evaluate`; raise NotReadError with dlv's own words when it refuses."""
        response = await self._asked("evaluate", {"expression": expression, "context": "repl"}, deadline)
        return _body(response)

    async def printed(self, command: str, deadline: float = ANSWER) -> str:
        """Return what a command of dlv's (`dlv sources`) prints, or how it shows the value of an expression."""
        return _text((await self.evaluate(command, deadline)).get("result"), command)

    async def number(self, expression: str) -> int:
        """Return the value of an unsigned expression of up to 64 bits; raise NotReadError for what is none."""
        result = await self.printed(expression)
        found = _NUMBER.fullmatch(result)
        if found is None or not int(found[1]) < _ADDRESSES:
            raise NotReadError(f"{expression} is {result[:80]!r}, no address or length")
        return int(found[1])

    async def numbers(self, expression: str, count: int) -> tuple[int, ...]:
        """Return the elements of an array of unsigned numbers to which an expression points."""
        result = await self.printed(expression)
        found = _ARRAY.fullmatch(result)
        values = tuple(map(int, found[1].split(","))) if found is not None else ()
        if len(values) != count or not all(each < _ADDRESSES for each in values):
            raise NotReadError(f"{expression} is {result[:80]!r}, not {count} numbers")
        return values

    async def reference(self, pointer: Mapping[str, Any]) -> Reference:
        """Return the reference to the slice or string at which a pointer points; `pointer` is its answer to `evaluate`."""
        variable = pointer.get("variablesReference")
        body = _body(await self._asked("variables", {"variablesReference": variable}, ANSWER))
        children = body.get("variables")
        child = children[0] if isinstance(children, list) and children and isinstance(children[0], dict) else {}
        name, value = child.get("memoryReference"), child.get("value")
        if not isinstance(name, str) or not name:
            raise NotReadError(f"Delve gives no reference to memory: {str(value)[:120]}")
        return Reference(name, value if isinstance(value, str) else "")

    async def read(self, reference: str, length: int, offset: int = 0) -> bytes:
        """Return the bytes from a reference on, at most `length`, as far as dlv can read them."""
        data = b""
        while len(data) < length:
            wanted = min(READ_MOST, length - len(data))
            arguments = {"memoryReference": reference, "offset": offset + len(data), "count": wanted}
            response = await self._asked("readMemory", arguments, TRANSFER)
            part = await _beside(len(response.raw), partial(decoded_memory, response.raw, wanted))
            data = data + part if data else part
            if len(part) < wanted:
                break
        return data

    async def examine(self, address: int, length: int, deadline: float = ANSWER) -> bytes:
        """Return `length` bytes at an address; raise NotReadError where not all of them can be read."""
        start = address - address % _WORD
        end = address + length + -(address + length) % _WORD
        if not 0 <= start < end <= _ADDRESSES:
            raise NotReadError(f"there are no {length} bytes at {address:#x}")
        parts: list[bytes] = []
        for batch in range(start, end, EXAMINED_MOST * AT_ONCE):
            pieces = range(batch, min(end, batch + EXAMINED_MOST * AT_ONCE), EXAMINED_MOST)
            async with together() as at_once:
                asked = [at_once.ask(partial(self._words, at, min(EXAMINED_MOST, end - at), deadline)) for at in pieces]
            parts += [each.get() for each in asked]
        return b"".join(parts)[address - start :][:length]

    async def _words(self, address: int, length: int, deadline: float) -> bytes:
        count = length // _WORD
        shown = await self.printed(f"dlv examinemem -fmt hex -count {count} -size {_WORD} {address:#x}", deadline)
        return await _beside(len(shown), partial(examined, shown, count))

    async def _asked(self, command: str, arguments: dict[str, Any], deadline: float) -> Message:
        with trio.move_on_after(deadline):
            # Its own deadline is the later one, so that only this one is ever met, whatever an asker raises at its own.
            response = await self.asker.call(command, arguments, deadline=deadline + 1)
            if response.success:
                return response
            words = words_of_failure(response) or "it gave no reason"
            if "debuggee is running" in words:
                raise TargetRunningError("the program runs: Delve can tell of its files only while it stands still")
            if "No debug session started" in words:
                raise TargetMissingError("dlv has no program yet")
            raise NotReadError(words)
        raise NoAnswerError(f'Delve did not answer "{command}" within {deadline:g} s')


async def _beside(size: int, work: Callable[[], bytes]) -> bytes:
    """Do what takes long for a large answer (21 MB: some tenths of a second) beside the sessions."""
    return work() if size <= _SMALL else await trio.to_thread.run_sync(work, abandon_on_cancel=True)


def _body(response: Message) -> dict[str, Any]:
    try:
        return response.body
    except BodyError as error:
        raise NotReadError(f"an answer cannot be read: {error}") from error


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise NotReadError(f"Delve's answer to {what!r} has no text")
    return value


# -- answers as bytes ------------------------------------------------------------------------------------------------------


class _Text(msgspec.Struct, gc=False):
    data: str = ""


class _TextAnswer(msgspec.Struct, gc=False):
    body: _Text | None = None


class _Bytes(msgspec.Struct, gc=False):
    data: bytes = b""


class _BytesAnswer(msgspec.Struct, gc=False):
    body: _Bytes | None = None


_decode_text = msgspec.json.Decoder(_TextAnswer).decode
_decode_bytes = msgspec.json.Decoder(_BytesAnswer).decode
"""Made here: answers are decoded in several threads, and msgspec 0.22.0 crashes where two meet a class for the first time."""


def decoded_memory(raw: bytes, most: int) -> bytes:
    """Return the bytes of a `readMemory` answer, given as it came; raise NotReadError for what is no base64 or too much."""
    try:
        data = _at_once(raw) if len(raw) <= _AT_ONCE_MOST else _in_parts(raw)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotReadError(f"the answer to readMemory is no base64: {error}") from error
    if len(data) > most:
        raise NotReadError(f"the answer to readMemory has more than the {most} bytes that were asked for")
    return data


def _at_once(raw: bytes) -> bytes:
    """Have msgspec decode the base64: a quarter of the time, in which no other thread has its turn."""
    answer = _decode_bytes(raw)
    return answer.body.data if answer.body is not None else b""


def _in_parts(raw: bytes) -> bytes:
    answer = _decode_text(raw)
    view = memoryview((answer.body.data if answer.body is not None else "").encode("ascii"))
    return b"".join(binascii.a2b_base64(view[at : at + _PART], strict_mode=True) for at in range(0, len(view), _PART))


def examined(shown: str, count: int) -> bytes:
    """Return the bytes that `dlv examinemem -fmt hex -size 8` shows; raise NotReadError unless they are `count` words.

    Delve 1.27.1 writes each word as a number, the lowest byte first in memory, whatever the machine.
    """
    found = _WORDS.findall(shown)
    if len(found) != count:
        said = shown.strip().partition("\n")[0][:160]
        raise NotReadError(said if not found else f"examinemem gave {len(found)} words instead of {count}")
    words = array("Q", bytes.fromhex("".join(found)))
    words.byteswap()
    return words.tobytes()


# -- several questions at once ---------------------------------------------------------------------------------------------


@attrs.define(eq=False)
class Pending(Generic[T]):
    """The answer to come of one question."""

    _values: list[T] = attrs.field(factory=list)
    _error: Exception | None = None

    async def settle(self, question: Callable[[], Awaitable[T]]) -> None:
        """Ask, and keep what comes of it."""
        try:
            self._values.append(await question())
        except Exception as error:  # noqa: BLE001 - it is its own question's, and raised where the answer is taken
            self._error = error

    def get(self) -> T:
        """Return the answer, or raise what came instead of it."""
        if self._error is not None:
            raise self._error
        return self._values[0]

    def get_or(self, otherwise: D) -> T | D:
        """Return the answer, `otherwise` where the question led nowhere; raise what is no NotReadError."""
        return otherwise if isinstance(self._error, NotReadError) else self.get()


@attrs.frozen(eq=False)
class Together:
    """Questions that are asked at once, so that a delay is paid once; see `together`."""

    _nursery: trio.Nursery

    def ask(self, question: Callable[[], Awaitable[T]]) -> Pending[T]:
        """Begin a question; its answer may be taken when the context has been left."""
        pending: Pending[T] = Pending()
        self._nursery.start_soon(pending.settle, question)
        return pending


@asynccontextmanager
async def together() -> AsyncIterator[Together]:
    """Return a context in which questions are begun; leaving it waits for all of them, and raises none of their errors."""
    async with trio.open_nursery() as nursery:
        yield Together(nursery)
