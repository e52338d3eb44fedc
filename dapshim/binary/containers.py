"""What kind of file it is, told by its first bytes, and its headers."""

from __future__ import annotations

from typing import Final

from dapshim.binary import elf, macho, pe
from dapshim.binary.errors import BinaryError, Kind
from dapshim.binary.image import Image
from dapshim.binary.source import ByteSource

_OTHERS: Final[tuple[tuple[bytes, Kind, str], ...]] = (
    (b"\0asm", "unsupported", "not supported: WebAssembly; Delve cannot debug it"),
    (b"!<arch>\n", "not-a-binary", "an archive (.a), not an executable file"),
    (b"!<thin>\n", "not-a-binary", "an archive (.a), not an executable file"),
    (b"go object ", "not-a-binary", "a Go object file, not an executable file"),
    (b"#!", "not-a-binary", "a script, not an executable file"),
    (b"BC\xc0\xde", "not-a-binary", "LLVM bitcode, not an executable file"),
    (b"\x01\xdf", "unsupported", "not supported: XCOFF (AIX)"),
    (b"\x01\xf7", "unsupported", "not supported: XCOFF (AIX)"),
    (b"\0\0\x01\xeb", "unsupported", "not supported: a Plan 9 program"),
    (b"\0\0\x8a\x97", "unsupported", "not supported: a Plan 9 program"),
    (b"\0\0\x06\x47", "unsupported", "not supported: a Plan 9 program"),
    (b"\x1f\x8b", "not-a-binary", "a gzip archive, not an executable file"),
    (b"PK\x03\x04", "not-a-binary", "a zip archive, not an executable file"),
)


def read_image(source: ByteSource, machine: str = "") -> Image:
    """Read an executable's headers; `machine` (a GOARCH) chooses from a universal Mach-O file.

    Raises BinaryError: for what is no executable, or one of a kind that is not supported, with its name; for headers that are
    truncated or contradict themselves, with the one that does.
    """
    start = source.read(0, 16)
    if start.startswith(elf.MAGIC):
        return elf.read_elf(source)
    if start.startswith(pe.MAGIC):
        return pe.read_pe(source)
    if start[:4] in macho.MAGICS or start[:4] in macho.UNIVERSAL:
        return macho.read_macho(source, machine)
    for magic, kind, words in _OTHERS:
        if start.startswith(magic):
            raise BinaryError(kind, words)
    raise BinaryError("empty" if not start else "not-a-binary", "empty" if not start else _described(start))


def _described(start: bytes) -> str:
    text = all(byte in b"\t\n\r\f\x1b" or 0x20 <= byte < 0x7F or byte >= 0x80 for byte in start)  # noqa: PLR2004 - printable
    return "a text file, not an executable file" if text else f"not an executable file: it begins with {start[:4].hex(' ')}"
