"""From a body to a `Message`: the envelope is read, the rest left as it came.

What can take long on a large message (`parse_in_turns`) is apart from what cannot (`parse_at_once`), so that one session's
message need not hold up the others. Which bytes a message keeps is `messages.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Final

import msgspec

from dapshim.wire import json_text
from dapshim.wire.messages import LARGE, REFUSED, MalformedError, Message, drained, located

_SURROGATES = re.compile("[\ud800-\udfff]")

_NONE: Final = msgspec.Raw(b"")


class _Spellings(msgspec.Struct, gc=False):
    """The envelope as it is spelt, whatever its members are."""

    seq: msgspec.Raw = _NONE
    type: msgspec.Raw = _NONE
    command: msgspec.Raw = _NONE
    event: msgspec.Raw = _NONE
    request_seq: msgspec.Raw = _NONE
    success: msgspec.Raw = _NONE


class _Envelope(msgspec.Struct, gc=False):
    seq: int = 0
    type: str = ""
    command: str = ""
    event: str = ""
    request_seq: int = 0
    success: bool = False


_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_spellings = msgspec.json.Decoder(_Spellings).decode


def parse(raw: bytes) -> Message:
    """Read the envelope of a body.

    Raises:
        MalformedError: it is not a JSON object.

    """
    return parse_at_once(raw) or drained(parse_in_turns(raw))


def parse_at_once(raw: bytes) -> Message | None:
    """Read the envelope in the time that msgspec takes, 5 ms for a MiB at most; None when that does not suffice."""
    try:
        envelope = _decode_envelope(raw)
    except msgspec.ValidationError:
        message = _parse_lenient(raw)
    except REFUSED:
        return None
    else:
        kind = envelope.type
        name = envelope.event if kind == "event" else envelope.command
        message = Message(raw, kind, envelope.seq, name, envelope.request_seq, success=envelope.success)
    if message is not None and len(raw) > LARGE and message._head() is None and message._tail() is None:  # noqa: SLF001 - as below
        return None
    return message


def parse_in_turns(raw: bytes) -> Generator[None, None, Message]:
    """Read the envelope of what msgspec refuses or what has its numbers in an unusual place, a few milliseconds at a time.

    Raises:
        MalformedError: it is not a JSON object.

    """
    yield  # each pass over a text of many megabytes is a turn of its own
    try:
        json_text.check(raw)
        yield
        spans, too_deep = yield from located(raw)
    except json_text.NotJsonError as error:
        raise MalformedError(f"not a JSON object: {error}") from error
    message = _from_members(raw, {name: raw[span.start : span.end] for name, span in spans.items()})
    yield
    message._slow = _is_refused(raw)  # noqa: SLF001 - the constructor of this class's own slow case
    message._spans = spans  # noqa: SLF001
    message.too_deep = too_deep
    return message


def _is_refused(raw: bytes) -> bool:
    try:
        _decode_spellings(raw)
    except REFUSED:
        return True
    return False


def _parse_lenient(raw: bytes) -> Message | None:
    """Read an envelope that has a member of another type than DAP says; that member counts as missing."""
    try:
        spellings = _decode_spellings(raw)
    except REFUSED:
        return None
    found = {name: bytes(getattr(spellings, name)) for name in _Spellings.__struct_fields__}
    return _from_members(raw, {name: value for name, value in found.items() if value})


def _from_members(raw: bytes, values: dict[str, bytes]) -> Message:
    kind = _text(values.get("type"))
    name = _text(values.get("event" if kind == "event" else "command"))
    success = values.get("success") == b"true"
    return Message(raw, kind, _number(values.get("seq")), name, _number(values.get("request_seq")), success=success)


def _text(value: bytes | None) -> str:
    """Decode a name as Go does, which reads U+FFFD for a lone surrogate, so that every name can be encoded again."""
    try:
        return _SURROGATES.sub("\ufffd", json_text.string(value)) if value is not None else ""
    except json_text.NotJsonError:
        return ""


def _number(value: bytes | None) -> int:
    return int(value) if value is not None and re.fullmatch(rb"-?[0-9]{1,40}", value) else 0
