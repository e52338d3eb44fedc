"""The shim `source_breakpoints` as conversations: what the client asks for, what Delve gets, what the client hears of it."""

from __future__ import annotations

import attrs
import pytest
import trio
import trio.testing

from dapshim.proxy.breakpoints import OWN_IDS
from dapshim.proxy.shim import CALL_DEADLINE
from dapshim.sources.breakpoint_lists import BreakpointLists
from dapshim.sources.spelling import AdapterPath
from tests.playbook import Containing, Json
from tests.shims.mapped import EXACT, LIB_GO, SHOP, Scene, begin, launch, mapped, settled
from tests.sources.layouts_modules import LIB
from tests.sources.scene import CACHE, UTIL, built, dep, file, module, text

WS, LINK = "/ws/lib/lib.go", "/link/lib/lib.go"


def at(number: int, line: int, path: str = LIB_GO, **more: object) -> Json:
    """A breakpoint as Delve answers."""
    return {"id": number, "verified": True, "line": line, "source": {"name": path.rpartition("/")[2], "path": path}, **more}


def here(number: int, line: int, path: str = WS, **more: object) -> Json:
    """The same as the client gets it."""
    return at(number, line, path, **more)


async def first(scene: Scene) -> None:
    """One breakpoint in each spelling, at one line."""
    assert await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)]) == [here(1, 4)]
    found = await scene.sets(LINK, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
    assert found == [here(OWN_IDS + 1, 4, LINK)]


# -- one file --------------------------------------------------------------------------------------------------------------


async def test_a_breakpoint_goes_to_the_recorded_file_and_its_answer_comes_back():
    async with mapped() as scene:
        await scene.says(
            "setBreakpoints",
            source={"name": "lib.go", "path": WS},
            breakpoints=[{"line": 4, "condition": "n > 1"}, {"line": 5}],
            lines=[4, 5],
            sourceModified=True,
        )
        await scene.delve_gets(
            "setBreakpoints",
            source={"name": "lib.go", "path": LIB_GO},
            breakpoints=[{"line": 4, "condition": "n > 1"}, {"line": 5}],
            lines=[4, 5],
            sourceModified=True,
        )
        said = f"could not find statement at {LIB_GO}:5, please use a line with a statement"
        await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 4), {"verified": False, "message": said}])
        await scene.gets(
            "setBreakpoints",
            breakpoints=[here(1, 4), {"verified": False, "message": said.replace(LIB_GO, WS)}],
        )


async def test_where_nothing_is_translated_every_byte_stays():
    async with mapped(EXACT) as scene:
        assert scene.map.nothing_to_translate
        client, adapter = scene.stage
        asked = b'{"seq": 3, "type":"request", "command":"setBreakpoints","arguments":{"source":{"path":"/ws/lib/lib.go"},'
        asked += b'"breakpoints":[ {"line":4} ], "lines":[4]}}'
        await client.sends(asked)
        assert (await adapter.raw()).endswith(asked.partition(b'"command"')[2])
        answer = b'{"seq":9,"type":"response","request_seq":3,"success":true,"command":"setBreakpoints","body":{"breakpoints":['
        answer += b'{"id":1,"verified":true,"source":{"path":"/ws/lib/lib.go"} ,"line":4}]}}'
        await adapter.sends(answer)
        assert (await client.raw()).endswith(answer.partition(b'"body"')[2])


async def test_an_empty_list_clears():
    async with mapped() as scene:
        await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
        assert await scene.sets(WS, to=LIB_GO, sent=[], answers=[]) == []


async def test_a_client_that_sends_lines_alone_gets_what_delve_says():
    # Delve 1.27.1 does not look at the `lines` of old clients.
    async with mapped() as scene:
        await scene.says("setBreakpoints", source={"path": WS}, lines=[4])
        found = await scene.delve_gets("setBreakpoints", source={"path": LIB_GO})
        assert not found["arguments"].get("breakpoints")
        await scene.delve_answers("setBreakpoints", breakpoints=[])
        await scene.gets("setBreakpoints", breakpoints=[])


