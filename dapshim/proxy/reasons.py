"""Why a session ends, and which of the reasons the user is told."""

from __future__ import annotations

import enum
from typing import Final


class Reason(enum.Enum):
    """Why a session ends."""

    CLIENT_GONE = "the client ended the connection"
    LEFT = "the client has ended the session"
    CLIENT_BROKEN = "the client does not speak DAP"
    ADAPTER_GONE = "the adapter ended the connection"
    ADAPTER_BROKEN = "the adapter does not speak DAP"
    PROGRAM_GONE = "the program has ended"
    TOLD = "dapshim was told to stop"
    FAILED = "the session failed"
    NO_ADAPTER = "there is no adapter"


TOLD_TO_THE_USER: Final = frozenset({Reason.ADAPTER_BROKEN, Reason.TOLD, Reason.FAILED, Reason.NO_ADAPTER})
