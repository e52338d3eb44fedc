"""The control plane: the requests that are dapshim's own, such as `dapshim/startSession`. docs/language-server.md lists them.

Each takes an object and answers with one. What is wrong with the object, or in the way, is an error in a sentence.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
import trio
from pygls.exceptions import JsonRpcInvalidParams

from dapshim.delve.checkup import check
from dapshim.golang.spelling import below, paths
from dapshim.language_server.lookout import Surroundings
from dapshim.language_server.offers import Offers, fixes_of
from dapshim.language_server.project_file import write_mapping
from dapshim.language_server.refused import UNTRUSTED, RefusedError
from dapshim.language_server.sessions import BadRequestError, Sessions
from dapshim.language_server.texts import EditorTexts
from dapshim.options.layers import Layer, Options
from dapshim.proxy.listener import ListenError

if TYPE_CHECKING:
    from dapshim.delve.hollow import Why

T = TypeVar("T")
Json = dict[str, Any]


class Control:
    """Answers them. `trusted` says whether the client trusts the workspace, `folder` which one is meant where none is named."""

    def __init__(
        self,
        surroundings: Surroundings,
        sessions: Sessions,
        trusted: Callable[[], bool],
        folder: Callable[[], str],
        offers: Offers,
    ) -> None:
        self._around = surroundings
        self._sessions = sessions
        self._trusted = trusted
        self._folder = folder
        self._offers = offers
        self.requests: dict[str, Callable[[Mapping[str, Any]], Any]] = {
            "dapshim/startSession": self.start_session,
            "dapshim/stopSession": self.stop_session,
            "dapshim/sessions": self.sessions,
            "dapshim/programs": self.programs,
            "dapshim/doctor": self.doctor,
            "dapshim/inspect": self.inspect,
            "dapshim/paths": self.paths,
            "dapshim/why": self.why,
            "dapshim/mapFile": self.map_file,
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
        return {"sessions": [each.as_json(self._offers.as_json) for each in self._sessions.stories]}

    async def programs(self, params: Mapping[str, Any]) -> Json:
        """Return the programs, and the packages with tests, of the workspace of `folder`; nothing is built or run for it."""
        folder = self._path(params, "folder", self._folder())
        around = self._around
        return await self._asked(partial(_programs, folder, around.environ, around.options, around.texts), abandon=False)

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
        """Return why a breakpoint at `file` and `line` cannot be set in `target`, a binary or a package's folder.

        Without one it is the program that a session runs and that has the file, else the file's own package.
        """
        file = self._path(params, "file")
        folder = self._path(params, "folder", self._folder())
        named = self._path(params, "target") if params.get("target") is not None else ""
        targets = [each for each in self._targets(file) if named in ("", each.path)] or [Target(named)]
        line = params.get("line")
        if not isinstance(line, int) or isinstance(line, bool) or line < 1:
            raise JsonRpcInvalidParams('"line" must be a number from 1')
        found = await self._asked(partial(_why, f"{file}:{line}", targets, folder, self._around.options))
        finding = found.explanation.finding
        fixes = fixes_of(finding.remedies) if finding is not None else ()
        return {**found.as_json(), "target": found.target, "remedies": [self._offers.as_json(each) for each in fixes]}

    async def map_file(self, params: Mapping[str, Any]) -> Json:
        """Write into the project's file that `local` is what a binary records as `recorded`; return the rule and its `file`."""
        from dapshim.delve.mapping_file import MappingError, mapping_of

        local = self._path(params, "local")
        folder = self._path(params, "folder", self._folder())
        recorded = params.get("recorded")
        if not isinstance(recorded, str):
            raise JsonRpcInvalidParams('"recorded" must be a text')
        try:
            mapped = await trio.to_thread.run_sync(mapping_of, recorded, local, folder)
        except MappingError as error:
            raise RefusedError(str(error)) from error
        await trio.to_thread.run_sync(write_mapping, mapped, self._around.texts)
        return mapped.as_json()

    def _targets(self, file: str) -> list[Target]:
        """Return what may have a file: the programs that run, the last that began first; and its package."""
        running = [each for each in reversed(self._sessions.stories) if each.state in ("starting", "running")]
        found = [Target(each.executable, each.options) for each in running if each.executable]
        return [*found, Target(paths.dirname(file))]

    @staticmethod
    def _path(params: Mapping[str, Any], name: str, default: str = "") -> str:
        value = params.get(name, default)
        if not isinstance(value, str) or not paths.isabs(value):
            raise JsonRpcInvalidParams(f'"{name}" must be an absolute path')
        return paths.normpath(value)

    @staticmethod
    async def _asked(ask: Callable[[], T], *, abandon: bool = True) -> T:
        """Have a question answered in a thread; one that nobody waits for any more is left to end by itself.

        Without `abandon` it ends at the next file that it asks for.
        """
        from dapshim.binary.errors import BinaryError
        from dapshim.diagnose.breakpoint_facts import QuestionError
        from dapshim.golang.toolchain import ToolchainError
        from dapshim.golang.workspace import WorkspaceError

        try:
            return await trio.to_thread.run_sync(ask, abandon_on_cancel=abandon)
        except (BinaryError, QuestionError, ToolchainError, WorkspaceError) as error:
            raise RefusedError(str(error)) from error


