"""What the rules about container images rest on: the `go build` commands of Dockerfiles, and which flags strip what they make.

Docker's reference, "Dockerfile": an instruction goes on where a line ends in the escape, a backslash or what a `# escape=`
directive names; a RUN is a line for a shell, or a list of words in JSON; ARG and ENV give variables values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

import attrs

from dapshim.delve.checkup_workspace import folders_below
from dapshim.diagnose.image_rules import ImageBuild, ImageFile
from dapshim.diagnose.jsonc import Document, Fault, Node
from dapshim.diagnose.placed import Edit, place_in
from dapshim.golang.files import Files
from dapshim.golang.quoting import join_flags, split_flags
from dapshim.golang.spelling import join
from dapshim.plan.flags import stripping

MOST: Final = 256 * 1024
"""Bytes of such a file that are read; a long one has ten thousand."""
FOLDERS_MOST: Final = 200
"""Folders below the workspace's that are looked into: images are described near the top, or beside a program."""

_NAME: Final = re.compile(r"(?:.*\.)?(?:Dockerfile|Containerfile)(?:\..*)?", re.IGNORECASE)
_COMMAND: Final = re.compile(r"""\bgo["']?(?:\s|\\\r?\n|,)+["']?(?:build|install)\b""")
_END: Final = re.compile(r"&&|\|\|?|;|(?<!\\)\r?\n")
_FLAG: Final = re.compile(
    r"""(?P<head>["']?--?ldflags(?:=|["']?(?:\s|\\\r?\n|,)+))(?P<value>"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'\]]+)"""
)
_INNER: Final = re.compile(r"""["']--?ldflags=(?P<value>[^"']*)["']""")
_GIVEN: Final = re.compile(r"""^\s*(?:ARG|ENV)\s+(?P<name>\w+)[=\s](?P<value>"[^"\n]*"|'[^'\n]*'|[^\s"'\n]+)""", re.MULTILINE)
_GOFLAGS: Final = re.compile(r"""^\s*ENV\s+GOFLAGS[=\s]["']?--?ldflags=(?P<value>[^"'\s]*)""", re.MULTILINE)
_VARIABLE: Final = re.compile(r"\$\{?(\w+)\}?$")
_DLV: Final = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\b[^\n]*\bdlv\b", re.MULTILINE)
_COMMENT: Final = re.compile(r"^[ \t]*#[^\n]*", re.MULTILINE)


def is_image_file(name: str) -> bool:
    """Say whether a file of this name describes an image."""
    return _NAME.fullmatch(name) is not None


def image_files(files: Files, folders: tuple[str, ...], *, deep: bool = False) -> Iterator[str]:
    """Yield the files that describe images: those of the folders, and, `deep`, of the folders below."""
    for top in folders:
        for folder in islice(folders_below(files, top), FOLDERS_MOST) if deep else (top,):
            try:
                entries = files.list(folder)
            except OSError:
                continue
            yield from (join(folder, name) for name, kind in entries if kind == "file" and is_image_file(name))


def read_image_file(files: Files, path: str) -> ImageFile:
    """Read one; what cannot be read holds nothing."""
    try:
        text = files.read(path, MOST).decode("utf-8", "replace")
    except OSError:
        return ImageFile(path)
    return parse_image_file(path, text)


def parse_image_file(path: str, text: str) -> ImageFile:
    """Read the text of a Dockerfile. Comments count for nothing, also those within an instruction."""
    bare = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    document = Document(text, Node("missing", 0, 0))
    given = {found["name"]: found for found in _GIVEN.finditer(bare)}
    everywhere = _GOFLAGS.search(bare)
    builds = []
    for found in _COMMAND.finditer(bare):
        end = _end_of_command(bare, found.end())
        spot = _flag(bare, found.end(), end, given) or (_span(everywhere) if everywhere is not None else None)
        place = place_in(path, document, Fault("", found.start(), end))
        builds.append(_build(path, document, bare, spot) if spot is not None else ImageBuild(place))
    return ImageFile(path, tuple(builds), _DLV.search(bare) is not None)


def _end_of_command(text: str, start: int) -> int:
    found = _END.search(text, start)
    return found.start() if found is not None else len(text)


def _span(found: re.Match[str]) -> tuple[int, int]:
    return found.span("value")


def _flag(text: str, start: int, end: int, given: dict[str, re.Match[str]]) -> tuple[int, int] | None:
    """Return where the value of -ldflags stands: in the command, or where the variable that it is gets its value."""
    found = _INNER.search(text, start, end) or _FLAG.search(text, start, end)
    if found is None:
        return None
    first, last = _unquoted(text, *found.span("value"))
    variable = _VARIABLE.fullmatch(text[first:last])
    if variable is not None and variable[1] in given:
        return _unquoted(text, *given[variable[1]].span("value"))
    return first, last


def _unquoted(text: str, start: int, end: int) -> tuple[int, int]:
    quoted = end - start > 1 and text[start] in "\"'" and text[end - 1] == text[start]
    return (start + 1, end - 1) if quoted else (start, end)


def _build(path: str, document: Document, text: str, spot: tuple[int, int]) -> ImageBuild:
    start, end = spot
    place = place_in(path, document, Fault("", start, end))
    value = text[start:end]
    try:
        letters = stripping(value)
        rest = join_flags(each for each in split_flags(value) if each not in letters)
    except ValueError:
        return ImageBuild(place)
    if not letters:
        return ImageBuild(place)
    # Without quotes around it an empty value would leave the next word to be the flag's.
    edit = Edit(path, start, end, rest or ("" if text[start - 1 : start] in ('"', "'", "=") else '""'))
    return attrs.evolve(ImageBuild(place, letters), edit=edit)
