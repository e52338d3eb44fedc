"""What a PathMap remembers and says beyond one file: spellings, lines behind //line, staleness, speed, and its laws."""

from __future__ import annotations

import timeit

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.recorded import Recorded, RecordedFile
from dapshim.golang.files import CachedFiles
from dapshim.golang.workspace import read_workspace
from dapshim.options.table import Source
from dapshim.options.toml_text import from_toml
from dapshim.sources.answers import Reason
from dapshim.sources.facts import read_overlay
from dapshim.sources.infer import Facts, infer, with_names
from dapshim.sources.rules import Rule, Rules
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.stale import Freshness
from dapshim.sources.symbols import package_of_symbol
from tests.layouts import Link, MemoryFiles
from tests.sources.layouts_modules import LIB, SINGLE
from tests.sources.layouts_names import TMPL
from tests.sources.scene import CACHE, GOROOT, Layout, built, dep, env, file, module, text
from tests.sources.test_layouts import LAYOUTS

LINKED = Layout(
    name="links",
    tree={**SINGLE, "/link": Link("/ws")},
    files=(file("/build/lib/lib.go", "example.com/a/lib", LIB),),
    build=built(),
    roots=("/link", "/ws"),
)
RECORDED = AdapterPath("/build/lib/lib.go")


def test_there_are_enough_layouts_and_none_twice():
    names = [each.name for each in LAYOUTS]
    assert len(names) == len(set(names)) > 60
    assert {name[0] for name in names} >= set("abcdefghijklmnopqstuv")


def test_each_stop_comes_back_in_the_spelling_that_was_used_last():
    made = LINKED.made()
    one, other = ClientPath("/link/lib/lib.go"), ClientPath("/ws/lib/lib.go")
    for each in (one, other, one, one, other):
        assert made.to_adapter(each).path == RECORDED
        assert made.to_client(RECORDED).path == each
    assert made.spellings(RECORDED) == (one, other)
    assert LINKED.made().spellings(RECORDED) == ()


def test_the_order_of_open_folders_decides_between_spellings_that_nobody_used():
    assert LINKED.made().to_client(RECORDED).path == "/ws/lib/lib.go"  # as it is spelt, before where a link leads
    through_link = attrs.evolve(LINKED, roots=("/link",))
    assert through_link.made().to_client(RECORDED).path == "/link/lib/lib.go"


def test_lines_behind_a_line_directive():
    layout = Layout(
        name="line",
        tree=TMPL,
        files=(
            RecordedFile("/ws/lib/gen.go", "example.com/a/lib", {"example.com/a/lib.Head": 2}),
            RecordedFile("page.tmpl", "example.com/a/lib", {"example.com/a/lib.Page": 1}),
            RecordedFile("gen.go", "example.com/a/lib", {"example.com/a/lib.Tail": 9}),
        ),
        build=built(),
    )
    answer = layout.made().to_adapter(ClientPath("/ws/lib/gen.go"))
    assert [answer.at(each) for each in (1, 4, 5, 9, 10)] == [
        ("/ws/lib/gen.go", 1),
        ("page.tmpl", 1),
        ("page.tmpl", 2),
        ("gen.go", 9),
        ("gen.go", 10),
    ]


def test_staleness_is_asked_by_the_recorded_path():
    layout = attrs.evolve(LINKED, tree={**SINGLE, "/ws/lib/lib.go": text("lib", "Do", "Help", blank=4)}, roots=("/ws",))
    found = layout.made().staleness(RECORDED)
    assert found.freshness is Freshness.STALE
    assert "example.com/a/lib.Do was at line 3, is at 7" in found.sentence("lib.go")
    assert LINKED.made().staleness(RECORDED).freshness is Freshness.FRESH
    assert LINKED.made().staleness(RECORDED, {"example.com/a/lib.Do": [6]}).freshness is Freshness.STALE
    assert LINKED.made().staleness(AdapterPath("/nowhere.go")).freshness is Freshness.UNKNOWN


def test_a_file_of_no_known_folder_is_learnt_when_it_is_opened():
    layout = attrs.evolve(
        LINKED,
        tree={**SINGLE, "/far/go.mod": module("example.com/b"), "/far/b/b.go": LIB},
        files=(file("example.com/b/b/b.go", "example.com/b/b", LIB),),
        build=built("example.com/b", "example.com/b"),
    )
    made = layout.made()
    assert made.to_client(AdapterPath("example.com/b/b/b.go")).reason is Reason.MISSING
    assert made.to_adapter(ClientPath("/far/b/b.go")).path == "example.com/b/b/b.go"
    assert made.to_client(AdapterPath("example.com/b/b/b.go")).path == "/far/b/b.go"


