"""A copy of a program in the store, changed by a heal: with the same base name and mode bits, and looked at before its use."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final

from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import facts_of
from dapshim.heal.store import Kept, Store, sum_of

_PERMISSIONS: Final = 0o777
"""Bits that a copy takes over; that a program runs as its owner is not for a file that anybody made."""


class Unusable(Exception):  # noqa: N818 - it is what happened
    """The copy is not what it should be; the message says why."""


def file_name(path: str) -> str:
    """Return the base name of a program, which its copy has too."""
    return Path(path).name


def key_of(kind: str, path: str) -> str:
    """Return the store's key for what is made of a program's bytes under its name. Blocks; raises OSError."""
    name = hashlib.sha256(file_name(path).encode(errors="surrogateescape")).hexdigest()[:8]
    return f"{kind}-{sum_of(os.path.realpath(path))}-{name}"


def needs_its_place(binary: BinaryFacts) -> str:
    """Return why a program cannot run from another folder; "" where nothing speaks against it."""
    relative = [
        each for each in binary.dynamic.run_path if "$ORIGIN" in each or "${ORIGIN}" in each or not each.startswith("/")
    ]
    return f"it looks for libraries beside itself ({relative[0]}), which a copy elsewhere would not find" if relative else ""


def finished(store: Store, key: str, workplace: str, original: str, check: Callable[[BinaryFacts], str], **notes: str) -> Kept:
    """Put a copy that was made in `workplace` into the store, once `check` finds nothing wrong with it. Blocks.

    Raises:
        Unusable: `check` found something.
        BinaryError, OSError, StoreError: the copy cannot be read or kept.

    """
    name = file_name(original)
    path = Path(workplace, name)
    path.chmod(stat.S_IMODE(os.stat(original).st_mode) & _PERMISSIONS | stat.S_IRUSR)  # noqa: PTH116 - the person's spelling
    if wrong := check(facts_of(str(path))):
        raise Unusable(wrong)
    return store.keep(key, workplace, name, notes)


def removed(workplace: str) -> None:
    """Remove a workplace; one that was kept is not there any more."""
    shutil.rmtree(workplace, ignore_errors=True)