# What the commands print with --json; what it takes is imported when it is asked for.


def _with_project(options: Options, start: str) -> Options:
    """Return the options with those of the project; a file that has a fault, which is shown in it, says nothing."""
    from dapshim.options.layers import OptionsError
    from dapshim.options.option_files import read_project

    try:
        return options.extended(read_project(start))
    except OptionsError:
        return options


def _inspect(binary: str, folder: str, options: Options) -> Json:
    from dapshim.delve.inspection import inspected

    return inspected(binary, (folder,), _with_project(options, folder)).as_json()


def _paths(binary: str, folder: str, options: Options, files: Sequence[str], *, every: bool) -> Json:
    from dapshim.binary.errors import BinaryError
    from dapshim.delve.source_rows import document, looked_up

    options = _with_project(options, folder)
    try:
        _, rows, rules = looked_up(binary, folder, dict(os.environ), options, files, every=every, all_rules=True)
    except BinaryError as error:
        raise BinaryError(error.kind, str(error) if binary in str(error) else f"{binary}: {error}") from error
    return document(binary, rows, rules, asked=bool(files))


@attrs.frozen
class Target:
    """What is asked about: a program or a folder, and the `"dapshim"` object of the session that runs it."""

    path: str
    options: object = None

    def under(self, options: Options) -> Options:
        """Return the options with what the session says of its breakpoints; what else it says, it has done already."""
        from dapshim.options.sources import from_launch

        layer = from_launch(self.options) if self.options is not None else None
        if layer is None or (slides := layer.values.get("slideBreakpoints")) is None:
            return options
        return options.extended(Layer(layer.source, {"slideBreakpoints": slides}))


def _why(place: str, targets: Sequence[Target], folder: str, options: Options) -> Why:
    """Return the answer of the first target that has the file; of the last one whatever it says."""
    from dapshim.binary.errors import BinaryError
    from dapshim.delve.hollow import answered, asked_of

    asked = asked_of(place, folder)
    options = _with_project(options, paths.dirname(asked.file) if below(asked.file, folder) is not None else folder)
    for target in targets[:-1]:
        try:
            found = answered(asked, target.path, folder, target.under(options))
        except BinaryError:
            continue  # it has been built anew, or is gone
        if found.has_file:
            return found
    return answered(asked, targets[-1].path, folder, targets[-1].under(options))


def _programs(folder: str, environ: Mapping[str, str], options: Options, texts: EditorTexts) -> Json:
    from dapshim.delve.workspace_programs import as_json, programs

    return as_json(programs(folder, environ, options, texts))
