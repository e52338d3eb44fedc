"""Rules by hand: the longest counts, no letter changes, both ways are inverses, and what cannot be is said beforehand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.rules import Rule, Rules, rule_between, rules_of
from dapshim.sources.spelling import AdapterPath, ClientPath, clean, key, rest_below, twins


def made(*pairs: tuple[str, str]) -> Rules:
    return Rules(tuple(Rule(*pair) for pair in pairs))


BOTH_WAYS = [
    ([("/ws", "/src")], "/ws/Foo/Main.go", "/src/Foo/Main.go"),
    ([("/ws/", "/src/")], "/ws/a.go", "/src/a.go"),
    ([("/ws", "/src"), ("/ws/lib", "/lib")], "/ws/lib/a.go", "/lib/a.go"),
    ([("/ws/lib", "/lib"), ("/ws", "/src")], "/ws/libs/a.go", "/src/libs/a.go"),
    ([("/ws/gen/page.tmpl", "page.tmpl")], "/ws/gen/page.tmpl", "page.tmpl"),
    ([("/ws", "")], "/ws/lib/a.go", "lib/a.go"),
    ([("/goroot/src", ""), ("/ws", "example.com/a")], "/ws/a.go", "example.com/a/a.go"),
    ([("/goroot/src", ""), ("/ws", "example.com/a")], "/goroot/src/strings/s.go", "strings/s.go"),
    ([("C:\\Src", "/build/src")], "C:\\Src\\Foo\\Main.go", "/build/src/Foo/Main.go"),
    ([("/ws", "C:\\src\\App")], "/ws/Foo/Main.go", "C:\\src\\App\\Foo\\Main.go"),
    ([("D:/x", "/y"), ("/ws", "/src")], "/ws/Foo/Main.go", "/src/Foo/Main.go"),
    ([("\\\\Server\\Share\\ws", "/src")], "\\\\Server\\Share\\ws\\A\\b.go", "/src/A/b.go"),
    ([("/", "/sysroot")], "/a.go", "/sysroot/a.go"),
    ([("C:\\src\\App", "/one"), ("C:\\src\\app", "/two")], "C:\\src\\app\\a.go", "/two/a.go"),
]


@pytest.mark.parametrize(("pairs", "client", "adapter"), BOTH_WAYS)
def test_both_ways(pairs, client, adapter):
    rules = made(*pairs)
    assert rules.to_adapter(ClientPath(client)) == adapter
    assert rules.to_client(AdapterPath(adapter)) == client


ONE_WAY = [
    ([("C:\\Src", "/b")], "c:/src/Foo.go", "/b/Foo.go"),
    ([("/home/me", "/b")], "\\\\wsl$\\Ubuntu\\home\\me\\a.go", "/b/a.go"),
    ([("C:\\ws", "/b")], "/mnt/c/ws/a.go", "/b/a.go"),
    ([("/ws", "/b")], "/ws/x/../a.go", "/b/a.go"),
]


@pytest.mark.parametrize(("pairs", "client", "adapter"), ONE_WAY)
def test_another_spelling_is_known_and_comes_back_in_that_of_the_rule(pairs, client, adapter):
    rules = made(*pairs)
    assert rules.to_adapter(ClientPath(client)) == adapter
    back = rules.to_client(AdapterPath(adapter))
    assert back is not None
    assert key(back) in {key(each) for each in (client, *twins(clean(client)))}


NOTHING = [
    ([("/ws", "/src")], "/wsx/a.go"),
    ([("/ws", "/src")], "/WS/a.go"),
    ([("/ws", "/src")], "relative.go"),
    ([], "/ws/a.go"),
    # Another rule gives what would come of it to another file.
    ([("/ws", "/src"), ("/other", "/src/lib")], "/ws/lib/a.go"),
]


@pytest.mark.parametrize(("pairs", "client"), NOTHING)
def test_no_effect(pairs, client):
    assert made(*pairs).to_adapter(ClientPath(client)) is None


def test_of_two_with_one_target_the_file_that_exists_counts():
    rules = made(("/a", "/src"), ("/b", "/src"))
    here = {"/a/x.go", "/b/y.go"}
    exists = here.__contains__
    assert rules.to_client(AdapterPath("/src/y.go"), exists) == "/b/y.go"
    assert rules.to_client(AdapterPath("/src/x.go"), exists) == "/a/x.go"
    assert rules.to_adapter(ClientPath("/b/y.go"), exists) == "/src/y.go"
    assert rules.to_adapter(ClientPath("/a/y.go"), exists) is None


WARNED = [
    ([("/a", "/x"), ("/a/", "/y")], 'has the same "from"'),
    ([("/a", "/x"), ("/b", "/x/")], 'have one "to"'),
    ([("/ws", "/src"), ("/other", "/src/lib")], "hides /ws/lib"),
    ([("lib", "/src")], "never matches"),
    ([("", "/src")], "cannot be inverted"),
]


@pytest.mark.parametrize(("pairs", "words"), WARNED)
def test_what_cannot_be_is_said(pairs, words):
    (warning,) = made(*pairs).warnings
    assert words in warning
    assert "substitutePath" in warning or "have one" in warning


def test_what_can_be_is_not():
    assert made(("/ws", "/src"), ("/ws/lib", "/src/lib"), ("/goroot/src", ""), ("/ws/a.tmpl", "a.tmpl")).warnings == ()


def test_rules_of_a_request():
    rules = rules_of([{"from": "/a", "to": "/b"}, {"from": "", "to": ""}])
    assert rules.rules == (Rule("/a", "/b"), Rule("", ""))
    assert rules_of([], remote_path="/src", cwd="/ws").to_adapter(ClientPath("/ws/a.go")) == "/src/a.go"
    assert rules_of([{"from": "/a", "to": "/b"}], remote_path="/src", cwd="/ws").to_adapter(ClientPath("/ws/a.go")) is None
    assert rules_of([], remote_path="/ws/", cwd="/ws").rules == ()


@pytest.mark.parametrize("bad", [{"from": "/a"}, {"to": "/a"}, {"from": 1, "to": "/a"}, {}])
def test_half_a_rule_is_refused_by_its_place(bad):
    with pytest.raises(ValueError, match=r'substitutePath\[1\] needs both "from" and "to"'):
        rules_of([{"from": "/a", "to": "/b"}, bad])


def test_the_rule_between_two_paths():
    assert rule_between("/ws/lib/a.go", "example.com/a/lib/a.go") == Rule("/ws", "example.com/a", "inferred")
    assert rule_between("/ws/gen/page.tmpl", "page.tmpl") == Rule("/ws/gen/page.tmpl", "page.tmpl", "inferred")
    assert rule_between("/ws/a.go", "C:\\src\\App/a.go") == Rule("/ws", "C:\\src\\App", "inferred")
    assert rule_between("/a/x.go", "/b/y.go") == Rule("/a/x.go", "/b/y.go", "inferred")


@pytest.mark.parametrize(
    ("client", "adapter", "within", "rule"),
    [
        ("/home/ann/shop/lib/x.go", "/build/shop/lib/x.go", "/home/ann/shop", ("/home/ann/shop", "/build/shop")),
        ("/home/ann/shop/lib/x.go", "/build/shop/lib/x.go", "/home/ann/shop/", ("/home/ann/shop", "/build/shop")),
        (
            "/home/ann/shop/vendored/lib/x.go",
            "/build/src/lib/x.go",
            "/home/ann/shop",
            ("/home/ann/shop/vendored", "/build/src"),
        ),
        ("/elsewhere/shop/x.go", "/build/shop/x.go", "/home/ann/shop", ("/elsewhere", "/build")),
        ("C:\\shop\\Lib\\x.go", "D:\\b\\shop\\lib\\x.go", "C:\\shop", ("C:\\shop", "D:\\b\\shop")),
        ("/ws/lib/x.go", "/build/lib/x.go", "", ("/ws", "/build")),
    ],
)
def test_a_rule_of_a_project_does_not_leave_it(client, adapter, within, rule):
    found = rule_between(client, adapter, within)
    assert (found.client, found.adapter) == rule


HEADS = st.sampled_from(
    [
        "/",
        "/a",
        "/a/b",
        "/a/B",
        "/b",
        "/a/b/c.go",
        "",
        "C:\\a",
        "C:\\a\\b",
        "c:/A",
        "\\\\s\\t",
        "\\\\s\\t\\a",
        "a",
        "a/b",
        "/mnt/c/a",
    ]
)
RULES = st.lists(st.builds(Rule, HEADS, HEADS), max_size=5).map(lambda each: Rules(tuple(each)))
PATHS = st.builds(
    lambda head, rest: (head.rstrip("/\\") + ("\\" if "\\" in head else "/") + rest).lstrip("/" if not head else ""),
    HEADS,
    st.sampled_from(["x.go", "b/x.go", "B/c.go", "b/c.go", "bb/x.go"]),
)


@given(RULES, PATHS)
def test_back_is_where_it_came_from(rules, path):
    there = rules.to_adapter(ClientPath(path))
    if there is not None:
        back = rules.to_client(there)
        assert back is not None
        assert key(back) in {key(each) for each in (path, *twins(clean(path)))}


@given(RULES, PATHS)
def test_and_from_the_other_side(rules, path):
    client = rules.to_client(AdapterPath(path))
    if client is not None:
        there = rules.to_adapter(client)
        assert there is not None
        assert key(there) == key(path)


@given(RULES, PATHS, PATHS)
def test_two_files_never_become_one(rules, one, other):
    there = rules.to_adapter(ClientPath(one))
    spellings = [{key(each), *(key(twin) for twin in twins(clean(each)))} for each in (one, other)]
    if there is not None and not spellings[0] & spellings[1]:
        also = rules.to_adapter(ClientPath(other))
        assert also is None or key(also) != key(there)


@given(RULES, PATHS)
def test_no_effect_outside_of_the_rules(rules, path):
    spellings = (clean(path), *twins(clean(path)))
    if not any(rest_below(each, rule.heads[0]) is not None for rule in rules.rules for each in spellings):
        assert rules.to_adapter(ClientPath(path)) is None


@given(RULES, PATHS)
def test_what_is_silent_about_itself_always_maps(rules, path):
    if not rules.warnings and rules.applied_to_client_path(ClientPath(path)) is not None:
        assert rules.to_adapter(ClientPath(path)) is not None
