"""What kind of file it is, told by its first bytes, and its headers."""

from __future__ import annotations

from typing import Final, Literal

from dapshim.binary import elf, macho, pe
from dapshim.binary.errors import BinaryError, Kind
from dapshim.binary.image import Image
from dapshim.binary.source import ByteSource

Container = Literal[
    "elf", "pe", "macho", "universal", "dos", "wasm", "archive", "go-object", "script", "text", "empty", "bitcode", "xcoff",
    "plan9", "gzip", "zip", "zstd", "directory", "pipe", "socket", "device", "unknown",
]  # fmt: skip
"""What a file is, by its first bytes or, for what is no regular file, by its kind."""

_OTHERS: Final[tuple[tuple[bytes, Container, Kind, str], ...]] = (
    (b"\0asm", "wasm", "unsupported", "not supported: WebAssembly; Delve cannot debug it"),
    (b"!<arch>\n", "archive", "not-a-binary", "an archive (.a), not an executable file"),
    (b"!<thin>\n", "archive", "not-a-binary", "an archive (.a), not an executable file"),
    (b"go object ", "go-object", "not-a-binary", "a Go object file, not an executable file"),
    (b"#!", "script", "not-a-binary", "a script, not an executable file"),
    (b"BC\xc0\xde", "bitcode", "not-a-binary", "LLVM bitcode, not an executable file"),
    (b"\x01\xdf", "xcoff", "unsupported", "not supported: XCOFF (AIX)"),
    (b"\x01\xf7", "xcoff", "unsupported", "not supported: XCOFF (AIX)"),
    (b"\0\0\x01\xeb", "plan9", "unsupported", "not supported: a Plan 9 program"),
    (b"\0\0\x8a\x97", "plan9", "unsupported", "not supported: a Plan 9 program"),
    (b"\0\0\x06\x47", "plan9", "unsupported", "not supported: a Plan 9 program"),
    (b"\x1f\x8b", "gzip", "not-a-binary", "a gzip archive, not an executable file"),
    (b"\x28\xb5\x2f\xfd", "zstd", "not-a-binary", "a file compressed with zstd, not an executable file"),
    (b"PK\x03\x04", "zip", "not-a-binary", "a zip archive, not an executable file"),
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
    for magic, _, kind, words in _OTHERS:
        if start.startswith(magic):
            raise BinaryError(kind, words)
    raise BinaryError("empty" if not start else "not-a-binary", "empty" if not start else _described(start))


def container_of(start: bytes) -> Container:
    """Return what a file is by its first bytes, 16 of them; `elf`, `pe` and so on say nothing of what follows."""
    if start.startswith(elf.MAGIC):
        return "elf"
    if start.startswith(pe.MAGIC):
        return "pe"
    if start[:4] in macho.MAGICS:
        return "macho"
    if start[:4] in macho.UNIVERSAL:
        return "universal"
    known = next((container for magic, container, _, _ in _OTHERS if start.startswith(magic)), None)
    if known is not None:
        return known
    return "empty" if not start else "text" if _is_text(start) else "unknown"


def _is_text(start: bytes) -> bool:
    return all(byte in b"\t\n\r\f\x1b" or 0x20 <= byte < 0x7F or byte >= 0x80 for byte in start)  # noqa: PLR2004 - printable


def _described(start: bytes) -> str:
    return (
        "a text file, not an executable file"
        if _is_text(start)
        else f"not an executable file: it begins with {start[:4].hex(' ')}"
    )
