"""The shim `source_paths` as conversations: each field that Delve 1.27.1 names a file in, and what must stay as it is."""

from __future__ import annotations

import os
from typing import Any

import attrs
import pytest
import trio
import trio.testing

from dapshim.delve.planned import Planned
from dapshim.options.layers import resolve
from dapshim.plan.outcome import Build, Dlv, Plan
from dapshim.proxy.calls import AdapterGoneError
from dapshim.proxy.shim import HOOK_BUDGET
from dapshim.proxy.translated import Translator
from dapshim.sources.rules import NO_RULES, Rule, Rules
from tests.layouts import Link
from tests.playbook import Containing, Json
from tests.shims.mapped import (
    EXACT,
    GIVEN,
    LIB_GO,
    SHOP,
    WS,
    LayoutMap,
    Relaunches,
    Scene,
    begin,
    frame,
    frames,
    launch,
    mapped,
    settled,
)
from tests.sources.scene import file

# -- frames ----------------------------------------------------------------------------------------------------------------


async def test_frames_open_in_the_clients_files_and_the_rest_of_them_stays():
    async with mapped() as scene:
        given = frame(LIB_GO) | {"instructionPointerReference": "0x4bce09", "more": [1.0]}
        assert await frames(scene, given) == [given | {"source": {"name": "lib.go", "path": WS}}]


async def test_a_frame_without_a_source_stays():
    async with mapped() as scene:
        bare = {"id": 1, "name": "runtime.goexit", "line": 0, "column": 0}
        assert await frames(scene, bare, frame(LIB_GO)) == [bare, frame(WS)]


async def test_what_is_nowhere_here_opens_as_a_text():
    async with mapped() as scene:
        (shown,) = await frames(scene, frame("_cgo_gotypes.go", 21))
        source = shown["source"]
        assert "path" not in source
        assert (source["name"], source["presentationHint"]) == ("_cgo_gotypes.go", "deemphasize")
        await scene.says("source", source=source, sourceReference=source["sourceReference"])
        text = (await scene.gets("source", success=True))["body"]["content"]
        assert text.count("\n") >= 20


async def test_files_of_one_recorded_name_are_told_apart_by_the_frames_function():
    two = attrs.evolve(
        SHOP,
        tree={**SHOP.tree, "/ws/other/page.tmpl": "{{ define }}\n"},
        files=(
            file(LIB_GO, "example.com/a/lib"),
            attrs.evolve(file("page.tmpl", ""), functions={"example.com/a/lib.Page": 1, "example.com/a/other.Page": 1}),
        ),
    )
    async with mapped(two) as scene:
        given = [frame("page.tmpl", 2, name) for name in ("lib.Page", "other.Page", "lib.None")]
        one, other, none = await frames(scene, *given)
        assert [one["source"].get("path"), other["source"].get("path")] == ["/ws/lib/page.tmpl", "/ws/other/page.tmpl"]
        assert none["source"]["sourceReference"] > 0


async def test_a_failed_answer_is_delves():
    async with mapped() as scene:
        await scene.says("stackTrace", threadId=1)
        await scene.delve_gets("stackTrace")
        await scene.delve_answers("stackTrace", success=False, error={"id": 2004, "format": f"Unable to {LIB_GO}"})
        await scene.gets("stackTrace", success=False, error={"id": 2004, "format": f"Unable to {LIB_GO}"})


async def test_instructions_have_the_clients_places():
    async with mapped() as scene:
        given: list[Json] = [
            {"address": "0x1", "instruction": "nop", "line": 4, "location": {"name": "lib.go", "path": LIB_GO}},
            {"address": "0x2", "instruction": "nop"},
        ]
        body = await scene.relays("disassemble", {"memoryReference": "0x1"}, {"instructions": given})
        assert body["instructions"] == [{**given[0], "location": {"name": "lib.go", "path": WS}}, given[1]]


