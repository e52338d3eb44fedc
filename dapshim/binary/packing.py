"""Whether an executable was packed with UPX, by the marks that UPX leaves.

UPX 3.94, ELF: no section headers, `UPX!` behind the program headers and again at the end of the file, and an `$Info` line in
the code that unpacks. PE: sections named `UPX0`, `UPX1`. Packed Go programs show neither Go's line table nor build info.
"""

from __future__ import annotations

from typing import Final

import attrs

from dapshim.binary.image import Image

_MAGIC: Final = b"UPX!"
_INFO: Final = b"$Info: This file is packed with the UPX"
_HEAD: Final = 4096
_TAIL: Final = 64 * 1024


@attrs.frozen
class Packing:
    """The marks of UPX that were found; one alone may be there by chance, or in a tool that looks for them."""

    marks: tuple[str, ...]

    @property
    def sure(self) -> bool:
        """Whether there is more than one mark."""
        return len(self.marks) > 1


def read_packing(image: Image) -> Packing | None:
    """Return the marks of UPX; None without any."""
    size = image.source.size
    head = image.source.read(0, _HEAD)
    begin = max(_HEAD, size - _TAIL)
    tail = image.source.read(begin, size - begin)
    marks = []
    if (at := head.find(_MAGIC)) >= 0:
        marks.append(f"`UPX!` at byte {at:#x}")
    if (at := tail[-64:].find(_MAGIC)) >= 0:
        marks.append("`UPX!` at the end of the file")
    if _INFO in tail or _INFO in head:
        marks.append("the line `$Info: This file is packed with the UPX executable packer`")
    named = [each.name for each in image.sections if each.name in ("UPX0", "UPX1", "UPX2", "__upx")]
    if named:
        marks.append(f"sections {', '.join(named)}")
    if not marks:
        return None
    if image.format == "elf" and not image.sections:
        marks.append("no section headers")
    return Packing(tuple(marks))
