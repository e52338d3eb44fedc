"""The control plane: the requests that are dapshim's own, such as `dapshim/startSession`. docs/language-server.md lists them.

Each takes an object and answers with one. What is wrong with the object, or in the way, is an error in a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import trio
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from dapshim.delve.checkup import check
from dapshim.golang.spelling import paths
from dapshim.language_server.lookout import Surroundings
from dapshim.language_server.sessions import BadRequestError, Sessions
from dapshim.options.layers import Options
from dapshim.proxy.listener import ListenError

T = TypeVar("T")
Json = dict[str, Any]

UNTRUSTED: Final = (
    "nothing of this workspace is run, because the client has not said that it is trusted: send "
    '"initializationOptions": {"workspaceTrust": true}, or the notification dapshim/setTrust'
)


class RefusedError(JsonRpcException):
    """What was asked for cannot be done now. LSP 3.17: RequestFailed, a request that is right and yet has no answer."""

    CODE = -32803
    MESSAGE = "Request failed"


class Control:
    """Answers them. `trusted` says whether the client trusts the workspace, `folder` which one is meant where none is named."""

    def __init__(
        self,
        surroundings: Surroundings,
        sessions: Sessions,
        trusted: Callable[[], bool],
        folder: Callable[[], str],
    ) -> None:
        self._around = surroundings
        self._sessions = sessions
        self._trusted = trusted
        self._folder = folder
        self.requests: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "dapshim/startSession": self.start_session,
            "dapshim/stopSession": self.stop_session,
            "dapshim/sessions": self.sessions,
            "dapshim/doctor": self.doctor,
            "dapshim/inspect": self.inspect,
            "dapshim/paths": self.paths,
            "dapshim/why": self.why,
        }

    async def start_session(self, params: Mapping[str, Any]) -> Json:
        """Open the door of a session: see `Sessions.start`."""
        if not self._trusted():
            raise RefusedError(UNTRUSTED)
        try:
            return await self._sessions.start({"workspaceFolder": self._folder(), **params})
        except BadRequestError as error:
            raise JsonRpcInvalidParams(str(error)) from error
        except (ListenError, OSError) as error:
            raise RefusedError(str(error)) from error

    async def stop_session(self, params: Mapping[str, Any]) -> Json:
        """End the session of the number `session`."""
        return {"stopped": self._sessions.stop(params.get("session"))}

    async def sessions(self, _params: Mapping[str, Any]) -> Json:
        """Return every session that is, and the last that were."""
        return {"sessions": [each.as_json() for each in self._sessions.stories]}

    async def doctor(self, params: Mapping[str, Any]) -> Json:
        """Look at `folder` as it is in the editor, and return what `dapshim doctor --json` prints."""
        folder = self._path(params, "folder", self._folder())
        around = self._around
        found = await trio.to_thread.run_sync(partial(check, folder, around.environ, around.options, around.texts))
        return found.as_json()

    async def inspect(self, params: Mapping[str, Any]) -> Json:
        """Return what `dapshim inspect --json` prints of `binary`."""
        binary = self._path(params, "binary")
        folder = self._path(params, "folder", self._folder())
        return await self._asked(partial(_inspect, binary, folder, self._around.options))

    async def paths(self, params: Mapping[str, Any]) -> Json:
        """Return what `dapshim paths --json` prints of `binary`; with `files`, of these alone; with `all`, all is compared."""
        binary = self._path(params, "binary")
        folder = self._path(params, "folder", self._folder())
        files = params.get("files", [])
        if not isinstance(files, list) or not all(isinstance(each, str) and paths.isabs(each) for each in files):
            raise JsonRpcInvalidParams('"files" must be a list of absolute paths')
        every = params.get("all") is True
        return await self._asked(partial(_paths, binary, folder, self._around.options, files, every=every))

    async def why(self, params: Mapping[str, Any]) -> Json:
        """Return why a breakpoint at `file` and `line` cannot be set in `target`, a binary or a package's folder."""
        file, target = self._path(params, "file"), self._path(params, "target")
        folder = self._path(params, "folder", self._folder())
        line = params.get("line")
        if not isinstance(line, int) or isinstance(line, bool) or line < 1:
            raise JsonRpcInvalidParams('"line" must be a number from 1')
        return await self._asked(partial(_why, f"{file}:{line}", target, folder, self._around.options))

    @staticmethod
    def _path(params: Mapping[str, Any], name: str, default: str = "") -> str:
        value = params.get(name, default)
        if not isinstance(value, str) or not paths.isabs(value):
            raise JsonRpcInvalidParams(f'"{name}" must be an absolute path')
        return paths.normpath(value)

    @staticmethod
    async def _asked(ask: Callable[[], T]) -> T:
        """Have a question answered in a thread; one that nobody waits for any more is left to end by itself."""
        from dapshim.binary.errors import BinaryError
        from dapshim.delve.hollow import QuestionError
        from dapshim.golang.toolchain import ToolchainError
        from dapshim.golang.workspace import WorkspaceError

        try:
            return await trio.to_thread.run_sync(ask, abandon_on_cancel=True)
        except (BinaryError, QuestionError, ToolchainError, WorkspaceError) as error:
            raise RefusedError(str(error)) from error


# What the commands print with --json; what it takes is imported when it is asked for.


def _inspect(binary: str, folder: str, options: Options) -> Json:
    from dapshim.delve.inspection import inspected

    return inspected(binary, (folder,), options).as_json()


def _paths(binary: str, folder: str, options: Options, files: Sequence[str], *, every: bool) -> Json:
    from dapshim.binary.errors import BinaryError
    from dapshim.delve.source_rows import document, looked_up

    try:
        _, rows, rules = looked_up(binary, folder, dict(os.environ), options, files, every=every, all_rules=True)
    except BinaryError as error:
        raise BinaryError(error.kind, str(error) if binary in str(error) else f"{binary}: {error}") from error
    return document(binary, rows, rules, asked=bool(files))


def _why(place: str, target: str, folder: str, options: Options) -> Json:
    from dapshim.delve.hollow import answered, asked_of

    return answered(asked_of(place, folder), target, folder, options).as_json()
