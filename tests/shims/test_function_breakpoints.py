"""The shim `function_breakpoints`: places that a person has typed, by the client's names."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest

from tests.playbook import Json
from tests.shims.mapped import EXACT, LIB_GO, SHOP, Scene, mapped
from tests.sources.layouts_modules import LIB
from tests.sources.scene import file, module, text

# Two modules of one inner layout, of which only one is in the binary, recorded as if it were the other one's folder.
WORK = attrs.evolve(
    SHOP,
    tree={
        "/ws/go.work": "go 1.25.0\n\nuse (\n\t./one\n\t./two\n)\n",
        "/ws/one/go.mod": module("example.com/two"),
        "/ws/one/lib/util.go": text("lib", "One"),
        "/ws/two/go.mod": module("example.com/one"),
        "/ws/two/lib/util.go": text("lib", "Two"),
    },
    files=(file("example.com/two/lib/util.go", "example.com/two/lib", text("lib", "One")),),
    roots=("/ws",),
)
BOTH = attrs.evolve(WORK, files=(*WORK.files, file("example.com/one/lib/util.go", "example.com/one/lib", text("lib", "Two"))))


async def sets(scene: Scene, *names: str, sent: Sequence[str], answers: Sequence[Json]) -> list[Json]:
    await scene.says("setFunctionBreakpoints", breakpoints=[{"name": name} for name in names])
    await scene.delve_gets("setFunctionBreakpoints", breakpoints=[{"name": name} for name in sent])
    await scene.delve_answers("setFunctionBreakpoints", breakpoints=list(answers))
    found: list[Json] = (await scene.gets("setFunctionBreakpoints", success=True))["body"]["breakpoints"]
    return found


def at(number: int, line: int, path: str) -> Json:
    return {"id": number, "verified": True, "line": line, "source": {"name": path.rpartition("/")[2], "path": path}}


@pytest.mark.parametrize("typed", ["/ws/lib/lib.go:4", "/link/lib/lib.go:4", "lib/lib.go:4", "lib.go:4"])
async def test_a_place_by_the_clients_name_is_set_in_the_recorded_file(typed):
    async with mapped() as scene:
        (found,) = await sets(scene, typed, sent=[f"{LIB_GO}:4"], answers=[at(1, 4, LIB_GO)])
        path = "/link/lib/lib.go" if "link" in typed else "/ws/lib/lib.go"
        assert found == at(1, 4, path)


async def test_functions_stay_and_the_order_too():
    names = ["main.main", "lib.Do:3", "lib.go:4", "(*T).Do", "runtime.gopanic"]
    sent = ["main.main", "lib.Do:3", f"{LIB_GO}:4", "(*T).Do", "runtime.gopanic"]
    async with mapped() as scene:
        answers = [at(number, 4, LIB_GO) for number in range(1, 6)]
        found = await sets(scene, *names, sent=sent, answers=answers)
        assert found == [at(number, 4, "/ws/lib/lib.go") for number in range(1, 6)]


async def test_conditions_stay_with_their_places():
    async with mapped() as scene:
        await scene.says(
            "setFunctionBreakpoints", breakpoints=[{"name": "lib.go:4", "condition": "n > 1", "hitCondition": "2"}]
        )
        sent = {"name": f"{LIB_GO}:4", "condition": "n > 1", "hitCondition": "2"}
        await scene.delve_gets("setFunctionBreakpoints", breakpoints=[sent])


async def test_what_may_be_two_files_is_not_set_and_both_are_named():
    async with mapped(BOTH) as scene:
        sent, answers = ["main.main"], [at(1, 3, "example.com/two/lib/util.go")]
        first, second = await sets(scene, "lib/util.go:4", "main.main", sent=sent, answers=answers)
        assert first["verified"] is False
        assert "/ws/one/lib/util.go" in first["message"]
        assert "/ws/two/lib/util.go" in first["message"]
        assert second == at(1, 3, "/ws/one/lib/util.go")


async def test_all_of_them_refused_is_an_empty_list_for_delve():
    async with mapped(BOTH) as scene:
        found = await sets(scene, "util.go:4", "lib/util.go:4", sent=[], answers=[])
        assert [each["verified"] for each in found] == [False, False]


async def test_a_wrong_file_is_never_set_though_its_recorded_name_fits():
    # Delve would take two/lib/util.go for the recorded example.com/two/lib/util.go, which is /ws/one/lib/util.go here.
    async with mapped(WORK) as scene:
        (found,) = await sets(scene, "two/lib/util.go:4", sent=[], answers=[])
        assert found["verified"] is False
        assert "example.com/one/lib" in found["message"]


async def test_a_whole_path_that_is_recorded_for_another_file_is_never_set():
    other = attrs.evolve(
        SHOP,
        tree={"/ws/go.mod": module("example.com/other"), "/ws/lib/lib.go": text("lib", "Quite", "Different")},
        files=(file("/ws/lib/lib.go", "example.com/a/lib", LIB),),
    )
    async with mapped(other) as scene:
        (found,) = await sets(scene, "/ws/lib/lib.go:4", sent=[], answers=[])
        assert "it belongs to example.com/other/lib" in found["message"]


async def test_a_file_that_is_nowhere_says_why_and_then_what_delve_says():
    said = 'location "/ws/other/util.go:1" not found'
    async with mapped() as scene:
        (found,) = await sets(
            scene, "/ws/other/util.go:1", sent=["/ws/other/util.go:1"], answers=[{"verified": False, "message": said}]
        )
        assert "example.com/a/other" in found["message"]
        assert found["message"].endswith(f"(Delve: {said})")


async def test_a_name_that_only_the_binary_has_is_delves():
    async with mapped() as scene:
        said = {"verified": False, "message": 'location "nowhere.go:1" not found'}
        assert await sets(scene, "nowhere.go:1", sent=["nowhere.go:1"], answers=[said]) == [said]


async def test_delves_words_about_it_name_the_clients_file():
    async with mapped() as scene:
        said = {"verified": False, "message": f'location "{LIB_GO}:400" not found'}
        (found,) = await sets(scene, "lib.go:400", sent=[f"{LIB_GO}:400"], answers=[said])
        assert found["message"] == 'location "/ws/lib/lib.go:400" not found'


async def test_a_generated_file_is_set_where_its_line_is_recorded():
    async with mapped() as scene:
        answers = [at(1, 2, "page.tmpl")]
        (found,) = await sets(scene, "/ws/lib/gen.go:5", sent=["page.tmpl:2"], answers=answers)
        assert found == at(1, 5, "/ws/lib/gen.go")


async def test_a_typed_name_is_not_taken_for_the_editors_spelling():
    async with mapped() as scene:
        await sets(scene, "lib.go:4", sent=[f"{LIB_GO}:4"], answers=[at(1, 4, LIB_GO)])
        frame = {"id": 1, "name": "lib.Do", "line": 4, "source": {"name": "lib.go", "path": LIB_GO}}
        body = await scene.relays("stackTrace", {}, {"stackFrames": [frame]})
        assert body["stackFrames"][0]["source"]["path"] == "/ws/lib/lib.go"


async def test_where_every_file_is_where_it_was_names_pass_as_they_are():
    async with mapped(EXACT) as scene:
        answers = [at(1, 4, "/ws/lib/lib.go")]
        assert await sets(scene, "main.main", sent=["main.main"], answers=answers) == answers
        assert await sets(scene, "lib.go:4", sent=["/ws/lib/lib.go:4"], answers=answers) == answers


async def test_a_failed_answer_is_delves():
    async with mapped() as scene:
        await scene.says("setFunctionBreakpoints", breakpoints=[{"name": "lib.go:4"}])
        await scene.delve_gets("setFunctionBreakpoints")
        await scene.delve_answers("setFunctionBreakpoints", success=False, error={"format": "no"})
        await scene.gets("setFunctionBreakpoints", success=False, error={"format": "no"})


@pytest.mark.parametrize("command", ["setInstructionBreakpoints", "setDataBreakpoints"])
async def test_other_lists_come_back_in_the_clients_paths(command):
    async with mapped() as scene:
        said = f"Breakpoint exists at {LIB_GO}:4 at 4bce09"
        body = {"breakpoints": [at(1, 4, LIB_GO), {"verified": False, "message": said}]}
        found = await scene.relays(
            command,
            {
                "breakpoints": [
                    {"instructionReference": "0x1", "dataId": "1,2,x"},
                    {"instructionReference": "0x2", "dataId": "x"},
                ]
            },
            body,
        )
        assert found["breakpoints"] == [
            at(1, 4, "/ws/lib/lib.go"),
            {"verified": False, "message": said.replace(LIB_GO, "/ws/lib/lib.go")},
        ]
