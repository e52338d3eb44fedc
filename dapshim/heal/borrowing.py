"""Debug info for a stripped program: its twin is built again, proved equal, and Delve is shown where to find it: `borrow`.

What Delve 1.27.1 reads of such a file is the debug info and the symbols; code and data stay those of the program that runs. It
does not look whether the file belongs to the program, so a twin that is not equal would be confident nonsense.

The build runs in the person's folder, with the person's go of the release that built the program, as `go build` there would:
the caller decides whether what is in that folder may be built. Of the program's build info only allowed flags are used
(`flags.py`, `twin_build.py`), nothing is fetched, and git is asked for revisions only, never for the state of its files.
"""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import attrs
import trio

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.binary.opened import OpenedFile, facts_of
from dapshim.heal.delve_config import config_home, outdated_config
from dapshim.heal.equality import difference, unreadable
from dapshim.heal.flags import Refused
from dapshim.heal.gos import Go, NoGo, Run, go_of
from dapshim.heal.moved import Places, moved
from dapshim.heal.outcome import Borrowed, NotBorrowed
from dapshim.heal.source_state import in_workspace, recorded_by, source_state, spelled
from dapshim.heal.store import Kept, Store, StoreError, make_private, sum_of
from dapshim.heal.twin_build import TwinBuild, twin_build

LIMIT: Final = 20.0
"""Seconds that the build may take; what it compiled by then is in Go's cache, so that the next try comes further."""

_TWIN: Final = "program"
_WORDS_MOST: Final = 600
_EXECUTABLE: Final = 0o700

Progress = Callable[[str], None]


@attrs.frozen
class _Asked:
    """What a session asks for. `key` is of the program's bytes."""

    binary: BinaryFacts
    folder: str
    gos: Sequence[str]
    run: Run
    environ: Mapping[str, str]
    store: Store
    key: str

    @property
    def path(self) -> str:
        return self.binary.file.path


class _NotEqual(Exception):  # noqa: N818 - it is what happened
    """There is no twin from these sources; the message says why. It may be remembered."""


class _NotBuilt(_NotEqual):
    """These sources do not build."""


def silent(_: str) -> None:
    """Tell nobody."""


async def borrow(
    binary: BinaryFacts,
    folder: str,
    gos: Sequence[str],
    run: Run,
    store: Store,
    *,
    environ: Mapping[str, str] | None = None,
    limit: float = LIMIT,
    progress: Progress = silent,
) -> Borrowed | NotBorrowed:
    """Return debug info for a program that has none.

    Args:
        binary: what the file tells of itself.
        folder: that of the main package on this machine; it must be one whose sources may be built.
        gos: the go commands of this machine, the person's first.
        run: runs a go command.
        store: where twins are kept.
        environ: the environment that dlv would have, as the person has it; None is dapshim's own.
        limit: seconds that the build may take.
        progress: told what is being done, in a few words.

    Cancelled, it leaves no process and nothing in the store.

    """
    name = binary.file.path
    environ = os.environ if environ is None else environ
    if reason := _hopeless(binary, folder, environ):
        return NotBorrowed(f"No debug info could be borrowed for {name}: {reason}.")
    try:
        key = await trio.to_thread.run_sync(_key, name)
        asked = _Asked(binary, folder, gos, run, environ, store, key)
        kept = await trio.to_thread.run_sync(store.find, key)
        if kept is not None:
            return _lent(asked, kept, rebuilt=False)
        with trio.move_on_after(limit) as scope:
            return _lent(asked, await _twin(asked, progress), rebuilt=True)
        assert scope.cancelled_caught  # noqa: S101 - the block returns or raises
        reason = f"its twin was not built within {limit:g} s; what is compiled is kept, the next time comes further"
    except (_NotEqual, Refused, NoGo, StoreError) as error:
        reason = str(error)
    except BinaryError as error:
        reason = unreadable(error)
    except OSError as error:
        reason = f"{error.filename or 'a file'}: {error.strerror or error}"
    return NotBorrowed(f"No debug info could be borrowed for {name}: {reason}.")


def _key(path: str) -> str:
    return f"twin-{sum_of(os.path.realpath(path))}"


