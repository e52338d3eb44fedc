"""What rules of `dapshim.diagnose` need to know of this machine: its system, and what is there of what a program asks for.

Reads files and starts nothing; `dlv_facts` is given the version that somebody asked a dlv for.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import facts_of
from dapshim.delve.versions import DlvVersion, newest_dlv, parse_go_version, supported_go
from dapshim.diagnose.facts import DebugFile, DlvFacts, HostFacts

_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64", "i386": "386", "i686": "386"}
_SYSTEMS: Final = {"win32": "windows", "cygwin": "windows"}

_CACHE: Final = Path("/etc/ld.so.cache")
_FOLDERS: Final = ("/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib", "/usr/local/lib64", "/lib32", "/usr/lib32")
"""Where loaders look by themselves; what a distribution adds stands in the loader's cache."""

_DEBUG: Final = "/usr/lib/debug"
"""Delve's own setting of `debug-info-directories` is this folder's `.build-id` (1.27.1)."""

_CRC_MOST: Final = 512 * 1024 * 1024
_PART: Final = 1 << 20


def this_system() -> tuple[str, str]:
    """Return GOOS and GOARCH of this machine."""
    machine = platform.machine().lower()
    return _SYSTEMS.get(sys.platform, sys.platform), _MACHINES.get(machine, machine)


def host_facts(binary: BinaryFacts, environ: Mapping[str, str]) -> HostFacts:
    """Look for the loader, the libraries and the debug file that a program asks for; not for libraries of libraries."""
    system, machine = this_system()
    interpreter: bool | None = None
    missing: tuple[str, ...] = ()
    native = (
        binary.container == "elf"
        and binary.type == "executable"
        and (binary.system or system, binary.machine) == (system, machine)
    )
    if native and binary.interpreter:
        interpreter = Path(binary.interpreter).exists()
        if interpreter:
            missing = tuple(each for each in binary.dynamic.needed if not _is_there(each, binary, environ))
    return HostFacts(
        system,
        machine,
        interpreter,
        missing,
        _debug_file(binary) if binary.container == "elf" and binary.dwarf is None else None,
        binary.packing_hides and shutil.which("upx") is not None,
    )


def _is_there(library: str, binary: BinaryFacts, environ: Mapping[str, str]) -> bool:
    """Tell whether the loader finds a library; in doubt it does, since the cache is searched for the name alone."""
    if "/" in library:
        return Path(library).exists()
    own = os.path.dirname(os.path.realpath(binary.file.path))  # noqa: PTH120 - as the loader spells it
    folders = [each.replace("$ORIGIN", own).replace("${ORIGIN}", own) for each in binary.dynamic.run_path]
    folders += [each for each in environ.get("LD_LIBRARY_PATH", "").split(":") if each]
    multiarch = [f"{each}/{platform.machine()}-linux-gnu" for each in ("/lib", "/usr/lib")]
    if any(Path(each, library).exists() for each in (*folders, *_FOLDERS, *multiarch)):
        return True
    return _in_cache(library)


def _in_cache(library: str) -> bool:
    try:
        return b"\0" + library.encode() + b"\0" in _CACHE.read_bytes()
    except OSError:
        # musl has no cache; its folders are among those that were looked at.
        return False


def _debug_file(binary: BinaryFacts) -> DebugFile | None:
    """Return the file with the debug info of a stripped program, looked for where Delve 1.27.1 does."""
    identity = binary.build_ids.gnu
    if len(identity) > 2:  # noqa: PLR2004 - two digits are the folder
        path = f"{_DEBUG}/.build-id/{identity[:2]}/{identity[2:]}.debug"
        if Path(path).is_file():
            return _opened(path, None)
    for path in _linked(binary):
        if Path(path).is_file():
            assert binary.debug_link is not None  # noqa: S101 - `_linked` yields nothing without
            return _opened(path, binary.debug_link.crc)
    return None


def _linked(binary: BinaryFacts) -> Iterator[str]:
    if binary.debug_link is not None:
        folder = os.path.dirname(binary.file.path)  # noqa: PTH120 - as Delve spells it
        name = binary.debug_link.name
        yield from (f"{folder}/{name}", f"{folder}/.debug/{name}", f"{_DEBUG}/.build-id{folder}/{name}")


def _opened(path: str, crc: int | None) -> DebugFile | None:
    try:
        fits = crc is None or _crc(path) == crc
        return DebugFile(path, fits, facts_of(path).dwarf)
    except (BinaryError, OSError):
        return None


def _crc(path: str) -> int:
    total, left = 0, _CRC_MOST
    with Path(path).open("rb") as file:
        while left > 0 and (data := file.read(_PART)):
            total = zlib.crc32(data, total)
            left -= len(data)
    return total


def dlv_facts(dlv: DlvVersion, go_version: str) -> DlvFacts:
    """Return what a dlv takes, and which one takes a program of this Go, its version as build info has it."""
    supported = supported_go(dlv.release)
    release = parse_go_version(go_version)
    oldest, newest = supported if supported is not None else (None, None)
    suited = (newest_dlv(release) or "") if release is not None else ""
    return DlvFacts(str(dlv), oldest, newest, dlv.built_with, suited)
