"""What is seen from a folder: which go.work, go.mod or GOPATH, in which spelling, and what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.golang.workspace import Workspace, WorkspaceError, read_workspace
from tests.layouts import Link, MemoryFiles

GO = "package a\n"


def module(path: str, version: str = "1.25.0", more: str = "") -> str:
    return f"module {path}\n\ngo {version}\n{more}"


TREE: dict[str, Any] = {
    "/ws/go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./b\n\t../outside\n)\n",
    "/ws/a/go.mod": module("example.com/a"),
    "/ws/a/cmd/x/main.go": "package main\n",
    "/ws/a/nested/go.mod": module("example.com/a/nested"),
    "/ws/a/nested/lib/n.go": GO,
    "/ws/b/go.mod": module("example.com/b"),
    "/ws/unused/go.mod": module("example.com/unused"),
    "/ws/unused/cmd/u/main.go": "package main\n",
    "/ws/none/n.go": GO,
    "/outside/go.mod": module("example.com/outside"),
    "/outside/lib/o.go": GO,
    "/link": Link("/ws"),
    "/gopath/src/example.com/old/o.go": GO,
}


def look(directory: str, tree: Any = TREE, gowork: str | None = None, mode: str = "", flags: tuple[str, ...] = ()) -> Workspace:
    return read_workspace(
        MemoryFiles(tree), directory, gowork, mode, ["/gopath"], flags, goroot="/go", gomodcache="/gopath/pkg/mod"
    )


def place(found: Any) -> str | None:
    return found.directory if found is not None else None


@pytest.mark.parametrize("gowork", [None, "", "auto", "/ws/go.work"])
def test_a_go_work_is_found_above_and_its_modules_are_seen(gowork):
    seen = look("/ws/a/cmd/x", gowork=gowork)
    assert (seen.kind, seen.work_path, seen.directory) == ("work", "/ws/go.work", "/ws/a/cmd/x")
    assert [(each.directory, each.path, each.use.line if each.use else 0) for each in seen.modules] == [
        ("/ws/a", "example.com/a", 4),
        ("/ws/b", "example.com/b", 5),
        ("/outside", "example.com/outside", 6),
    ]
    assert (seen.missing, seen.problems, seen.go_line) == ((), (), "1.25.0")


def test_off_leaves_the_module_alone():
    seen = look("/ws/a/cmd/x", gowork="off")
    assert (seen.kind, seen.work, [each.directory for each in seen.modules]) == ("module", None, ["/ws/a"])
    assert look("/ws/a/nested/lib", gowork="off").modules[0].path == "example.com/a/nested"
    assert look("/ws/none", gowork="off").kind == "none"


def test_a_go_work_elsewhere_when_gowork_names_it():
    assert look("/gopath", gowork="/ws/go.work").modules[0].directory == "/ws/a"


REFUSED = [("go.work", "", "GOWORK=go.work"), ("on", "", "GOWORK=on"), (None, "maybe", "GO111MODULE=maybe")]


@pytest.mark.parametrize(("gowork", "mode", "named"), REFUSED)
def test_a_setting_that_go_refuses_is_an_error_that_names_it(gowork, mode, named):
    with pytest.raises(WorkspaceError, match=named):
        look("/ws", gowork=gowork, mode=mode)


def test_without_modules():
    assert look("/ws/a", mode="off").kind == "gopath"
    assert look("/gopath/src/example.com/old", mode="auto").kind == "gopath"
    assert look("/gopath/src/example.com/old", mode="on").kind == "none"
    assert look("/ws/a", mode="auto").kind == "work"
    assert look("/outside", mode="auto").kind == "module"


def test_a_go_mod_among_temporary_files_is_ignored():
    tree = {"/tmp/go.mod": module("example.com/t"), "/tmp/x/go.mod": module("example.com/x"), "/tmp/y/y.go": GO}
    assert look("/tmp/y", tree).kind == "none"
    assert look("/tmp/x", tree).kind == "module"


def test_who_covers_a_folder():
    seen = look("/ws")
    covered = {
        "/ws/a": "/ws/a",
        "/ws/a/cmd/x": "/ws/a",
        "/ws/a/cmd/../cmd/x/": "/ws/a",
        "/ws/a/nested/lib": None,  # another module's, which is not used
        "/ws/unused/cmd/u": None,
        "/ws/none": None,
        "/ws": None,
        "/outside/lib": "/outside",
        "/elsewhere": None,
        "/ws/ab": None,
    }
    assert {each: place(seen.covers(each)) for each in covered} == covered
    assert {each: place(seen.module_of(each)) for each in covered} == covered


def test_the_module_that_is_not_used_can_be_named():
    nearest = look("/ws").nearest_module("/ws/unused/cmd/u")
    assert nearest is not None
    assert (nearest.directory, nearest.path, nearest.use) == ("/ws/unused", "example.com/unused", None)
    used = look("/ws").nearest_module("/ws/a/cmd/x")
    assert used is not None
    assert used.use is not None
    assert look("/ws").nearest_module("/ws/none") is None


def test_the_spelling_that_came_in_goes_out():
    seen = look("/link/a/cmd/x")
    assert (seen.work_path, seen.modules[0].directory) == ("/link/go.work", "/link/a")
    assert place(seen.covers("/link/a/cmd/x")) == "/link/a"
    # Go refuses the other spelling, so `covers` does, and `respell` says which one it takes.
    assert seen.covers("/ws/a/cmd/x") is None
    assert place(seen.module_of("/ws/a/cmd/x")) == "/link/a"
    assert (seen.respell("/ws/a/cmd/x"), seen.respell("/link/a/cmd/x/"), seen.respell("/ws/a")) == (
        "/link/a/cmd/x",
        "/link/a/cmd/x",
        "/link/a",
    )
    assert (seen.respell("/ws/none"), seen.import_path_of("/ws/a/cmd/x")) == (None, "example.com/a/cmd/x")


def test_a_linked_folder_within_a_module_and_a_linked_module():
    tree = {
        "/ws/go.work": "go 1.25.0\nuse ./m\n",
        "/ws/m": Link("/real/m"),
        "/real/m/go.mod": module("example.com/m"),
        "/real/m/x/x.go": GO,
        "/real/m/y": Link("x"),
    }
    seen = look("/ws/m/x", tree)
    assert [place(seen.covers(each)) for each in ("/ws/m/x", "/ws/m/y", "/real/m/x")] == ["/ws/m", "/ws/m", None]
    assert seen.respell("/real/m/x") == "/ws/m/x"
    assert [seen.import_path_of(each) for each in ("/ws/m/y", "/real/m/x")] == ["example.com/m/y", "example.com/m/x"]


# -- what is wrong -----------------------------------------------------------------------------------------------------------


def problems(seen: Workspace) -> list[tuple[str, str, int]]:
    return [(each.code, each.file, each.line) for each in seen.problems]


def test_a_use_that_leads_nowhere():
    tree = {**TREE, "/ws/go.work": "go 1.25.0\n\nuse ./a\nuse ./gone\nuse ./none\n"}
    seen = look("/ws", tree)
    assert [(each.directory, each.what, each.use.line, each.use.path) for each in seen.missing] == [
        ("/ws/gone", "folder", 4, "./gone"),
        ("/ws/none", "go.mod", 5, "./none"),
    ]
    assert [each.directory for each in seen.modules] == ["/ws/a"]


def test_everything_for_which_go_refuses_a_workspace():
    tree = {
        "/ws/go.work": "go 1.24.0\nuse ./a\nuse ./b\nuse a\nuse ./c\nuse ./d\nnonsense\nreplace example.com/a => ./x\n",
        "/ws/a/go.mod": module("example.com/a"),
        "/ws/b/go.mod": module("example.com/a", "1.20"),
        "/ws/c/go.mod": "go 1.20\n",
        "/ws/d/go.mod": module("example.com/d", "1.20", "requires x\n"),
    }
    seen = look("/ws", tree, flags=("-mod=mod", "-modfile=x.mod"))
    assert problems(seen) == [
        ("syntax", "/ws/go.work", 7),
        ("used-twice", "/ws/go.work", 4),
        ("no-module-line", "/ws/c/go.mod", 0),
        ("syntax", "/ws/d/go.mod", 4),
        ("mod-flag", "/ws/go.work", 0),
        ("modfile", "/ws/go.work", 0),
        ("same-path", "/ws/go.work", 3),
        ("replaced-main", "/ws/go.work", 8),
        ("work-too-old", "/ws/go.work", 1),
    ]
    assert "/ws/a requires go >= 1.25.0, but /ws/go.work says go 1.24.0; run: go work use" in seen.problems[-1].message


def test_a_go_work_without_a_go_line_says_1_18_and_modules_before_1_21_are_not_held_to_it():
    tree = {"/ws/go.work": "use ./a\n", "/ws/a/go.mod": module("example.com/a", "1.20")}
    assert look("/ws", tree).problems == ()
    assert [each.code for each in look("/ws", {**tree, "/ws/a/go.mod": module("example.com/a", "1.21")}).problems] == [
        "work-too-old"
    ]
    odd = look("/ws", {**tree, "/ws/a/go.mod": module("example.com/a", "1.21.3rc1")})
    assert odd.problems == ()


def test_a_go_work_that_is_not_there():
    seen = look("/ws", gowork="/nowhere/go.work")
    assert (seen.kind, problems(seen)) == ("work", [("unreadable", "/nowhere/go.work", 0)])


def test_a_modfile_stands_in_for_the_go_mod():
    tree = {"/m/go.mod": module("example.com/m"), "/m/sub/s.go": GO, "/m/sub/debug.mod": module("example.com/debug")}
    seen = look("/m/sub", tree, flags=("-modfile=debug.mod",))
    assert (seen.modules[0].path, seen.modules[0].file, seen.modules[0].directory) == (
        "example.com/debug",
        "/m/sub/debug.mod",
        "/m",
    )
    assert problems(look("/m", tree, flags=("-modfile=/gone.mod",))) == [("unreadable", "/gone.mod", 0)]


# -- vendor ------------------------------------------------------------------------------------------------------------------

TXT = "# example.com/dep v1.2.3\n## explicit; go 1.20\nexample.com/dep\nexample.com/dep/sub\n"


@pytest.mark.parametrize(
    ("version", "txt", "flags", "active", "reason"),
    [
        ("1.25.0", TXT, (), True, "there is one and go.mod says go 1.25.0"),
        ("1.14", "", (), True, "there is one and go.mod says go 1.14"),
        ("1.13", TXT, (), False, "go.mod says go 1.13, which is before 1.14"),
        ("", TXT, (), False, "go.mod has no go line"),
        ("1.25.0", f"## workspace\n{TXT}", (), False, "it was made by go work vendor, which is not for this mode"),
        ("1.25.0", TXT, ("-mod=mod",), False, "-mod=mod says so"),
        ("1.25.0", TXT, ("-mod=readonly",), False, "-mod=readonly says so"),
        ("1.13", TXT, ("-mod=vendor",), True, "-mod=vendor says so"),
    ],
)
def test_when_a_module_uses_its_vendor_folder(version, txt, flags, active, reason):
    mod = f"module example.com/m\n{f'go {version}' if version else ''}\n"
    tree = {"/m/go.mod": mod, "/m/vendor/modules.txt": txt, "/m/vendor/example.com/dep/d.go": GO}
    seen = look("/m", tree, flags=flags)
    assert (seen.vendor.active, seen.vendor.directory, seen.vendor.reason) == (active, "/m/vendor", reason)


def test_the_vendor_folder_of_a_workspace_must_be_made_for_one():
    tree = {**TREE, "/ws/vendor/modules.txt": f"## workspace\n{TXT}"}
    assert look("/ws", tree).vendor.active
    assert "go mod vendor" in look("/ws", {**tree, "/ws/vendor/modules.txt": TXT}).vendor.reason
    assert look("/ws").vendor == look("/ws", {**TREE, "/ws/a/vendor/modules.txt": TXT}).vendor


def test_what_lies_in_vendor_is_covered_when_it_is_listed_and_in_use():
    tree = {"/m/go.mod": module("example.com/m"), "/m/vendor/modules.txt": TXT, "/m/vendor/example.com/dep/d.go": GO}
    seen = look("/m", tree)
    assert place(seen.covers("/m/vendor/example.com/dep")) == "/m"
    assert seen.covers("/m/vendor/example.com/other") is None
    assert look("/m", tree, flags=("-mod=mod",)).covers("/m/vendor/example.com/dep") is None
    assert seen.covers("/m/x@v1") is None
