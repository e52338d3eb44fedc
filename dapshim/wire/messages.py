"""Messages: the envelope decoded, the body left as it came until somebody asks for it.

The rules of this file:

1. What nobody edits goes out as it came in, byte for byte, but for the numbers in `seq` and `request_seq`: unknown members,
   number spellings (1.0, 2^64, -0.0, 1e400), lone surrogates and duplicate members of the body survive.
2. The body is decoded when `data` is first asked for, and never otherwise.
3. An edit is seen by comparing encodings (`commit`), so a hook that only looks costs the peer no byte.
4. What can take long on a large message is done in turns (`parse_in_turns`), so that one session's message does not hold up
   the others.

This file knows no link, no pipeline and no meaning of any command.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import msgspec

from dapshim.wire import json_text
from dapshim.wire.framing import DELVE_MAX_BODY
from dapshim.wire.json_text import Span

T = TypeVar("T")

Parts = tuple[bytes | memoryview, ...]
"""The pieces of one encoded message; large bodies are not copied to join them."""

LARGE: Final = 64 * 1024
"""Bytes above which copying a body costs more than another write; measured: joining is quicker below."""

MAX_DECODED: Final = DELVE_MAX_BODY
"""Bytes of a message that is decoded; a larger one passes unseen."""

MAX_PARTS: Final = 200_000
"""Lists and objects of a message that is decoded. Four MiB of `[],[],` would take 100 MiB of memory and 0.2 s, during which no
other session runs; a `variables` page of 100,000 values has as many as this."""

_SEQ_FIRST = re.compile(rb'\{"seq":([0-9]{1,18})(?=[,}])')
_SEQ_LAST = re.compile(rb'[,{]"seq":([0-9]{1,18})\}\Z')
_GO_RESPONSE = re.compile(rb'\{"seq":([0-9]{1,18}),"type":"response","request_seq":([0-9]{1,18})(?=[,}])')
_EMPTY = re.compile(rb"[ \t\r\n]*\}")
_TAIL: Final = 32

REFUSED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for a text that it does not read."""


class MalformedError(Exception):
    """The body, kept as `raw`, is not a JSON object: the peer does not speak DAP."""

    raw: bytes = b""


class BodyError(Exception):
    """The body cannot be decoded, or is not of the shape that was asked for; the message can still pass as it came."""


_ENVELOPE: Final = frozenset({"seq", "type", "command", "event", "request_seq", "success"})
"""The members that DAP's messages have on the outside."""

_decode_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder().decode
_encode = msgspec.json.encode