async def test_null_for_a_list_is_an_empty_one():
    async with mapped() as scene:
        await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
        await scene.says("setBreakpoints", source={"path": WS}, breakpoints=None)
        await scene.delve_gets("setBreakpoints", source={"path": LIB_GO}, breakpoints=[])
        await scene.delve_answers("setBreakpoints", breakpoints=[])
        await scene.gets("setBreakpoints", breakpoints=[])


async def test_a_line_that_is_asked_for_twice_is_delves_to_refuse():
    async with mapped() as scene:
        twice = {"verified": False, "message": "breakpoint already exists"}
        sent = [{"line": 4}, {"line": 4}]
        assert await scene.sets(WS, 4, 4, to=LIB_GO, sent=sent, answers=[at(1, 4), twice]) == [here(1, 4), twice]


@pytest.mark.parametrize("answers", [[], [at(1, 4)]])
async def test_fewer_answers_than_breakpoints_are_filled_up(answers):
    async with mapped() as scene:
        found = await scene.sets(WS, 4, 5, to=LIB_GO, sent=[{"line": 4}, {"line": 5}], answers=answers)
        assert len(found) == 2
        assert found[1] == {"verified": False, "message": "Delve has not said what became of this breakpoint"}


async def test_what_delve_refuses_comes_as_it_is():
    async with mapped() as scene:
        await scene.asks_to_set(WS, 4)
        await scene.delve_gets("setBreakpoints")
        await scene.delve_answers("setBreakpoints", success=False, error={"id": 2002, "format": "Unable to set"})
        await scene.gets("setBreakpoints", success=False, error={"id": 2002, "format": "Unable to set"})


async def test_a_second_list_before_the_first_ones_answer():
    async with mapped() as scene:
        await scene.asks_to_set(WS, 4, 5)
        await scene.asks_to_set(WS, 5)
        await scene.delve_gets("setBreakpoints", breakpoints=[{"line": 4}, {"line": 5}])
        await scene.delve_gets("setBreakpoints", breakpoints=[{"line": 5}])
        await scene.delve_answers("setBreakpoints", to=scene.to_adapter - 1, breakpoints=[at(1, 4), at(2, 5)])
        await scene.delve_answers("setBreakpoints", breakpoints=[at(2, 5)])
        await scene.gets("setBreakpoints", to=scene.asked - 1, breakpoints=[here(1, 4), here(2, 5)])
        await scene.gets("setBreakpoints", breakpoints=[here(2, 5)])


# -- two spellings of one file ---------------------------------------------------------------------------------------------


async def test_two_spellings_are_one_list_for_delve_and_two_answers():
    async with mapped() as scene:
        await scene.sets(WS, 4, 5, to=LIB_GO, sent=[{"line": 4}, {"line": 5}], answers=[at(1, 4), at(2, 5)])
        sent = [{"line": 4}, {"line": 5}, {"line": 8}]
        found = await scene.sets(LINK, 8, to=LIB_GO, sent=sent, answers=[at(1, 4), at(2, 5), at(3, 8)])
        assert found == [here(3, 8, LINK)]


async def test_one_line_of_both_is_one_breakpoint_and_each_has_its_id():
    async with mapped() as scene:
        await first(scene)
        await scene.delve_tells("stopped", reason="breakpoint", threadId=1, hitBreakpointIds=[1])
        await scene.hears("stopped", hitBreakpointIds=[1, OWN_IDS + 1])
        await scene.delve_tells("breakpoint", reason="changed", breakpoint=at(1, 5))
        await scene.hears("breakpoint", reason="changed", breakpoint=here(1, 5))
        await scene.hears("breakpoint", reason="changed", breakpoint=here(OWN_IDS + 1, 5, LINK))


async def test_who_is_left_alone_keeps_its_id_and_is_hit_under_it():
    async with mapped() as scene:
        await first(scene)
        assert await scene.sets(WS, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)]) == []
        await scene.delve_tells("stopped", reason="breakpoint", threadId=1, hitBreakpointIds=[1])
        await scene.hears("stopped", hitBreakpointIds=[OWN_IDS + 1])
        await scene.delve_tells("breakpoint", reason="changed", breakpoint=at(1, 5))
        await scene.hears("breakpoint", reason="changed", breakpoint=here(OWN_IDS + 1, 5, LINK))


