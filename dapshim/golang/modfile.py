"""go.mod and go.work as facts: every directive with the line and columns where it stands. PURE.

The rules are those of golang.org/x/mod/modfile as in Go 1.26. Where Go gives up at the first fault of a file, the line at fault
goes to `.errors` and the rest is read: an editor needs the rest, and so does a message that names the line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

import attrs

from dapshim.golang.mod_syntax import Line, SyntaxFault, Token, read_lines, unquote
from dapshim.golang.module_paths import canonical_version, why_not_path, why_not_version

PARSED_MOST: Final = 512
"""The files of this many modules are remembered, by their bytes."""

GO_VERSION: Final = re.compile(r"[1-9][0-9]*\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?", re.ASCII)
TOOLCHAIN: Final = re.compile(r"default|go1(\..*)?", re.DOTALL)
_DIRECTORY: Final = re.compile(r"\.\.?(?:[/\\]|$)|[/\\]|[A-Za-z]:")
_DEPRECATED: Final = re.compile(r"(?s)(?:^|\n\n)Deprecated: *(.*?)(?:$|\n\n)")


@attrs.frozen(kw_only=True)
class Directive:
    """Where a directive stands: `line` from 1; `start` and `end` are columns in characters from 0, without the comment."""

    line: int
    start: int = 0
    end: int = 0


@attrs.frozen
class Module(Directive):
    """`module path`."""

    path: str
    deprecated: str = ""


@attrs.frozen
class GoLine(Directive):
    """`go 1.26.0`."""

    version: str


@attrs.frozen
class ToolchainLine(Directive):
    """`toolchain go1.26.1`, or `default`."""

    name: str


@attrs.frozen
class Godebug(Directive):
    """`godebug key=value`."""

    key: str
    value: str


@attrs.frozen
class Require(Directive):
    """`require path version`."""

    path: str
    version: str
    indirect: bool = False


@attrs.frozen
class Exclude(Directive):
    """`exclude path version`."""

    path: str
    version: str


@attrs.frozen
class Replace(Directive):
    """`replace old [version] => new [version]`; a version that is not given is ""."""

    old_path: str
    old_version: str
    new_path: str
    new_version: str

    @property
    def is_directory(self) -> bool:
        """Whether the replacement is a folder, not another module."""
        return not self.new_version


@attrs.frozen
class Retract(Directive):
    """`retract version` (low and high are the same) or `retract [low, high]`."""

    low: str
    high: str
    rationale: str = ""


@attrs.frozen
class Use(Directive):
    """`use ./folder`, as it is spelt."""

    path: str


@attrs.frozen
class Tool(Directive):
    """`tool import/path`."""

    path: str


@attrs.frozen
class Ignore(Directive):
    """`ignore ./folder` (that one) or `ignore name` (wherever it is)."""

    path: str


@attrs.frozen
class ModFile:
    """A go.mod. `errors` are the lines that Go would refuse, in order."""

    module: Module | None = None
    go: GoLine | None = None
    toolchain: ToolchainLine | None = None
    godebug: tuple[Godebug, ...] = ()
    require: tuple[Require, ...] = ()
    replace: tuple[Replace, ...] = ()
    exclude: tuple[Exclude, ...] = ()
    retract: tuple[Retract, ...] = ()
    tool: tuple[Tool, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    errors: tuple[SyntaxFault, ...] = ()

    @property
    def path(self) -> str:
        """The module path, "" when the file names none."""
        return self.module.path if self.module is not None else ""


@attrs.frozen
class WorkFile:
    """A go.work. `errors` are the lines that Go would refuse, in order."""

    go: GoLine | None = None
    toolchain: ToolchainLine | None = None
    godebug: tuple[Godebug, ...] = ()
    use: tuple[Use, ...] = ()
    replace: tuple[Replace, ...] = ()
    errors: tuple[SyntaxFault, ...] = ()


def is_directory_path(path: str) -> bool:
    """Say whether Go takes a replacement for a folder: rooted, or beginning with `.` or `..`, in Unix's or Windows' way."""
    return _DIRECTORY.match(path) is not None


@lru_cache(maxsize=PARSED_MOST)
def parse_mod(data: bytes) -> ModFile:
    """Read a go.mod. The newest are remembered: each program of a workspace asks for all of its modules."""
    lists, errors = _read(data, _MOD, _MOD_BLOCKS)
    return ModFile(
        module=lists.one(Module),
        go=lists.one(GoLine),
        toolchain=lists.one(ToolchainLine),
        godebug=lists.all(Godebug),
        require=lists.all(Require),
        replace=lists.all(Replace),
        exclude=lists.all(Exclude),
        retract=lists.all(Retract),
        tool=lists.all(Tool),
        ignore=lists.all(Ignore),
        errors=errors,
    )


@lru_cache(maxsize=16)
def parse_work(data: bytes) -> WorkFile:
    """Read a go.work; remembered like a go.mod."""
    lists, errors = _read(data, _WORK, _WORK_BLOCKS)
    return WorkFile(
        go=lists.one(GoLine),
        toolchain=lists.one(ToolchainLine),
        godebug=lists.all(Godebug),
        use=lists.all(Use),
        replace=lists.all(Replace),
        errors=errors,
    )


# -- the directives --------------------------------------------------------------------------------------------------------

Reader = Callable[[Line], Directive]
One = TypeVar("One", bound=Directive)


class _Found:
    """The directives of a file, by their class."""

    def __init__(self) -> None:
        self._by_class: dict[type[Directive], list[Directive]] = {}

    def add(self, directive: Directive) -> None:
        self._by_class.setdefault(type(directive), []).append(directive)

    def all(self, kind: type[One]) -> tuple[One, ...]:
        return tuple(each for each in self._by_class.get(kind, ()) if isinstance(each, kind))

    def one(self, kind: type[One]) -> One | None:
        return next(iter(self.all(kind)), None)


def _read(data: bytes, readers: dict[str, Reader], blocks: frozenset[str]) -> tuple[_Found, tuple[SyntaxFault, ...]]:
    found = _Found()
    errors: list[SyntaxFault] = []
    for line in read_lines(data):
        if isinstance(line, SyntaxFault):
            errors.append(line)
            continue
        reader = readers.get(line.verb)
        if reader is None or (line.block is not None and line.verb not in blocks):
            errors.append(line.fault(f"unknown {'block type' if line.block is not None else 'directive'}: {line.verb}"))
            continue
        try:
            directive = reader(line)
        except ValueError as error:
            errors.append(line.fault(str(error)))
            continue
        if line.verb in _ONLY_ONCE and found.one(type(directive)) is not None:
            errors.append(line.fault(f"repeated {line.verb} statement"))
        else:
            found.add(directive)
    return found, tuple(errors)


def _place(line: Line) -> dict[str, int]:
    return {"line": line.number, "start": line.start, "end": line.end}


def _only(line: Line, usage: str) -> str:
    if len(line.arguments) != 1:
        raise ValueError(usage)
    return line.arguments[0].text


def _version(token: Token) -> str:
    text = unquote(token.text)
    version = canonical_version(text)
    if not version:
        raise ValueError(f"version {text!r} invalid: must be of the form v1.2.3")
    return version


def _module(line: Line) -> Module:
    path = unquote(_only(line, "usage: module module/path"))
    deprecated = _DEPRECATED.search(line.about)
    return Module(path, deprecated[1] if deprecated else "", **_place(line))


def _go(line: Line) -> GoLine:
    version = _only(line, "go directive expects exactly one argument")
    if GO_VERSION.fullmatch(version) is None:
        raise ValueError(f"invalid go version '{version}': must match format 1.23.0")
    return GoLine(version, **_place(line))


def _toolchain(line: Line) -> ToolchainLine:
    name = _only(line, "toolchain directive expects exactly one argument")
    if TOOLCHAIN.fullmatch(name) is None:
        raise ValueError(f"invalid toolchain version '{name}': must match format go1.23.0 or default")
    return ToolchainLine(name, **_place(line))


def _godebug(line: Line) -> Godebug:
    key, equals, value = _only(line, "usage: godebug key=value").partition("=")
    if not equals or any(each in key + value for each in "\"`',"):
        raise ValueError("usage: godebug key=value")
    return Godebug(key, value, **_place(line))


def _module_version(line: Line) -> tuple[str, str]:
    if len(line.arguments) != 2:  # noqa: PLR2004 - a path and a version
        raise ValueError(f"usage: {line.verb} module/path v1.2.3")
    path, version = unquote(line.arguments[0].text), _version(line.arguments[1])
    if (wrong := why_not_path(path) or why_not_version(path, version)) is not None:
        raise ValueError(f"{line.verb} {path}: {wrong}")
    return path, version


def _require(line: Line) -> Require:
    words = (line.suffix or "").split()
    indirect = words == ["indirect"] or (len(words) > 1 and words[0] == "indirect;")
    path, version = _module_version(line)
    return Require(path, version, indirect, **_place(line))


def _exclude(line: Line) -> Exclude:
    path, version = _module_version(line)
    return Exclude(path, version, **_place(line))


def _replace(line: Line) -> Replace:
    tokens = line.arguments
    arrow = 1 if len(tokens) > 1 and tokens[1].text == "=>" else 2
    if not arrow + 2 <= len(tokens) <= arrow + 3 or tokens[arrow].text != "=>":
        raise ValueError(
            "usage: replace module/path [v1.2.3] => other/module v1.4 or module/path [v1.2.3] => ../local/directory"
        )
    old, new = unquote(tokens[0].text), unquote(tokens[arrow + 1].text)
    old_version = _version(tokens[1]) if arrow == 2 else ""  # noqa: PLR2004 - path, version, arrow
    wrong = why_not_path(old) or (why_not_version(old, old_version) if old_version else None)
    if wrong is not None:
        raise ValueError(f"replace {old}: {wrong}")
    new_version = _version(tokens[arrow + 2]) if len(tokens) == arrow + 3 else ""
    if new_version and is_directory_path(new):
        raise ValueError(f"replacement module directory path {new!r} cannot have version")
    if not new_version and not is_directory_path(new):
        raise ValueError(
            "replacement module must match format 'path version', not 'path@version'"
            if "@" in new
            else "replacement module without version must be directory path (rooted or starting with . or ..)"
        )
    return Replace(old, old_version, new, new_version, **_place(line))


def _retract(line: Line) -> Retract:
    words = [each.text for each in line.arguments]
    if len(words) == 1:
        low = high = _version(line.arguments[0])
    elif len(words) == 5 and (words[0], words[2], words[4]) == ("[", ",", "]"):  # noqa: PLR2004 - [ low , high ]
        low, high = _version(line.arguments[1]), _version(line.arguments[3])
    else:
        raise ValueError("usage: retract v1.2.3 or retract [v1.2.3, v1.2.4]")
    return Retract(low, high, line.about, **_place(line))


def _path_reader(make: Callable[..., Directive], usage: str) -> Reader:
    return lambda line: make(unquote(_only(line, usage)), **_place(line))


_ONLY_ONCE: Final = frozenset({"module", "go", "toolchain"})
_SHARED: Final[dict[str, Reader]] = {"go": _go, "toolchain": _toolchain, "godebug": _godebug, "replace": _replace}
_MOD: Final[dict[str, Reader]] = {
    **_SHARED,
    "module": _module,
    "require": _require,
    "exclude": _exclude,
    "retract": _retract,
    "tool": _path_reader(Tool, "tool directive expects exactly one argument"),
    "ignore": _path_reader(Ignore, "ignore directive expects exactly one argument"),
}
_MOD_BLOCKS: Final = frozenset({"module", "godebug", "require", "exclude", "replace", "retract", "tool", "ignore"})
_WORK: Final[dict[str, Reader]] = {**_SHARED, "use": _path_reader(Use, "usage: use local/dir")}
_WORK_BLOCKS: Final = frozenset({"godebug", "use", "replace"})
