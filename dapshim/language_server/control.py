"""The control plane: the requests that are dapshim's own, such as `dapshim/startSession`. docs/language-server.md lists them.

Each takes an object and answers with one. What is wrong with the object, or in the way, is an error in a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

import trio
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams

from dapshim.delve.checkup import check
from dapshim.golang.spelling import paths
from dapshim.language_server.answers import AnswerError, Answers, Json
from dapshim.language_server.lookout import Surroundings
from dapshim.language_server.sessions import BadRequestError, Sessions
from dapshim.proxy.listener import ListenError

T = TypeVar("T")

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
        answers: Answers,
        surroundings: Surroundings,
        sessions: Sessions,
        trusted: Callable[[], bool],
        folder: Callable[[], str],
    ) -> None:
        self._answers = answers
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
        return await self._asked(partial(self._answers.doctor, found))

    async def inspect(self, params: Mapping[str, Any]) -> Json:
        """Return what `dapshim inspect --json` prints of `binary`."""
        binary = self._path(params, "binary")
        folder = self._path(params, "folder", self._folder())
        return await self._asked(partial(self._answers.inspect, binary, folder, self._around.options))

    async def paths(self, params: Mapping[str, Any]) -> Json:
        """Return what `dapshim paths --json` prints of `binary`; with `files`, of these alone; with `all`, all is compared."""
        binary = self._path(params, "binary")
        folder = self._path(params, "folder", self._folder())
        files = params.get("files", [])
        if not isinstance(files, list) or not all(isinstance(each, str) and paths.isabs(each) for each in files):
            raise JsonRpcInvalidParams('"files" must be a list of absolute paths')
        every = params.get("all") is True
        return await self._asked(partial(self._answers.paths, binary, folder, self._around.options, files, every))

    async def why(self, params: Mapping[str, Any]) -> Json:
        """Return why a breakpoint at `file` and `line` cannot be set in `target`, a binary or a package's folder."""
        why = self._answers.why
        if why is None:
            raise RefusedError("this dapshim cannot answer that: it has no command `dapshim why`; install a newer one")
        file, target = self._path(params, "file"), self._path(params, "target")
        folder = self._path(params, "folder", self._folder())
        line = params.get("line")
        if not isinstance(line, int) or isinstance(line, bool) or line < 1:
            raise JsonRpcInvalidParams('"line" must be a number from 1')
        return await self._asked(partial(why, f"{file}:{line}", target, folder, self._around.options))

    @staticmethod
    def _path(params: Mapping[str, Any], name: str, default: str = "") -> str:
        value = params.get(name, default)
        if not isinstance(value, str) or not paths.isabs(value):
            raise JsonRpcInvalidParams(f'"{name}" must be an absolute path')
        return paths.normpath(value)

    @staticmethod
    async def _asked(ask: Callable[[], T]) -> T:
        """Have a question answered in a thread; one that nobody waits for any more is left to end by itself."""
        try:
            return await trio.to_thread.run_sync(ask, abandon_on_cancel=True)
        except AnswerError as error:
            raise RefusedError(str(error)) from error