async def test_other_conditions_are_refused_in_words_until_there_is_room():
    async with mapped() as scene:
        await scene.sets(WS, {"line": 4, "condition": "n > 1"}, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
        sent = [{"line": 4, "condition": "n > 1"}]
        (refused,) = await scene.sets(LINK, {"line": 4, "condition": "n > 2"}, to=LIB_GO, sent=sent, answers=[at(1, 4)])
        assert refused["verified"] is False
        assert f"{LINK} and {WS} are one file, and a breakpoint with another condition" in refused["message"]
        # When the other one goes, this one is set, and the client hears of it under the id that it knows.
        sent = [{"line": 4, "condition": "n > 2"}]
        assert await scene.sets(WS, to=LIB_GO, sent=sent, answers=[at(1, 4)]) == []
        await scene.hears("breakpoint", reason="changed", breakpoint=here(refused["id"], 4, LINK))


async def test_what_changes_in_the_other_spelling_is_an_event():
    async with mapped() as scene:
        await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
        sent = [{"line": 4}, {"line": 5}]
        gone = {"verified": False, "id": 1, "message": "Process 7 has exited"}
        await scene.sets(LINK, 5, to=LIB_GO, sent=sent, answers=[gone, at(2, 5)])
        await scene.hears("breakpoint", reason="changed", breakpoint=gone)


async def test_each_stop_comes_in_the_spelling_whose_breakpoint_was_hit():
    async with mapped() as scene:
        await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)])
        await scene.sets(LINK, 5, to=LIB_GO, sent=[{"line": 4}, {"line": 5}], answers=[at(1, 4), at(2, 5)])
        for number, line, path in ((1, 4, WS), (2, 5, LINK), (1, 4, WS)):
            await scene.delve_tells("stopped", reason="breakpoint", threadId=1, hitBreakpointIds=[number])
            await scene.hears("stopped", hitBreakpointIds=[number])
            assert await top(scene, LIB_GO, line) == (path, line)


async def top(scene: Scene, recorded: str, line: int) -> tuple[str, int]:
    """Return where the client sees the top frame."""
    frame = {"id": 1, "name": "lib.Do", "line": line, "source": {"name": "x", "path": recorded}}
    body = await scene.relays("stackTrace", {"threadId": 1}, {"stackFrames": [frame]})
    (shown,) = body["stackFrames"]
    return shown["source"]["path"], shown["line"]


# -- //line ----------------------------------------------------------------------------------------------------------------

GEN_GO, TMPL = "/ws/lib/gen.go", "/ws/lib/page.tmpl"


async def test_one_file_may_be_recorded_as_several():
    async with mapped() as scene:
        await scene.asks_to_set(GEN_GO, 5, 9, 2)
        # The other file's list goes first, and nothing of it is heard before the answer.
        await scene.delve_gets("setBreakpoints", source={"path": "page.tmpl"}, breakpoints=[{"line": 2}])
        await scene.delve_answers("setBreakpoints", breakpoints=[at(2, 2, "page.tmpl")])
        await scene.delve_gets("setBreakpoints", source={"path": "gen.go"}, breakpoints=[{"line": 9}, {"line": 2}])
        await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 9, "gen.go"), {"verified": False, "message": "no"}])
        answer = await scene.gets("setBreakpoints", success=True)
        five, nine, two = answer["body"]["breakpoints"]
        assert (five, nine) == (here(2, 5, GEN_GO), here(1, 9, GEN_GO))
        assert two == {"verified": False, "message": "no"}
        # When the client clears it, it is cleared everywhere.
        await scene.asks_to_set(GEN_GO)
        for _ in range(2):
            found = await scene.delve_gets("setBreakpoints", breakpoints=[])
            assert found["arguments"]["source"]["path"] in ("gen.go", "page.tmpl")
            await scene.delve_answers("setBreakpoints", breakpoints=[])
        await scene.gets("setBreakpoints", breakpoints=[])


