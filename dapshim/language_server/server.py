"""The server: which LSP request is answered by which part, and how it begins and ends. Knows no rule."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from threading import Event
from typing import Any, Final

import attrs
import trio
from lsprotocol import types
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import JsonRPCNotification, JsonRPCRequestMessage, default_converter

from dapshim import __version__
from dapshim.delve.checkup_images import is_image_file
from dapshim.diagnose.placed import Fix, Placed
from dapshim.golang.files import RealFiles
from dapshim.golang.spelling import paths
from dapshim.language_server import actions
from dapshim.language_server.board import Board
from dapshim.language_server.control import Control
from dapshim.language_server.conversion import Text, diagnostic, path_of, uri_of
from dapshim.language_server.deeds import Deeds
from dapshim.language_server.go_files import GoFiles
from dapshim.language_server.lookout import Surroundings
from dapshim.language_server.observer import Story
from dapshim.language_server.offers import REMEDY, Offers
from dapshim.language_server.remedies import Remedies
from dapshim.language_server.sessions import Sessions
from dapshim.language_server.stories import placed_stories
from dapshim.language_server.streams import Inbox, Outbox, Sink, Source
from dapshim.language_server.texts import EditorTexts
from dapshim.language_server.trio_protocol import TrioProtocol
from dapshim.language_server.warm_builds import WarmBuilds
from dapshim.language_server.watch import Watch
from dapshim.options.layers import Options

log = logging.getLogger(__name__)

NAMES: Final = frozenset({"launch.json", "tasks.json", "settings.json", "go.work", "go.mod", ".dapshim.toml"})
WATCHED: Final = "**/{launch.json,tasks.json,settings.json,*.code-workspace,go.work,go.mod,go.sum,.dapshim.toml,*Dockerfile*}"


def is_ours(path: str) -> bool:
    """Say whether findings can be of a file."""
    name = paths.basename(path)
    return name in NAMES or name.endswith(".code-workspace") or is_image_file(name)


def _plain(cls: type[Any]) -> Callable[[dict[str, Any], type[Any]], Any]:
    """Return what reads a message of a method that LSP does not know: its parameters stay as they came."""
    names = [each.name for each in attrs.fields(cls)]
    return lambda found, _: cls(**{name: found.get(name) for name in names})


def _converter() -> Any:
    made = default_converter()  # type: ignore[no-untyped-call]  # pygls types this one not at all
    for cls in (JsonRPCRequestMessage, JsonRPCNotification):
        made.register_structure_hook(cls, _plain(cls))
    return made


class Server:
    """One client's server."""

    def __init__(self, options: Options, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._trusted = False
        self._keeps_dlv = True
        self._warms = True
        self._versions: dict[str, int] = {}
        self._texts = EditorTexts(RealFiles())
        self._offers = Offers(self._texts)
        self._board = Board(self._publish)
        self.pygls = LanguageServer(
            "dapshim",
            __version__,
            protocol_cls=TrioProtocol,
            converter_factory=_converter,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
        )
        protocol = self.pygls.protocol
        assert isinstance(protocol, TrioProtocol)  # noqa: S101 - we have just named it
        self.protocol = protocol
        self.protocol.nursery = nursery
        self._around = Surroundings(self._texts, dict(os.environ), options, self._board)
        self.sessions = Sessions(
            options,
            nursery,
            self._heard,
            self._folder,
            lambda: self._warm.stop(),  # noqa: PLW0108 - it comes below
        )
        self._watch = Watch(self._around, nursery, is_ours)
        self._warm = WarmBuilds(self.sessions.run, self._around.environ, self._watch.builds, self._may_build, self._warmed)
        self._control = Control(self._around, self.sessions, lambda: self._trusted, self._folder, self._offers)
        deeds = Deeds(self.sessions, self._around.environ, lambda: self._watch.go, self._folder, self._texts)
        self._go_files = GoFiles(self._around, self._built, self._folder)
        self._remedies = Remedies(self.pygls, protocol, self._texts, deeds, self._edited, self._look_again)
        self._register()

    def _register(self) -> None:
        features: dict[str, tuple[Callable[..., Any], Any]] = {
            types.INITIALIZE: (self._initialize, None),
            types.INITIALIZED: (self._initialized, None),
            types.TEXT_DOCUMENT_DID_OPEN: (self._opened, None),
            types.TEXT_DOCUMENT_DID_CHANGE: (self._typed, None),
            types.TEXT_DOCUMENT_DID_SAVE: (self._saved, types.SaveOptions(include_text=False)),
            types.TEXT_DOCUMENT_DID_CLOSE: (self._closed, None),
            types.WORKSPACE_DID_CHANGE_WATCHED_FILES: (self._watched, None),
            types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS: (self._folders, None),
            types.TEXT_DOCUMENT_CODE_ACTION: (
                self._code_actions,
                types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
            ),
            types.TEXT_DOCUMENT_HOVER: (self._hover, None),
            types.TEXT_DOCUMENT_CODE_LENS: (self._code_lenses, types.CodeLensOptions(resolve_provider=False)),
            "dapshim/setTrust": (self._set_trust, None),
            **{name: (self._custom(handler), None) for name, handler in self._control.requests.items()},
        }
        for name, (handler, given) in features.items():
            self.pygls.feature(name, given)(_function(handler))
        self.pygls.command(REMEDY)(_function(self._remedy))

    @staticmethod
    def _custom(handler: Callable[[Mapping[str, Any]], Any]) -> Callable[[Any], Any]:
        async def answer(params: Any) -> Any:
            return await handler(params if isinstance(params, dict) else {})

        return answer

    # -- begin -------------------------------------------------------------------------------------

    def _initialize(self, params: types.InitializeParams) -> None:
        given = params.initialization_options
        given = given if isinstance(given, dict) else {}
        self._trusted = given.get("workspaceTrust") is True
        self._keeps_dlv = given.get("readyDlv") is not False
        self._warms = given.get("warmBuilds") is not False
        self._go_files.hovers = given.get("goHovers") is not False
        self._go_files.lenses = given.get("goLenses") is True
        folders = params.workspace_folders or []
        uris = [each.uri for each in folders] or [params.root_uri or ""]
        for uri in uris:
            if (path := path_of(uri)) is not None:
                self._watch.begin(path)

    async def _initialized(self, _params: types.InitializedParams) -> None:
        self._get_ready()
        self._nursery.start_soon(self._warm.run)
        workspace = self.pygls.client_capabilities.workspace
        watching = workspace.did_change_watched_files if workspace is not None else None
        if watching is not None and watching.dynamic_registration:
            watched = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
            registration = types.Registration("dapshim-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
            await self.protocol.send_request_async(types.CLIENT_REGISTER_CAPABILITY, types.RegistrationParams([registration]))

    def _set_trust(self, params: Any) -> None:
        self._trusted = isinstance(params, dict) and params.get("trusted") is True
        self._get_ready()

    def _get_ready(self) -> None:
        if self._trusted and self._keeps_dlv:
            self.sessions.get_ready()

    # -- building before F5 ------------------------------------------------------------------------

    def _may_build(self) -> bool:
        return self._trusted and self._warms and not self.sessions.busy

    def _folder(self) -> str:
        return self._watch.folder

    def _built(self) -> list[str]:
        """Return the executables that were built last, those that sessions had first; none unless the workspace is trusted."""
        if not self._trusted:
            return []
        had = [each.executable for each in reversed(self.sessions.stories)]
        return [each for each in dict.fromkeys([*had, *self._watch.executables()]) if each and os.path.isfile(each)]  # noqa: PTH113

    def _warmed(self, number: int) -> None:
        self.pygls.protocol.notify("dapshim/warmed", {"built": number})

    # -- watching ----------------------------------------------------------------------------------

    def _look_again(self) -> None:
        self._warm.changed(anew=True)
        self._watch.look_again()

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None and is_ours(path):
            self._versions[path] = params.text_document.version
            self._texts.open(path, params.text_document.text)
            for each in self._watch.of(path):
                each.changed(path)
            self._board.tell_again(path)

    def _typed(self, params: types.DidChangeTextDocumentParams) -> None:
        self._warm.changed()
        path = path_of(params.text_document.uri)
        if path is not None and is_ours(path):
            self._versions[path] = params.text_document.version
            self._texts.open(path, self.pygls.workspace.get_text_document(params.text_document.uri).source)
            self._forget_stories(path)
            for each in self._watch.of(path):
                each.changed(path)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None and is_ours(path):
            for each in self._watch.of(path):
                each.changed(path, on_disk=True)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None and is_ours(path):
            self._versions.pop(path, None)
            self._texts.open(path, None)
            for each in self._watch.of(path):
                each.changed(path, on_disk=True)

    def _watched(self, params: types.DidChangeWatchedFilesParams) -> None:
        self._warm.changed(anew=True)
        for each in params.changes:
            if (path := path_of(each.uri)) is not None:
                self._watch.changed(path)

    def _folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        for each in params.event.removed:
            self._watch.end(path_of(each.uri) or "")
        for each in params.event.added:
            if (path := path_of(each.uri)) is not None:
                self._watch.begin(path)

    # -- showing -----------------------------------------------------------------------------------

    def _text(self, path: str) -> Text:
        return Text(self._texts.text(path) or "", self.pygls.server_capabilities.position_encoding)

    def _publish(self, path: str, found: tuple[Placed, ...]) -> None:
        text = self._text(path)
        shown = [diagnostic(each, text) for each in found]
        self.pygls.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri_of(path), shown, self._versions.get(path))
        )

    async def _code_actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        path = path_of(params.text_document.uri)
        if path is None or not is_ours(path):
            return []
        for each in self._watch.of(path):
            await each.settled()
        found = self._board.of(path)
        return list(actions.code_actions(found, params.range, self._text(path), self._offers, self._texts, self._versions))

    async def _hover(self, params: types.HoverParams) -> types.Hover | None:
        path = path_of(params.text_document.uri)
        if path is None:
            return None
        if path.endswith(".go"):
            position = params.position
            return await self._go_files.hover(path, position, self._go_text(params.text_document.uri), self._text(path))
        if not is_ours(path):
            return None
        for each in self._watch.of(path):
            await each.settled()
        return actions.hover(self._board.of(path), params.position, self._text(path))

    async def _code_lenses(self, params: types.CodeLensParams) -> list[types.CodeLens]:
        path = path_of(params.text_document.uri)
        if path is not None and path.endswith(".go"):
            return await self._go_files.code_lenses(path, self._go_text(params.text_document.uri))
        if path is None or not is_ours(path):
            return []
        for each in self._watch.of(path):
            await each.settled()
            if each.glance is not None:
                found = list(actions.code_lenses(path, each.glance, self._board.of(path), self._text(path)))
                if found:
                    return found
        return []

    def _go_text(self, uri: str) -> str | None:
        """Return the text of a Go file as the editor has it; None where the editor does not tell."""
        found = self.pygls.workspace.text_documents.get(uri)
        return found.source if found is not None else None

    async def _remedy(self, number: object = None) -> Any:
        return await self._remedies.run(self._offers.get(number), trusted=self._trusted)

    def _edited(self, fix: Fix) -> types.WorkspaceEdit | None:
        like = Text("", self.pygls.server_capabilities.position_encoding)
        return actions.workspace_edit(fix, self._texts, like, self._versions)

    # -- sessions ----------------------------------------------------------------------------------

    def _heard(self, story: Story, what: str) -> None:
        """Tell the client what became of a session, and put what it leaves behind on the board. No session fails by it."""
        try:
            self.pygls.protocol.notify("dapshim/sessionChanged", {"what": what, **story.as_json(self._offers.as_json)})
            found = placed_stories(story, self._watch.glances) if what == "ended" or story.state == "failed" else ()
            self._board.put(f"session {story.folder} {story.name}", found)
            self._warm.changed()
        except Exception:
            log.exception("what became of session %d could not be told", story.number)

    def _forget_stories(self, path: str) -> None:
        """Take back what sessions left behind in a file that is being changed."""
        for story in self.sessions.stories:
            owner = f"session {story.folder} {story.name}"
            if any(each.place is not None and each.place.file == path for each in self._board.by(owner)):
                self._board.put(owner, ())


