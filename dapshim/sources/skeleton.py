"""The text of a recorded file that is nowhere here: what it is, what would bring it, and its functions on their lines."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from dapshim.binary.recorded import RecordedFile
from dapshim.sources.answers import Answer
from dapshim.sources.spelling import AdapterPath, ClientPath, base
from dapshim.sources.symbols import package_of_symbol

MAX_LINES: Final = 200_000
"""Lines of a text; the longest file of Go 1.26 has 80,000. What is recorded behind them is not shown."""
MAX_CHARACTERS: Final = 2 << 20
"""Characters of names in a text, so that a hostile binary cannot make it larger than an editor opens."""
MAX_NAME: Final = 500
MAX_UNPLACED: Final = 100
"""Functions that are listed where no lines are recorded (before Go 1.20)."""

_COMMAND: Final = re.compile(r"(To have [^:]*): (\S.*)")
_SENTENCES: Final = re.compile(r"(?<=[.;?!]) +(?=[A-Z])")
_MARK: Final = "  // recorded here"


def skeleton(path: AdapterPath, answer: Answer[ClientPath], file: RecordedFile | None, last: int = 0) -> str:
    """Return a text for a recorded file: why it is not here, and its functions on their lines. Line `last` is there at least.

    Nothing pushes a function off its line: where the words do not fit above the first one, they stand below the last line.
    """
    functions = file.functions if file is not None else {}
    own = file.package if file is not None else ""
    placed: dict[int, list[str]] = {}
    unplaced, behind, size = [], 0, 0
    for symbol, line in functions.items():
        name = _declared(path, symbol, own)
        size += len(name)
        if line > MAX_LINES or size > MAX_CHARACTERS:
            behind += 1
        elif line > 0:
            placed.setdefault(line, []).append(name)
        else:
            unplaced.append(name)
    words = _words(path, answer, own, unplaced, behind, placed=bool(placed))
    lines = _at_their_lines(placed, min(max([*placed, last], default=0), MAX_LINES))
    first = min(placed, default=MAX_LINES)
    if len(words) < first:
        lines[: len(words)] = words
    else:
        if first > 1:
            lines[0] = f"// This is no source: why, and what would bring it here, stands below line {len(lines)}."
        lines += ["", *words]
    return "\n".join(lines) + "\n"


def _at_their_lines(placed: Mapping[int, list[str]], last: int) -> list[str]:
    lines = [""] * last
    for line, names in placed.items():
        lines[line - 1] = "; ".join(names) + _MARK
    return lines


def _declared(path: str, symbol: str, own: str) -> str:
    """Return how a function is shown: without its package where that is the file's own."""
    package = package_of_symbol(symbol)
    name = symbol
    if package in (own, "main"):
        # The main package's symbols say `main`, whatever its import path is: the symbol tells where its package ends.
        head = symbol.partition("[")[0]
        slash = head.rfind("/") + 1
        dot = symbol.find(".", slash)
        name = symbol[dot + 1 :] if 0 <= dot < len(head) else symbol
    told = shown(name)
    told = told if len(told) <= MAX_NAME else told[:MAX_NAME] + "…"
    return f"TEXT {told}" if path.endswith(".s") else f"func {told}"


def _words(
    path: AdapterPath, answer: Answer[ClientPath], package: str, unplaced: list[str], behind: int, *, placed: bool
) -> list[str]:
    told = [f"{shown(base(path)) or '?'}: there is no source to show. dapshim made this text.", ""]
    told.append(f"recorded as  {shown(path) or '?'}")
    if package:
        told.append(f"package      {shown(package)}")
    told.append("")
    for sentence in _SENTENCES.split(shown(answer.sentence)):
        found = _COMMAND.fullmatch(sentence)
        told += [f"{found[1]}:", f"    {found[2]}"] if found is not None else [sentence] if sentence else []
    if placed:
        told += ["", "Each function that the binary records of it stands on its own line."]
    if behind:
        told += ["", f"{behind} more functions are recorded, too many or too far down for this text."]
    if unplaced:
        told += ["", "Its functions, whose lines are not recorded:", *(f"    {each}" for each in unplaced[:MAX_UNPLACED])]
        if len(unplaced) > MAX_UNPLACED:
            told.append(f"    and {len(unplaced) - MAX_UNPLACED} more")
    return [f"// {each}".rstrip() for each in told]


def shown(text: str) -> str:
    """Return a stranger's text on one line."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape", "backslashreplace").decode() for each in text)
