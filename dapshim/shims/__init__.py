"""The features. One feature is one file; the list below is the only place where their order is written.

From the client inwards: an outer shim, and the client, only ever see the client's paths; an inner one sees Delve's.
"""

from __future__ import annotations

from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.hidden_stops import HiddenStops
from dapshim.proxy.shim import Shim
from dapshim.shims.client_conventions import ClientConventions
from dapshim.shims.output import Output


def make_layers() -> list[Shim]:
    """Return the layers of one session, outermost first; the last two belong to the proxy and are always there."""
    breakpoints = Breakpoints()
    return [ClientConventions(), Output(), breakpoints, HiddenStops(breakpoints)]
