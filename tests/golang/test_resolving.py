"""Import paths and folders: every answer is the one that `go list` gives, over layouts that are built and published here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from dapshim.golang.files import Entries, RealFiles
from dapshim.golang.resolving import META
from dapshim.golang.workspace import read_workspace
from tests.golang.gocommand import Go, goroot, publish, write

A, MAIN = "package a\n", "package main\n\nfunc main() {}\n"


def module(path: str, more: str = "") -> str:
    return f"module {path}\n\ngo 1.25.0\n{more}"


LAYOUTS: dict[str, dict[str, str]] = {
    "one module": {
        "go.mod": module("example.com/m"),
        "m.go": A,
        "cmd/x/main.go": MAIN,
        "nested/go.mod": module("example.com/m/nested"),
        "nested/n.go": A,
        "nothing/x.txt": "",
        "only_windows/x_windows.go": A,
        "_under/u.go": A,
        "testdata/t.go": A,
        "vendored@v1/v.go": A,
    },
    "a workspace": {
        "go.work": "go 1.25.0\n\nuse (\n\t./a\n\t./b\n\t./a/nested\n)\n",
        "a/go.mod": module("example.com/a", "require example.com/b v1.0.0\n"),
        "a/a.go": A,
        "a/cmd/x/main.go": MAIN,
        "a/nested/go.mod": module("example.com/a/nested"),
        "a/nested/n.go": A,
        "a/nested/deep/d.go": A,
        "b/go.mod": module("example.com/b"),
        "b/b.go": A,
        "unused/go.mod": module("example.com/unused"),
        "unused/u.go": A,
        "loose/l.go": A,
    },
    "replaced": {
        "go.mod": module(
            "example.com/m",
            "require (\n\texample.com/local v1.0.0\n\texample.com/dep v1.0.0\n\texample.com/Upper v1.0.0\n)\n"
            "replace example.com/local => ./local\nreplace example.com/dep v1.0.0 => example.com/fork v1.1.0\n"
            "replace example.com/dep => ./nowhere\nreplace example.com/unrequired => ./local\n",
        ),
        "m.go": A,
        "local/go.mod": module("example.com/local"),
        "local/l.go": A,
        "local/sub/s.go": A,
        "local/other/go.mod": module("example.com/local/other"),
        "local/other/o.go": A,
    },
    "replaced in go.work": {
        "go.work": "go 1.25.0\nuse ./a\nuse ./b\nreplace example.com/dep v1.0.0 => ./mine\n",
        "a/go.mod": module("example.com/a", "require example.com/dep v1.0.0\nreplace example.com/dep => ./theirs\n"),
        "a/a.go": A,
        "a/theirs/go.mod": module("example.com/dep"),
        "a/theirs/sub/t.go": A,
        "b/go.mod": module("example.com/b"),
        "b/b.go": A,
        "mine/go.mod": module("example.com/dep"),
        "mine/sub/m.go": A,
    },
    "the higher of two versions": {
        "go.work": "go 1.25.0\nuse ./a\nuse ./b\n",
        "a/go.mod": module("example.com/a", "require example.com/dep v1.0.0\n"),
        "a/a.go": A,
        "b/go.mod": module("example.com/b", "require example.com/dep v1.10.0\n"),
        "b/b.go": A,
    },
}

ASKED = [
    *("example.com/m", "example.com/m/cmd/x", "example.com/m/nested", "example.com/m/nothing", "example.com/m/only_windows"),
    *("example.com/m/gone", "example.com/m/testdata", "example.com/a", "example.com/a/cmd/x", "example.com/a/nested"),
    *("example.com/a/nested/deep", "example.com/b", "example.com/unused", "example.com/local", "example.com/local/sub"),
    *("example.com/local/other", "example.com/dep", "example.com/dep/sub", "example.com/Upper", "example.com/unrequired"),
    *(
        "fmt",
        "cmd/go",
        "net/http",
        "vendor/golang.org/x/net/dns/dnsmessage",
        "builtin",
        "nofmt",
        "example.com/mm",
        "example.com",
    ),
]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("proxy")
    for version in ("v1.0.0", "v1.10.0"):
        publish(folder, "example.com/dep", version, {"d.go": A, "sub/s.go": A})
    publish(folder, "example.com/fork", "v1.1.0", {"go.mod": module("example.com/dep"), "d.go": A, "sub/s.go": A})
    publish(folder, "example.com/Upper", "v1.0.0", {"u.go": A})
    return folder


def folders(go: Go, cwd: Path, paths: list[str]) -> dict[str, str | None]:
    """Ask go list for many packages at once: the folder of each that is there."""
    done = go.run("list", "-e", "-find", "-f", "{{.ImportPath}}\t{{.Dir}}\t{{if .Error}}{{.Error}}{{end}}", *paths, cwd=cwd)
    found: dict[str, str | None] = dict.fromkeys(paths)
    for line in done.stdout.decode().splitlines():
        name, _, rest = line.partition("\t")
        folder, _, error = rest.partition("\t")
        if name in found and folder and ("build constraints exclude" in error or not error):
            found[name] = folder
    return found


def prepared(go: Go, root: Path) -> Path:
    """Download what the layout requires, so that the module cache holds it."""
    for mod in sorted(root.rglob("go.mod")):
        alone = Go(go.home, go.proxy, {**go.more, "GOWORK": "off", "GOFLAGS": "-modcacherw -mod=mod"})
        alone.run("mod", "download", "all", cwd=mod.parent)
    return root


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_package_is_where_go_list_finds_it(tmp_path, proxy, name):
    go = Go(tmp_path, proxy)
    root = prepared(go, write(tmp_path / "ws", LAYOUTS[name]))
    cwd = root if (root / "go.mod").exists() else root / "a"
    go = Go(tmp_path, more={"GOFLAGS": "-modcacherw"})
    theirs = folders(go, cwd, ASKED)
    seen = go.workspace(cwd)
    mine = {each: seen.directory_of(each) for each in ASKED}
    assert mine == theirs
    assert any(theirs[each] for each in theirs if each.startswith("example.com"))


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_folder_has_the_import_path_that_go_list_says(tmp_path, proxy, name):
    go = Go(tmp_path, proxy)
    root = prepared(go, write(tmp_path / "ws", LAYOUTS[name]))
    cwd = root if (root / "go.mod").exists() else root / "a"
    go = Go(tmp_path, more={"GOFLAGS": "-modcacherw"})
    seen = go.workspace(cwd)
    cache = [folder for folder in (tmp_path / "mod").glob("example.com/*@*") if folder.is_dir()]
    with_go = sorted({path.parent for place in (root, *cache) for path in place.rglob("*.go")})
    for folder in [*with_go, Path(goroot(), "src/net/http")]:
        said = go.says("list", "-e", "-find", "-f", "{{if not .Error}}{{.ImportPath}}{{end}}", str(folder), cwd=cwd)
        mine = seen.import_path_of(str(folder))
        theirs = said or None
        if theirs is None and mine is not None:
            # Go knows it by its import path only: no file is in the build, or another module's tree lies around it.
            assert folder.name == "only_windows" or folder.is_relative_to(root / "local")
            theirs = mine if folders(go, cwd, [mine])[mine] == str(folder) else None
        assert (str(folder), mine) == (str(folder), theirs)
        if theirs is not None and root in folder.parents and name in ("one module", "a workspace"):
            assert seen.covers(str(folder)) is not None
        if theirs is not None:
            assert seen.directory_of(theirs) == str(folder)


def vendored(tmp_path: Path, proxy: Path, tree: Mapping[str, str], verb: str) -> tuple[Go, Path]:
    go = Go(tmp_path, proxy, {"GOFLAGS": "-modcacherw -mod=mod" if verb == "mod" else "-modcacherw"})
    root = write(tmp_path / "ws", tree)
    prepared(go, root)
    made = go.run(verb, "vendor", cwd=root)
    assert made.returncode == 0, made.stderr.decode()
    return Go(tmp_path, more={"GOFLAGS": ""}), root


@pytest.mark.parametrize("verb", ["mod", "work"])
def test_a_vendor_folder_is_used_as_go_uses_it(tmp_path, proxy, verb):
    mod = module("example.com/m", "require example.com/dep v1.0.0\n")
    uses = 'package a\n\nimport _ "example.com/dep/sub"\n'
    tree = (
        {"m/go.mod": mod, "m/m.go": uses, "go.work": "go 1.25.0\nuse ./m\n"}
        if verb == "work"
        else {"go.mod": mod, "m.go": uses}
    )
    go, root = vendored(tmp_path, proxy, tree, verb)
    cwd = root / "m" if verb == "work" else root
    seen = go.workspace(cwd)
    assert seen.vendor.active
    asked = ["example.com/m", "example.com/dep/sub", "example.com/dep", "fmt"]
    assert {each: seen.directory_of(each) for each in asked} == folders(go, cwd, asked)
    assert seen.directory_of("example.com/dep/sub") == str(root / "vendor/example.com/dep/sub")
    if verb == "mod":
        assert seen.import_path_of(str(root / "vendor/example.com/dep/sub")) == "example.com/dep/sub"
        assert go.says("list", "-find", "./vendor/example.com/dep/sub", cwd=cwd) == "example.com/dep/sub"
    # What is not listed is not there, since Go 1.23.
    write(root, {"vendor/example.com/dep/by_hand/h.go": A})
    assert (
        seen.directory_of("example.com/dep/by_hand") is folders(go, cwd, ["example.com/dep/by_hand"])["example.com/dep/by_hand"]
    )


def test_without_a_vendor_folder_that_is_used_the_cache_answers(tmp_path, proxy):
    tree = {
        "go.mod": module("example.com/m", "require example.com/dep v1.0.0\n"),
        "m.go": 'package a\n\nimport _ "example.com/dep/sub"\n',
    }
    go, root = vendored(tmp_path, proxy, tree, "mod")
    go = Go(tmp_path, more={"GOFLAGS": "-mod=mod"})
    asked = ["example.com/dep/sub"]
    assert {each: go.workspace(root).directory_of(each) for each in asked} == folders(go, root, asked)
    assert go.workspace(root).directory_of("example.com/dep/sub") == str(tmp_path / "mod/example.com/dep@v1.0.0/sub")


def test_in_gopath_mode(tmp_path):
    write(
        tmp_path / "one/src",
        {"example.com/a/a.go": A, "example.com/a/sub/go.mod": module("example.com/x"), "example.com/a/sub/s.go": A},
    )
    write(tmp_path / "two/src", {"example.com/b/b.go": A, "example.com/a/a.go": A})
    go = Go(tmp_path, more={"GO111MODULE": "off", "GOFLAGS": "", "GOPATH": f"{tmp_path}/one:{tmp_path}/two"})
    cwd = tmp_path / "one/src/example.com/a"
    seen = go.workspace(cwd)
    assert seen.kind == "gopath"
    asked = ["example.com/a", "example.com/a/sub", "example.com/b", "example.com/c", "fmt"]
    assert {each: seen.directory_of(each) for each in asked} == folders(go, cwd, asked)
    for folder in (cwd, cwd / "sub", tmp_path / "two/src/example.com/b"):
        assert seen.import_path_of(str(folder)) == go.says("list", "-find", str(folder), cwd=cwd)
    assert seen.import_path_of(str(tmp_path)) is None
    assert (seen.module_of(str(cwd)), seen.covers(str(cwd / "sub"))) == (None, None)


def test_from_a_linked_workspace_the_link_is_the_spelling(tmp_path):
    write(tmp_path / "real", LAYOUTS["a workspace"])
    (tmp_path / "link").symlink_to("real")
    go = Go(tmp_path)
    cwd = tmp_path / "link/a/cmd/x"
    seen = go.workspace(cwd)
    for path in ("example.com/a/cmd/x", "example.com/b"):
        assert (
            seen.directory_of(path)
            == folders(go, cwd, [path])[path]
            == str(tmp_path / "link") + path.removeprefix("example.com")
        )
    # Go takes the folder in this spelling and not in the other, and so says `covers`.
    for root in ("link", "real"):
        folder = str(tmp_path / root / "b")
        assert (seen.covers(folder) is not None) == (go.says("list", "-find", folder, cwd=cwd) is not None) == (root == "link")


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "./a",
        "../a",
        "/abs",
        "example.com//a",
        "example.com/a/",
        "example.com/a@v1",
        "a\\b",
        "-x",
        "a b",
        *sorted(META),
    ],
)
def test_what_is_no_import_path_has_no_folder(tmp_path, path):
    write(tmp_path, {"go.mod": module("example.com/m"), "m.go": A, "a/a.go": A})
    seen = Go(tmp_path).workspace(tmp_path)
    assert seen.directory_of(path) is None


class Counting(RealFiles):
    """Counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def list(self, path: str) -> Entries:
        self.asked.append("list")
        return super().list(path)

    def read(self, path: str, limit: int | None = None) -> bytes:
        self.asked.append("read")
        return super().read(path, limit)


def test_no_program_is_started_and_little_is_read(tmp_path, monkeypatch):
    write(tmp_path, LAYOUTS["a workspace"])
    monkeypatch.setattr("subprocess.Popen", lambda *_: pytest.fail("a program was started"))
    files = Counting()
    seen = read_workspace(files, str(tmp_path / "a"), None, "", [])
    assert seen.directory_of("example.com/a/nested/deep") == str(tmp_path / "a/nested/deep")
    assert files.asked.count("read") == 4
    assert files.asked.count("list") <= 3
