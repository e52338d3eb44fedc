"""Which flags of a stranger's build info a rebuild may use: an allowlist, since Go's tools have flags that run programs.

A linker flag that leaves out debug info is replaced by one of the same length that does nothing (`-a`; Go 1.21 to 1.27: "no-op
(deprecated)"), because the recorded text is itself linked into the program: a longer one would move all that comes behind.
PURE.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

_SPACE: Final = " \t\n\r"
_PATTERN: Final = re.compile(r"[\w./@~+-]+")
_FALSE: Final = ("0", "f", "false")
_BOOLEAN: Final = re.compile(r"(?i:|0|1|t|f|true|false)")
_ANYTHING: Final = re.compile(r".*", re.DOTALL)
_NUMBER: Final = re.compile(r"-?(?:0[xX])?[0-9a-fA-F]{1,16}")

_LINKER: Final = {
    **dict.fromkeys(
        ("a", "asan", "aslr", "bindnow", "checklinkname", "compressdwarf", "d", "f", "g", "msan", "n", "race", "s", "v", "w"),
        _BOOLEAN,
    ),
    "B": re.compile(r"0x[0-9a-fA-F]+|gobuildid|none"),
    "E": re.compile(r"[\w.]+"),
    "H": re.compile(r"\w+"),
    # It is only written into the program; a comma would add an option to the C linker's.
    "I": re.compile(r"/[\w./+-]+"),
    "R": _NUMBER,
    "T": _NUMBER,
    "X": _ANYTHING,
    "buildid": re.compile(r"[\w./+=-]*"),
    "extldflags": _ANYTHING,
    "funcalign": _NUMBER,
    "linkmode": re.compile("auto|internal|external"),
    "randlayout": _NUMBER,
}
"""Flags of `go tool link` (Go 1.21 to 1.27) that neither name a program nor a file; what each may be given."""

_COMPILER: Final = {
    **dict.fromkeys(("B", "C", "N", "asan", "dwarf", "dwarflocationlists", "e", "msan", "race", "smallframes", "wb"), _BOOLEAN),
    "c": _NUMBER,
    "d": re.compile(r"[a-z0-9]+(?:=[0-9]+)?(?:,[a-z0-9]+(?:=[0-9]+)?)*"),
    "l": re.compile(r"|[0-9]|true|false"),
    "lang": re.compile(r"go[0-9.]+"),
    "m": re.compile(r"|[0-9]|true|false"),
    "spectre": re.compile(r"[a-z,]*"),
    "trimpath": _ANYTHING,
}
_ASSEMBLER: Final = {"D": re.compile(r"\w+(?:=\w*)?"), "trimpath": _ANYTHING, "spectre": re.compile(r"[a-z,]*")}

_C_COMPILER: Final = re.compile(
    r"-g[0-9]?|-O[0-3gs]?|-[DU][A-Za-z_]\w*(?:=[\w.+-]*)?|-std=[\w+]+|-W(?![alp],)[\w=+-]*|-w|-pthread|-m[\w=.+-]+"
    r"|-f(?:no-)?(?:PIC|pic|PIE|pie|common|lto|stack-protector(?:-\w+)?|omit-frame-pointer|strict-aliasing|exceptions)"
)
_C_LINKER: Final = re.compile(
    r"-static|-static-pie|-pie|-no-pie|-s|-g|-O[0-3gs]?|-m(?:32|64)|-pthread|-l[\w+.-]+"
    r"|-Wl(?:,(?:-[SsgE]|-O[0-9]|-z|-z[a-z]+|(?<=-z,)[a-z]+|--as-needed|--no-as-needed|--gc-sections|--export-dynamic"
    r"|--build-id(?:=\w+)?|--hash-style=\w+|--no-undefined))+"
)
_STRIPS_C: Final = {"-s": "-g", "-Wl,-s": "-Wl,-g", "-Wl,-S": "-Wl,-g"}


class Refused(Exception):  # noqa: N818 - it is what happened
    """A recorded setting that a rebuild must not or cannot use; the message is for a person and names it."""


def linker_flags(text: str) -> str:
    """Return recorded `-ldflags` with each `-s` and `-w` replaced by `-a`, in a text of the same length.

    Raises:
        Refused: a flag is not among those that a rebuild may use.

    """
    return _checked("-ldflags", text, _LINKER, _kept_whole)


def compiler_flags(text: str) -> str:
    """Return recorded `-gcflags` as they are. Raises Refused."""
    return _checked("-gcflags", text, _COMPILER)


def assembler_flags(text: str) -> str:
    """Return recorded `-asmflags` as they are. Raises Refused."""
    return _checked("-asmflags", text, _ASSEMBLER)


def c_flags(name: str, text: str) -> str:
    """Return a recorded variable like CGO_CFLAGS as it is. Raises Refused."""
    allowed = _C_LINKER if name == "CGO_LDFLAGS" else _C_COMPILER
    for _, _, word in _words(name, text, 0):
        if allowed.fullmatch(word) is None:
            raise Refused(f"its build info says {name}={text}, and {word} is not among what a rebuild may use")
    return text


def _checked(
    setting: str, text: str, table: dict[str, re.Pattern[str]], change: Callable[[str, str], str] = lambda _, word: word
) -> str:
    """Return a text of `[PATTERN=]FLAGS` with its words changed, each into one of the same length."""
    changed = text
    waiting = ""
    for start, end, word in _words(setting, text, _behind_pattern(setting, text)):
        new = word
        if waiting:
            value, waiting, name = word, "", waiting
            new = change(name, value)
        else:
            name, equals, value = word.lstrip("-").partition("=")
            pattern = table.get(name)
            if not word.startswith("-") or pattern is None:
                raise _refused(setting, text, word)
            if (not equals and pattern.fullmatch("") is None) or (pattern is _ANYTHING and not equals):
                waiting = name
                continue
            new = _flag_changed(word, name, value, equals, change)
        if table[name].fullmatch(value) is None:
            raise _refused(setting, text, word)
        changed = changed[:start] + new + changed[end:]
    if waiting:
        raise _refused(setting, text, f"-{waiting} without its value")
    return changed


def _flag_changed(word: str, name: str, value: str, equals: str, change: Callable[[str, str], str]) -> str:
    if name in ("s", "w") and value.lower() not in _FALSE:
        # The only table with such a name is the linker's.
        dashes = word[: len(word) - len(word.lstrip("-"))]
        return f"{dashes}a{equals}{value}"
    return f"{word[: len(word) - len(value)]}{change(name, value)}"


def _kept_whole(name: str, value: str) -> str:
    """Return the value of a linker flag; of those for the C linker without what strips."""
    if name != "extldflags":
        return value
    for start, end, word in _words("-extldflags", value, 0):
        if _C_LINKER.fullmatch(word) is None:
            raise _refused("-extldflags", value, word)
        value = value[:start] + _STRIPS_C.get(word, word) + value[end:]
    return value


def _behind_pattern(setting: str, text: str) -> int:
    """Return where the flags begin in `[PATTERN=]FLAGS`, which a text that begins with a dash has no pattern in."""
    stripped = text.strip()
    if not stripped or stripped.startswith("-"):
        return 0
    pattern, equals, _ = stripped.partition("=")
    if not equals or _PATTERN.fullmatch(pattern) is None:
        raise _refused(setting, text, pattern)
    return text.index("=") + 1


def _words(setting: str, text: str, at: int) -> Iterator[tuple[int, int, str]]:
    """Yield (start, end, word) as the go command splits them; a quoted word's places are those within its quotes."""
    while at < len(text):
        if text[at] in _SPACE:
            at += 1
        elif text[at] in "\"'":
            end = text.find(text[at], at + 1)
            if end < 0:
                raise _refused(setting, text, text[at:])
            yield at + 1, end, text[at + 1 : end]
            at = end + 1
        else:
            end = at
            while end < len(text) and text[end] not in _SPACE:
                end += 1
            yield at, end, text[at:end]
            at = end


def _refused(setting: str, text: str, word: str) -> Refused:
    return Refused(f"its build info says {setting}={text}, and {word} is not among what a rebuild may use")
