"""A session whose mapping is that of a layout in memory, between two scripted peers: for the shims of source paths.

async with mapped(layout) as scene:
    await scene.sets("/ws/lib/lib.go", 4)
    await scene.delve_gets("example.com/a/lib/lib.go", 4)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import attrs
import trio

from dapshim.delve.planned import Setting
from dapshim.delve.planner import Planner
from dapshim.delve.remote_reading import Asker
from dapshim.delve.session_map import SessionMap
from dapshim.delve.source_map import SourceMap
from dapshim.options.layers import resolve
from dapshim.proxy.breakpoints import Breakpoints
from dapshim.proxy.shim import Answer, Shim, Verdict, on
from dapshim.proxy.translated import Translator
from dapshim.shims.function_breakpoints import FunctionBreakpoints
from dapshim.shims.loaded_sources import LoadedSources
from dapshim.shims.printed_paths import PrintedPaths
from dapshim.shims.source_breakpoints import SourceBreakpoints
from dapshim.shims.source_paths import SourcePaths
from dapshim.sources.rules import Rules
from dapshim.sources.served import Served
from dapshim.wire.messages import Message
from tests.layouts import Link
from tests.playbook import Json, Stage, event, request, response, stage
from tests.sources.layouts_modules import LIB, SINGLE
from tests.sources.layouts_names import GEN, PAGE
from tests.sources.scene import GOROOT, Layout, built, file

LIB_GO: Final = "example.com/a/lib/lib.go"
"""As a trimmed binary records it; the client has it as /ws/lib/lib.go and, through a link, as /link/lib/lib.go."""

SHOP: Final = Layout(
    name="a trimmed binary with a generated file, whose workspace has two names",
    tree={
        **SINGLE,
        "/link": Link("/ws"),
        "/ws/lib/gen.go": GEN,
        "/ws/lib/page.tmpl": PAGE,
        "/ws/other/util.go": "package other\n",
    },
    files=(
        file(LIB_GO, "example.com/a/lib", LIB),
        attrs.evolve(file("page.tmpl", "example.com/a/lib"), functions={"example.com/a/lib.Page": 1}),
        attrs.evolve(file("gen.go", "example.com/a/lib"), functions={"example.com/a/lib.Tail": 9}),
        attrs.evolve(file("_cgo_gotypes.go", "example.com/a/lib"), functions={"example.com/a/lib._Cfunc_sum": 20}),
    ),
    build=built(),
    goroot="",
    roots=("/ws", "/link"),
)

EXACT: Final = Layout(
    name="every file is where it was",
    tree={**SINGLE, "/link": Link("/ws")},
    files=(file("/ws/lib/lib.go", "example.com/a/lib", LIB),),
    build=built(),
    goroot=GOROOT,
)


class LayoutMap(SessionMap):
    """The mapping of a layout, however the program is to be read; `read` says how it was asked for, and by which rules."""

    def __init__(self, layout: Layout, planner: Planner | None = None) -> None:
        super().__init__(planner or Planner(Setting(resolve(()))))
        self.layout = layout
        self.read: list[tuple[str, Rules]] = []
        self.looked_ahead = self.asked_ahead = 0
        self.is_there_before = False
        """Whether dlv has the program before anybody attaches."""
        self.held: trio.Event | None = None
        """While this is not set, nothing is read."""
        self.fails: Exception | None = None

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        """Have who asks the mapping wait for another one's question."""
        async with self._asking:
            yield

    async def read_file(self, path: str, rules: Rules) -> SourceMap | None:
        self.path = path
        return await self._give(path, rules)

    async def look_ahead(self) -> None:
        self.looked_ahead += 1

    async def read_ahead(self, asker: Asker) -> bool:  # noqa: ARG002 - nothing is asked
        self.asked_ahead += 1
        return self.is_there_before

    async def read_target(self, asker: Asker, rules: Rules) -> SourceMap | None:  # noqa: ARG002 - nothing is asked
        return await self._give("target", rules)

    async def _give(self, how: str, rules: Rules) -> SourceMap | None:
        self.read.append((how, rules))
        with self._making() as take:
            if self.held is not None:
                await self.held.wait()
            if self.fails is not None:
                raise self.fails
            return take(SourceMap(attrs.evolve(self.layout, rules=rules if rules.rules else self.layout.rules).made(), None))


