"""Links of a name of their own: `lib/x.go` -> `store/3f2a-x.go`. What is opened where it really is, no name leads back from.

Knows the folders of the packages that were built, and which of their files are links; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Final

import attrs

from dapshim.golang.spelling import join
from dapshim.sources.answers import Reason
from dapshim.sources.candidates import Candidates
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.spelling import is_windows

MAX_FOLDERS: Final = 2_000
"""Folders that are listed: a thirtieth of a second, once, and only when a file was asked for that nothing else leads to."""


@attrs.frozen(eq=False)
class Links:
    """The links among the files of the packages that were built; a download has none."""

    index: RecordedIndex
    candidates: Candidates

    def to(self, path: str) -> tuple[str, ...]:
        """Return the links that lead to a local file, as they are spelt."""
        return self._by_target.get(self.candidates.tree.files.real(path), ())

    @cached_property
    def _by_target(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        files = self.candidates.tree.files
        for place in islice(dict.fromkeys(self._folders()), MAX_FOLDERS):
            try:
                entries = files.list(place)
            except OSError:
                continue
            for name, kind in entries:
                if kind == "link":
                    target = files.real(join(place, name))
                    found[target] = (*found.get(target, ()), join(place, name))
        return found

    def _folders(self) -> Iterator[str]:
        for package, members in self.index.by_package.items():
            if self.index.is_standard(package, members[0].path):
                continue
            for place in self.candidates.places(package, members[0].path):
                if place.reason is not Reason.CACHE:
                    yield place.folder
            recorded = self.index.folder_of_package(package)
            if recorded is not None and not is_windows(recorded):
                yield recorded
