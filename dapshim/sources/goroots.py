"""Which Go trees there are, and of which version each is: by its VERSION file, since a moved GOROOT keeps nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from dapshim.golang.files import Files

TOOLCHAINS: Final = "golang.org"
"""The folder of GOMODCACHE that holds downloaded toolchains, `toolchain@v0.0.1-go1.25.5.linux-amd64`."""
_PREFIX: Final = "toolchain@v0.0.1-"


def go_version(text: str) -> str:
    """Return a version of Go without its experiments: `go1.26.6-X:nogreenteagc` and `go1.26.6 X:foo` are go1.26.6."""
    text = text.strip()
    if text.startswith("devel"):
        return text
    return text.partition(" ")[0].partition("-X:")[0]


def version_of(files: Files, goroot: str) -> str:
    """Return the version of the Go tree in a folder, "" when that is none."""
    try:
        head = files.read(f"{goroot}/VERSION", 256)
    except OSError:
        return ""
    line = head.partition(b"\n")[0].decode("utf-8", "replace")
    return go_version(line) if line.startswith(("go", "devel")) else ""


def find_goroots(files: Files, named: Iterable[str], gomodcache: str) -> dict[str, str]:
    """Return the Go trees on this machine, folder -> version, those that are `named` first."""
    found: dict[str, str] = {}
    for each in named:
        if each and each not in found and (version := version_of(files, each)):
            found[each] = version
    if gomodcache:
        place = f"{gomodcache}/{TOOLCHAINS}"
        try:
            names = [name for name, kind in files.list(place) if name.startswith(_PREFIX) and kind != "file"]
        except OSError:
            names = []
        for name in names:
            # The folder's name tells its version, so that no file is read of those that are not wanted.
            found.setdefault(f"{place}/{name}", name.removeprefix(_PREFIX).rpartition(".")[0])
    return found
