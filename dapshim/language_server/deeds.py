"""Carries out what rules have found to be done: `dapshim.diagnose.deeds`. Nothing of it goes through a shell.

Each returns what a person should read of it. Cancelled, it leaves no process. Who calls has asked for trust.
"""

from __future__ import annotations

import os
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import trio

from dapshim.delve.mapping_file import Mapped, mapping_file
from dapshim.diagnose.deeds import Deed, ExecutableDeed, GoDeed, InstallDlvDeed, MappingDeed, RebuildDeed, TwinDeed
from dapshim.golang.spelling import paths
from dapshim.language_server.project_file import write_mapping
from dapshim.language_server.refused import RefusedError
from dapshim.language_server.sessions import Sessions
from dapshim.language_server.texts import EditorTexts

GO_LIMIT: Final = 120.0
"""Seconds that a go command may take that compiles nothing; it may have to fetch something."""
BUILD_LIMIT: Final = 600.0
"""Seconds that a build may take: without optimisation all packages are compiled anew, the first time."""
_LAST: Final = 2000
"""Characters of what a failed command printed; the reason comes last."""

Say = Callable[[str], None]


class Deeds:
    """Does them for one client. `go` tells which go command, `folder` which folder is open, `texts` what is typed in files."""

    def __init__(
        self,
        sessions: Sessions,
        environ: Mapping[str, str],
        go: Callable[[], str],
        folder: Callable[[], str],
        texts: EditorTexts,
    ) -> None:
        self._texts = texts
        self._sessions = sessions
        self._environ = environ
        self._go = go
        self._folder = folder

    async def do(self, deed: Deed, say: Say) -> str:
        """Do it; `say` gets a few words about what is being done.

        Raises:
            RefusedError: it does not succeed; the message says why.

        """
        try:
            match deed:
                case GoDeed():
                    printed = await self._run(deed.arguments, deed.directory, deed.environ, GO_LIMIT)
                    return printed or f"{shlex.join(('go', *deed.arguments))}: done\n"
                case RebuildDeed():
                    say(f"building {deed.path}")
                    printed = await self._run(deed.arguments, deed.directory, deed.environ, BUILD_LIMIT)
                    return f"{printed}{deed.path} is built for debugging.\n"
                case InstallDlvDeed():
                    return await self._install(deed.version, say)
                case TwinDeed():
                    return await self._twin(deed, say)
                case MappingDeed():
                    return await trio.to_thread.run_sync(self._write_rule, deed)
                case ExecutableDeed():
                    return await trio.to_thread.run_sync(_allow, deed.path)
        except OSError as error:
            raise RefusedError(f"{error.filename or 'it'}: {error.strerror or error}") from error

    async def _run(self, arguments: tuple[str, ...], directory: str, more: tuple[tuple[str, str], ...], limit: float) -> str:
        where = directory or paths.abspath(os.sep)
        # No other toolchain is fetched for it; what `go env` writes is about another time.
        local = {} if arguments[:1] == ("env",) else {"GOTOOLCHAIN": "local"}
        environ = {**self._environ, **local, "PWD": where, **dict(more)}
        return await self._go_says((self._go(), *arguments), where, environ, limit)

    async def _go_says(self, command: tuple[str, ...], where: str, environ: Mapping[str, str], limit: float) -> str:
        line = shlex.join(("go", *command[1:]))
        try:
            with trio.fail_after(limit):
                status, printed = await self._sessions.run(command, where, environ)
        except trio.TooSlowError:
            raise RefusedError(f"{line} did not end within {limit:.0f} s") from None
        text = printed.decode("utf-8", "replace")
        if status:
            raise RefusedError(f"{line} failed: {text.strip()[-_LAST:] or f'exit status {status}'}")
        return text

    async def _install(self, version: str, say: Say) -> str:
        from dapshim.delve import install
        from dapshim.delve.find import NAME, own_folder

        folder = own_folder(self._environ)
        if folder is None:
            raise RefusedError("neither HOME nor XDG_DATA_HOME says where to put dlv")
        # Outside of any module, so that no go.mod and no vendor folder has a say.
        nowhere = await trio.to_thread.run_sync(tempfile.mkdtemp, None, "dapshim-install-")
        try:
            go = await trio.to_thread.run_sync(install.ask_go, self._go(), nowhere)
            wanted = version or install.version_for(go)
            say(f"building dlv {wanted} with {go.version}")
            await trio.Path(folder).mkdir(parents=True, exist_ok=True)
            command = (go.go, "install", install.module_at(wanted))
            await self._go_says(command, nowhere, install.environment(self._environ, go, folder), BUILD_LIMIT)
            path = str(Path(folder, NAME))
            await trio.to_thread.run_sync(install.check_installed, path, wanted)
        except install.InstallError as error:
            raise RefusedError(str(error)) from error
        finally:
            with trio.CancelScope(shield=True):
                await trio.to_thread.run_sync(shutil.rmtree, nowhere, True)  # noqa: FBT003 - run_sync passes no names
        return f"dlv {wanted} is installed as {path}\n"

    async def _twin(self, deed: TwinDeed, say: Say) -> str:
        from dapshim.binary.opened import facts_of
        from dapshim.delve.surroundings import this_system
        from dapshim.golang.files import RealFiles
        from dapshim.golang.toolchain import find_gos
        from dapshim.heal.debug_twin import debug_twin
        from dapshim.heal.outcome import NotRebuilt
        from dapshim.heal.store import store_of

        store = store_of(self._environ)
        if store is None:
            raise RefusedError("neither HOME nor XDG_CACHE_HOME says where to keep it")
        binary = await trio.to_thread.run_sync(facts_of, deed.path, this_system()[1])
        gos = await trio.to_thread.run_sync(find_gos, self._environ, RealFiles())
        gos = tuple(dict.fromkeys((shutil.which(self._go()) or self._go(), *gos)))
        found = await debug_twin(binary, deed.folder, gos, self._sessions.run, store, environ=self._environ, progress=say)
        if isinstance(found, NotRebuilt):
            raise RefusedError(found.reason)
        self._sessions.twins.take(deed.path, found.path, found.line)
        return f"From the next start on: {found.line}\n"

    def _write_rule(self, deed: MappingDeed) -> str:
        mapped = Mapped(mapping_file(deed.client, self._folder()), deed.client, deed.adapter)
        write_mapping(mapped, self._texts)
        return f"{mapped}\n"


def _allow(path: str) -> str:
    mode = Path(path).stat().st_mode
    Path(path).chmod((mode & 0o7777) | 0o100)
    return f"{path} may be run now.\n"
