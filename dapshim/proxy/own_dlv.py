"""The dlv's that dapshim starts itself: which one, for which session, and the guardian that looks after all of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from dapshim.options.layers import Value
from dapshim.proxy.adapter import Adapter, AdapterSource, NoDlvError, spawner

if TYPE_CHECKING:
    from dapshim.delve.build_errors import BuildFailure
    from dapshim.delve.find import FoundDlv
    from dapshim.delve.guardian import Guardian
    from dapshim.delve.planned import Planned
    from dapshim.delve.process import DlvCommand
    from dapshim.plan.outcome import Build


@attrs.define(eq=False)
class OwnDlv:
    """Starts a dlv for each session; `named` is the option `dlv` of this dapshim."""

    named: Value
    _guardian: Guardian | None = None

    def prepare(self) -> None:
        """Have ready what the first session needs of a dlv: the code that starts and ends one, and the guardian."""
        from dapshim.delve import ending, process  # noqa: F401 - imported to be there

        self._guarding().start()

    def learn(self) -> None:
        """Read which version the dlv of most sessions is; blocks for some milliseconds. What is wrong is said in a session."""
        from dapshim.delve.versions import DlvVersionUnknown, known_version

        with contextlib.suppress(NoDlvError, DlvVersionUnknown, OSError):
            known_version(self.find().path)

    def find(self) -> FoundDlv:
        """Return the dlv of a session that has said nothing of it.

        It is looked for anew each time, so that one installed meanwhile is found.

        Raises:
            NoDlvError: there is none.

        """
        return _found(self.named)

    def find_for(self, planned: Planned) -> FoundDlv:
        """Return the dlv that a plan needs: the one that it names, else one that is found with what the go command says.

        Raises:
            NoDlvError: there is none.

        """
        plan = planned.plan
        gopath = os.pathsep.join(plan.build.gopath) if plan.build is not None else None
        return _found(planned.options["dlv"], plan.dlv.tool_path, gopath)

    async def start(self) -> Adapter:
        """Start the dlv of a session that has said nothing yet.

        Raises:
            NoDlvError: there is none, which a launch can still mend.
            StartError: it does not start.

        """
        from dapshim.delve.process import DlvCommand

        return await self.source(DlvCommand(self.find().path))()

    def source(self, command: DlvCommand) -> AdapterSource:
        """Return what starts this very dlv."""
        return spawner(command, self._guarding())

    async def rebuild(self, build: Build, output: str | None) -> BuildFailure | None:
        """Build what a dlv will have to build; see `dapshim.delve.rebuild`."""
        from dapshim.delve.rebuild import rebuild

        return await rebuild(build, output, self._guarding())

    async def run(self, command: Sequence[str], directory: str, environ: Mapping[str, str]) -> tuple[int, bytes]:
        """Run a go command; see `dapshim.delve.go_build.run_go`."""
        from dapshim.delve.go_build import run_go

        return await run_go(command, directory, environ, self._guarding())

    def look_after(self, folder: str) -> None:
        """Have a folder of sockets taken away if we are killed."""
        self._guarding().sockets(folder)

    def close(self) -> None:
        """Let the guardian go."""
        if self._guardian is not None:
            self._guardian.close()

    def _guarding(self) -> Guardian:
        if self._guardian is None:
            from dapshim.delve.guardian import Guardian

            self._guardian = Guardian()
        return self._guardian


def _found(named: Value, tool_path: str | None = None, gopath: str | None = None) -> FoundDlv:
    from dapshim.delve.find import DlvNotFound, find_dlv

    try:
        return find_dlv(named, os.environ, tool_path=tool_path, gopath=gopath)
    except DlvNotFound as error:
        raise NoDlvError(str(error)) from error