def test_a_file_behind_a_link_is_learnt_by_where_it_is():
    tree = {"/far/go.mod": module("example.com/b"), "/far/b/b.go": LIB, "/q": Link("/far/b"), "/ws/": ""}
    files = (file("example.com/b/b/b.go", "example.com/b/b", LIB),)
    made = attrs.evolve(LINKED, tree=tree, files=files, build=built("example.com/b", "example.com/b")).made()
    assert made.to_adapter(ClientPath("/q/b.go")).path == "example.com/b/b/b.go"


def test_files_of_one_folder_may_be_of_several_packages_where_line_directives_name_them():
    lib, other = "example.com/a/lib", "example.com/a/other"
    files = (
        RecordedFile("tmpl/one.tmpl", lib, {f"{lib}.One": 1}),
        RecordedFile("tmpl/both.tmpl", lib, {f"{lib}.Two": 1, f"{other}.Two": 1}),
    )
    index = attrs.evolve(LINKED, files=files).made().index
    assert {package: [each.path for each in found] for package, found in index.by_package.items()} == {
        lib: ["tmpl/one.tmpl", "tmpl/both.tmpl"],
        other: ["tmpl/both.tmpl"],
    }


@pytest.mark.parametrize(
    ("symbol", "package"),
    [
        ("example.com/a/lib.Do", "example.com/a/lib"),
        ("example.com/a/lib%2ev2.(*T).Do", "example.com/a/lib.v2"),
        ("main.Map[go.shape.int,example.com/b.X].func1", "main"),
        ("gopkg.in/yaml%2ev3.T", "gopkg.in/yaml.v3"),
        ("strings.Index", "strings"),
    ],
)
def test_the_package_of_a_symbol(symbol, package):
    assert package_of_symbol(symbol) == package


def test_an_overlay_is_read_from_the_flags():
    files = MemoryFiles({"/ws/o.json": '{"Replace": {"lib/a.go": "/p/a.go", "b.go": ""}}', "/ws/bad.json": "[]"})
    assert read_overlay(files, ("-overlay=o.json",), "/ws") == {"/ws/lib/a.go": "/p/a.go"}
    assert read_overlay(files, ("-v",), "/ws") == {}
    with pytest.raises(ValueError, match=r"-overlay=none.json: /ws/none.json cannot be read"):
        read_overlay(files, ("-overlay=none.json",), "/ws")
    with pytest.raises(ValueError, match=r"-overlay=bad.json: /ws/bad.json is no"):
        read_overlay(files, ("-overlay=bad.json",), "/ws")


def test_the_tree_is_not_walked_unless_it_is_allowed_and_then_not_far():
    tree = {**SINGLE, **{f"/ws/d{each}/f.go": "package d\n" for each in range(40)}}
    layout = attrs.evolve(
        LINKED,
        tree=tree,
        files=(file("main.go", "command-line-arguments", text("main", "main")),),
        build=built("command-line-arguments", ""),
    )
    made = layout.made()
    assert made.to_client(AdapterPath("main.go")).reason is Reason.MISSING
    files = made.facts.files
    assert isinstance(files, CachedFiles)
    source = files.source
    assert isinstance(source, MemoryFiles)
    assert [path for verb, path in source.asked if verb == "list" and path.startswith("/ws/d")] == []


def test_a_frame_of_a_shared_name_opens_by_its_package():
    made = next(each for each in LAYOUTS if each.name.startswith("k4")).made()
    name = AdapterPath("page.tmpl")
    assert made.to_client(name, "example.com/a/lib").path == "/ws/lib/page.tmpl"
    assert made.to_client(name, "example.com/a/other").path == "/ws/other/page.tmpl"
    assert made.to_client(name, "strings").reason is made.to_client(name).reason is Reason.AMBIGUOUS


