"""`infer(facts)`: a PathMap from what is known, and the rules that say the same for people without dapshim."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from dapshim.binary.recorded import Recorded, RecordedFile
from dapshim.sources.facts import Facts
from dapshim.sources.path_map import PathMap
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.spelling import AdapterPath

__all__ = ["Facts", "PathMap", "infer", "with_names"]


def infer(facts: Facts, index: RecordedIndex | None = None) -> PathMap:
    """Return the map. What is the same for all files is read now, and each file's own when it is asked for.

    `index` is that of the recorded files, where another map of the same ones has it already.
    """
    made = PathMap(facts, index)
    made.index.by_key  # noqa: B018 - looked up by every question, so that the first one waits for nothing
    made.index.by_package  # noqa: B018 - the same
    made.index.by_base  # noqa: B018 - the same
    made.tree.goroots  # noqa: B018 - the same
    made.tree.vendor_folders  # noqa: B018 - the same
    made.tree.replaced_folders  # noqa: B018 - the same
    return made


def with_names(recorded: Recorded, names: Iterable[AdapterPath]) -> Recorded:
    """Return `recorded` with names that only Delve tells (`dlv sources`): C files and headers are in DWARF alone."""
    known = {each.path for each in recorded.files}
    more = [RecordedFile(each) for each in dict.fromkeys(names) if each not in known]
    return attrs.evolve(recorded, files=(*recorded.files, *more))
