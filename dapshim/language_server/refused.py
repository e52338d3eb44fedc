"""What is answered to a client that asks for what cannot be done now. Knows no request."""

from __future__ import annotations

from typing import Final

from pygls.exceptions import JsonRpcException

UNTRUSTED: Final = (
    "nothing of this workspace is run before it is trusted, and the editor has not said that it is "
    "(workspaceTrust, docs/language-server.md)"
)


class RefusedError(JsonRpcException):
    """What was asked for cannot be done now. LSP 3.17: RequestFailed, a request that is right and yet has no answer."""

    CODE = -32803
    MESSAGE = "Request failed"