def test_names_that_only_delve_tells_are_mapped_like_any_other():
    recorded = Recorded(LINKED.files, LINKED.build)
    more = with_names(recorded, [AdapterPath("/build/lib/csum.c"), RECORDED, AdapterPath("/build/lib/csum.c")])
    assert [each.path for each in more.files] == [RECORDED, "/build/lib/csum.c"]
    made = attrs.evolve(LINKED, tree={**SINGLE, "/ws/lib/csum.c": ""}, files=more.files, roots=("/ws",)).made()
    assert made.to_adapter(ClientPath("/ws/lib/csum.c")).path == "/build/lib/csum.c"


class FoldingFiles(MemoryFiles):
    """A file system that ignores case, and keeps it."""

    def _follow(self, path: str) -> str | None:
        names = {each.lower(): each for each in self._nodes}
        return names.get(path.lower(), path)


def test_where_case_is_ignored_the_editor_may_spell_as_it_likes():
    files = CachedFiles(FoldingFiles(SINGLE))
    seen = (read_workspace(files, "/ws", None, "", (), goroot=GOROOT, gomodcache=CACHE),)
    made = infer(Facts(Recorded(LINKED.files, built()), files, seen, env(), roots=(ClientPath("/WS"),)))
    for each in ("/WS/lib/lib.go", "/ws/Lib/lib.go", "/ws/lib/LIB.go"):
        assert made.to_adapter(ClientPath(each)).path == RECORDED
        assert made.to_client(RECORDED).path == each


def test_the_build_line_that_leaves_a_file_out_is_named():
    tree = {**SINGLE, "/ws/lib/tagged.go": "//go:build integration\n\npackage lib\n\nfunc T() {}\n"}
    made = attrs.evolve(LINKED, tree=tree, build=built(GOOS="linux", GOARCH="amd64")).made()
    answer = made.to_adapter(ClientPath("/ws/lib/tagged.go"))
    assert answer.reason is Reason.NOT_IN_BUILD
    assert "//go:build integration does not hold for it (it was built without -tags)" in answer.sentence


# -- laws ------------------------------------------------------------------------------------------------------------------

NAMES = st.sampled_from(["x.go", "y.go", "x_test.go"])
FOLDERS = st.sampled_from(["", "lib/", "lib/inner/", "b/lib/", "vendor/example.com/d/lib/"])
MODULES = {
    "/ws/a/": "example.com/a",
    "/ws/a/b/": "example.com/a/b",
    "/ws/ab/": "example.com/ab",
    f"{CACHE}/example.com/d@v1.0.0/": "example.com/d",
    f"{CACHE}/example.com/d@v1.1.0/": "example.com/d",
}
PLACES = st.tuples(st.sampled_from([*MODULES, "/nowhere/"]), FOLDERS, NAMES)
RECORDS = st.tuples(st.sampled_from(["example.com/a", "example.com/a/b", "example.com/ab", "example.com/d"]), FOLDERS, NAMES)
RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from(["/ws/a", "/ws", "/ws/a/lib", "/nowhere", "/nowhere/lib/x.go", "/ws/ab"]),
        st.sampled_from(["example.com/a", "example.com", "/build/example.com/a", "/build", "/ws", "", "/ws/a/lib/x.go"]),
    ),
    max_size=3,
).map(lambda each: Rules(tuple(each)))
STYLES = st.sampled_from(["trimmed", "moved", "same"])


def recorded_file(module_path: str, folder: str, name: str, *, style: str) -> RecordedFile:
    folder = "" if folder.startswith("vendor") else folder
    package = (module_path + "/" + folder).rstrip("/")
    version = "@v1.0.0" if module_path == "example.com/d" else ""
    homes = {"trimmed": f"{module_path}{version}/", "moved": f"/build/{module_path}{version}/"}
    home = homes.get(style) or next(place for place, path in MODULES.items() if path == module_path)
    return file(f"{home}{folder}{name}", package, text("p", "F"))


