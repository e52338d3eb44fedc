"""What an `output` event says, read without the rest of it: they come in floods, and of nearly all nothing is to be changed."""

from __future__ import annotations

from typing import Any

import attrs
import msgspec

from dapshim.wire.messages import Message


@attrs.frozen
class Printed:
    """The body of an `output` event; `source` is anything but None where it names a place."""

    output: str
    category: str = ""
    source: Any = None


@attrs.frozen
class _Event:
    body: Printed


_decode = msgspec.json.Decoder(_Event).decode


def printed(event: Message) -> Printed | None:
    """Return what an `output` event says, None when it is not of that shape; edits that are not committed are not seen."""
    try:
        return _decode(event.raw).body
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
