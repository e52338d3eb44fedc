"""Doctor on real workspaces: what it finds the real go refuses, and the command that is offered mends it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs
import pytest

from dapshim.diagnose.finding import Severity
from tests.delve.checkup_scene import MAIN, Scene, mod
from tests.golang.gocommand import publish

LIB = "package lib\n\nfunc F() {}\n"
USES = 'package main\n\nimport "example.com/lib"\n\nfunc main() { lib.F() }\n'
TWO: Mapping[str, str] = {
    "go.work": "go 1.21\n\nuse (\n\t./a\n\t./b\n)\n",
    "a/go.mod": mod("example.com/a"),
    "a/main.go": MAIN,
    "b/go.mod": mod("example.com/b"),
    "b/main.go": MAIN,
}
NEEDS_LIB = ("require example.com/lib v1.0.0", "replace example.com/lib => ../lib")
LAUNCH_C = '{"configurations": [{"name": "c", "type": "go", "request": "launch", "program": "${workspaceFolder}/c"}]}'


@attrs.frozen
class Case:
    """A tree over TWO that go refuses when it builds `asks`; typing the remedies numbered `types` mends it."""

    name: str
    code: str
    says: str
    tree: Mapping[str, str]
    line: str
    asks: str = "./a"
    refusal: str = ""
    types: int = 0

    def __str__(self) -> str:
        return self.name


CASES = [
    Case("no use", "work-empty", "uses no module", {"go.work": "go 1.21\n"}, "go.work", refusal="no modules were found"),
    Case(
        "a use of a missing folder",
        "work-missing",
        "uses ./gone, but there is no folder",
        {"go.work": "go 1.21\n\nuse ./a\n\nuse ./gone\n"},
        "go.work:5:1",
        refusal="cannot load module gone",
    ),
    Case(
        "a use of a folder without go.mod",
        "work-missing",
        "has no go.mod",
        {"go.work": "go 1.21\n\nuse ./a\nuse ./lib\n", "lib/lib.go": LIB},
        "go.work:4:1",
        refusal="cannot load module lib",
    ),
    Case(
        "two folders of one module",
        "module-twice",
        "are both module example.com/a",
        {"b/go.mod": mod("example.com/a")},
        "go.work:5:1",
        refusal="appears multiple times in workspace",
    ),
    Case(
        "a module that is used and replaced",
        "module-twice",
        "is used and replaced at all versions",
        {"go.work": "go 1.21\n\nuse ./a\nuse ./b\n\nreplace example.com/a => ./b\n"},
        "go.work:6:1",
        refusal="is replaced at all versions",
    ),
    Case(
        "a go line that is too low",
        "work-go-line",
        "requires go >= 1.25",
        {"a/go.mod": mod("example.com/a", go="1.25")},
        "go.work:1:1",
        refusal="listed in go.work file requires go >= 1.25",
    ),
    Case(
        "a replace to a missing folder",
        "replace-missing",
        "replaces example.com/lib by ../lib, but",
        {"a/go.mod": mod("example.com/a", *NEEDS_LIB), "a/main.go": USES},
        "a/go.mod:7:1",
        refusal="no such file or directory",
        types=-1,
    ),
    Case(
        "a replace in go.work to a missing folder",
        "replace-missing",
        "go.work replaces example.com/lib by ./lib, but",
        {
            "go.work": "go 1.21\n\nuse ./a\n\nreplace example.com/lib => ./lib\n",
            "a/go.mod": mod("example.com/a", NEEDS_LIB[0]),
            "a/main.go": USES,
        },
        "go.work:5:1",
        refusal="no such file or directory",
        types=-1,
    ),
    Case(
        "two modules that replace one differently",
        "replace-conflict",
        "go refuses the whole workspace",
        {
            "a/go.mod": mod("example.com/a", *NEEDS_LIB),
            "b/go.mod": mod("example.com/b", NEEDS_LIB[0], "replace example.com/lib => ../other"),
            **{f"{each}/go.mod": mod("example.com/lib") for each in ("lib", "other")},
        },
        "b/go.mod:7:1",
        refusal="conflicting replacements",
    ),
    Case(
        "a module that is wanted and not used",
        "work-unused",
        "Module example.com/c in",
        {"c/go.mod": mod("example.com/c"), "c/main.go": MAIN, ".vscode/launch.json": LAUNCH_C},
        "go.work",
        asks="./c",
        refusal="is contained in a module that is not one of the workspace modules",
    ),
    Case(
        "a line that nobody knows",
        "mod-syntax",
        "unknown directive: requires",
        {"a/go.mod": mod("example.com/a", "requires example.com/lib v1.0.0")},
        "a/go.mod:5:1",
        refusal="unknown directive",
        types=-1,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_go_refuses_is_found_and_mended(case: Case, tmp_path: Path) -> None:
    scene = Scene.of(tmp_path).write({**TWO, **case.tree})
    refused, said = scene.go("build", "-o", "/dev/null", case.asks)
    assert refused, said
    assert case.refusal in said
    found = [each for each in scene.found() if each.finding.code == case.code]
    assert found
    assert case.says in found[0].finding.message
    assert found[0].finding.where.removeprefix(f"{scene.ws}/") == case.line
    assert {each.finding.code for each in scene.found()} == {case.code}
    if case.types < 0:
        return
    scene.type(found[0].fixes[case.types].command)
    assert scene.codes() == []
    refused, said = scene.go("build", "-o", "/dev/null", case.asks)
    assert not refused, said


def test_a_folder_that_is_used_twice(tmp_path):
    """Go 1.26 takes the first of the two lines when it reads a go.work that `go work edit` would have refused to write."""
    scene = Scene.of(tmp_path).write({**TWO, "go.work": "go 1.21\n\nuse ./a\nuse ./a/../a\n"})
    assert scene.codes() == ["module-twice"]
    assert scene.go("build", "-o", "/dev/null", "./a")[0]


def test_what_keeps_every_configuration_from_working_is_said_once(tmp_path):
    launch = LAUNCH_C.replace("/c", "/a")
    scene = Scene.of(tmp_path).write({**TWO, "go.work": "go 1.21\n\nuse ./a\nuse ./gone\n", ".vscode/launch.json": launch})
    assert scene.codes() == ["work-missing"]


@pytest.mark.parametrize("name", ["drop", "drop of go.work's"])
def test_dropping_a_replace_is_what_the_command_does(name, tmp_path):
    case = next(each for each in CASES if each.code == "replace-missing" and ("go.work" in each.name) == ("go.work" in name))
    scene = Scene.of(tmp_path).write({**TWO, **case.tree})
    (found,) = scene.found()
    scene.type(found.fixes[1].command)
    assert "replace" not in (scene.ws / case.line.partition(":")[0]).read_text()
    assert "replace-missing" not in scene.codes()


def test_a_replace_that_nobody_needs_is_a_note(tmp_path):
    scene = Scene.of(tmp_path).write({**TWO, "a/go.mod": mod("example.com/a", NEEDS_LIB[1])})
    found = [(each.finding.code, each.finding.severity) for each in scene.look().findings]
    assert found == [("replace-missing", Severity.INFO)]
    assert scene.go("build", "-o", "/dev/null", "./a")[0] == 0


def test_a_replace_that_does_not_count_is_a_note(tmp_path):
    tree = {
        **TWO,
        "go.work": "go 1.21\n\nuse ./a\nuse ./lib\n",
        "a/go.mod": mod("example.com/a", NEEDS_LIB[0], "replace example.com/lib => ../other"),
        "a/main.go": USES,
        "lib/go.mod": mod("example.com/lib"),
        "lib/lib.go": LIB,
        "other/go.mod": mod("example.com/lib"),
        "other/lib.go": LIB,
    }
    scene = Scene.of(tmp_path).write(tree)
    found = [each for each in scene.look().findings if each.finding.code == "replace-masked"]
    assert [each.finding.severity for each in found] == [Severity.INFO]
    assert found[0].finding.message.endswith(
        f"by {scene.ws}/other, but {scene.ws}/go.work has {scene.ws}/lib, and that counts."
    )
    assert scene.go("list", "-f", "{{.Dir}}", "example.com/lib")[1].strip() == f"{scene.ws}/lib"
    assert scene.codes() == []


def test_modules_that_nobody_debugs_are_a_note(tmp_path):
    tree = {**TWO, "c/go.mod": mod("example.com/c"), "vendor/x/go.mod": mod("x"), ".hidden/go.mod": mod("y")}
    scene = Scene.of(tmp_path).write(tree)
    (found,) = [each for each in scene.look().findings if each.finding.code == "work-unused"]
    assert found.finding.severity is Severity.INFO
    assert found.finding.evidence == (f"{scene.ws}/c",)


@pytest.mark.parametrize("tree", [TWO, {"go.mod": mod("example.com/m"), "main.go": MAIN}, {"README": "no Go at all"}], ids=len)
def test_a_healthy_workspace_has_nothing(tree, tmp_path):
    assert [each.finding for each in Scene.of(tmp_path).write(tree).look().findings] == []


def test_gowork_that_is_not_there(tmp_path):
    scene = Scene.of(tmp_path, {"GOWORK": str(tmp_path / "nowhere.work")}).write(TWO)
    assert "mod-flags" in scene.codes()
    assert scene.go("build", "./a")[0]
    (found,) = [each for each in scene.found() if each.finding.code == "mod-flags"]
    scene.type(found.fixes[0].command)
    assert scene.codes() == []


@pytest.mark.parametrize("flags", ["-mod=mod", "-modfile=other.mod"])
def test_flags_that_do_not_go_with_go_work(flags, tmp_path):
    scene = Scene.of(tmp_path, {"GOFLAGS": flags}).write(TWO)
    assert scene.codes() == ["mod-flags"]
    assert scene.go("build", "-o", "/dev/null", "./a")[0]
    scene.type(scene.found()[0].fixes[0].command)
    assert scene.go("build", "-o", "/dev/null", "./a")[0] == 0


# -- vendor ----------------------------------------------------------------------------------------


def vendored(tmp_path: Path, *, work: bool) -> Scene:
    tree = {
        "go.mod": mod("example.com/m", "require example.com/lib v1.0.0", "replace example.com/lib => ./lib"),
        "main.go": USES,
        "lib/go.mod": mod("example.com/lib"),
        "lib/lib.go": LIB,
        **({"go.work": "go 1.22\n\nuse .\n"} if work else {}),
    }
    scene = Scene.of(tmp_path).write(tree)
    assert scene.go("work" if work else "mod", "vendor")[0] == 0
    return scene


CHANGES = {
    "nothing": ("", "", None),
    "another version": ("v1.0.0", "v1.1.0", "example.com/lib v1.1.0 is required, and not in modules.txt"),
    "another folder": ("./lib", "./lib2", "is replaced by"),
    "a new requirement": (
        "require",
        "require example.com/new v1.0.0\n\nreplace example.com/new => ./lib\n\nrequire",
        "example.com/new",
    ),
}


@pytest.mark.parametrize("work", [False, True], ids=["go.mod", "go.work"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_vendor_folder_out_of_step(change, work, tmp_path):
    scene = vendored(tmp_path, work=work)
    old, new, says = CHANGES[change]
    text = (scene.ws / "go.mod").read_text()
    scene.write({"go.mod": text.replace(old, new, 1), "lib2/go.mod": mod("example.com/lib"), "lib2/lib.go": LIB})
    refused, said = scene.go("build", "-o", "/dev/null", ".")
    found = [each for each in scene.found() if each.finding.code == "vendor-stale"]
    assert (bool(found), bool(refused)) == (says is not None, says is not None), said
    if says is None:
        return
    assert "inconsistent vendoring" in said
    assert any(says in each for each in found[0].finding.evidence)
    if change == "a new requirement":
        return
    scene.type(found[0].fixes[0].command)
    assert scene.codes() == []
    assert scene.go("build", "-o", "/dev/null", ".")[0] == 0


def test_mod_vendor_without_a_vendor_folder(tmp_path):
    scene = Scene.of(tmp_path, {"GOFLAGS": "-mod=vendor"})
    scene.write({"go.mod": mod("example.com/m", "require example.com/lib v1.0.0"), "main.go": USES})
    assert "mod-flags" in scene.codes()
    assert scene.go("build", "-o", "/dev/null", ".")[0]


# -- modules that are not here ---------------------------------------------------------------------


def needy(tmp_path: Path, **environ: str) -> Scene:
    publish(tmp_path / "proxy", "example.com/lib", "v1.0.0", {"lib.go": LIB})
    scene = Scene.of(tmp_path, {"GONOSUMDB": "*", **environ})
    return scene.write({"go.mod": mod("example.com/m", "require example.com/lib v1.0.0"), "main.go": USES})


def test_a_module_that_cannot_be_fetched(tmp_path):
    scene = needy(tmp_path)
    unfetchable, no_sum = scene.found()
    assert (unfetchable.finding.code, no_sum.finding.code) == ("module-unfetchable", "go-sum")
    assert "GOPROXY=off forbids to fetch anything" in unfetchable.finding.message
    assert unfetchable.finding.where == f"{scene.ws}/go.mod:5:1"
    assert "module lookup disabled by GOPROXY=off" in scene.go("mod", "download", "example.com/lib")[1]
    scene.type(unfetchable.fixes[0].command.replace("https://proxy.golang.org,direct", f"file://{tmp_path}/proxy"))
    assert scene.codes() == []
    (scene.ws / "go.sum").unlink()
    (no_sum,) = scene.found()
    assert "missing go.sum entry" in scene.go("build", "-o", "/dev/null", ".")[1]
    scene.type(no_sum.fixes[0].command)
    assert scene.codes() == []
    assert scene.go("build", "-o", "/dev/null", ".")[0] == 0


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"GOPROXY": "nonsense"}, "which is no address"),
        ({"GOPROXY": "https://proxy.example"}, None),
        ({"GOPROXY": "direct", "PATH": "/nowhere"}, "git, which would fetch it directly, is not there"),
        ({"GOPROXY": "off", "GONOPROXY": "example.com"}, None),
        ({"GOPROXY": "off", "GOPRIVATE": "*.org,example.com/other"}, "forbids"),
    ],
    ids=str,
)
def test_ways_to_a_module(environ, says, tmp_path):
    scene = needy(tmp_path, **environ)
    if "PATH" in environ:
        scene.environ["PATH"] = str(Path(scene.go("env", "GOROOT")[1].strip(), "bin"))
    found = [each for each in scene.found() if each.finding.code == "module-unfetchable"]
    assert bool(found) is (says is not None)
    assert says is None or says in found[0].finding.message