async def test_the_stack_of_an_exception_names_the_clients_files():
    async with mapped() as scene:
        text = f"Stack:\n\t0  0x1 in lib.Do\n\t    at {LIB_GO}:4\n\t1  0x2 in x\n\t    at /elsewhere/x.go:4\n"
        details = {"message": f"panic in {LIB_GO}:4", "stackTrace": text}
        given = {"exceptionId": "panic", "breakMode": "unhandled", "details": details}
        body = await scene.relays("exceptionInfo", {"threadId": 1}, given)
        assert body == given | {"details": details | {"stackTrace": text.replace(LIB_GO, WS)}}


# -- what is the program's own, or Delve's ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("variables", {"variables": [{"name": "file", "value": f'"{LIB_GO}"', "type": "string", "variablesReference": 0}]}),
        ("evaluate", {"result": f'"{LIB_GO}:4"', "variablesReference": 0}),
        ("evaluate", {"result": f"\t    at {LIB_GO}:4\n", "variablesReference": 0}),
        ("setVariable", {"value": f'"{LIB_GO}"'}),
        ("scopes", {"scopes": [{"name": LIB_GO, "variablesReference": 1}]}),
        ("threads", {"threads": [{"id": 1, "name": LIB_GO}]}),
    ],
)
async def test_program_data_stays_byte_for_byte(command, body):
    async with mapped() as scene:
        assert await scene.relays(command, {"expression": LIB_GO}, body) == body


async def test_the_programs_name_stays():
    async with mapped() as scene:
        await scene.delve_tells("process", name=LIB_GO, systemProcessId=7)
        await scene.hears("process", name=LIB_GO, systemProcessId=7)


# -- rules -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sent", "rules"),
    [
        ({"substitutePath": GIVEN}, {}, Rules((Rule("/ws", "/build"),))),
        ({"substitutePath": []}, {}, Rules(())),
        ({"substitutePath": None}, {}, NO_RULES),
        ({"guessSubstitutePath": {"ClientGOROOT": "/x"}}, {}, NO_RULES),
        ({"substitutePath": GIVEN, "guessSubstitutePath": {}}, {}, Rules((Rule("/ws", "/build"),))),
    ],
)
async def test_dapshim_applies_the_rules_and_delve_gets_none(arguments, sent, rules):
    async with mapped(begun=False) as scene:
        await scene.relays("initialize", {}, {})
        found = await launch(scene, **arguments)
        assert {name: found[name] for name in ("substitutePath", "guessSubstitutePath") if name in found} == sent
        await settled(scene)
        assert [each.rules for _, each in scene.map.read] == [rules.rules]


@pytest.mark.parametrize("wrong", ["/ws", {}, "", 1, ["/ws"], [{"from": "/ws"}], [{"from": 1, "to": "/x"}]])
async def test_what_are_no_rules_is_delves_to_refuse(wrong):
    async with mapped(begun=False) as scene:
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="exec", substitutePath=wrong)
        await scene.delve_gets("launch", substitutePath=wrong)
        await scene.delve_answers("launch", success=False, error={"format": "cannot unmarshal"})
        await scene.gets("launch", success=False)


async def test_a_restart_may_bring_other_rules():
    async with mapped() as scene:
        nested: Json = {"request": "launch", "program": "/x", "substitutePath": GIVEN}
        await scene.says("restart", arguments=nested)
        found = await scene.delve_gets("restart")
        assert found["arguments"] == {"arguments": {"request": "launch", "program": "/x"}}
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert scene.map.read[-1][1].rules == (Rule("/ws", "/build"),)
        # One that has none takes them away; one that says nothing of the program leaves them.
        for nested, left in (({"request": "launch", "rebuild": False}, 1), ({"request": "launch", "program": "/x"}, 0)):
            await scene.says("restart", arguments=nested)
            await scene.delve_gets("restart", arguments=nested)
            await scene.delve_tells("initialized")
            await scene.hears("initialized")
            await settled(scene)
            assert len(scene.map.read[-1][1].rules) == left


