"""`infer(facts)`: a PathMap from what is known, and the rules that say the same for people without dapshim."""

from __future__ import annotations

from dapshim.sources.facts import Facts
from dapshim.sources.path_map import PathMap

__all__ = ["Facts", "PathMap", "infer"]


def infer(facts: Facts) -> PathMap:
    """Return the map. What is the same for all files is read now, and each file's own when it is asked for."""
    made = PathMap(facts)
    made.index.by_key  # noqa: B018 - looked up by every question, so that the first one waits for nothing
    made.index.by_identity  # noqa: B018 - the same
    made.index.packages  # noqa: B018 - the same
    made.tree.goroots  # noqa: B018 - the same
    made.tree.vendor_folders  # noqa: B018 - the same
    made.tree.replaced_folders  # noqa: B018 - the same
    return made
