"""Paths compared by what they mean, in both spellings, and never changed; and two kinds of path that mypy keeps apart."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.spelling import base, clean, folder, is_absolute, joined, key, rest_below, twins

SAME = [
    ("C:\\src\\App/main.go", "c:/src/app\\main.go"),
    ("c:/x/", "C:\\x"),
    ("C:\\x\\..\\y", "C:\\y"),
    ("\\\\server\\share\\x", "\\\\SERVER\\Share\\x"),
    ("\\\\?\\C:\\x", "C:\\x"),
    ("\\\\?\\UNC\\server\\share\\x", "\\\\server\\share\\x"),
    ("./main.go", "main.go"),
    ("/a//b/./c/../d/", "/a/b/d"),
    ("//a", "/a"),
]
DIFFERENT = [
    ("/a/B", "/a/b"),
    ("/a\\b", "/a/b"),
    ("C:\\x", "/mnt/c/x"),
    ("C:\\x", "D:\\x"),
    ("c:x", "c:/x"),
    ("/a/b", "a/b"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_means_the_same_has_one_key(one, other):
    assert key(one) == key(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_what_does_not_has_two(one, other):
    assert key(one) != key(other)


def test_cleaning_keeps_the_spelling():
    assert clean("C:\\src\\App/main.go") == "C:\\src\\App/main.go"
    assert clean("c:/Src/./App") == "c:/Src/App"
    assert clean("C:\\Src\\..\\App\\") == "C:\\App"
    assert (clean(""), clean("."), clean("/"), clean("../tmpl/up.tmpl")) == ("", ".", "/", "../tmpl/up.tmpl")


def test_the_last_element_and_what_is_before_it():
    assert (base("C:\\src\\App/main.go"), base("/a\\b"), base("x.go")) == ("main.go", "a\\b", "x.go")
    assert (folder("C:\\src\\main.go"), folder("/a/b.go"), folder("x.go")) == ("C:\\src", "/a", "")


BELOW = [
    ("/ws/a/b.go", "/ws/a", "b.go"),
    ("/ws/a", "/ws/a", ""),
    ("/ws/ab", "/ws/a", None),
    ("/ws/A/b.go", "/ws/a", None),
    ("/x", "/", "x"),
    ("lib/lib.go", "", "lib/lib.go"),
    ("/lib/lib.go", "", None),
    ("c:/Src/App/x.go", "C:\\src\\app", "x.go"),
    ("C:\\srcs\\x.go", "C:\\src", None),
    ("\\\\Server\\Share\\a\\b", "\\\\server\\share", "a/b"),
    ("C:\\x", "/x", None),
    ("/x", "C:\\x", None),
]


@pytest.mark.parametrize(("path", "head", "rest"), BELOW)
def test_below_a_folder_on_boundaries(path, head, rest):
    assert rest_below(path, head) == rest


JOINED = [
    ("/b", "x/y.go", "/b/x/y.go"),
    ("/", "x", "/x"),
    ("C:\\b", "x/y.go", "C:\\b\\x\\y.go"),
    ("C:/b", "x/y.go", "C:/b/x/y.go"),
    ("C:\\", "x", "C:\\x"),
    ("", "x/y.go", "x/y.go"),
    ("/b", "", "/b"),
    ("\\\\s\\t", "x/y", "\\\\s\\t\\x\\y"),
]


@pytest.mark.parametrize(("head", "rest", "whole"), JOINED)
def test_joining_takes_the_separators_of_the_head(head, rest, whole):
    assert joined(head, rest) == whole


def test_wsl_from_its_other_side():
    assert twins("C:\\ws\\a.go") == ["/mnt/c/ws/a.go"]
    assert twins("/mnt/c/ws/a.go") == ["C:\\ws\\a.go"]
    assert twins("\\\\wsl$\\Ubuntu\\home\\me") == twins("\\\\wsl.localhost\\Ubuntu-22.04\\home\\me") == ["/home/me"]
    assert twins("\\\\server\\share\\x") == twins("/mnt/data/x") == twins("x.go") == []


ELEMENTS = st.text(alphabet="abAB. é", min_size=1, max_size=3).filter(lambda each: each.strip(". ") != "")
PATHS = st.builds(
    lambda head, elements, separator: head + separator.join(elements),
    st.sampled_from(["/", "C:\\", "c:/", "\\\\s\\t\\", ""]),
    st.lists(ELEMENTS, min_size=1, max_size=4),
    st.sampled_from(["/", "\\"]),
)


@given(PATHS)
def test_cleaning_does_not_change_what_a_path_means(path):
    assert key(clean(path)) == key(path)
    assert clean(clean(path)) == clean(path)
    assert is_absolute(path) == is_absolute(key(path))


@given(st.sampled_from(["/ws", "/", "C:\\ws", "c:/ws", "\\\\s\\t\\ws"]), st.lists(ELEMENTS, min_size=1, max_size=4))
def test_joining_and_looking_below_are_inverses(head, elements):
    rest = "/".join(elements)
    assert rest_below(joined(head, rest), head) == rest


MIXED = """
from dapshim.sources.path_map import PathMap
from dapshim.sources.spelling import AdapterPath, ClientPath


def wrong(made: PathMap, client: ClientPath, adapter: AdapterPath) -> None:
    made.to_adapter(adapter)  # 1
    made.to_client(client)  # 2
    made.to_client("/a/text")  # 3
    back: ClientPath = adapter  # 4
    found: ClientPath | None = made.to_adapter(client).path  # 5


def right(made: PathMap, client: ClientPath, adapter: AdapterPath) -> None:
    there: AdapterPath | None = made.to_adapter(client).path
    back: ClientPath | None = made.to_client(adapter).path
"""


def test_mypy_refuses_to_mix_them(tmp_path):
    snippet = tmp_path / "mixed.py"
    snippet.write_text(MIXED)
    root = Path(__file__).parents[2]
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--cache-dir",
        str(root / ".mypy_cache"),
        str(snippet),
    ]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=120).stdout
    refused = {int(line.split(":")[1]) for line in said.splitlines() if ": error:" in line}
    assert refused == {number for number, line in enumerate(MIXED.split("\n"), 1) if "  # " in line}, said