async def test_a_rule_is_obeyed_first():
    layout = attrs.evolve(SHOP, tree={**SHOP.tree, "/copy": Link("/ws")})
    async with mapped(layout, begun=False) as scene:
        await begin(scene, substitutePath=[{"from": "/copy", "to": "example.com/a"}])
        assert await frames(scene, frame(LIB_GO)) == [frame("/copy/lib/lib.go")]


async def test_what_is_wrong_with_a_rule_is_said():
    rules = [{"from": "/ws", "to": "example.com/a"}, {"from": "/ws", "to": "example.com/b"}]
    async with mapped(begun=False) as scene:
        await scene.relays("initialize", {}, {})
        scene.map.held = trio.Event()
        await launch(scene, substitutePath=rules)
        scene.map.held.set()
        said = await scene.hears("output", category="console", output=Containing("dapshim: "))
        assert "example.com/b" in said["body"]["output"]
        await settled(scene)


# -- when the program is read ----------------------------------------------------------------------------------------------


def planned(scene: Scene, mode: str = "exec", build: Build | None = None) -> None:
    """Let a plan be there, as it is when dapshim has started dlv itself."""
    plan = Plan("launch", mode, {}, Dlv(), build)
    scene.paths._planner.current = Planned(plan, resolve(()))  # as the shim before it does


async def test_a_program_that_is_there_is_read_while_dlv_starts_and_only_once(tmp_path):
    async with mapped(begun=False, elsewhere=False) as scene:
        planned(scene)
        program = tmp_path / "x"
        program.write_text("")
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="exec", program=str(program))
        await scene.delve_gets("launch")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == [str(program)]
        await scene.delve_tells("process", name="x", systemProcessId=1)
        await scene.delve_tells("initialized")
        await scene.hears("process")
        await scene.hears("initialized")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == [str(program)]
        # A restart reads it again: it may have been built meanwhile.
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == [str(program)] * 2


async def test_a_program_that_is_elsewhere_is_read_through_dlv_also_when_a_file_of_its_name_is_here(tmp_path):
    async with mapped(begun=False, elsewhere=True) as scene:
        (tmp_path / "x").write_text("")
        await begin(scene, program=str(tmp_path / "x"))
        assert [how for how, _ in scene.map.read] == ["target"]


@pytest.mark.parametrize("before", [True, False])
async def test_what_a_headless_dlv_has_before_is_read_before_the_client_attaches(before):
    async with mapped(begun=False, elsewhere=True) as scene:
        scene.map.is_there_before = before
        await scene.relays("initialize", {}, {"supportsReadMemoryRequest": True})
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert (scene.map.looked_ahead, scene.map.asked_ahead, scene.map.read) == (1, 1, [])
        await scene.says("attach", mode="remote", substitutePath=GIVEN)
        await scene.delve_gets("attach")
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert [how for how, _ in scene.map.read] == ["target"] * before
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert [(how, rules.rules) for how, rules in scene.map.read] == [("target", (Rule("/ws", "/build"),))]
        # The next program is another one.
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert len(scene.map.read) == 2


@pytest.mark.parametrize(("elsewhere", "reads_memory"), [(False, True), (True, False)])
async def test_a_dlv_of_our_own_and_who_reads_no_memory_are_asked_nothing_before_the_attach(elsewhere, reads_memory):
    async with mapped(begun=False, elsewhere=elsewhere) as scene:
        await scene.relays("initialize", {}, {"supportsReadMemoryRequest": reads_memory})
        await trio.testing.wait_all_tasks_blocked(0.02)
        assert (scene.map.looked_ahead, scene.map.asked_ahead) == (elsewhere, 0)


