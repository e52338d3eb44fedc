"""Lines and columns that begin at 0, and paths that are URIs, for clients that ask for them.

What is converted stands in three tables, by DAP's own names (DAP 1.68 and go-dap 0.12.0 were looked through for every member
that is a line, a column or the path of a source). Texts that people read, and expressions, are nobody's coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import quote, unquote

from dapshim.proxy.shim import Shim, on
from dapshim.wire.messages import Message

Body = dict[str, Any]

_REQUESTS: Final[Mapping[str, tuple[str, ...]]] = {
    "setBreakpoints": ("", "breakpoints[]"),
    "breakpointLocations": ("",),
    "gotoTargets": ("",),
    "source": ("",),
    "evaluate": ("",),
    "completions": ("",),
}
"""Where in the arguments places are: the arguments themselves, or each element of a list."""

_RESPONSES: Final[Mapping[str, tuple[str, ...]]] = {
    "setBreakpoints": ("breakpoints[]",),
    "setFunctionBreakpoints": ("breakpoints[]",),
    "setInstructionBreakpoints": ("breakpoints[]",),
    "setDataBreakpoints": ("breakpoints[]",),
    "setExceptionBreakpoints": ("breakpoints[]",),
    "breakpointLocations": ("breakpoints[]",),
    "stackTrace": ("stackFrames[]",),
    "scopes": ("scopes[]",),
    "disassemble": ("instructions[]",),
    "gotoTargets": ("targets[]",),
    "stepInTargets": ("targets[]",),
    "completions": ("targets[]",),
    "loadedSources": ("sources[]",),
    "locations": ("",),
}
_EVENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "output": ("",),
    "breakpoint": ("breakpoint",),
    "loadedSource": ("",),
}

_LINES: Final = ("line", "endLine")
_COLUMNS: Final = ("column", "endColumn")
_SOURCES: Final = ("source", "location")
"""Members that hold a Source; `location` is a disassembled instruction's."""

_DEMANDED: Final = frozenset(
    {("stackTrace", "line"), ("stackTrace", "column"), ("gotoTargets", "line"), ("breakpointLocations", "line")}
)
"""Members that DAP demands in a response: an unknown one stays 0 there, and is left out elsewhere."""

_LAUNCH_PATHS: Final = ("program", "cwd", "dlvCwd", "output", "coreFilePath", "traceDirPath")
"""Delve's own launch arguments that are one path."""

_FILE: Final = re.compile(r"file:(?://(?P<host>[^/]*)(?=/)|(?!//))(?P<path>/.*)", re.IGNORECASE | re.DOTALL)
_DRIVE: Final = re.compile(r"[A-Za-z]:(?=[\\/]|$)")