class Message:
    """One message: `raw` as it stands now, its number and its name.

    `seq` is the number that its sender gave it (0 when there is none, as Delve reads it). `name` is the command or the event.
    `reply_to` is the number that a response answers at the peer it goes to, once the ledger has told it.
    `kind` is `request`, `response`, `event`, or whatever else `type` says: Delve answers those too.
    """

    __slots__ = (
        "_baseline",
        "_data",
        "_lent",
        "_slow",
        "_spans",
        "kind",
        "name",
        "raw",
        "reply_to",
        "request_seq",
        "seq",
        "success",
        "too_deep",
    )

    def __init__(self, raw: bytes, kind: str, seq: int, name: str, request_seq: int = 0, *, success: bool = False) -> None:
        self.raw = raw
        self.kind = kind
        self.seq = seq
        self.name = name
        self.request_seq = request_seq
        self.success = success
        self.reply_to: int | None = None
        self.too_deep = False
        self._slow = False  # msgspec refuses it
        self._spans: dict[str, Span] | None = None  # where the members of the envelope stand in `raw`, once that was looked for
        self._data: dict[str, Any] | None = None
        self._baseline = b""
        self._lent: tuple[bool, dict[str, Any]] | None = None  # (the member was there as null, the empty body lent for it)

    def __repr__(self) -> str:
        return f"<{self.describe()}>"

    def describe(self) -> str:
        """Return how a person names this message: `request #4 "launch"`."""
        if self.kind == "response":
            return f'response #{self.seq} to #{self.request_seq} "{self.name}"'
        return f'{self.kind or "message"} #{self.seq} "{self.name}"'

    # -- the body ---------------------------------------------------------------------------------------------------------

    @property
    def data(self) -> dict[str, Any]:
        """The whole message decoded, to look at or to edit in place.

        Raises:
            BodyError: it cannot be decoded (1e400, too deep), or is larger than MAX_DECODED or MAX_PARTS.

        """
        if self._data is None:
            if len(self.raw) > MAX_DECODED or (len(self.raw) > MAX_PARTS and _parts(self.raw) > MAX_PARTS):
                raise BodyError(f"{self.describe()}: too large to be looked into")
            try:
                with _no_collection(len(self.raw)):
                    value = json_text.decode(self.raw) if self._slow else _decode_any(self.raw)
                self._baseline = self._encoded(value)
            except (ValueError, RecursionError) as error:
                raise BodyError(f"{self.describe()}: {error}") from error
            self._data = value
        data: dict[str, Any] = self._data
        return data

    @property
    def body(self) -> dict[str, Any]:
        """The `arguments` of a request, the `body` of anything else, to look at or to edit in place; made when missing.

        Raises:
            BodyError: it cannot be decoded, or is no object.

        """
        key = self._body_key
        body = self.data.get(key)
        if body is None:
            self._lent = key in self.data, {}
            body = self.data[key] = self._lent[1]
        if not isinstance(body, dict):
            raise BodyError(f"{self.describe()}: {key} is no object")
        return body

    @property
    def arguments(self) -> dict[str, Any]:
        """`body` under the name that DAP gives it in a request."""
        return self.body

    def view(self, shape: type[T]) -> T:
        """Return the body as the attrs class `shape` (see `wire.bodies`); unknown members are left out.

        Raises:
            BodyError: a member that `shape` names is missing or of another type, or some name holds a lone surrogate.

        """
        try:
            return msgspec.convert(self.data.get(self._body_key) or {}, shape)
        except (msgspec.ValidationError, UnicodeEncodeError) as error:
            raise BodyError(f"{self.describe()}: {error}") from error

    def commit(self) -> bool:
        """Make the edits of `data` part of `raw`; return whether there were any.

        Raises:
            BodyError: what a hook put in cannot be encoded.

        """
        if self._data is None:
            return False
        self._take_back_what_was_lent(self._data)
        try:
            encoded = self._encoded(self._data)
        except (TypeError, ValueError, RecursionError) as error:
            raise BodyError(f"{self.describe()}: {error}") from error
        if encoded == self._baseline:
            return False
        self.raw = self._baseline = encoded
        self._spans = None
        self.success = self._data.get("success") is True
        return True

    def discard(self) -> None:
        """Forget the edits since the last `commit`."""
        self._data = None

    def _encoded(self, value: Any) -> bytes:
        return json_text.encode(value) if self._slow else _encode(value)

    @property
    def _body_key(self) -> str:
        return "arguments" if self.kind == "request" else "body"

    def _take_back_what_was_lent(self, data: dict[str, Any]) -> None:
        """Undo what `body` put in place of a missing or null body, when nobody wrote into it."""
        if self._lent is None or data.get(self._body_key) is not self._lent[1] or self._lent[1]:
            return
        if self._lent[0]:
            data[self._body_key] = None
        else:
            del data[self._body_key]

    # -- out -------------------------------------------------------------------------------------------------------------

    def encode(self, seq: int, request_seq: int | None = None) -> Parts:
        """Return the message, framed, with these numbers in place of those it came with."""
        head, rest = self._renumbered(seq, self.request_seq if request_seq is None else request_seq)
        size = len(head) + len(rest)
        if len(rest) > LARGE:
            return (b"Content-Length: %d\r\n\r\n%b" % (size, head), rest)
        return (b"".join((b"Content-Length: %d\r\n\r\n" % size, head, rest)),)

    def _renumbered(self, seq: int, request_seq: int) -> tuple[bytes, bytes | memoryview]:
        raw = self.raw
        if self._spans is None:
            found = self._head()
            if found is not None and self.kind == "response":
                return b'{"seq":%d,"type":"response","request_seq":%d' % (seq, request_seq), _rest(raw, found.end())
            if found is not None:
                return b'{"seq":%d' % seq, _rest(raw, found.end())
            found = self._tail()
            if found is not None:
                return b"", b"".join((memoryview(raw)[: found.start(1)], b"%d}" % seq))
        return self._rebuilt({"seq": seq, "request_seq": request_seq} if self.kind == "response" else {"seq": seq})

    def _head(self) -> re.Match[bytes] | None:
        """Find the numbers at the head of the text, where Delve and most clients write them."""
        found = (_GO_RESPONSE if self.kind == "response" else _SEQ_FIRST).match(self.raw)
        if found is None or not self._counts(found) or (self.kind == "response" and int(found[2]) != self.request_seq):
            return None
        return found

    def _tail(self) -> re.Match[bytes] | None:
        """Find the number at the end of the text, where VS Code writes it."""
        if self.kind == "response":
            return None
        found = _SEQ_LAST.search(self.raw, max(0, len(self.raw) - _TAIL))
        return found if found is not None and int(found[1]) == self.seq else None

    def _counts(self, found: re.Match[bytes]) -> bool:
        """Whether `found` holds the numbers that a reader takes: of two members of one name it takes the last.

        What may have a second one further on is rebuilt. A request is a client's own hand, which may even spell it with
        escapes; a large event or response is Delve's, whose encoder writes none twice, and searching it would cost more than
        all else.
        """
        raw, end = self.raw, found.end()
        if int(found[1]) != self.seq:
            return False
        if self.kind in ("response", "event"):
            return len(raw) > LARGE or raw.find(b'seq"', end) < 0
        return raw.find(b'seq"', end) < 0 and raw.find(b"\\u00", end) < 0

    def _rebuilt(self, numbers: dict[str, int]) -> tuple[bytes, bytes]:
        """Put the message together from its members, each as it came, with `numbers` in their places or in front."""
        values: dict[str, bytes | msgspec.Raw]
        if self._spans is not None or self._slow or len(self.raw) > LARGE:
            return b"", _spliced(self.raw, numbers, self._spans)
        try:
            values = dict(_decode_members(self.raw))
        except REFUSED:  # a name that is no UTF-8, or a stack that is deeper here than where the message was read
            return b"", _spliced(self.raw, numbers, None)
        for name, number in numbers.items():
            spelt = b"%d" % number
            if name in values:
                values[name] = spelt
            else:
                values = {name: spelt, **values}
        return b"{" + b",".join(json_text.encode(name) + b":" + bytes(value) for name, value in values.items()) + b"}", b""