async def test_the_programs_own_file_is_read_by_its_process_and_not_a_childs():
    async with mapped(begun=False, elsewhere=False) as scene:
        planned(scene, "debug")
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="debug")
        await scene.delve_gets("launch")
        await scene.delve_tells("process", name="x", systemProcessId=os.getpid())
        await scene.delve_tells("initialized")
        await scene.hears("process")
        await scene.hears("initialized")
        await settled(scene)
        await scene.delve_tells("process", name="child", systemProcessId=2)
        await scene.hears("process")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == [f"/proc/{os.getpid()}/exe"]


async def test_what_delve_has_built_is_read():
    async with mapped(begun=False, elsewhere=False) as scene:
        planned(scene, "debug")
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="debug")
        await scene.delve_gets("launch")
        scene.stage.scripted.binary = "/proc/self/exe"
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == ["/proc/self/exe"]


@pytest.mark.parametrize("content", ["a program", ""])
async def test_what_delve_has_built_is_read_while_delve_loads_it_and_only_once(tmp_path, content):
    """An empty one is what a build that fails leaves, or what Delve has made for it."""
    binary = tmp_path / "__debug_bin1"
    binary.write_text(content)
    early = [str(binary)] if content else []
    async with mapped(begun=False, elsewhere=False) as scene:
        planned(scene, "debug", Build("/ws", ".", test=False))
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="debug")
        await scene.delve_gets("launch")
        scene.stage.scripted.binary = str(binary)
        with trio.move_on_after(1):
            while [how for how, _ in scene.map.read] != [str(binary)]:
                await trio.sleep(0.01)
        assert [how for how, _ in scene.map.read] == early
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert [how for how, _ in scene.map.read] == [str(binary)]


async def test_the_program_does_not_run_before_it_has_been_read():
    async with mapped(begun=False) as scene:
        scene.map.held = trio.Event()
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await scene.says("configurationDone")
        await scene.stage.adapter.gets_nothing()
        scene.map.held.set()
        await scene.delve_gets("configurationDone")
        await settled(scene)


def recorded(scene: Scene) -> list[str] | None:
    made = scene.map.made
    return [each.path for each in made.map.facts.recorded.files] if made is not None else None


async def test_a_program_that_comes_while_the_one_before_is_still_read_has_its_own_mapping():
    async with mapped(begun=False) as scene:
        before, scene.map.held = scene.map.layout, trio.Event()
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await trio.testing.wait_all_tasks_blocked()
        first, scene.map.held = scene.map.held, trio.Event()
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await trio.testing.wait_all_tasks_blocked()
        first.set()
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert recorded(scene) is None
        assert not scene.map.is_ready
        await scene.says("configurationDone")
        await scene.stage.adapter.gets_nothing()
        scene.map.layout = attrs.evolve(before, files=(file("other/lib.go", "example.com/a/lib"),))
        scene.map.held.set()
        await scene.delve_gets("configurationDone")
        assert recorded(scene) == ["other/lib.go"]
        await settled(scene)


async def test_a_second_launch_that_delve_refuses_costs_no_mapping():
    async with mapped() as scene:
        await scene.says("launch", mode="exec", program="/other")
        await scene.delve_gets("launch", mode="exec", program="/other")
        await scene.delve_answers("launch", success=False, error={"format": "debug session already in progress"})
        await scene.gets("launch", success=False)
        assert await frames(scene, frame(LIB_GO)) == [frame(WS)]


async def test_the_launch_of_a_restart_brings_another_program():
    async with mapped(SHOP, Relaunches()) as scene:
        await scene.says("restart")
        found = await scene.delve_gets("launch")
        assert found["arguments"] == {"mode": "exec"}
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert scene.map.read[-1][1].rules == (Rule("/ws", "/build"),)
        await scene.delve_answers("launch")
        await scene.gets("restart", success=True)
        assert len(scene.map.read) == 2


