"""The build info that the linker puts into every Go program: Go's version, the modules, the build's settings.

Since Go 1.18 two strings with their lengths stand behind a header of 32 bytes; before, the header points to two Go strings.
The text has `path`, `mod`, `dep`, `=>` and `build` lines. It is a stranger's text: nothing in it is more than a text.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from typing import Final

import attrs

from dapshim.binary.image import WIDE, Image
from dapshim.binary.recorded import BuildInfo, ModuleVersion

_MAGIC: Final = b"\xff Go buildinf:"
_ALIGN: Final = 16
_HEADER: Final = 32
_BIG_ENDIAN, _INLINE = 1, 2
_FRAME: Final = 16
"""Bytes around the text that mark it in memory (cmd/go's infoStart and infoEnd)."""

_PART: Final = 1 << 20
TEXT_MOST: Final = 4 * 1024 * 1024
"""The longest text that is read; 10,000 modules take one megabyte."""

LINES_MOST: Final = 50_000
"""The most lines of it that are understood; a large program has some hundreds."""


def read_build_info(image: Image) -> BuildInfo:
    """Return the build info of an executable; an empty one where there is none (packed, another language, Bazel without it)."""
    version, text = read_build_text(image)
    return attrs.evolve(parse_build_info(text), go_version=version)


def read_build_text(image: Image) -> tuple[str, str]:
    """Return Go's version and the text of the build info as they are recorded; ("", "") where there are none."""
    at = _find(image)
    return _strings(image, at) if at is not None else ("", "")


def _find(image: Image) -> int | None:
    """Return the address of the header: at the head of its own section, else in data that can be written to."""
    section = image.section(".go.buildinfo", "__go_buildinfo")
    if section is not None and section.address:
        parts: Iterable[tuple[int, int, bytes]] = [
            (section.address, 0, image.read_at(section.address, min(section.size, _PART)))
        ]
    else:
        parts = image.loaded_parts((each for each in image.segments if each.writable), _HEADER)
    for address, _, data in parts:
        at = data.find(_MAGIC)
        while at >= 0:
            if (address + at) % _ALIGN == 0:
                return address + at
            at = data.find(_MAGIC, at + 1)
    return None


def _strings(image: Image, at: int) -> tuple[str, str]:
    header = image.read_at(at, _HEADER)
    if len(header) < _HEADER:
        return "", ""
    pointer_size, flags = header[14], header[15]
    if flags & _INLINE:
        version, behind = _inline(image, at + _HEADER)
        text, _ = _inline(image, behind) if behind else (b"", 0)
    elif pointer_size in (4, 8):
        form = f"{'>' if flags & _BIG_ENDIAN else '<'}2{'Q' if pointer_size == WIDE else 'I'}"
        version, text = (_pointed(image, form, pointer) for pointer in struct.unpack_from(form, header, 16))
    else:
        return "", ""
    framed = len(text) > 2 * _FRAME and text[-_FRAME - 1 : -_FRAME] == b"\n"
    return _text(version), _text(text[_FRAME:-_FRAME]) if framed else ""


def _inline(image: Image, at: int) -> tuple[bytes, int]:
    """Return a string and the address behind it; (b"", 0) where it is not whole."""
    length = shift = 0
    for number, byte in enumerate(image.read_at(at, 10), 1):
        length |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            data = image.read_at(at + number, min(length, TEXT_MOST))
            return (data, at + number + length) if len(data) == length else (b"", 0)
    return b"", 0


def _pointed(image: Image, form: str, pointer: int) -> bytes:
    head = image.read_at(pointer, struct.calcsize(form))
    if len(head) < struct.calcsize(form):
        return b""
    address, length = struct.unpack(form, head)
    data = image.read_at(address, min(length, TEXT_MOST))
    return data if len(data) == length else b""


def _text(data: bytes) -> str:
    return data.decode(errors="replace")


def unframed(text: bytes) -> str:
    """Return the text of `runtime.modinfo`, which a running program has in memory with its marks around it."""
    return _text(text[_FRAME:-_FRAME]) if len(text) > 2 * _FRAME else ""


# -- the text --------------------------------------------------------------------------------------------------------------


def parse_build_info(text: str) -> BuildInfo:
    """Parse the text of a build info, as Go's `debug.ParseBuildInfo` does; lines that it would refuse are left out.

    What `go version -m` prints is understood too: its leading tabs and its `go` line.
    """
    path, go_version = "", ""
    main: ModuleVersion | None = None
    deps: list[ModuleVersion] = []
    settings: dict[str, str] = {}
    last = ""
    for line in text.split("\n", LINES_MOST)[:LINES_MOST]:
        word, tab, rest = line.lstrip("\t").partition("\t")
        if not tab:
            continue
        if word == "path":
            path = rest
        elif word == "go":
            go_version = rest
        elif word in ("mod", "dep") and (module := _module(rest)) is not None:
            if word == "mod":
                main = module
            else:
                deps.append(module)
        elif word == "=>" and (module := _module(rest)) is not None:
            if last == "dep":
                deps[-1] = attrs.evolve(deps[-1], replaced_by=module)
            elif last == "mod" and main is not None:
                main = attrs.evolve(main, replaced_by=module)
        elif word == "build":
            settings |= _setting(rest)
        last = word
    return BuildInfo(go_version, path, main, tuple(deps), settings)


_PADDING: Final = 2


def _module(columns: str) -> ModuleVersion | None:
    path, version, checksum, *more = [*columns.split("\t"), "", ""]
    return ModuleVersion(path, version, sum=checksum) if path and len(more) <= _PADDING else None


_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


def _setting(text: str) -> dict[str, str]:
    quoted = _QUOTED.match(text)
    if quoted is not None:
        key, rest = unquote(quoted[0]), text[quoted.end() :]
        if not rest.startswith("="):
            return {}
        value = rest[1:]
    else:
        key, equals, value = text.partition("=")
        if not equals:
            return {}
    if value[:1] in ('"', "`"):
        if _QUOTED.fullmatch(value) is None:
            return {}
        value = unquote(value)
    return {key: value} if key else {}


_ESCAPES: Final = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_ESCAPE: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))", re.DOTALL)


def unquote(literal: str) -> str:
    """Return what a Go string literal, in quotes or backquotes, stands for; bytes that are no UTF-8 are replaced."""
    if literal.startswith("`"):
        return literal[1:-1].replace("\r", "")

    def meant(found: re.Match[bytes]) -> bytes:
        byte, short, long, octal, letter = found.groups()
        if byte or octal:
            return bytes([int(byte, 16) if byte else int(octal, 8) & 0xFF])
        if short or long:
            number = int(short or long, 16)
            return (chr(number) if number <= 0x10FFFF else "\ufffd").encode(errors="replace")  # noqa: PLR2004 - Unicode's last
        return _ESCAPES.get(letter.decode("latin-1"), letter.decode("latin-1")).encode()

    return _ESCAPE.sub(meant, literal[1:-1].encode(errors="surrogatepass")).decode(errors="replace")