async def with_gen(scene: Scene) -> None:
    """A breakpoint in the generated file and one in its template, at other lines."""
    await scene.asks_to_set(GEN_GO, 5)
    await scene.delve_gets("setBreakpoints", source={"path": "page.tmpl"}, breakpoints=[{"line": 2}])
    await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 2, "page.tmpl")])
    await scene.delve_gets("setBreakpoints", source={"path": "gen.go"}, breakpoints=[])
    await scene.delve_answers("setBreakpoints", breakpoints=[])
    await scene.gets("setBreakpoints", breakpoints=[here(1, 5, GEN_GO)])
    sent = [{"line": 2}, {"line": 1}]
    found = await scene.sets(TMPL, 1, to="page.tmpl", sent=sent, answers=[at(1, 2, "page.tmpl"), at(2, 1, "page.tmpl")])
    assert found == [here(2, 1, TMPL)]


@pytest.mark.parametrize(
    ("reason", "hit", "seen"),
    [
        ("breakpoint", [1], (GEN_GO, 5)),
        ("breakpoint", [2], (TMPL, 2)),
        ("pause", [], (TMPL, 2)),
    ],
)
async def test_a_stop_is_shown_where_the_breakpoint_was_set(reason, hit, seen):
    async with mapped() as scene:
        await with_gen(scene)
        await scene.delve_tells("stopped", reason=reason, hitBreakpointIds=hit)
        await scene.hears("stopped", hitBreakpointIds=hit)
        assert await top(scene, "page.tmpl", 2) == seen


async def test_a_step_goes_on_in_the_file_that_is_open_and_another_stop_does_not():
    async with mapped() as scene:
        await with_gen(scene)
        stops: tuple[tuple[str, list[int], tuple[str, int]], ...] = (
            ("breakpoint", [1], (GEN_GO, 5)),
            ("step", [], (GEN_GO, 6)),
            ("pause", [], (TMPL, 3)),
        )
        for reason, hit, seen in stops:
            await scene.delve_tells("stopped", reason=reason, hitBreakpointIds=hit)
            await scene.hears("stopped", reason=reason)
            assert await top(scene, "page.tmpl", seen[1] - 3 if seen[0] == GEN_GO else seen[1]) == seen


async def test_lines_of_messages_are_the_generated_files():
    async with mapped() as scene:
        await scene.asks_to_set(GEN_GO, 5)
        await scene.delve_gets("setBreakpoints", source={"path": "page.tmpl"})
        said = "could not find statement at page.tmpl:2, please use a line with a statement"
        await scene.delve_answers("setBreakpoints", breakpoints=[{"verified": False, "message": said}])
        await scene.delve_gets("setBreakpoints", source={"path": "gen.go"})
        await scene.delve_answers("setBreakpoints", breakpoints=[])
        answer = await scene.gets("setBreakpoints")
        assert answer["body"]["breakpoints"][0]["message"] == said.replace("page.tmpl:2", f"{GEN_GO}:5")


# -- what is not in the binary ---------------------------------------------------------------------------------------------

DEP = attrs.evolve(
    SHOP,
    tree={
        **SHOP.tree,
        "/ws/go.mod": module("example.com/a", "\nrequire github.com/Acme/Util v1.3.0\n"),
        f"{UTIL}/go.mod": module("github.com/Acme/Util"),
        f"{UTIL}/strutil/util.go": text("strutil", "Trim"),
        f"{CACHE}/github.com/!acme/!util@v1.3.0/go.mod": module("github.com/Acme/Util"),
        f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go": text("strutil", "Trim"),
    },
    files=(
        *SHOP.files,
        file("github.com/Acme/Util@v1.2.3/strutil/util.go", "github.com/Acme/Util/strutil", text("strutil", "Trim")),
    ),
    build=built("example.com/a/cmd/x", "example.com/a", dep("github.com/Acme/Util", "v1.2.3")),
)
TWO_PAGES = attrs.evolve(
    SHOP,
    tree={**SHOP.tree, "/ws/other/page.tmpl": "{{ define }}\n"},
    files=(
        attrs.evolve(file("page.tmpl", ""), functions={"example.com/a/lib.Page": 1, "example.com/a/other.Page": 1}),
        file("/ws/lib/lib.go", "example.com/a/lib", LIB),
    ),
)
ANOTHER = attrs.evolve(
    SHOP,
    tree={"/ws/go.mod": module("example.com/other"), "/ws/lib/lib.go": text("lib", "Quite", "Different", "Things")},
    files=(file("/ws/lib/lib.go", "example.com/a/lib", LIB),),
)