@pytest.mark.parametrize("how", ["failed", "noDebug"])
async def test_where_no_program_will_come_nobody_waits(how):
    async with mapped(begun=False) as scene:
        await scene.relays("initialize", {}, {})
        await scene.says("launch", mode="exec", noDebug=how == "noDebug")
        await scene.delve_gets("launch")
        await scene.delve_answers("launch", success=how == "noDebug")
        await scene.gets("launch", success=how == "noDebug")
        with trio.fail_after(HOOK_BUDGET):
            await scene.asks_to_set(WS, 4)
            await scene.delve_gets("setBreakpoints", source={"path": WS})
        await scene.delve_answers("setBreakpoints", success=False)
        await scene.gets("setBreakpoints", success=False)


async def test_a_reading_that_fails_holds_nobody_up_and_is_said_once():
    async with mapped(begun=False) as scene:
        scene.map.fails = RuntimeError("a bug of ours")
        scene.map.held = trio.Event()
        await scene.relays("initialize", {}, {})
        await launch(scene)
        scene.map.held.set()
        await scene.hears("output", category="stderr", output=Containing("its part source_paths failed"))
        await scene.says("configurationDone")
        await scene.delve_gets("configurationDone")
        await scene.delve_answers("configurationDone")
        await scene.gets("configurationDone")
        assert await frames(scene, frame(LIB_GO)) == [frame(LIB_GO)]
        # The next program has its mapping.
        scene.map.fails = None
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert await frames(scene, frame(LIB_GO)) == [frame(WS)]


async def test_a_dlv_that_goes_away_while_it_is_asked_is_no_failure_of_ours():
    async with mapped(begun=False) as scene:
        scene.map.fails = AdapterGoneError("the adapter went away")
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await scene.says("configurationDone")
        await scene.delve_gets("configurationDone")
        await scene.stage.client.gets_nothing()


async def test_a_failure_passes_that_message_as_it_came_and_the_shim_stays_on(monkeypatch):
    async with mapped() as scene:

        async def fails(_self: Translator, _frames: list[dict[str, Any]]) -> None:
            raise RuntimeError("a bug of ours")

        def fails_at_once(_self: Translator, _frames: list[dict[str, Any]]) -> bool:
            raise RuntimeError("the same bug")

        monkeypatch.setattr(Translator, "frames", fails)
        monkeypatch.setattr(Translator, "known_frames", fails_at_once)
        await scene.says("stackTrace", threadId=1)
        await scene.delve_gets("stackTrace")
        await scene.delve_answers("stackTrace", stackFrames=[frame(LIB_GO)])
        await scene.gets("stackTrace", stackFrames=[frame(LIB_GO)])
        await scene.hears("output", category="stderr", output=Containing("its part source_paths failed"))
        monkeypatch.undo()
        assert await frames(scene, frame(LIB_GO)) == [frame(WS)]


async def test_where_every_file_is_where_it_was_no_message_is_looked_into():
    async with mapped(EXACT) as scene:
        assert scene.paths.nothing_to_translate
        assert scene.printed.texts_stay
        await scene.says("stackTrace")
        await scene.delve_gets("stackTrace")
        await scene.stage.adapter.sends(
            b'{"seq":9,"type":"response","request_seq":%d,"success":true,"command":"stackTrace",' % scene.to_adapter
            + b'"body":{"stackFrames":[{"source": {"path":"/ws/lib/lib.go"},"much":1e400}]}}'
        )
        raw = await scene.stage.client.raw()
        assert raw.endswith(b'"body":{"stackFrames":[{"source": {"path":"/ws/lib/lib.go"},"much":1e400}]}}')


async def test_a_survey_of_a_program_that_was_replaced_ends_quietly():
    made = LayoutMap(EXACT)
    made.begin()
    before = await made.read_target(None, NO_RULES)  # type: ignore[arg-type]  # nothing is asked
    assert before is not None
    made.begin()
    made.give_up()
    await made.survey(before)
    assert not made.surveyed
