"""Workspaces as the real go command sees them: its modules, its go.work and go.mod, what it refuses and whom it sends where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golang.gocommand import Go, write

A = "package a\n"


def module(path: str, version: str = "1.25.0", more: str = "") -> str:
    return f"module {path}\n\ngo {version}\n{more}"


TREE = {
    "go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./b\n\t./linked\n\t./a/inner\n)\n",
    "a/go.mod": module("example.com/a"),
    "a/a.go": A,
    "a/deep/er/d.go": A,
    "a/inner/go.mod": module("example.com/inner"),
    "a/inner/i.go": A,
    "a/other/go.mod": module("example.com/other"),
    "a/other/o.go": A,
    "a/to-deep": "->deep",
    "a/v@1/v.go": A,
    "a/vendor/v/v.go": A,
    "b/go.mod": module("example.com/b"),
    "b/b.go": A,
    "linked": "->real",
    "real/go.mod": module("example.com/linked"),
    "real/x/l.go": A,
    "loose/l.go": A,
}
FOLDERS = ["a", "a/deep/er", "a/inner", "a/other", "a/to-deep/er", "a/v@1", "a/vendor/v", "b", "linked/x", "real/x", "loose"]


@pytest.mark.parametrize("start", ["", "a", "a/deep/er", "a/other", "real/x", "linked/x", "loose"])
@pytest.mark.parametrize("gowork", ["", "off", "named"])
def test_from_every_folder_the_same_modules_files_and_folders(tmp_path, start, gowork):
    root = write(tmp_path / "ws", TREE)
    more = {"GOFLAGS": "", "GOWORK": str(root / "go.work") if gowork == "named" else gowork}
    go = Go(tmp_path, more=more)
    cwd = root / start
    seen = go.workspace(cwd)
    env = go.json("env", "-json", "GOWORK", "GOMOD", cwd=cwd)
    assert (seen.work_path or gowork if gowork == "off" else seen.work_path) == env["GOWORK"]
    if seen.kind == "module":
        assert seen.modules[0].file == env["GOMOD"]
    if seen.kind != "none":
        listed = go.says("list", "-m", "-f", "{{.Path}} {{.Dir}}", cwd=cwd)
        assert listed is not None
        assert sorted(f"{each.path} {each.directory}" for each in seen.modules) == sorted(listed.splitlines())
        assert (seen.missing, seen.problems) == ((), ())
    for folder in FOLDERS:
        accepted = go.says("list", "-find", str(root / folder), cwd=cwd) is not None
        assert (folder, seen.covers(str(root / folder)) is not None) == (folder, accepted)


REFUSED = {
    "a use without a folder": ({"go.work": "go 1.25.0\nuse ./a\nuse ./gone\n"}, "missing", ""),
    "a use without a go.mod": ({"go.work": "go 1.25.0\nuse ./a\nuse ./loose\n"}, "missing", ""),
    "a use twice": ({"go.work": "go 1.25.0\nuse ./a\nuse a/../a\n"}, "used-twice", ""),
    "two modules of one path": ({"b/go.mod": module("example.com/a")}, "same-path", ""),
    "a go.work that is too old": ({"go.work": "go 1.24.0\nuse ./a\n"}, "work-too-old", ""),
    "a go.work without a go line": ({"go.work": "use ./a\n"}, "work-too-old", ""),
    "a module that is used and replaced": (
        {"go.work": "go 1.25.0\nuse ./a\nreplace example.com/a => ./b\n"},
        "replaced-main",
        "",
    ),
    "nonsense in go.work": ({"go.work": "go 1.25.0\nuse ./a\nnonsense\n"}, "syntax", ""),
    "nonsense in a go.mod": ({"b/go.mod": module("example.com/b", more="nonsense\n")}, "syntax", ""),
    "a go.mod without a module line": ({"b/go.mod": "go 1.25.0\n"}, "no-module-line", ""),
    "-mod=mod": ({}, "mod-flag", "-mod=mod"),
    "-modfile": ({"x.mod": module("example.com/x")}, "modfile", "-modfile=x.mod"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_a_problem_is_refused_by_go(tmp_path, name):
    changed, code, flags = REFUSED[name]
    root = write(tmp_path / "ws", {**TREE, **changed})
    go = Go(tmp_path, more={"GOFLAGS": flags})
    seen = go.workspace(root / "a")
    assert {each.code for each in seen.problems} | ({"missing"} if seen.missing else set()) == {code}
    assert go.run("list", ".", cwd=root / "a").returncode != 0
    if flags:
        assert Go(tmp_path, more={"GOFLAGS": ""}).run("list", ".", cwd=root / "a").returncode == 0


def test_a_module_that_is_not_used_is_named_as_go_names_it(tmp_path):
    root = write(tmp_path / "ws", TREE)
    go = Go(tmp_path, more={"GOFLAGS": ""})
    done = go.run("list", str(root / "a/other"), cwd=root / "b")
    seen = go.workspace(root / "b")
    nearest = seen.nearest_module(str(root / "a/other"))
    assert nearest is not None
    assert seen.covers(str(root / "a/other")) is None
    assert go.run("work", "use", nearest.directory, cwd=Path(seen.work_path).parent).returncode == 0
    assert done.returncode != 0
    assert go.run("list", str(root / "a/other"), cwd=root / "b").returncode == 0
    assert go.workspace(root / "b").covers(str(root / "a/other")) is not None


@pytest.mark.parametrize(("setting", "value"), [("GO111MODULE", "maybe"), ("GOWORK", "go.work")], ids=["GO111MODULE", "GOWORK"])
def test_a_setting_that_we_refuse_is_refused_by_go(tmp_path, setting, value):
    write(tmp_path, {"go.mod": module("example.com/a"), "a.go": A})
    go = Go(tmp_path, more={setting: value, "GOFLAGS": ""})
    assert go.run("list", ".", cwd=tmp_path).returncode != 0
    with pytest.raises(Exception, match=setting):
        go.workspace(tmp_path)


def test_a_go_line_that_is_too_new_for_the_toolchain(tmp_path):
    from dapshim.golang.toolchain import ENV_COMMAND, parse_env, select_toolchain

    for version, refused in (("1.25.0", False), ("1.99.0", True)):
        write(tmp_path / version, {"go.mod": module("example.com/a", version), "a.go": A})
        go = Go(tmp_path, more={"GOFLAGS": ""})
        env = parse_env(Go(tmp_path, more={"GOFLAGS": ""}).run(*ENV_COMMAND, cwd=tmp_path).stdout)
        seen = go.workspace(tmp_path / version)
        chosen = select_toolchain(env.version, env.gotoolchain, seen.go_line, seen.toolchain_line)
        assert chosen.too_old is refused
        assert (go.run("list", ".", cwd=tmp_path / version).returncode != 0) is refused
