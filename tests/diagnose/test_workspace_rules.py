"""Rules about go.work and go.mod on layouts in memory; the real go agrees in tests/delve/test_checkup_workspace.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pytest

from dapshim.diagnose.catalogue import CATALOGUE
from dapshim.diagnose.deeds import GoDeed
from dapshim.diagnose.fetching_rules import FETCHING_RULES
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Placed
from dapshim.diagnose.workspace_facts import WorkspaceFacts
from dapshim.diagnose.workspace_rules import WORKSPACE_RULES, use_command
from dapshim.golang.modules import load_module
from dapshim.golang.workspace import read_workspace
from tests.layouts import MemoryFiles
from tests.plan.scene import MAIN, WORK, WORK_OF_ONE, mod

ERROR, INFO = Severity.ERROR, Severity.INFO
REQUIRES: Final = "require example.com/lib v1.0.0"


def judged(tree: Mapping[str, object], *, wanted: bool = False, directory: str = "/ws") -> list[Placed]:
    files = MemoryFiles({name: text for name, text in tree.items() if isinstance(text, str)})
    space = read_workspace(files, directory, None, "", ())
    unused = () if space.kind != "work" or "/ws/web" in space.roots else (load_module(files, "/ws/web", "/ws/web/go.mod")[0],)
    facts = WorkspaceFacts(space, unused, frozenset({"/ws/web"}) if wanted else frozenset())
    return [each for rule in (*WORKSPACE_RULES, *FETCHING_RULES) for each in rule(facts)]


@pytest.mark.parametrize(
    "tree",
    [
        WORK,
        {
            "/ws/go.mod": mod("example.com/m", REQUIRES, "replace example.com/lib => ./lib"),
            "/ws/lib/go.mod": mod("example.com/lib"),
        },
        {"/ws/main.go": MAIN},
        {**WORK, "/ws/api/go.mod": mod("example.com/api", "replace example.com/web => ../web")},
    ],
)
def test_healthy_gives_nothing(tree):
    assert judged(tree) == []


CASES: list[tuple[Mapping[str, object], bool, str, Severity, str, str]] = [
    (WORK_OF_ONE, True, "work-unused", ERROR, "/ws/go.work", "cd /ws && go work use ./web"),
    (WORK_OF_ONE, False, "work-unused", INFO, "/ws/go.work", "cd /ws && go work use ./web"),
    ({**WORK, "/ws/go.work": "go 1.25.0\n"}, False, "work-empty", ERROR, "/ws/go.work", "cd /ws && go work use -r ."),
    (
        {**WORK, "/ws/go.work": 'go 1.25.0\nuse ./api\nuse ./web\nuse (\n\t"./a b" // gone\n)\n'},
        False,
        "work-missing",
        ERROR,
        "/ws/go.work:5:2",
        "go work edit -dropuse='./a b' /ws/go.work",
    ),
    (
        {**WORK, "/ws/api/go.mod": mod("example.com/web")},
        False,
        "module-twice",
        ERROR,
        "/ws/go.work:5:1",
        "go work edit -dropuse=./web /ws/go.work",
    ),
    (
        {**WORK, "/ws/api/go.mod": mod("example.com/api").replace("1.25.0", "1.26")},
        False,
        "work-go-line",
        ERROR,
        "/ws/go.work:1:1",
        "cd /ws",
    ),
    ({**WORK, "/ws/api/go.mod": "go 1.25\n"}, False, "mod-syntax", ERROR, "/ws/api/go.mod", ""),
    (
        {**WORK, "/ws/api/go.mod": mod("example.com/api", REQUIRES, "replace example.com/lib v1.0.0 => ../nowhere")},
        False,
        "replace-missing",
        ERROR,
        "/ws/api/go.mod:7:1",
        "",
    ),
    (
        {**WORK, "/ws/api/go.mod": mod("example.com/api", "replace example.com/web => ../nowhere")},
        False,
        "replace-masked",
        INFO,
        "/ws/api/go.mod:5:1",
        "",
    ),
    (
        {
            "/ws/go.mod": mod("example.com/m", REQUIRES),
            "/ws/vendor/modules.txt": "# example.com/lib v1.0.0\nexample.com/lib\n",
        },
        False,
        "vendor-stale",
        ERROR,
        "/ws/vendor/modules.txt",
        "cd /ws && go mod vendor",
    ),
    (
        {"/ws/go.mod": mod("example.com/m"), "/ws/vendor/": ""},
        False,
        "vendor-stale",
        ERROR,
        "/ws/vendor",
        "cd /ws && go mod vendor",
    ),
]


@pytest.mark.parametrize(("tree", "wanted", "code", "severity", "where", "command"), CASES)
def test_what_go_would_refuse_or_leave_out(tree, wanted, code, severity, where, command):
    (found,) = judged(tree, wanted=wanted)
    assert (found.finding.code, found.finding.severity, found.finding.where) == (code, severity, where)
    assert [fix.command for fix in found.fixes][:1] in ([command], []) or found.fixes[0].command.startswith(command)


def test_only_the_commands_of_go_work_use_are_safe():
    safe = {
        fix.deed.arguments[:2]
        for tree, wanted, *_ in CASES
        for each in judged(tree, wanted=wanted)
        for fix in each.fixes
        if fix.safe and isinstance(fix.deed, GoDeed)
    }
    assert safe == {("work", "use")}


def test_a_module_outside_the_folder_of_go_work_is_used_by_its_whole_path():
    space = read_workspace(MemoryFiles({"/ws/go.work": "go 1.25\n"}), "/ws", None, "", ())
    assert use_command(space, "/else where").command == "cd /ws && go work use '/else where'"
    assert use_command(space, "/ws").deed == GoDeed(("work", "use", "."), "/ws")


def test_no_code_is_there_twice_and_each_has_its_words():
    codes = [each.code for each in CATALOGUE]
    assert len(codes) == len(set(codes))
    assert all(each.title and each.meaning and each.why and each.remedy for each in CATALOGUE)