@settings(max_examples=300)
@given(st.sets(PLACES, max_size=12), st.sets(RECORDS, min_size=1, max_size=8), STYLES, st.permutations(range(12)), RULES)
def test_laws(places, records, style, order, rules):
    tree = {
        "/ws/go.work": "go 1.25.0\nuse ./a\nuse ./a/b\nuse ./ab\n",
        **{f"{place}go.mod": module(path) for place, path in MODULES.items()},
        **{f"{place}{folder}{name}": text("p", "F") for place, folder, name in places},
    }
    build = built(
        "example.com/a",
        "example.com/a",
        dep("example.com/a/b", "(devel)"),
        dep("example.com/ab", "(devel)"),
        dep("example.com/d", "v1.0.0"),
    )
    files = {each.path: each for record in sorted(records) for each in [recorded_file(*record, style=style)]}
    layout = Layout(name="law", tree=tree, files=tuple(files.values()), build=build, goroot="", rules=rules)
    made = layout.made()
    clients = sorted(f"{place}{folder}{name}" for place, folder, name in places)
    owners: dict[str, str] = {}
    for number in order:
        if number >= len(clients):
            continue
        client = ClientPath(clients[number])
        there = made.to_adapter(client)
        assert (there.path is None) == bool(there.sentence)
        if there.path is None:
            continue
        assert there.path in files
        assert made.to_client(there.path).path == client
        assert owners.setdefault(there.path, client) == client
        assert layout.made().to_client(there.path).path == client  # nobody had asked before
    for path in files:
        back = layout.made().to_client(AdapterPath(path))
        if back.path is not None and "cannot be seen from here" not in back.sentence:
            assert back.path in clients
            assert layout.made().to_adapter(back.path).path == path
        elif back.path is None:
            assert back.sentence


# -- speed -----------------------------------------------------------------------------------------------------------------


def test_cached_lookups_are_quick():
    made = LINKED.made()
    client = ClientPath("/ws/lib/lib.go")
    made.to_adapter(client)
    each = min(timeit.repeat(lambda: made.to_adapter(client), number=2000, repeat=5)) / 2000
    back = min(timeit.repeat(lambda: made.to_client(RECORDED), number=2000, repeat=5)) / 2000
    assert max(each, back) < 5e-6


def test_many_modules_are_inferred_without_a_look_at_their_files():
    modules = range(40)
    tree = {
        "/ws/go.work": "go 1.25.0\n" + "".join(f"use ./svc{each}\n" for each in modules),
        **{f"/ws/svc{each}/go.mod": module(f"example.com/svc{each}") for each in modules},
        **{f"/ws/svc{each}/p/x.go": text("p", "X") for each in modules},
        f"{GOROOT}/VERSION": "go1.26.6",
    }
    source = MemoryFiles(tree)
    files = CachedFiles(source)
    seen = (read_workspace(files, "/ws", None, "", (), goroot=GOROOT, gomodcache=CACHE),)
    recorded = tuple(
        file(f"/b/svc{each}/p{number}/x.go", f"example.com/svc{each}/p{number}") for each in modules for number in range(125)
    )
    source.asked.clear()
    infer(Facts(Recorded(recorded, built()), files, seen, env()))
    assert len(source.asked) < 4 * len(modules)
    assert not any(path.endswith(".go") for _, path in source.asked)


@pytest.mark.parametrize(("folder", "meant"), [(r"C:\b", r"C:\b"), ('/it\'s "b"', '/it\'s "b"')])
def test_the_rule_that_settles_a_tie_is_toml_and_one_that_the_file_takes(folder, meant):
    (clones,) = [each for each in LAYOUTS if each.name.startswith("o3 ")]
    path = folder + (r"\lib\lib.go" if "\\" in folder else "/lib/lib.go")
    made = attrs.evolve(clones, files=(file(path, "example.com/a/lib", LIB),)).made()
    answer = made.to_client(AdapterPath(path))
    assert answer.reason is Reason.AMBIGUOUS
    written = answer.sentence.partition("Settle it in .dapshim.toml: ")[2]
    layer = from_toml(written, "/one/.dapshim.toml", Source.PROJECT)
    assert layer.errors == ()
    assert layer.values["substitutePath"].value == ({"from": "/one", "to": meant},)


def test_a_tie_comes_with_the_rule_by_which_the_asked_file_wins_it():
    (clones,) = [each for each in LAYOUTS if each.name.startswith("o3 ")]
    for root in ("/one", "/two"):
        assert clones.made().to_adapter(ClientPath(f"{root}/lib/lib.go")).rule == (root, "example.com/a")
    # Where no rule can part them, none is offered.
    (pages,) = [each for each in LAYOUTS if each.name.startswith("k4 ")]
    answer = pages.made().to_adapter(ClientPath("/ws/lib/page.tmpl"))
    assert (answer.reason, answer.rule) == (Reason.AMBIGUOUS, None)
