"""A place that a person has typed, `main.go:11`, `lib/util.go:5` or a whole path, by the client's names. PURE.

Delve takes such a place for a function breakpoint (1.27.1: a part of a path counts from any `/` of a recorded name on). What it
compares are recorded names, which a person does not see. Here the client's names count, and a place that could be another file
than the one that was meant is refused, never guessed.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from dapshim.binary.recorded import RecordedFile
from dapshim.sources.answers import Answer
from dapshim.sources.breakpoint_lists import Place
from dapshim.sources.path_map import PathMap
from dapshim.sources.spelling import AdapterPath, ClientPath, base, is_absolute, joined, key

_FILE_LINE: Final = re.compile(r"(?P<path>.+\.[A-Za-z]+):(?P<line>[1-9][0-9]{0,8})", re.DOTALL)

SHOWN: Final = 4
"""Files that are named of those that a place may be in."""


@attrs.frozen
class NamedPlace:
    """Where a place is: `place`, or why there is none; `refused` where Delve would take it for another file's."""

    place: Place | None = None
    client: ClientPath | None = None
    answer: Answer[AdapterPath] | None = None
    why: str = ""
    refused: bool = False
    moved: int = 0
    """How many lines the client's place is behind the recorded one, which has the line of a `//line` directive."""


def split_place(name: str) -> tuple[str, int] | None:
    """Return the path and line of a name that is a place, None for that of a function."""
    found = _FILE_LINE.fullmatch(name)
    return (found["path"], int(found["line"])) if found is not None and not name.startswith(".") else None


def find_named(made: PathMap, path: str, line: int) -> NamedPlace:
    """Return where the binary has a typed place; an empty one leaves it to Delve."""
    if is_absolute(path):
        return _in_file(made, ClientPath(path), line)
    fitting = _fitting(made, path)
    if len(fitting) > 1:
        names = ", ".join([*fitting][:SHOWN]) + (", …" if len(fitting) > SHOWN else "")
        return NamedPlace(why=f"{path} may be {names}: write more of its path", refused=True)
    if fitting:
        return _in_file(made, next(iter(fitting)), line)
    return _in_workspace(made, path, line)


def _in_file(made: PathMap, client: ClientPath, line: int) -> NamedPlace:
    answer = made.to_adapter(client)
    at = answer.at(line)
    if at is not None:
        return NamedPlace(Place(AdapterPath(at[0]), at[1]), client, answer, moved=line - at[1])
    return NamedPlace(None, client, answer, answer.sentence, refused=key(client) in made.index.by_key)


def _fitting(made: PathMap, path: str) -> dict[ClientPath, None]:
    """Return the client's files that end like this; one for each recorded file, but two recorded ones may lead to one."""
    found: dict[ClientPath, None] = {}
    for file in made.index.by_base.get(base(path), ()):
        client = made.to_client(AdapterPath(file.path)).path
        if client is not None and _ends_with(client, path):
            found[client] = None
    return found


def _in_workspace(made: PathMap, path: str, line: int) -> NamedPlace:
    """Return why a file that is open here is not in the binary, where Delve would find another one of that name there."""
    if not any(_is_suffix(file, path) for file in made.index.by_base.get(base(path), ())):
        return NamedPlace()
    for root in made.facts.roots:
        client = ClientPath(joined(root, path))
        if made.facts.files.kind(client) == "file":
            return attrs.evolve(_in_file(made, client, line), refused=True)
    return NamedPlace()


def _is_suffix(file: RecordedFile, path: str) -> bool:
    return _ends_with(file.path, path)


def _ends_with(whole: str, path: str) -> bool:
    return key(whole) == key(path) or key(whole).endswith("/" + key(path))
