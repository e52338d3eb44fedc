"""One voice for what is said of a breakpoint: dapshim's sentence, and Delve's own words behind it. PURE."""

from __future__ import annotations

from typing import Final

_BEGIN: Final = " (Delve: "
_END: Final = ")"


def with_delves(sentence: str, delves: object) -> str:
    """Return a sentence with Delve's message behind it; what is no text, or empty, is left out."""
    return f"{sentence}{_BEGIN}{delves}{_END}" if isinstance(delves, str) and delves else sentence


def parted(message: str) -> tuple[str, str]:
    """Return dapshim's sentence and Delve's words of a message; the sentence is "" where all of it is Delve's."""
    sentence, found, delves = message.partition(_BEGIN)
    if not found or not delves.endswith(_END):
        return "", message
    return sentence, delves.removesuffix(_END)