def _function(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that pygls can put attributes on, which a bound method does not take."""
    import inspect

    if inspect.iscoroutinefunction(handler):

        async def awaited(*args: Any) -> Any:
            return await handler(*args)

        return awaited

    def called(*args: Any) -> Any:
        return handler(*args)

    return called


async def serve(options: Options, source: Source, sink: Sink, told: Callable[..., Any] | None = None) -> int:
    """Serve one client until it says `exit` or goes, or until `told` returns; return the exit code that LSP asks for.

    `told` is an async function that returns when dapshim is told to stop. Sessions are ended in order before this returns.
    """
    inbox, outbox = Inbox(source), Outbox(sink)
    async with trio.open_nursery() as writing:
        writing.start_soon(outbox.run)
        async with trio.open_nursery() as nursery:
            server = Server(options, nursery)
            stopped = Event()
            server.protocol.set_writer(outbox)
            reading = trio.CancelScope()

            def stop() -> None:
                stopped.set()
                inbox.end()
                reading.cancel()

            server.protocol.on_exit = stop

            async def stop_when(waiting: Callable[..., Any]) -> None:
                await waiting()
                stop()

            nursery.start_soon(stop_when, outbox.broken.wait)
            if told is not None:
                nursery.start_soon(stop_when, told)
            try:
                with reading:
                    await run_async(stopped, inbox, server.protocol, log, server.pygls.report_server_error)
            finally:
                with trio.CancelScope(shield=True):
                    await server.sessions.close()
            nursery.cancel_scope.cancel()
        outbox.close()
        with trio.move_on_after(1) as patience:
            await outbox.finished.wait()
        if patience.cancelled_caught:
            writing.cancel_scope.cancel()
    return 0 if server.protocol.was_shut_down else 1