@attrs.define
class Scene:
    """The two peers, who number what they say by themselves, and the map between them."""

    stage: Stage
    map: LayoutMap
    served: Served
    paths: SourcePaths
    printed: PrintedPaths
    asked: int = 0
    answered: int = 0
    to_adapter: int = 0
    to_client: int = 0

    async def says(self, command: str, /, **arguments: Any) -> int:
        """Let the client ask; return its number."""
        self.asked += 1
        await self.stage.client.says(request(self.asked, command, **arguments))
        return self.asked

    async def delve_gets(self, command: str, /, **arguments: Any) -> Json:
        self.to_adapter += 1
        return await self.stage.adapter.gets(request(self.to_adapter, command, **arguments))

    async def delve_answers(self, command: str, /, *, to: int | None = None, success: bool = True, **body: Any) -> None:
        self.answered += 1
        await self.stage.adapter.says(response(self.answered, to or self.to_adapter, command, success=success, **body))

    async def delve_tells(self, name: str, /, **body: Any) -> None:
        self.answered += 1
        await self.stage.adapter.says(event(self.answered, name, **body))

    async def gets(self, command: str, /, *, to: int | None = None, **body: Any) -> Json:
        self.to_client += 1
        return await self.stage.client.gets(response(self.to_client, to or self.asked, command, **body))

    async def hears(self, name: str, /, **body: Any) -> Json:
        self.to_client += 1
        return await self.stage.client.gets(event(self.to_client, name, **body))

    async def relays(self, command: str, arguments: Mapping[str, Any], body: Mapping[str, Any]) -> Any:
        """Let the client ask something and Delve answer it with `body`; return the body that the client gets."""
        await self.says(command, **arguments)
        await self.delve_gets(command)
        await self.delve_answers(command, **body)
        return (await self.gets(command, success=True)).get("body")

    async def sets(self, path: str, *lines: int | Json, to: str, sent: list[Json], answers: list[Json]) -> list[Json]:
        """Set breakpoints; Delve gets `sent` for the file `to` and answers; return what the client gets."""
        await self.asks_to_set(path, *lines)
        await self.delve_gets("setBreakpoints", source={"path": to}, breakpoints=sent)
        await self.delve_answers("setBreakpoints", breakpoints=answers)
        found: list[Json] = (await self.gets("setBreakpoints", success=True))["body"]["breakpoints"]
        return found

    async def asks_to_set(self, path: str, *lines: int | Json) -> None:
        entries = [line if isinstance(line, dict) else {"line": line} for line in lines]
        await self.says("setBreakpoints", source={"path": path}, breakpoints=entries)


@asynccontextmanager
async def mapped(
    layout: Layout = SHOP, *more: Shim, begun: bool = True, strict: bool = True, elsewhere: bool = True
) -> AsyncIterator[Scene]:
    """Run a session with that mapping, `begun`: a program was launched, is there and has been read."""
    session_map, served = LayoutMap(layout), Served()
    translator = Translator(session_map, served)
    paths = SourcePaths(Planner(Setting(resolve(()))), translator, elsewhere=elsewhere, survey_after=0)
    printed, breakpoints = PrintedPaths(translator), Breakpoints()
    layers = [
        *more,
        printed,
        paths,
        SourceBreakpoints(translator, breakpoints),
        FunctionBreakpoints(translator, breakpoints),
        LoadedSources(session_map, served),
    ]
    async with stage(*layers, strict=strict) as peers:
        scene = Scene(peers, session_map, served, paths, printed)
        if begun:
            await begin(scene)
        yield scene


async def begin(scene: Scene, **arguments: Any) -> None:
    await scene.relays("initialize", {}, {})
    await launch(scene, **arguments)
    await settled(scene)


async def launch(scene: Scene, **arguments: Any) -> Json:
    """Launch; return what Delve gets."""
    await scene.says("launch", mode="exec", **arguments)
    found = await scene.delve_gets("launch")
    await scene.delve_tells("initialized")
    await scene.delve_answers("launch")
    await scene.hears("initialized")
    await scene.gets("launch", success=True)
    sent: Json = found["arguments"]
    return sent


async def settled(scene: Scene) -> None:
    """Wait until the program was read and all its files looked at."""
    await scene.map.ready()
    while scene.paths.read is False:
        await trio.sleep(0.001)
    await trio.testing.wait_all_tasks_blocked(0.02)


WS = "/ws/lib/lib.go"


def frame(path: str, line: int = 4, name: str = "lib.Do") -> Json:
    return {"id": 1, "name": name, "line": line, "column": 0, "source": {"name": path.rpartition("/")[2], "path": path}}


GIVEN = [{"from": "/ws", "to": "/build"}]


class Relaunches(Shim):
    """Launch by an own call in the place of a restart, as `restart` does."""

    @on.request("restart", budget=60)
    async def restart(self, _request: Message) -> Verdict:
        await self.session.call("launch", {"mode": "exec", "substitutePath": GIVEN})
        return Answer()


async def frames(scene: Scene, *given: Json) -> list[Json]:
    found: list[Json] = (await scene.relays("stackTrace", {"threadId": 1}, {"stackFrames": list(given)}))["stackFrames"]
    return found
