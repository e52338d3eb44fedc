"""A layout of sources as data: what is on this machine, what the binary records, which file is which; and its check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.binary.recorded import BuildInfo, ModuleVersion, Recorded, RecordedFile
from dapshim.golang.files import CachedFiles
from dapshim.golang.toolchain import GoEnv, parse_version
from dapshim.golang.workspace import read_workspace
from dapshim.sources.answers import Reason
from dapshim.sources.infer import Facts, PathMap, infer
from dapshim.sources.rules import NO_RULES, Rules
from dapshim.sources.spelling import AdapterPath, ClientPath
from tests.layouts import MemoryFiles

GO: Final = "go1.26.6"
CACHE: Final = "/home/me/go/pkg/mod"
GOROOT: Final = "/usr/local/go"
UTIL: Final = f"{CACHE}/github.com/!acme/!util@v1.2.3"


def text(package: str, *functions: str, blank: int = 0) -> str:
    """Return a Go file with these functions, `blank` lines farther down than usual."""
    bodies = "".join(f"\nfunc {each}() {{\n\tprintln(1)\n}}\n" for each in functions)
    return f"package {package}\n" + "\n" * blank + bodies


def module(path: str, more: str = "") -> str:
    return f"module {path}\n\ngo 1.25.0\n{more}"


def functions(package: str, source: str) -> dict[str, int]:
    """Return the functions of a text by their symbols, as the linker would record them."""
    head, slash, last = package.rpartition("/")
    escaped = head + slash + last.replace(".", "%2e")
    return {
        f"{escaped}.{found[1]}": number
        for number, line in enumerate(source.split("\n"), 1)
        if (found := re.match(r"func (\w+)", line)) is not None
    }


def file(path: str, package: str, source: str = "") -> RecordedFile:
    """Return a recorded file whose functions are those of `source`."""
    return RecordedFile(path, package, functions(package, source))


def dep(path: str, version: str, new: str = "", new_version: str = "") -> ModuleVersion:
    return ModuleVersion(path, version, ModuleVersion(new, new_version) if new else None)


def built(
    path: str = "example.com/a/cmd/x", main: str = "example.com/a", *deps: ModuleVersion, go: str = GO, **settings: str
) -> BuildInfo:
    return BuildInfo(go, path, ModuleVersion(main, "(devel)") if main else None, deps, settings)


def env(goroot: str = GOROOT, cache: str = CACHE, gopath: tuple[str, ...] = ("/home/me/go",), go111module: str = "") -> GoEnv:
    return GoEnv(
        go=f"{goroot}/bin/go",
        goroot=goroot,
        goversion=GO,
        version=parse_version(GO),
        gopath=gopath,
        gomodcache=cache,
        go111module=go111module,
    )


@attrs.frozen(kw_only=True)
class Layout:
    """`same`: client path -> recorded path, or that and the reason; both ways are checked. `unmapped`: client path -> why not.

    `lost`: recorded path -> why it is nowhere here. `opens`: recorded path -> client path, where nothing was asked before.
    What must never come out is written in `never`: pairs that a looser method would take.
    """

    name: str
    tree: Mapping[str, Any]
    files: tuple[RecordedFile, ...]
    build: BuildInfo = attrs.field(factory=lambda: BuildInfo(GO))
    goroot: str = GOROOT
    same: Mapping[str, str | tuple[str, Reason]] = attrs.field(factory=dict)
    opens: Mapping[str, str] = attrs.field(factory=dict)
    unmapped: Mapping[str, Reason] = attrs.field(factory=dict)
    lost: Mapping[str, Reason] = attrs.field(factory=dict)
    never: tuple[tuple[str, str], ...] = ()
    folder: str = "/ws"
    roots: tuple[str, ...] = ("/ws",)
    env: GoEnv = attrs.field(factory=env)
    program: str = ""
    overlay: Mapping[str, str] = attrs.field(factory=dict)
    rules: Rules = NO_RULES
    says: tuple[str, ...] = ()
    """What the sentences of `unmapped` and `lost` hold, each of them somewhere."""
    may_walk: bool = False

    def made(self) -> PathMap:
        """Return a new map of it."""
        files = CachedFiles(MemoryFiles(self.tree))
        go = self.env
        workspaces = (
            read_workspace(
                files, self.folder, go.gowork, go.go111module, go.gopath, go.goflags, goroot=go.goroot, gomodcache=go.gomodcache
            ),
        )
        return infer(
            Facts(
                recorded=Recorded(self.files, self.build, self.goroot),
                files=files,
                workspaces=workspaces,
                env=go,
                roots=tuple(ClientPath(each) for each in self.roots),
                rules=self.rules,
                overlay=self.overlay,
                program=self.program,
                may_walk=self.may_walk,
            )
        )


def check(layout: Layout) -> None:
    """Hold a layout against new maps: each question first asked alone, then all of one map."""
    sentences = []
    for client, meant in layout.same.items():
        recorded, reason = meant if isinstance(meant, tuple) else (meant, None)
        made = layout.made()
        there = made.to_adapter(ClientPath(client))
        assert there.path == recorded, (client, there)
        assert reason in (None, there.reason), (client, there)
        back = made.to_client(AdapterPath(recorded))
        assert back.path == client, (recorded, back)
    for recorded, client in layout.opens.items():
        opened = layout.made().to_client(AdapterPath(recorded))
        assert opened.path == client, (recorded, opened)
    for client, why in layout.unmapped.items():
        refused = layout.made().to_adapter(ClientPath(client))
        assert (refused.path, refused.reason) == (None, why), (client, refused)
        sentences.append(refused.sentence)
    for recorded, why in layout.lost.items():
        missing = layout.made().to_client(AdapterPath(recorded))
        assert (missing.path, missing.reason) == (None, why), (recorded, missing)
        sentences.append(missing.sentence)
    assert all(sentences)
    for words in layout.says:
        assert any(words in each for each in sentences), (words, sentences)
    for client, recorded in layout.never:
        assert layout.made().to_adapter(ClientPath(client)).path != recorded
        assert layout.made().to_client(AdapterPath(recorded)).path != client
    _together(layout)


def _together(layout: Layout) -> None:
    """Ask one map everything, in both orders: an answer does not depend on what was asked before, and none is given twice."""
    for clients in ([*layout.same, *layout.unmapped], [*layout.unmapped, *reversed([*layout.same])]):
        made = layout.made()
        owners: dict[str, str] = {}
        for client in clients:
            answer = made.to_adapter(ClientPath(client))
            meant = layout.same.get(client)
            assert answer.path == (meant[0] if isinstance(meant, tuple) else meant), (client, answer)
            if answer.path is not None:
                real = made.facts.files.real(client) if client.startswith("/") else client
                assert owners.setdefault(answer.path, real) == real or not client.startswith("/"), (answer, owners)
                assert made.to_client(answer.path).path == client
