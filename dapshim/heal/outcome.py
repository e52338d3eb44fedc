"""What comes of a heal: for the caller what to use, for the person one sentence."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class Borrowed:
    """Debug info for a stripped program, from a twin that was proved equal to it. The program that runs is the person's own.

    `dlv` are variables for dlv's own environment alone. `program` are those with which the launch's `env` gives the program
    (and all that dlv starts) the person's own back: Delve 1.27.1 sets them in itself before it starts anything, None takes one
    away. What the person's `env` says of them comes first. Attaching needs them not.
    `twin` is the rebuilt program, `directories` where Delve looks for it, `rebuilt` whether it was built just now.
    """

    dlv: Mapping[str, str]
    program: Mapping[str, str | None]
    line: str
    twin: str
    directories: tuple[str, ...]
    rebuilt: bool = False


@attrs.frozen
class NotBorrowed:
    """There is no debug info to borrow; `reason` is a sentence for a person, which names the program."""

    reason: str


@attrs.frozen
class Copied:
    """A copy of the program that can be debugged, to be launched in its place. `line` says so to the person.

    The copy is at another path: the program sees that in argv[0] and os.Executable. Its base name, its bytes but for what was
    mended, its mode bits and the folder that it runs in are those of the original.
    """

    path: str
    line: str


@attrs.frozen
class NotCopied:
    """There is no copy; `reason` is a sentence for a person, which names the program."""

    reason: str


@attrs.frozen
class Rebuilt:
    """Another program, built from the sources as they are now, to be launched instead of it if the person agrees.

    `command` is what the person would type for the same.
    """

    path: str
    command: str
    line: str


@attrs.frozen
class NotRebuilt:
    """It was not built; `reason` is a sentence for a person, which names the program."""

    reason: str
