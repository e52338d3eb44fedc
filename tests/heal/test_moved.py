"""Twins of programs whose sources, GOROOT or module cache lay elsewhere: equal, with recorded paths."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_recorded
from dapshim.heal.flags import Refused
from dapshim.heal.moved import Places, moved
from dapshim.heal.outcome import Borrowed, NotBorrowed
from dapshim.heal.store import Store
from tests.golang.gocommand import publish
from tests.heal.test_twins import WITH_C
from tests.heal.twins import STRIPPED, go, inspected, lend, line_of, person, stopped, stripped
from tests.real import BOUND, tool

EXAMPLE = Path(__file__).parents[2] / "examples" / "gowork"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


def files(program: str | Path) -> set[str]:
    with OpenedFile(str(program)) as source:
        return {each.path for each in read_recorded(source).files}


RELEASES = [
    "",
    *(pytest.param(each, marks=pytest.mark.matrix) for each in ("1.21.13", "1.22.12", "1.24.11", "1.25.5", "1.27.3")),
]


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", ["exe", "pie", "cgo"])
async def test_of_each_kind(kind, release, store, tmp_path):
    if kind == "cgo" and not WITH_C:
        pytest.skip("there is no C compiler")
    folder = inspected(tmp_path / "first")
    more = {"CGO_ENABLED": "1" if kind == "cgo" else "0"} | ({"GOTOOLCHAIN": f"go{release}"} if release else {})
    package = "withc" if kind == "cgo" else ""
    path = stripped(folder / package, tmp_path / "program", STRIPPED, f"-buildmode={'pie' if kind == 'pie' else 'exe'}", **more)
    place = tmp_path / "another" / "place" / "of the sources"
    place.parent.mkdir(parents=True)
    folder.rename(place)
    found = await lend(path, place / package, store)
    assert isinstance(found, Borrowed), found
    assert files(found.twin) == files(path)


async def test_a_workspace_of_several_modules(store, tmp_path):
    shutil.copytree(EXAMPLE, tmp_path / "built" / "shop")
    orders = tmp_path / "built" / "shop" / "services" / "orders"
    program = tmp_path / "orders"
    go(orders, "build", "-gcflags=all=-N -l", "-ldflags=-s -w", "-o", str(program), ".")
    there = tmp_path / "here" / "and" / "now"
    there.mkdir(parents=True)
    (tmp_path / "built" / "shop").rename(there / "shop")
    found = await lend(program, there / "shop" / "services" / "orders", store)
    assert isinstance(found, Borrowed), found
    assert files(found.twin) == files(program)
    line = line_of(there / "shop/services/orders/main.go", "if *workers < 1 {")
    values = await stopped(
        program, orders / "main.go", line, found.dlv, args=["-once"], cwd=str(there / "shop/services/orders")
    )
    assert values is not None
    assert {"workers", "every", "once"} <= values.keys()


async def test_another_goroot(store, tmp_path):
    folder = inspected(tmp_path / "sources")
    goroot = subprocess.run(
        [tool("go"), "env", "GOROOT"], capture_output=True, text=True, check=True, timeout=BOUND
    ).stdout.strip()
    other = tmp_path / "usr" / "lib" / "go"
    other.parent.mkdir(parents=True)
    other.symlink_to(goroot)
    path = stripped(folder, tmp_path / "program", GOROOT=str(other))
    other.unlink()
    assert f"{other}/src/fmt/print.go" in files(path)
    found = await lend(path, folder, store)
    assert isinstance(found, Borrowed), found
    assert files(found.twin) == files(path)
    again = stripped(folder, tmp_path / "again")
    assert not any(each.startswith(str(other)) for each in files(again))


async def test_another_module_cache(store, tmp_path):
    proxy, folder = tmp_path / "proxy", tmp_path / "sources"
    publish(proxy, "example.com/Dep", "v1.0.0", {"dep.go": "package dep\n\n//go:noinline\nfunc Do() int { return 7 }\n"})
    folder.mkdir()
    (folder / "go.mod").write_text("module example.com/m\n\ngo 1.21\n\nrequire example.com/Dep v1.0.0\n")
    (folder / "main.go").write_text('package main\n\nimport dep "example.com/Dep"\n\nfunc main() { println(dep.Do()) }\n')
    fetching = {"GOPROXY": f"file://{proxy}", "GONOSUMDB": "*", "GOSUMDB": "off", "GOFLAGS": "-mod=mod -modcacherw"}
    path = stripped(folder, tmp_path / "program", **fetching, GOMODCACHE=str(tmp_path / "theirs"))
    stripped(folder, tmp_path / "other", **fetching, GOMODCACHE=str(tmp_path / "mine"))
    shutil.rmtree(tmp_path / "theirs")
    assert f"{tmp_path}/theirs/example.com/!dep@v1.0.0/dep.go" in files(path)
    found = await lend(path, folder, store, environ=person(GOMODCACHE=str(tmp_path / "mine")))
    assert isinstance(found, Borrowed), found
    assert files(found.twin) == files(path)


async def test_edited_and_moved_has_no_twin(store, tmp_path):
    folder = inspected(tmp_path / "first")
    path = stripped(folder, tmp_path / "program")
    place = folder.rename(tmp_path / "second")
    source = place / "main.go"
    source.write_text(source.read_text().replace("package main", "// A comment.\npackage main"))
    found = await lend(path, place, store)
    assert isinstance(found, NotBorrowed)
    assert "not the same program" in found.reason


async def test_hostile_paths_are_text_to_the_script(store, tmp_path):
    trace = tmp_path / "trace"
    folder = inspected(tmp_path / f"a$(touch {trace.name})`touch {trace.name}`'\"")
    path = stripped(folder, tmp_path / "program")
    found = await lend(path, folder.rename(tmp_path / "second"), store)
    assert isinstance(found, Borrowed), found
    assert not list(tmp_path.rglob("trace"))


@pytest.mark.parametrize("bad", ["/a;b", "/a=>b", "/a\nb"])
def test_what_the_compiler_would_misread_is_refused(bad, tmp_path):
    here = Places("/here/x", "/mod", "/go")
    for recorded in (attrs.evolve(here, folder=f"{bad}/y"), attrs.evolve(here, modules=bad), attrs.evolve(here, goroot=bad)):
        work = tmp_path / str(len(list(tmp_path.iterdir())))
        work.mkdir()
        with pytest.raises(Refused, match="cannot be told to the compiler"):
            moved(work, Store(str(tmp_path / "store")), recorded, here)


def test_nothing_moved_needs_nothing(tmp_path):
    here = Places("/here/x", "/mod", "/go")
    for recorded in (here, Places(), Places("/here/x")):
        assert moved(tmp_path, Store(str(tmp_path / "store")), recorded, here) is None
    assert list(tmp_path.iterdir()) == []


def test_what_two_folders_share_at_their_end_is_below_the_link(tmp_path):
    store = Store(str(tmp_path / "store"))
    recorded, here = Places("/src/app/cmd/x"), Places("/home/me/app/cmd/x", "/mod", "/go")
    found = moved(tmp_path, store, recorded, here)
    assert found is not None
    (link,) = (tmp_path / "store" / ".links").iterdir()
    assert found.folder == f"{link}/app/cmd/x"
    assert link.readlink() == Path("/home/me")
    assert f"{link}=>/src;" not in (tmp_path / "tool").read_text()
    assert f"{link}=>/src" in (tmp_path / "tool").read_text()
    # It is the same the next time, so that Go finds what it compiled, and another one for other paths.
    assert moved(tmp_path, store, recorded, here) == found
    moved(tmp_path, store, Places("/other/app/cmd/x"), here)
    assert len(list((tmp_path / "store" / ".links").iterdir())) == 2
