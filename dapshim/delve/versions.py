"""Which Delve goes with which Go, and what mends a pair that does not. PURE but for `read_dlv_version`, which asks a dlv.

Delve refuses a program of a Go that it does not know (`pkg/goversion/compat.go`). The table below is what that file says in
each release, read there.
"""

from __future__ import annotations

import re
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Final

import attrs

from dapshim.plan.outcome import CHECK_OFF

PINNED: Final = "1.27.1"
"""The Delve that dapshim is tested with."""

MODULE: Final = "github.com/go-delve/delve/cmd/dlv"

DlvRelease = tuple[int, int, int]
GoRelease = tuple[int, int]
"""Major and minor: Delve looks at no more of a Go version. A release candidate counts as its release."""

OLDEST_DAP: Final[DlvRelease] = (1, 7, 3)
"""The first Delve that knows `dlv dap --client-addr` (CHANGELOG.md of Delve, and its source: 1.7.2 does not)."""

DWARF5: Final[GoRelease] = (1, 25)
"""The first Go that writes DWARF 5; Delve 1.25.0 and later refuse it when they were built with an older Go themselves."""

ASK_LIMIT: Final = 10.0
"""Seconds that `dlv version` may take; 14 ms are normal."""


@attrs.frozen
class _Support:
    """From this Delve on, until the next entry: the oldest and newest Go that it takes, and the newest Delve that is so."""

    since: DlvRelease
    oldest: GoRelease
    newest: GoRelease
    best: str


SUPPORT: Final = (
    _Support((1, 27, 0), (1, 25), (1, 27), PINNED),
    _Support((1, 26, 0), (1, 24), (1, 26), "1.26.3"),
    _Support((1, 25, 1), (1, 22), (1, 25), "1.25.2"),
    _Support((1, 24, 0), (1, 21), (1, 24), "1.25.0"),
    _Support((1, 23, 0), (1, 21), (1, 23), "1.23.1"),
    _Support((1, 22, 0), (1, 19), (1, 22), "1.22.1"),
    _Support((1, 21, 1), (1, 19), (1, 21), "1.21.2"),
    _Support((1, 21, 0), (1, 18), (1, 21), "1.21.0"),
    _Support((1, 20, 0), (1, 18), (1, 20), "1.20.2"),
    _Support((1, 9, 0), (1, 17), (1, 19), "1.9.1"),
    _Support((1, 8, 0), (1, 16), (1, 18), "1.8.3"),
    _Support(OLDEST_DAP, (1, 15), (1, 17), "1.7.3"),
)
"""Newest first. A patch that came after this was written is taken to be as its release; a later minor is not known."""


@attrs.frozen
class DlvVersion:
    """What a dlv says of itself: its release, and the Go that it was built with (None: it does not say)."""

    release: DlvRelease
    built_with: GoRelease | None = None

    def __str__(self) -> str:
        return ".".join(map(str, self.release))


@attrs.frozen
class Mismatch:
    """A dlv and a Go that do not go together: why, for the user, and the one command or setting that mends it."""

    text: str
    command: str
    checked: bool = True
    """Whether it is Delve's check that refuses, so that Delve can be told to try."""


class DlvVersionUnknown(Exception):  # noqa: N818 - it is what happened
    """What was asked does not answer as a dlv; the message is for the user."""


def install_command(version: str) -> str:
    """Return the command that a person types to have this Delve (`1.27.1` or `latest`)."""
    return f"go install {MODULE}@{version if version == 'latest' else f'v{version}'}"


INSTALL: Final = install_command(PINNED)
"""The command that a person without dlv needs."""

NEEDS_CLIENT_ADDR: Final = f"dapshim needs `dlv dap --client-addr`, which Delve has from {'.'.join(map(str, OLDEST_DAP))} on"


def parse_dlv_version(printed: str) -> DlvVersion | None:
    """Return what `dlv version` or `dlv version -v` printed; None when no dlv wrote that.

    Delve 1.27.1: `Delve Debugger`, `Version: 1.27.1`, `Build: $Id…`, and with -v `Build Details: go1.26.8`. One that was built
    from a checkout adds its own mark, as `1.27.2-dev`.
    """
    found = re.search(r"^Version: (\d{1,9})\.(\d{1,9})\.(\d{1,9})", printed, re.MULTILINE)
    if found is None:
        return None
    details = re.search(r"^Build Details: (.*)$", printed, re.MULTILINE)
    release = (int(found[1]), int(found[2]), int(found[3]))
    return DlvVersion(release, parse_go_version(details[1]) if details is not None else None)


