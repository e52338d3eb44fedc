"""The head of a Go file: its package clause, whether it imports "C", and whether a main function follows. PURE.

Only as much is looked at as is needed, and comments and strings fool nobody. What is cut off can be told from what is wrong, so
that a reader may start with a small piece of the file.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

_BLANK: Final = rb"(?:[ \f\t\r\n;]+|//[^\n]*|/\*(?s:.*?)\*/)*+"  # possessive, or else half a comment would do
_IDENTIFIER: Final = rb"[A-Za-z_\x80-\xff][0-9A-Za-z_\x80-\xff]*"
_END: Final = rb"(?![0-9A-Za-z_\x80-\xff])"
_SKIP: Final = re.compile(_BLANK)
_PACKAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?" + _BLANK + rb"package" + _END + _BLANK + rb"(" + _IDENTIFIER + rb")")
_IMPORT: Final = re.compile(_BLANK + rb"import" + _END + _BLANK + rb"(\()?")
_SPEC: Final = re.compile(_BLANK + rb"(?:\.|" + _IDENTIFIER + rb")?" + _BLANK + rb"(\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)")
_CLOSE: Final = re.compile(_BLANK + rb"\)")
_MARKS: Final = re.compile(
    rb"//[^\n]*|/\*(?s:.*?)(?:\*/|\Z)|\"(?:[^\"\\\n]|\\.)*+\"?|`[^`]*(?:`|\Z)|'(?:[^'\\\n]|\\.)*+'?|[{}()\[\]]|(?<![0-9A-Za-z_\x80-\xff])func"
    + _END
)
_MAIN: Final = re.compile(_BLANK + rb"main" + _END + _BLANK + rb"\(")


@attrs.frozen
class Header:
    """The head of a file. `clause` is where the package clause's name begins, `body` where the imports end."""

    package: str
    clause: int
    body: int
    imports_c: bool
    imports: tuple[str, ...] = ()
    """The paths that it imports, as they stand there; escapes, which no real path has, are not undone."""


def package_clause(data: bytes) -> tuple[str, int] | None:
    """Return the package's name and where it ends, None when there is no clause in `data`.

    A name that reaches to the end of `data` may be cut off.
    """
    found = _PACKAGE.match(data)
    return (found[1].decode("utf-8", "replace"), found.end(1)) if found is not None else None


def read_header(data: bytes, *, whole: bool) -> Header | None:
    """Read the package clause and the imports; None when `data` is not the `whole` file and more of it is needed.

    Raises:
        ValueError: the file does not begin as a Go file does.

    """
    found = _PACKAGE.match(data)
    if found is None:
        if whole:
            raise ValueError("expected 'package'")
        return None
    at, imports = found.end(), []
    while (start := _IMPORT.match(data, at)) is not None:
        at = start.end()
        specs = 0
        while (start[1] and (close := _CLOSE.match(data, at)) is None) or (not start[1] and not specs):
            spec = _SPEC.match(data, at)
            if spec is None:
                if whole:
                    raise ValueError("missing import path")
                return None
            imports.append(spec[1][1:-1].decode("utf-8", "replace"))
            at = spec.end()
            specs += 1
        if start[1]:
            at = close.end() if close is not None else at
    # Behind the last import something that is none must be seen, or else another import may follow.
    after = _SKIP.match(data, at)
    if not whole and (after is None or after.end() + len(b"import") >= len(data) or data.startswith(b"/*", after.end())):
        return None
    return Header(found[1].decode("utf-8", "replace"), found.start(1), at, "C" in imports, tuple(imports))


def has_main_function(data: bytes, start: int = 0) -> bool:
    """Say whether `func main(` stands at the file's top level, at or behind `start`, which must be outside of any comment."""
    if data.find(b"main", start) < 0:
        return False
    depth = 0
    for found in _MARKS.finditer(data, start):
        mark = found[0]
        if mark in (b"{", b"(", b"["):
            depth += 1
        elif mark in (b"}", b")", b"]"):
            depth -= 1
        elif mark == b"func" and depth == 0 and _MAIN.match(data, found.end()):
            return True
    return False
