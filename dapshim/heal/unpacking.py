"""A copy without its packing, for a program that UPX packed: `upx -d`, which gives back the very bytes (3.94, Go 1.26)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import trio

from dapshim.binary.errors import BinaryError
from dapshim.binary.facts import BinaryFacts
from dapshim.heal.copying import Unusable, file_name, finished, key_of, needs_its_place, removed
from dapshim.heal.gos import Run
from dapshim.heal.outcome import Copied, NotCopied
from dapshim.heal.store import Kept, Store, StoreError

LIMIT: Final = 20.0
_SAID_MOST: Final = 400


async def unpacked(
    binary: BinaryFacts, upx: str, run: Run, store: Store, *, environ: Mapping[str, str] | None = None, limit: float = LIMIT
) -> Copied | NotCopied:
    """Return an unpacked copy of the program, made once for each program.

    Args:
        binary: what the file tells of itself; it must be packed.
        upx: the path of the program `upx`.
        run: runs it.
        store: where copies are kept.
        environ: the environment of `upx`; None is dapshim's own.
        limit: seconds that it may take.

    """
    path = binary.file.path
    why = f"upx -d took longer than {limit:g} s"
    try:
        key = await trio.to_thread.run_sync(_key, binary)
        kept = await trio.to_thread.run_sync(store.find, key)
        if kept is None:
            with trio.move_on_after(limit):
                kept = await _unpacked(binary, upx, run, store, os.environ if environ is None else environ, key)
        if kept is not None:
            return Copied(
                kept.path, f"{path} is packed with UPX. A copy that `upx -d` unpacked runs in its place: {kept.path}."
            )
    except (Unusable, StoreError, BinaryError) as error:
        why = str(error)
    except OSError as error:
        why = f"{error.filename or 'a file'}: {error.strerror or error}"
    return NotCopied(f"{path} was not unpacked: {why}.")


def _key(binary: BinaryFacts) -> str:
    if not binary.packing_hides:
        raise Unusable("it is not packed with UPX")
    return key_of("unpacked", binary.file.path)


async def _unpacked(binary: BinaryFacts, upx: str, run: Run, store: Store, environ: Mapping[str, str], key: str) -> Kept:
    workplace = await trio.to_thread.run_sync(store.workplace)
    path = str(await trio.Path(binary.file.path).absolute())
    try:
        command = (upx, "-d", "-q", "-o", str(Path(workplace, file_name(path))), "--", path)
        status, printed = await run(command, workplace, environ)
        if status != 0:
            said = " ".join(printed.decode(errors="replace").split())[-_SAID_MOST:]
            raise Unusable(f"upx -d failed: {said or f'exit status {status}'}")
        return await trio.to_thread.run_sync(finished, store, key, workplace, path, _wrong)
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(removed, workplace)


def _wrong(copy: BinaryFacts) -> str:
    """Return what is wrong with the copy; "" when it is a Go program that can be read."""
    if copy.packing_hides or not copy.is_go or copy.damage is not None:
        return "what upx -d wrote is no Go program"
    return needs_its_place(copy)