class ClientConventions(Shim):
    """Lines and columns from 0, and `file://` URIs, work.

    Delve refuses a client whose `initialize` says `linesStartAt1: false`, `columnsStartAt1: false` or `pathFormat: "uri"`
    (`Only 1-based line numbers are supported.`). dapshim tells Delve what it wants to hear and converts every place in every
    message, both ways. A line or column that Delve does not know, which it sends as 0, stays 0 in a stack frame and is left out
    elsewhere. URIs of other schemes than `file`, and names that are no absolute path, pass as they are; a file that the client
    has named comes back in the client's own spelling. Such a client may also write `file://` URIs in `program` and `cwd`.

    Breakpoints in the form that DAP had before 2016, `lines` alone, are set too; Delve reads `breakpoints` only, and clears the
    file's.
    """

    def __init__(self) -> None:
        self._from_0: tuple[str, ...] = ()  # the members that begin at 0 for the client
        self._uris = False
        self._spelt: dict[str, str] = {}  # a path -> the URI by which the client has named it

    @property
    def lines_and_paths_are_delves(self) -> bool:
        """Whether the client asks for nothing special, as nearly all do; then no message is looked into."""
        return not self._from_0 and not self._uris

    @property
    def paths_are_delves(self) -> bool:
        """Whether the client writes paths as paths."""
        return not self._uris

    @on.request("initialize")
    def agree(self, request: Message) -> None:
        """Note what the client asks for, and ask Delve for what it has."""
        arguments = request.arguments
        self._from_0, self._spelt = (), {}
        for option, names in (("linesStartAt1", _LINES), ("columnsStartAt1", _COLUMNS)):
            if arguments.get(option) is False:
                self._from_0 += names
                arguments[option] = True
        self._uris = arguments.get("pathFormat") == "uri"
        if self._uris:
            arguments["pathFormat"] = "path"

    @on.request("launch", unless="paths_are_delves")
    @on.request("attach", unless="paths_are_delves")
    @on.request("restart", unless="paths_are_delves")
    def take_uris(self, request: Message) -> None:
        """Make paths of the URIs in a launch configuration; a restart has it inside of its arguments."""
        nested = request.arguments.get("arguments")
        for arguments in (request.arguments, nested if isinstance(nested, dict) else {}):
            for name in _LAUNCH_PATHS:
                if isinstance(arguments.get(name), str):
                    arguments[name] = path_of(arguments[name]) or arguments[name]

    @on.request("setBreakpoints", unless="lines_and_paths_are_delves")
    @on.request("breakpointLocations", unless="lines_and_paths_are_delves")
    @on.request("gotoTargets", unless="lines_and_paths_are_delves")
    @on.request("source", unless="lines_and_paths_are_delves")
    @on.request("evaluate", unless="lines_and_paths_are_delves")
    @on.request("completions", unless="lines_and_paths_are_delves")
    def to_delve(self, request: Message) -> None:
        """Convert what the client says."""
        arguments = request.arguments
        for where in _REQUESTS[request.name]:
            for place in _at(arguments, where):
                for name in self._from_0:
                    if _is_number(place.get(name)):
                        place[name] += 1
                self._each_source(place, self._path)
        lines = arguments.get("lines")  # the deprecated form of setBreakpoints
        if request.name == "setBreakpoints" and isinstance(lines, list) and "line" in self._from_0:
            arguments["lines"] = [line + 1 if _is_number(line) else line for line in lines]

    @on.request("setBreakpoints")
    def spell_out(self, request: Message) -> None:
        """Make breakpoints of mere `lines`."""
        arguments = request.arguments
        lines = arguments.get("lines")
        if arguments.get("breakpoints") is None and isinstance(lines, list) and lines and all(map(_is_number, lines)):
            arguments["breakpoints"] = [{"line": line} for line in lines]

    @on.response("setBreakpoints", unless="lines_and_paths_are_delves")
    @on.response("setFunctionBreakpoints", unless="lines_and_paths_are_delves")
    @on.response("setInstructionBreakpoints", unless="lines_and_paths_are_delves")
    @on.response("setDataBreakpoints", unless="lines_and_paths_are_delves")
    @on.response("setExceptionBreakpoints", unless="lines_and_paths_are_delves")
    @on.response("breakpointLocations", unless="lines_and_paths_are_delves")
    @on.response("stackTrace", unless="lines_and_paths_are_delves")
    @on.response("scopes", unless="lines_and_paths_are_delves")
    @on.response("disassemble", unless="lines_and_paths_are_delves")
    @on.response("gotoTargets", unless="lines_and_paths_are_delves")
    @on.response("stepInTargets", unless="lines_and_paths_are_delves")
    @on.response("completions", unless="lines_and_paths_are_delves")
    @on.response("loadedSources", unless="lines_and_paths_are_delves")
    @on.response("locations", unless="lines_and_paths_are_delves")
    @on.event("output", unless="lines_and_paths_are_delves")
    @on.event("breakpoint", unless="lines_and_paths_are_delves")
    @on.event("loadedSource", unless="lines_and_paths_are_delves")
    def to_client(self, message: Message) -> None:
        """Convert what Delve says."""
        for where in (_EVENTS if message.kind == "event" else _RESPONSES)[message.name]:
            for place in _at(message.body, where):
                for name in self._from_0:
                    _count_from_0(place, name, demanded=(message.name, name) in _DEMANDED)
                if message.name == "completions" and "column" in self._from_0:
                    _count_from_0(place, "start", demanded=False)
                if where == "sources[]":
                    self._source(place, self._uri)
                self._each_source(place, self._uri)

    def _each_source(self, place: Body, convert: Callable[[str], str]) -> None:
        for name in _SOURCES:
            if isinstance(place.get(name), dict):
                self._source(place[name], convert)

    def _source(self, source: Body, convert: Callable[[str], str]) -> None:
        """Convert a Source and those that it was made from."""
        if not self._uris:
            return
        if isinstance(source.get("path"), str):
            source["path"] = convert(source["path"])
        for origin in source.get("sources") or ():
            if isinstance(origin, dict):
                self._source(origin, convert)

    def _path(self, uri: str) -> str:
        path = path_of(uri)
        if path is None:
            return uri
        self._spelt[path] = uri
        return path

    def _uri(self, path: str) -> str:
        return self._spelt.get(path) or uri_of(path) or path


def path_of(uri: str) -> str | None:
    """Return the path that a `file` URI names: Windows' own for a drive or a share; None for anything else.

    `#` and `?` that stand as they are belong to the name: a file has neither fragment nor query. What is no UTF-8 names no file
    that JSON could carry.
    """
    found = _FILE.fullmatch(uri)
    if found is None:
        return None
    try:
        path = unquote(found["path"], errors="strict")
    except UnicodeDecodeError:
        return None
    if "\0" in path:
        return None
    host = found["host"] or ""
    if host.lower() not in ("", "localhost"):
        return f"\\\\{unquote(host)}{path}".replace("/", "\\")
    if _DRIVE.match(path, 1):
        return path[1:].replace("/", "\\")
    return path


def uri_of(path: str) -> str | None:
    """Return the `file` URI of an absolute path, of whichever system; None for a URI, or a name such as `<autogenerated>`."""
    try:
        if _DRIVE.match(path):
            return "file:///" + path[:2] + quote(path[2:].replace("\\", "/"), safe="/")
        if path.startswith("\\\\"):
            return "file:" + quote(path.replace("\\", "/"), safe="/")
        return "file://" + quote(path, safe="/") if path.startswith("/") else None
    except UnicodeEncodeError:
        return None  # a lone surrogate


def _at(body: Body, where: str) -> Iterator[Body]:
    """Yield the objects at a place of the tables."""
    if not where:
        yield body
        return
    found = body.get(where.removesuffix("[]"))
    for each in found if where.endswith("[]") and isinstance(found, list) else [found]:
        if isinstance(each, dict):
            yield each


def _count_from_0(place: Body, name: str, *, demanded: bool) -> None:
    """Make one of Delve's numbers the client's; one that Delve does not know would look like the first line."""
    value = place.get(name)
    if not _is_number(value):
        return
    if value > 0:
        place[name] = value - 1
    elif not demanded:
        del place[name]


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