def _hopeless(binary: BinaryFacts, folder: str, environ: Mapping[str, str]) -> str:
    """Return why nothing can be borrowed, before anything is done; "" when it may be possible."""
    old = outdated_config(_homes(environ))
    answers = {
        "Delve takes separate debug info for whole ELF programs only": binary.container != "elf" or binary.damage is not None,
        "it has its own": binary.dwarf is not None,
        "it is no Go program that can be read": binary.type != "executable" or not binary.is_go or binary.packing_hides,
        "it has no build info, which tells how it was built": not binary.build.go_version or not binary.build.path,
        "it has no section headers, so it cannot be compared with a rebuilt one": not binary.sections,
        "its sources are not on this machine": not Path(folder).is_absolute() or not Path(folder).is_dir(),
        f"Delve would move {old}, its configuration at an old place; move it to ~/.config/dlv/config.yml": bool(old),
    }
    return next((reason for reason, true in answers.items() if true), "")


async def _twin(asked: _Asked, progress: Progress) -> Kept:
    """Build, compare and keep the twin. Raises what `borrow` turns into words."""
    recorded = await trio.to_thread.run_sync(recorded_by, asked.path, asked.folder)
    state = await trio.to_thread.run_sync(source_state, asked.folder, recorded)
    if reason := await trio.to_thread.run_sync(asked.store.refusal, asked.key, state):
        raise _NotEqual(reason)
    go = await go_of(asked.binary.go_version, asked.gos, recorded.places.goroot, asked.run, asked.environ)
    asked = attrs.evolve(asked, folder=await trio.to_thread.run_sync(spelled, asked.folder, recorded))
    build = twin_build(asked.binary, asked.folder, recorded.main_files, go.env, asked.environ)
    try:
        try:
            return await _built(asked, go, build, recorded.places, progress)
        except _NotEqual as error:
            if "GOWORK" in build.environment or not await trio.to_thread.run_sync(in_workspace, asked.folder):
                raise
            # A container has often one module of a workspace, and no go.work.
            alone = attrs.evolve(build, environment={**build.environment, "GOWORK": "off"})
            try:
                return await _built(asked, go, alone, recorded.places, progress)
            except _NotBuilt:
                # That it needs its workspace is no reason; what came of it there is.
                raise error from None
    except _NotEqual as error:
        await trio.to_thread.run_sync(asked.store.refuse, asked.key, state, str(error))
        raise


async def _built(asked: _Asked, go: Go, build: TwinBuild, recorded: Places, progress: Progress) -> Kept:
    progress(f"Rebuilding {Path(asked.path).name} to borrow its debug info")
    workplace = await trio.to_thread.run_sync(asked.store.workplace)
    try:
        twin = str(Path(workplace, _TWIN))
        environ = await trio.to_thread.run_sync(build_environment, workplace, go, build)
        here = Places(asked.folder, go.env.get("GOMODCACHE", ""), go.goroot)
        elsewhere = await trio.to_thread.run_sync(moved, Path(workplace, "work"), asked.store, recorded, here)
        folder = asked.folder
        if elsewhere is not None:
            folder, build = elsewhere.folder, build.flagged(elsewhere.flag)
            environ |= elsewhere.environment
        status, printed = await asked.run((go.command, *build.command(twin)), folder, environ)
        if status != 0:
            said = printed.decode(errors="replace").strip()[-_WORDS_MOST:]
            raise _NotBuilt(f"its sources in {asked.folder} do not build: {said or f'exit status {status}'}")
        progress(f"Comparing {Path(asked.path).name} with its twin")
        await trio.to_thread.run_sync(_compare, asked, twin)
        await trio.to_thread.run_sync(shutil.rmtree, Path(workplace, "work"))
        notes = {"go": asked.binary.go_version, "folder": asked.folder}
        return await trio.to_thread.run_sync(asked.store.keep, asked.key, workplace, _TWIN, notes)
    finally:
        # It is gone when it was kept.
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(lambda: shutil.rmtree(workplace, ignore_errors=True))