def parse_go_version(text: str) -> GoRelease | None:
    """Return the release of a Go by its version as `go env GOVERSION`, `go version` or build info write it.

    `go1.26.6`, `go1.27rc1`, `go1.26.6-X:nogreenteagc`, `devel go1.28-0123abc`, `go version go1.26.8 linux/amd64`. None for
    what names no release, as `devel +0123abc` of before Go 1.18 does; Delve does not look at those either.
    """
    found = re.search(r"(?:^|\s)go(\d{1,9})\.(\d{1,9})", text)
    return (int(found[1]), int(found[2])) if found is not None else None


def read_dlv_version(dlv: str) -> DlvVersion:
    """Ask a dlv for its version; takes 15 ms, and blocks.

    Raises:
        DlvVersionUnknown: it cannot be run, or does not answer as a dlv.

    """
    try:
        done = subprocess.run(  # noqa: S603 - the dlv that a person named or installed
            [dlv, "version", "-v"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=ASK_LIMIT,
            check=False,
        )
    except OSError as error:
        raise DlvVersionUnknown(f"{dlv} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise DlvVersionUnknown(f"{dlv} version did not answer within {ASK_LIMIT:.0f} seconds") from error
    found = parse_dlv_version(done.stdout.decode(errors="replace"))
    if found is None:
        raise DlvVersionUnknown(f"{dlv} is no dlv: `{dlv} version` does not print a Delve version")
    return found


def supported_go(release: DlvRelease) -> tuple[GoRelease, GoRelease] | None:
    """Return the oldest and the newest Go that a Delve takes; None for one that is too old or too new to be in the table."""
    if release[:2] > SUPPORT[0].since[:2]:
        return None
    return next(((entry.oldest, entry.newest) for entry in SUPPORT if entry.since <= release), None)


def newest_dlv(go: GoRelease) -> str | None:
    """Return the newest Delve that takes programs of this Go; None when no known one does."""
    return next((entry.best for entry in SUPPORT if entry.oldest <= go <= entry.newest), None)


def too_old(dlv: DlvVersion) -> Mismatch | None:
    """Say that a dlv is too old for dapshim at all; None when it is not."""
    if dlv.release >= OLDEST_DAP:
        return None
    return Mismatch(f"Delve {dlv} is too old: {NEEDS_CLIENT_ADDR}", INSTALL, checked=False)


def known_version(path: str) -> DlvVersion:
    """Return what `read_dlv_version` says of this very file, asked once; blocks for about 15 ms the first time.

    Raises:
        DlvVersionUnknown: see `read_dlv_version`.

    """
    status = Path(path).stat()
    return _known_version(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _known_version(path: str, _changed: int, _size: int) -> DlvVersion:
    return read_dlv_version(path)


def matches(dlv: DlvVersion, go: str) -> Mismatch | None:
    """Say why a Delve cannot debug what this Go builds (its version as `go env GOVERSION` writes it); None when it can.

    Nothing is said of a Delve or a Go that is not known. As Delve does it, only what the compiler writes counts.
    """
    old = too_old(dlv)
    release, supported = parse_go_version(go), supported_go(dlv.release)
    if old is not None or release is None or supported is None:
        return old
    oldest, newest = supported
    if oldest <= release <= newest:
        return _built_too_early(dlv, release)
    better = newest_dlv(release)
    why = (
        f"Delve {dlv} does not know Go {_dotted(release)} yet: it takes Go {_dotted(oldest)} to {_dotted(newest)}"
        if release > newest
        else f"Delve {dlv} takes Go {_dotted(oldest)} to {_dotted(newest)}, and this is Go {_dotted(release)}"
    )
    if better is not None:
        return Mismatch(f"{why}; Delve {better} takes it", install_command(better))
    if release > newest:
        return Mismatch(f"{why}; a newer one may", install_command("latest"))
    return Mismatch(
        f"{why}; no Delve that dapshim can use takes it, but this one can be told to try",
        f'"dlvFlags": ["{CHECK_OFF}"]',
    )


def _built_too_early(dlv: DlvVersion, go: GoRelease) -> Mismatch | None:
    if dlv.built_with is None or dlv.release < (1, 25, 0) or not dlv.built_with < DWARF5 <= go:
        return None
    return Mismatch(
        f"this Delve {dlv} was built with Go {_dotted(dlv.built_with)}, and only one that was built with Go {_dotted(DWARF5)} "
        f"or newer reads what Go {_dotted(go)} writes (DWARF 5)",
        install_command(str(dlv)),
        checked=False,
    )


def _dotted(release: GoRelease) -> str:
    return ".".join(map(str, release))