async def refused(scene: Scene, path: str, line: int = 4, delves: str = "could not find file") -> Json:
    """Set a breakpoint that is nowhere in the binary; Delve gets the client's own path. Return the client's answer."""
    await scene.asks_to_set(path, line)
    await scene.delve_gets("setBreakpoints", source={"path": path}, breakpoints=[{"line": line}])
    await scene.delve_answers("setBreakpoints", breakpoints=[{"verified": False, "message": f"{delves} {path}"}])
    answer = await scene.gets("setBreakpoints", success=True)
    (found,) = answer["body"]["breakpoints"]
    assert found["verified"] is False
    return dict(found)


async def test_a_package_that_is_not_linked_says_so_and_then_what_delve_says():
    async with mapped() as scene:
        found = await refused(scene, "/ws/other/util.go")
        assert "example.com/a/other" in found["message"]
        assert found["message"].endswith("(Delve: could not find file /ws/other/util.go)")


async def test_another_version_says_both():
    path = f"{CACHE}/github.com/!acme/!util@v1.3.0/strutil/util.go"
    async with mapped(DEP) as scene:
        for _turn in range(2):
            await scene.asks_to_set(path, 4)
            await scene.delve_gets("setBreakpoints", source={"path": path})
            await scene.delve_answers("setBreakpoints", breakpoints=[{"verified": False, "message": "could not find file"}])
            answer = await scene.gets("setBreakpoints")
            message = answer["body"]["breakpoints"][0]["message"]
            assert "built with github.com/Acme/Util v1.2.3, and you have opened v1.3.0" in message


TWO = "AMBIGUOUS page.tmpl: /ws/lib/page.tmpl, /ws/other/page.tmpl"


async def test_two_files_that_nothing_tells_apart_are_named_with_the_rule_that_settles_it():
    async with mapped(TWO_PAGES) as scene:
        await scene.asks_to_set(TMPL, 1)
        await scene.delve_gets("setBreakpoints", source={"path": TMPL})
        await scene.delve_answers("setBreakpoints", breakpoints=[{"verified": False, "message": "could not find file"}])
        await scene.gets("setBreakpoints", breakpoints=[{"message": Containing(TWO), "verified": False}])


async def test_another_projects_file_at_the_recorded_path_never_reaches_delve():
    async with mapped(ANOTHER) as scene:
        await scene.asks_to_set("/ws/lib/lib.go", 4)
        answer = await scene.gets("setBreakpoints", success=True)
        (found,) = answer["body"]["breakpoints"]
        assert found["verified"] is False
        assert "it belongs to example.com/other/lib" in found["message"]
        await scene.stage.adapter.gets_nothing()


async def test_a_breakpoint_that_a_plugin_brings_later_is_the_clients():
    # Delve 1.27.1 keeps what it cannot set when the program may load plugins, and tells of it when they are there.
    path = "/ws/other/util.go"
    async with mapped(attrs.evolve(SHOP, build=built())) as scene:
        await scene.asks_to_set(path, 4)
        await scene.delve_gets("setBreakpoints", source={"path": path})
        waiting = {"id": 7, "verified": False, "message": "unable to set breakpoint"}
        await scene.delve_answers("setBreakpoints", breakpoints=[waiting])
        answer = await scene.gets("setBreakpoints", success=True)
        assert answer["body"]["breakpoints"][0]["id"] == 7
        await scene.delve_tells("breakpoint", reason="changed", breakpoint=at(7, 4, path))
        await scene.hears("breakpoint", breakpoint=here(7, 4, path))


# -- stale files -----------------------------------------------------------------------------------------------------------


async def test_a_file_that_was_changed_says_so_at_its_breakpoints_and_once_to_the_person():
    changed = attrs.evolve(SHOP, tree={**SHOP.tree, "/ws/lib/lib.go": "// one more line\n" + LIB})
    async with mapped(changed) as scene:
        for turn in range(2):
            await scene.asks_to_set(WS, 4)
            if not turn:
                said = await scene.hears("output", category="important")
                assert said["body"]["output"].startswith(f"dapshim: {WS} was changed since the binary was built: ")
            await scene.delve_gets("setBreakpoints", source={"path": LIB_GO})
            await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 4)])
            answer = await scene.gets("setBreakpoints")
            (found,) = answer["body"]["breakpoints"]
            assert found["verified"] is True
            assert "was changed since the binary was built" in found["message"]


