"""The substitutePath that says the same, held against Delve's own way to apply it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.equivalent import as_delve, equivalent_rules, rules_for
from dapshim.sources.spelling import AdapterPath, ClientPath
from tests.sources.scene import Layout
from tests.sources.test_layouts import LAYOUTS

DELVE = [
    ("/ws/a.go", [("/ws", "/src")], "/src/a.go"),
    ("/wsx/a.go", [("/ws", "/src")], "/wsx/a.go"),
    ("/ws/lib/a.go", [("/ws", "/src"), ("/ws/lib", "/lib")], "/src/lib/a.go"),  # the first, not the longest
    ("/ws/a.go", [("/ws", "")], "a.go"),
    ("lib/a.go", [("", "/src")], "/src/lib/a.go"),
    ("/lib/a.go", [("", "/src")], "/lib/a.go"),
    ("/ws/Foo/Main.go", [("D:/x", "/y"), ("/ws", "/src")], "/src/foo/main.go"),
    ("C:/Src/Foo/Main.go", [("c:/src", "/build/src")], "/build/src/foo/main.go"),
    ("/ws/a/b.go", [("/ws", "C:\\src")], "C:\\src\\a\\b.go"),
    ("/ws/a.go", [("/ws/a.go", "page.tmpl")], "page.tmpl"),
    ("/ws/a.go", [("/ws/", "/src/")], "/src/a.go"),
    ("/ws/x/a.go", [("/ws", "example.com")], "example.com/x/a.go"),
]


@pytest.mark.parametrize(("path", "rules", "meant"), DELVE)
def test_rules_are_applied_as_delve_does(path, rules, meant):
    assert as_delve(path, rules) == meant


def pairs_of(layout: Layout) -> list[tuple[ClientPath, AdapterPath]]:
    made = layout.made()
    found = [(made.to_client(AdapterPath(each.path)).path, AdapterPath(each.path)) for each in layout.files]
    return [(client, path) for client, path in found if client is not None]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.name)
def test_every_layout_has_rules_or_says_which_files_have_none(layout):
    found = equivalent_rules(layout.made())
    rules = [(each.client, each.adapter) for each in found.rules]
    back = [(adapter, client) for client, adapter in rules]
    pairs = pairs_of(layout)
    for client, adapter in pairs:
        if (client, adapter) not in found.inexpressible:
            assert as_delve(client, rules) == adapter
            assert as_delve(adapter, back) == client
    windows = any("\\" in path for pair in pairs for path in pair)
    twice = len({client for client, _ in pairs}) < len(pairs)  # one file with two recorded names
    assert windows or twice or found.inexpressible == ()
    assert not any(side == "" for rule in rules for side in rule)


def test_few_rules_do():
    pairs = [
        ("/ws/cmd/x/main.go", "example.com/a/cmd/x/main.go"),
        ("/ws/lib/lib.go", "example.com/a/lib/lib.go"),
        ("/cache/github.com/!acme/!util@v1.2.3/s/u.go", "github.com/Acme/Util@v1.2.3/s/u.go"),
        ("/goroot/src/strings/strings.go", "strings/strings.go"),
        ("/goroot/src/strings/reader.go", "strings/reader.go"),
        ("/goroot/src/internal/abi/a.go", "internal/abi/a.go"),
        ("/ws/gen/page.tmpl", "page.tmpl"),
    ]
    found = rules_for([(ClientPath(one), AdapterPath(other)) for one, other in pairs])
    assert found.inexpressible == ()
    assert {(each.client, each.adapter) for each in found.rules} == {
        ("/ws", "example.com/a"),
        ("/cache/github.com/!acme/!util@v1.2.3", "github.com/Acme/Util@v1.2.3"),
        ("/goroot/src/strings", "strings"),
        ("/goroot/src/internal", "internal"),
        ("/ws/gen/page.tmpl", "page.tmpl"),
    }


def test_what_is_where_it_was_needs_no_rule():
    assert rules_for([(ClientPath("/ws/a.go"), AdapterPath("/ws/a.go"))]).rules == ()


def test_a_file_in_the_way_of_a_folder_gets_its_own_rule():
    pairs = [("/ws/a/x.go", "/b/x.go"), ("/ws/a/y.go", "/ws/a/y.go"), ("/ws/a/z.go", "/b/z.go")]
    found = rules_for([(ClientPath(one), AdapterPath(other)) for one, other in pairs])
    assert found.inexpressible == ()
    assert ("/ws/a/y.go", "/ws/a/y.go") in {(each.client, each.adapter) for each in found.rules}


ELEMENTS = st.sampled_from(["a", "b", "c"])
SOME = st.lists(ELEMENTS, min_size=1, max_size=4).map(lambda each: "/" + "/".join(each) + ".go")


@given(st.lists(st.tuples(SOME, SOME), max_size=6, unique_by=(lambda each: each[0], lambda each: each[1])))
def test_any_bijection_of_posix_files_can_be_said(pairs):
    assert rules_for([(ClientPath(one), AdapterPath(other)) for one, other in pairs]).inexpressible == ()