def _spliced(raw: bytes, numbers: dict[str, int], spans: dict[str, Span] | None) -> bytes:
    """Return `raw` with `numbers` where the members of these names stand, or else in front; no other byte changes."""
    if spans is None:
        spans, _ = drained(located(raw))
    front = raw.index(b"{") + 1
    missing = b",".join(b'"%b":%d' % (name.encode(), number) for name, number in numbers.items() if name not in spans)
    if missing and _EMPTY.match(raw, front) is None:
        missing += b","
    changes = [(span.start, span.end, b"%d" % numbers[name]) for name, span in spans.items() if name in numbers]
    pieces: list[bytes | memoryview] = []
    position = 0
    view = memoryview(raw)
    for start, end, piece in sorted([*changes, (front, front, missing)]):
        pieces += [view[position:start], piece]
        position = end
    return b"".join([*pieces, view[position:]])


def _rest(raw: bytes, start: int) -> bytes | memoryview:
    return raw[start:] if len(raw) <= LARGE else memoryview(raw)[start:]


def located(raw: bytes) -> Generator[None, None, tuple[dict[str, Span], bool]]:
    """Return where the members of the envelope stand, and whether the text is too deep for Delve."""
    try:
        found = yield from json_text.members_in_turns(raw, _ENVELOPE)
    except json_text.TooDeepError as error:
        return error.members, True
    return found, False


@contextmanager
def _no_collection(size: int) -> Iterator[None]:
    """Keep the garbage collector from walking through a large message again and again while it is being decoded."""
    if size <= LARGE or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _parts(raw: bytes) -> int:
    """Return how many lists and objects a text can hold."""
    return raw.count(b"[") + raw.count(b"{")


def drained(turns: Generator[None, None, T]) -> T:
    """Take all turns of a generator at once and return what it returns."""
    while True:
        try:
            next(turns)
        except StopIteration as stop:
            made: T = stop.value
            return made


# -- messages of our own --------------------------------------------------------------------------------------------------


def request(command: str, arguments: object | None = None, *, seq: int = 0) -> Message:
    """Make a request; its number is given when it is sent. `arguments` is anything that msgspec encodes.

    With `seq` it stands for the one that a peer has sent under this number, so that it can be answered.
    """
    made: dict[str, object] = {"seq": seq, "type": "request", "command": command}
    if arguments is not None:
        made["arguments"] = arguments
    return Message(json_text.encode_quickly(made), "request", seq, command)


def event(name: str, body: object | None = None) -> Message:
    """Make an event; its number is given when it is sent."""
    made: dict[str, object] = {"seq": 0, "type": "event", "event": name}
    if body is not None:
        made["body"] = body
    return Message(json_text.encode_quickly(made), "event", 0, name)


def response(to: Message, body: object | None = None) -> Message:
    """Make a successful response to the request `to`."""
    made: dict[str, object] = {"seq": 0, "type": "response", "request_seq": to.seq, "success": True, "command": to.name}
    if body is not None:
        made["body"] = body
    return Message(json_text.encode_quickly(made), "response", 0, to.name, to.seq, success=True)


def words_of_failure(response: Message) -> str:
    """Return what a failed response says to a person: its error's `format`, else its `message`; "" when it says nothing."""
    try:
        error = response.body.get("error")
        words = [error.get("format") if isinstance(error, dict) else None, response.data.get("message")]
    except BodyError:
        return ""
    finally:
        response.discard()
    return next((text for text in words if isinstance(text, str) and text), "")


def failure(to: Message, text: str, *, error_id: int, show_user: bool = False) -> Message:
    """Make a failed response to the request `to`, in Delve's shape: `message`, and `body.error` with id, format, showUser."""
    made = {
        "seq": 0,
        "type": "response",
        "request_seq": to.seq,
        "success": False,
        "command": to.name,
        "message": text,
        "body": {"error": {"id": error_id, "format": text, "showUser": show_user}},
    }
    return Message(json_text.encode_quickly(made), "response", 0, to.name, to.seq)
