"""A twin with the recorded paths, of sources that lie elsewhere here: a program from a container, or of another person.

Where a source lay is in the program's line table, and other paths of other lengths move what comes behind. So the build must
record the paths of the program: Go's tools are run through a script of ours (`-toolexec`, which build info does not record)
that has the compiler replace one folder by another (`-trimpath`) and tells the linker the recorded GOROOT.
The go command does not know that. What it keeps of compiled packages is told apart by their folders, so the sources are shown
to it through a link in the store that is for this replacement alone: Go's cache stays right, and is of use the next time. A
GOROOT is not in what it keeps (Go 1.21 to 1.27: the linker alone puts it in).
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import attrs

from dapshim.golang.quoting import quote_flag
from dapshim.heal.flags import Refused
from dapshim.heal.store import Store

_EXECUTABLE: Final = 0o700

_SCRIPT: Final = """#!/bin/sh
case ${{1##*/}} in
link) {goroot};;
compile|asm|cgo)
  before=
  for word do
    shift
    if [ "$before" = -trimpath ]; then word="$word;"{paths}; fi
    before=$word
    set -- "$@" "$word"
  done;;
esac
exec "$@"
"""


@attrs.frozen
class Places:
    """Where sources are: the main package's folder, the module cache ("" when nothing is of it), GOROOT."""

    folder: str = ""
    modules: str = ""
    goroot: str = ""


@attrs.frozen
class Moved:
    """What a build needs for the recorded paths: a folder to work in, a flag, and variables."""

    folder: str
    flag: str
    environment: Mapping[str, str]


def moved(work: Path, store: Store, recorded: Places, here: Places) -> Moved | None:
    """Make in `work`, a folder of its own, what lets a build record other paths; None where they are the same. Blocks.

    Raises:
        StoreError: nothing can be made in the store.
        Refused: a recorded path cannot be told to the compiler.

    """
    rewrites: dict[str, str] = {}
    environment: dict[str, str] = {}
    folder = here.folder
    if recorded.folder and recorded.folder != here.folder:
        theirs, ours = _roots(recorded.folder, here.folder)
        link = store.link(ours, theirs)
        folder = posixpath.normpath(link + here.folder.removeprefix(ours))
        environment["PWD"] = folder
        rewrites[link] = theirs
    if recorded.modules and recorded.modules != here.modules:
        link = store.link(here.modules, recorded.modules)
        environment["GOMODCACHE"] = link
        rewrites[link] = recorded.modules
    goroot = recorded.goroot if recorded.goroot and recorded.goroot != here.goroot else ""
    if not rewrites and not goroot:
        return None
    for path in (*rewrites.values(), *rewrites, goroot):
        if any(each in path for each in (";", "=>", "\n", "\0")):
            raise Refused(f"its recorded path {path!r} cannot be told to the compiler")
    pairs = ";".join(f"{ours}=>{theirs}" for ours, theirs in rewrites.items())
    script = work / "tool"
    setting = f"GOROOT={shlex.quote(goroot)}; export GOROOT" if goroot else ":"
    script.write_text(_SCRIPT.format(goroot=setting, paths=shlex.quote(pairs)), errors="surrogateescape")
    script.chmod(_EXECUTABLE)
    return Moved(folder, f"-toolexec={quote_flag(str(script))}", environment)


def _roots(recorded: str, here: str) -> tuple[str, str]:
    """Return the two folders without the end that they share: as much as possible is then below them, other modules too.

    At least one element stays, since the compiler cannot replace something by the root.
    """
    theirs, ours = recorded.split("/")[1:], here.split("/")[1:]
    while len(theirs) > 1 and len(ours) > 1 and theirs[-1] == ours[-1]:
        del theirs[-1], ours[-1]
    return f"/{'/'.join(theirs)}", f"/{'/'.join(ours)}"
