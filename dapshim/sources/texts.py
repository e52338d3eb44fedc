r"""Recorded paths inside texts: Go's traces, Delve's stacks and Delve's error messages, as the client should read them.

1. Only what has exactly one of the known forms is looked at, and in it only a path that `translate` knows. All else keeps every
   character: what a program prints is its own.
2. Each kind of text has its own function, since the caller knows the field that a text is from. `\t    at /src/x.go:22` is a
   frame in an `exceptionInfo`, and nothing at all in a program's output.
3. A trace that comes in pieces comes out as it would whole (`TraceReader`).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

from dapshim.binary.build_info import unquote
from dapshim.sources.spelling import AdapterPath, ClientPath

Translate = Callable[[AdapterPath, int | None], tuple[ClientPath, int | None] | None]
"""A recorded path, and the line behind it where there is one -> what to write instead; None for a path that is not recorded."""

_NUMBER: Final = re.compile(r"0x[0-9a-f]{1,16}(?![0-9a-f])")
_LINE: Final = re.compile(r"[0-9]{1,10}(?![0-9])")
_TAILS: Final = ("", " +0x#", " +0x# fp=0x# sp=0x# pc=0x#", " fp=0x# sp=0x# pc=0x#", " pc=0x#")
"""What stands behind the line in a trace, its numbers as `#` (Go 1.21 to 1.26, runtime/traceback.go; the last one is cgo's)."""
_ENDS: Final = tuple(tail + end for tail in _TAILS for end in ("", "\r"))

_CANDIDATES: Final = 8
"""Parts of a list of candidates that may be one path with commas; Delve 1.27.1 names five at the most."""

_AT: Final = re.compile(r"(\t +at )(.+):([0-9]{1,10})")
_QUOTED: Final = r'("(?:[^"\\]|\\.)*")'
_STATEMENT: Final = re.compile(
    r"(could not find statement at )(.+):([0-9]{1,10})(, please use a line with a statement|, binary is stripped)", re.DOTALL
)
_EXISTS: Final = re.compile(r"(Breakpoint exists at )(.+):([0-9]{1,10})( at [0-9a-f]+)", re.DOTALL)
_FILE: Final = re.compile(r"(could not find file )(.+)", re.DOTALL)
_STRIPPED: Final = ", binary is stripped"
_SPEC: Final = re.compile(
    rf"(location |breakpoint name |Malformed breakpoint location ){_QUOTED}( not found| could not be parsed | at [0-9]+: )(.*)",
    re.DOTALL,
)
_AMBIGUOUS: Final = re.compile(rf"(Location ){_QUOTED}( ambiguous: )(.*)…", re.DOTALL)
_WITH_LINE: Final = re.compile(r"(.+):([0-9]{1,10})", re.DOTALL)


def in_trace(text: str, translate: Translate) -> str:
    r"""Rewrite the traces of Go's runtime in what a program printed: lines `\t<path>:<line>`, with ` +0x1d` and so on.

    The same lines come from `runtime/debug.PrintStack`. The text begins at the beginning of a line.
    """
    return _in_lines(text, translate, starts=True)


def in_stack(text: str, translate: Translate) -> str:
    r"""Rewrite `details.stackTrace` of an `exceptionInfo` response (Delve 1.27.1: lines `\t    at <path>:<line>`)."""
    if "\t" not in text:
        return text

    def line(found: str) -> str:
        match = _AT.fullmatch(found)
        return match[1] + _placed(match[2], match[3], translate, match[0][len(match[1]) :]) if match is not None else found

    return "\n".join(map(line, text.split("\n")))


def in_message(text: str, translate: Translate) -> str:
    """Rewrite the `message` of a breakpoint or of a failed response, where it is one of Delve's that name a file.

    Delve 1.27.1: `could not find file`, `could not find statement at`, `Breakpoint exists at`, `location … not found`,
    `Location … ambiguous`, and a breakpoint's name or location that it cannot parse.
    """
    if (found := _STATEMENT.fullmatch(text) or _EXISTS.fullmatch(text)) is not None:
        place = f"{found[2]}:{found[3]}"
        return found[1] + _placed(found[2], found[3], translate, place) + found[4]
    if (found := _FILE.fullmatch(text)) is not None:
        # The words behind the path may be a part of it, so that the longer name comes first.
        for path, rest in ((found[2], ""), (found[2].removesuffix(_STRIPPED), _STRIPPED)):
            if found[2] == path + rest and (known := translate(AdapterPath(path), None)) is not None:
                return found[1] + known[0] + rest
        return text
    if (found := _SPEC.fullmatch(text)) is not None:
        return found[1] + _quoted_place(found[2], translate) + found[3] + found[4]
    if (found := _AMBIGUOUS.fullmatch(text)) is not None:
        return found[1] + _quoted_place(found[2], translate) + found[3] + _candidates(found[4], translate) + "…"
    return text


def paths_in_message(text: str) -> list[AdapterPath]:
    """Return what `in_message` may ask for: for a caller who must look paths up beforehand."""
    return _asked(in_message, text)


def paths_in_stack(text: str) -> list[AdapterPath]:
    """Return what `in_stack` may ask for."""
    return _asked(in_stack, text)


def paths_in_trace(text: str) -> list[AdapterPath]:
    """Return what `in_trace` may ask for."""
    return _asked(in_trace, text)


def _asked(rewrite: Callable[[str, Translate], str], text: str) -> list[AdapterPath]:
    asked: dict[AdapterPath, None] = {}

    def note(path: AdapterPath, _line: int | None) -> None:
        asked[path] = None

    rewrite(text, note)
    return [*asked]


# -- messages --------------------------------------------------------------------------------------------------------------


def _placed(path: str, line: str, translate: Translate, otherwise: str) -> str:
    """Return `path:line` translated, else what is given."""
    known = translate(AdapterPath(path), int(line))
    if known is None:
        return otherwise
    return f"{known[0]}:{line if known[1] is None or known[1] == int(line) else known[1]}"


def _quoted_place(literal: str, translate: Translate) -> str:
    """Return a location that Go's `%q` has quoted, translated where it is one of a file."""
    spec = unquote(literal)
    found = _WITH_LINE.fullmatch(spec)
    placed = _placed(found[1], found[2], translate, spec) if found is not None else spec
    return _go_quoted(placed) if placed != spec else literal


def _go_quoted(text: str) -> str:
    return '"' + "".join("\\" + each if each in '"\\' else each if each.isprintable() else _escape(each) for each in text) + '"'


def _escape(letter: str) -> str:
    code = ord(letter)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits can say


def _candidates(text: str, translate: Translate) -> str:
    """Return a list of files and functions, separated by `, `, which a path may contain too: the longest name that is known."""
    parts, told = text.split(", "), []
    if len(parts) > _CANDIDATES:
        return text
    while parts:
        for count in range(len(parts), 0, -1):
            known = translate(AdapterPath(", ".join(parts[:count])), None)
            if known is not None or count == 1:
                told.append(known[0] if known is not None else parts[0])
                del parts[:count]
                break
    return ", ".join(told)


# -- traces ----------------------------------------------------------------------------------------------------------------


def _in_lines(text: str, translate: Translate, *, starts: bool) -> str:
    """Rewrite the lines of a trace; `starts` says whether the text begins at the beginning of a line."""
    told: list[str] = []
    done = 0
    begin = 0 if starts and text.startswith("\t") else _next_tab(text, 0)
    while begin >= 0:
        end = text.find("\n", begin)
        end = len(text) if end < 0 else end
        line = text[begin + 1 : end]
        if (rewritten := _trace_line(line, translate)) != line:
            told += [text[done : begin + 1], rewritten]
            done = end
        begin = _next_tab(text, end)
    return "".join([*told, text[done:]]) if told else text


def _next_tab(text: str, at: int) -> int:
    """Return where the next line that begins with a tab does, -1 when there is none."""
    found = text.find("\n\t", at)
    return found + 1 if found >= 0 else -1


def _trace_line(line: str, translate: Translate) -> str:
    """Return a line of a trace, without its tab, translated; no other line changes."""
    path, colon, rest = line.rpartition(":")  # what stands behind the line number has no colon
    number = _LINE.match(rest) if colon and path else None
    if number is None or _shape(rest[number.end() :]) not in _ENDS:
        return line
    return _placed(path, number[0], translate, f"{path}:{number[0]}") + rest[number.end() :]


def _shape(tail: str) -> str:
    """Return what follows the line number with `#` for each number."""
    return _NUMBER.sub("0x#", tail) if "#" not in tail else tail + "?"


class RecordedNames:
    """The recorded paths of a program, to tell what may become one of them."""

    def __init__(self, paths: Iterable[AdapterPath]) -> None:
        """Sort them once; a big program has ten thousand."""
        self._sorted = sorted(set(paths))
        self._known = frozenset(self._sorted)

    def __contains__(self, path: AdapterPath) -> bool:
        return path in self._known

    def may_become(self, text: str) -> bool:
        """Whether a recorded path begins with the text."""
        at = bisect_left(self._sorted, text)
        return at < len(self._sorted) and self._sorted[at].startswith(text)


class TraceReader:
    """Rewrites the traces in an output that comes in pieces, cut anywhere: one reader for each stream of the program.

    However it is cut, the pieces together are what the whole would be. Held back is only the end of a text that may become a
    line of a trace of a recorded file, so never more than one such line; whoever has shown nothing for a while calls `flush`.
    """

    def __init__(self, names: RecordedNames, translate: Translate) -> None:
        """`translate` is asked for paths in `names` alone."""
        self._names = names
        self._translate = translate
        self._held = ""
        self._starts = True

    @property
    def held(self) -> str:
        """What is held back now."""
        return self._held

    def asks(self, text: str) -> list[AdapterPath]:
        """Return the recorded paths that `feed(text)` and a `flush` after it would translate, to be looked up beforehand."""
        asked: dict[AdapterPath, None] = {}

        def note(path: AdapterPath, _line: int | None) -> None:
            if path in self._names:
                asked[path] = None

        _in_lines(self._held + text, note, starts=self._starts)
        return [*asked]

    def passes(self, text: str) -> bool:
        """Take a text that is shown as it is, as no line in it begins with a tab and nothing is held back; say whether so."""
        if self._held or "\t" in text:
            return False
        if text:
            self._starts = text.endswith("\n")
        return True

    def feed(self, text: str) -> str:
        """Take what was printed, and return what may be shown of all that is not shown yet."""
        text = self._held + text
        shown = text[: len(text) - self._kept(text)]
        self._held = text[len(shown) :]
        return self._shown(shown)

    def flush(self) -> str:
        """Return what is held back, as it is understood so far."""
        text, self._held = self._held, ""
        return self._shown(text)

    def _shown(self, text: str) -> str:
        told = _in_lines(text, self._known, starts=self._starts)
        if text:
            self._starts = text.endswith("\n")
        return told

    def _known(self, path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None] | None:
        return self._translate(path, line) if path in self._names else None

    def _kept(self, text: str) -> int:
        """Return how many characters at the end may become, or are, a line of a trace that more may follow."""
        begin = text.rfind("\n") + 1
        if (begin == 0 and not self._starts) or not text.startswith("\t", begin):
            return 0
        tail = text[begin + 1 :]
        if self._names.may_become(tail) or self._may_end(tail):
            return len(text) - begin
        return 0

    def _may_end(self, tail: str) -> bool:
        """Whether a recorded path is there, and what follows may become the end of its line."""
        path, colon, rest = tail.rpartition(":")
        if not colon or AdapterPath(path) not in self._names:
            return False
        number = _LINE.match(rest)
        if number is None:
            return not rest
        behind = _shape(rest[number.end() :])
        return any(each.startswith(behind) for each in _ENDS)