def build_environment(workplace: str, go: Go, build: TwinBuild) -> dict[str, str]:
    """Make what the build needs in its workplace; return its environment."""
    work = Path(workplace, "work")
    work.mkdir(mode=0o700)
    environ = dict(build.environment)
    if go.goroot != go.env.get("GOROOT"):
        environ["GOROOT"] = go.goroot
    environ["GOTMPDIR"] = str(work)
    if build.stamp is not None and (git := shutil.which("git", path=environ.get("PATH"))) is not None:
        programs = work / "bin"
        programs.mkdir()
        stand_in = programs / "git"
        changed = "?? x" if build.stamp.modified else ""
        commit = f"{build.stamp.revision}:{build.stamp.seconds}"
        stand_in.write_text(_GIT.format(git=shlex.quote(git), changed=changed, commit=commit))
        stand_in.chmod(_EXECUTABLE)
        environ["PATH"] = f"{programs}:{environ.get('PATH', '')}"
    return environ


_GIT: Final = """#!/bin/sh
for word do
  case $word in
  status) printf '%s' '{changed}'; exit 0;;
  --format=%H:%ct) echo '{commit}'; exit 0;;
  esac
done
exec {git} -c core.fsmonitor=false -c core.hooksPath=/dev/null "$@"
"""
"""Stands in for git while the twin is built, for the two things that the go command asks to stamp a program (Go 1.21 to 1.27):
a commit since then would make a stamp of another length. And it is `git status` that runs what a folder's .git/config names."""


def _compare(asked: _Asked, twin: str) -> None:
    """Raise _NotEqual unless the twin is equal and has debug info."""
    with OpenedFile(os.path.realpath(asked.path)) as mine, OpenedFile(twin) as other:
        found = difference(read_image(mine), read_image(other))
    if found:
        raise _NotEqual(
            f"what is built from {asked.folder} today is not the same program ({found}): "
            "the sources are others, or a flag that it does not record"
        )
    if facts_of(twin).dwarf is None:
        raise _NotEqual("its twin has no debug info either")


# -- lending ---------------------------------------------------------------------------------------------------------------


def _lent(asked: _Asked, kept: Kept, *, rebuilt: bool) -> Borrowed:
    """Show Delve the way to the twin: by GNU build id where the program has one (Go 1.24 and newer), else by its name."""
    place = Path(kept.folder, "debug")
    directories = [str(place)]
    identity = asked.binary.build_ids.gnu
    if len(identity) > 2:  # noqa: PLR2004 - two digits are the folder
        names = [f".build-id/{identity[:2]}/{identity[2:]}.debug"]
        # Where a Delve before 1.27 looks for it.
        directories.append(f"{place}/.build-id")
    elif "build-id" in str(place):
        raise StoreError(
            f"Delve would not look in {place}, because build-id is in its path; set XDG_CACHE_HOME to another folder"
        )
    else:
        # A program that is attached to is known by the file that its link leads to.
        names = [f"{Path(each).name}.debug" for each in {asked.path, os.path.realpath(asked.path)}]
    for name in names:
        _link(place / name, kept.path)
    home = config_home(kept.folder, asked.environ, _homes(asked.environ), directories)
    line = (
        f"{asked.path} has no debug info: it is borrowed from a twin, rebuilt from {asked.folder} with "
        f"{asked.binary.go_version} and proved equal. The program that runs is your own."
    )
    before = asked.environ.get("XDG_CONFIG_HOME")
    return Borrowed({"XDG_CONFIG_HOME": home}, {"XDG_CONFIG_HOME": before}, line, kept.path, tuple(directories), rebuilt)


def _link(path: Path, target: str) -> None:
    make_private(path.parent)
    try:
        path.symlink_to(target)
    except FileExistsError:
        if not path.is_symlink() or str(path.readlink()) != target:
            raise


def _homes(environ: Mapping[str, str]) -> tuple[str, ...]:
    import pwd

    homes = [environ.get("HOME", "")]
    # There are users that only the kernel knows.
    with suppress(KeyError):
        homes.append(pwd.getpwuid(os.geteuid()).pw_dir)
    return tuple(dict.fromkeys(filter(None, homes)))