# -- served texts ----------------------------------------------------------------------------------------------------------


async def test_a_breakpoint_in_a_text_that_dapshim_serves():
    async with mapped() as scene:
        frame = {"id": 1, "name": "lib._Cfunc_sum", "line": 21, "source": {"name": "x", "path": "_cgo_gotypes.go"}}
        body = await scene.relays("stackTrace", {"threadId": 1}, {"stackFrames": [frame]})
        source = body["stackFrames"][0]["source"]
        assert "path" not in source
        await scene.says("setBreakpoints", source=source, breakpoints=[{"line": 21}])
        found = await scene.delve_gets("setBreakpoints", breakpoints=[{"line": 21}])
        assert found["arguments"]["source"] == {"name": "_cgo_gotypes.go", "path": "_cgo_gotypes.go"}
        await scene.delve_answers("setBreakpoints", breakpoints=[at(3, 21, "_cgo_gotypes.go")])
        answer = await scene.gets("setBreakpoints", breakpoints=[{"id": 3, "verified": True, "line": 21}])
        assert answer["body"]["breakpoints"][0]["source"] == source
        await scene.delve_tells("stopped", reason="breakpoint", hitBreakpointIds=[3])
        await scene.hears("stopped", hitBreakpointIds=[3])


async def test_a_number_that_was_never_given_is_delves():
    async with mapped() as scene:
        source = {"sourceReference": 99, "name": "x"}
        await scene.says("setBreakpoints", source=source, breakpoints=[{"line": 1}])
        await scene.delve_gets("setBreakpoints", source=source, breakpoints=[{"line": 1}])
        await scene.delve_answers("setBreakpoints", success=False)
        await scene.gets("setBreakpoints", success=False)


# -- when ------------------------------------------------------------------------------------------------------------------


async def test_the_first_breakpoints_wait_for_the_mapping():
    async with mapped(begun=False) as scene:
        scene.map.held = trio.Event()
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await scene.asks_to_set(WS, 4)
        await scene.stage.adapter.gets_nothing()
        scene.map.held.set()
        await scene.delve_gets("setBreakpoints", source={"path": LIB_GO})
        await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 4)])
        await scene.gets("setBreakpoints", breakpoints=[here(1, 4)])
        await settled(scene)


async def test_pause_ends_the_wait_and_what_follows_is_as_ever():
    async with mapped(begun=False) as scene:
        scene.map.held = trio.Event()
        await scene.relays("initialize", {}, {})
        await launch(scene)
        await scene.asks_to_set(WS, 4)
        await scene.says("pause", threadId=1)
        await scene.delve_gets("setBreakpoints", source={"path": WS})
        await scene.delve_gets("pause")
        await scene.delve_answers("setBreakpoints", to=scene.to_adapter - 1, breakpoints=[{"verified": False}])
        await scene.gets("setBreakpoints", to=scene.asked - 1, breakpoints=[{"verified": False}])
        assert scene.map.untranslated == {WS}  # by which late_breakpoints knows that it is to be set again
        scene.map.held.set()
        await settled(scene)
        assert await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)]) == [here(1, 4)]
        assert not scene.map.untranslated


async def test_pause_does_not_tear_the_look_into_the_mapping():
    """A list that went as it came would be hollow, though the mapping is there."""
    async with mapped() as scene:
        async with scene.map.busy():
            await scene.asks_to_set(WS, 4)
            await scene.says("pause", threadId=1)
            await trio.testing.wait_all_tasks_blocked()
        await scene.delve_gets("setBreakpoints", source={"path": LIB_GO})
        await scene.delve_gets("pause")
        await scene.delve_answers("setBreakpoints", to=scene.to_adapter - 1, breakpoints=[at(1, 4)])
        await scene.gets("setBreakpoints", to=scene.asked - 1, breakpoints=[here(1, 4)])


