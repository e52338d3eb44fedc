"""What `go env` has said, kept for all sessions of one dapshim, with all that the answer rests on.

To ask takes 6 ms on an idle machine and 40 beside a dlv that starts, and somebody waits for it at every F5. An answer is given
again only while the disk says the same of everything that it rests on; whatever is not known well enough is asked anew.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from threading import Lock
from typing import Final

import attrs

from dapshim.binary.opened import stamp_of
from dapshim.golang.spelling import join, parent, paths, upwards
from dapshim.golang.toolchain import GO, GoEnv

KEPT: Final = 32

SETTLED: Final = 2.0
"""Seconds that a file must have been as it is before go was asked: what is changed meanwhile, or in the same tick of a file
system's clock, could not be told from what go read."""

_NATIVE: Final = (b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"MZ")

Stamp = tuple[int, ...]


@attrs.frozen
class _Kept:
    env: GoEnv
    rests_on: Mapping[str, Stamp | None]


class GoAnswers:
    """The answers, by their questions. For several threads."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()

    def get(self, question: Hashable) -> GoEnv | None:
        """Return what go has said to a question, None where it was not asked or may say something else now."""
        with self._guard:
            found = self._kept.get(question)
        if found is None:
            return None
        if any(_stamp(path) != stamp for path, stamp in found.rests_on.items()):
            with self._guard:
                self._kept.pop(question, None)
            return None
        return found.env

    def keep(self, question: Hashable, env: GoEnv, directory: str, environ: Mapping[str, str], asked: float) -> None:
        """Keep an answer that go gave when it was asked at `asked` (seconds, `time.time`), if it is known what it rests on."""
        if not _is_go_itself(env.go):
            return
        rests_on = {path: _stamp(path) for path in _rests_on(env, directory, environ)}
        latest = (asked - SETTLED) * 1e9
        if any(stamp is not None and max(stamp[3:]) > latest for stamp in rests_on.values()):
            return
        with self._guard:
            self._kept[question] = _Kept(env, rests_on)
            self._kept.move_to_end(question)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)


def _rests_on(env: GoEnv, directory: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield what an answer rests on besides the question itself; what is not there counts too.

    Go 1.26: its own settings and the person's, the go.mod and go.work that it finds, which also tell which toolchain answers,
    and for CGO_ENABLED whether there is a C compiler.
    """
    yield from _of_toolchain(paths.realpath(env.go), env.goroot)
    if env.goenv not in ("", "off"):
        yield env.goenv
    for spelt in {directory, paths.realpath(directory)}:
        for folder in upwards(spelt):
            yield join(folder, "go.mod")
            yield join(folder, "go.work")
    if env.gowork not in ("", "off"):
        yield env.gowork
    yield from (each for each in environ.get("PATH", "").split(os.pathsep) if paths.isabs(each))


def _of_toolchain(go: str, goroot: str) -> Iterable[str]:
    own = parent(parent(go))
    return (go, *(join(root, name) for root in dict.fromkeys((own, goroot)) for name in ("VERSION", "go.env")))


def _is_go_itself(go: str) -> bool:
    """Whether a command is the one of a Go's own folder. One that chooses among several does so by files of its own."""
    real = paths.realpath(go)
    if os.path.basename(real) != GO or not os.path.isfile(join(parent(parent(real)), "VERSION")):  # noqa: PTH113, PTH119 - texts
        return False
    try:
        with open(real, "rb") as file:  # noqa: PTH123 - texts, as everywhere on this way
            return file.read(4).startswith(_NATIVE)
    except OSError:
        return False


def _stamp(path: str) -> Stamp | None:
    """Return what the disk says of a file or folder, links followed; None where there is none."""
    try:
        return stamp_of(os.stat(path))  # noqa: PTH116 - texts, as everywhere on this way
    except (OSError, ValueError):
        return None