async def test_pause_does_not_tear_the_lists_of_one_request():
    async with mapped() as scene:
        await scene.asks_to_set(GEN_GO, 5, 9)
        await scene.delve_gets("setBreakpoints", source={"path": "page.tmpl"}, breakpoints=[{"line": 2}])
        await scene.says("pause", threadId=1)
        await trio.testing.wait_all_tasks_blocked()
        await scene.delve_answers("setBreakpoints", breakpoints=[at(2, 2, "page.tmpl")])
        await scene.delve_gets("setBreakpoints", source={"path": "gen.go"}, breakpoints=[{"line": 9}])
        await scene.delve_gets("pause")
        await scene.delve_answers("setBreakpoints", to=scene.to_adapter - 1, breakpoints=[at(1, 9, "gen.go")])
        await scene.gets("setBreakpoints", to=scene.asked - 1, breakpoints=[here(2, 5, GEN_GO), here(1, 9, GEN_GO)])


@pytest.mark.parametrize("why", ["refused", "silent"])
async def test_a_list_of_another_file_that_delve_does_not_take_is_said(why, mock_clock):
    async with mapped() as scene:
        await scene.asks_to_set(GEN_GO, 5, 9)
        await scene.delve_gets("setBreakpoints", source={"path": "page.tmpl"})
        if why == "refused":
            await scene.delve_answers("setBreakpoints", success=False, error={"format": "no such luck"})
        else:
            mock_clock.jump(CALL_DEADLINE + 0.1)
        await scene.delve_gets("setBreakpoints", source={"path": "gen.go"})
        await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 9, "gen.go")])
        answer = await scene.gets("setBreakpoints", success=True)
        five, nine = answer["body"]["breakpoints"]
        assert nine == here(1, 9, GEN_GO)
        assert five["verified"] is False
        assert ("no such luck" if why == "refused" else "the adapter did not answer") in five["message"]


async def test_before_a_launch_nobody_waits(mock_clock):
    async with mapped(begun=False) as scene:
        await scene.asks_to_set(WS, 4)
        await scene.delve_gets("setBreakpoints", source={"path": WS})
        await scene.delve_answers("setBreakpoints", success=False)
        await scene.gets("setBreakpoints", success=False)


async def test_a_restart_forgets_the_lists_and_the_client_sends_them_again():
    async with mapped() as scene:
        await first(scene)
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await settled(scene)
        assert await scene.sets(LINK, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)]) == [here(1, 4, LINK)]


async def test_a_restart_between_a_list_and_its_answer():
    async with mapped() as scene:
        await scene.asks_to_set(WS, 4)
        await scene.delve_gets("setBreakpoints")
        await scene.delve_tells("initialized")
        await scene.hears("initialized")
        await scene.delve_answers("setBreakpoints", breakpoints=[at(1, 4)])
        await scene.gets("setBreakpoints", breakpoints=[here(1, 4)])
        await settled(scene)


async def test_a_failure_passes_that_message_as_it_came_and_the_shim_stays_on(monkeypatch):
    async with mapped() as scene:
        whole = BreakpointLists.merged

        def fails(_lists: BreakpointLists, _path: AdapterPath) -> None:
            raise RuntimeError("a bug of ours")

        monkeypatch.setattr(BreakpointLists, "merged", fails)
        await scene.asks_to_set(WS, 4)
        await scene.hears("output", category="stderr", output=Containing("its part source_breakpoints failed"))
        await scene.delve_gets("setBreakpoints", source={"path": WS}, breakpoints=[{"line": 4}])
        await scene.delve_answers("setBreakpoints", breakpoints=[{"verified": False}])
        await scene.gets("setBreakpoints", breakpoints=[{"verified": False}])
        monkeypatch.setattr(BreakpointLists, "merged", whole)
        assert await scene.sets(WS, 4, to=LIB_GO, sent=[{"line": 4}], answers=[at(1, 4)]) == [here(1, 4)]


async def test_nothing_waits_for_answers_for_ever():
    async with mapped(begun=False) as scene:
        await begin(scene)
        await first(scene)
        await scene.stage.adapter.gets_nothing()
        await scene.stage.client.gets_nothing()
