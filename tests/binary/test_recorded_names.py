from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.recorded_names import (
    choose,
    clean,
    count_packages,
    folder_of,
    goroot_of,
    is_folder_of,
    package_of,
    unescape,
)

SYMBOLS = [
    ("main.main", "main"),
    ("example.com/a/b.F", "example.com/a/b"),
    ("example.com/a/x%2ev2.(*T).Do", "example.com/a/x.v2"),
    ("gopkg.in/yaml%2ev3.Marshal", "gopkg.in/yaml.v3"),
    ("example.com/%c3%a9.F", "example.com/é"),
    ("example.com/a%20b.F", "example.com/a b"),
    ("example.com/a.F[go.shape.int]", "example.com/a"),
    ("example.com/a.F[example.com/b.T]", "example.com/a"),
    ("example.com/a.(*T[example.com/b.T]).M", "example.com/a"),
    ("example.com/a.(*T[go.shape.struct { X example.com/c.D }]).M.func1", "example.com/a"),
    ("example.com/a_test.TestX", "example.com/a_test"),
    ("example.com/a.T.M-fm", "example.com/a"),
    ("example.com/a.init", "example.com/a"),
    ("example.com/a.init.0.func1", "example.com/a"),
    ("example.com/a.glob..func1", "example.com/a"),
    ("example.com/a.F.func1.2", "example.com/a"),
    ("example.com/a.F.gowrap1", "example.com/a"),
    ("example.com/a.F-range1", "example.com/a"),
    ("example.com/a.(*T).M.func1", "example.com/a"),
    ("example.com/a.Func1", "example.com/a"),
    ("go.uber.org/zap.New", "go.uber.org/zap"),
    ("go/ast.Walk", "go/ast"),
    ("_/home/me/x.F", "_/home/me/x"),
    ("plugin/unnamed-0123abc.F", "main"),
    # What is the compiler's or the linker's.
    ("type:.eq.example.com/a.T", ""),
    ("type..eq.example.com/a.T", ""),
    ("go:buildid", ""),
    ("go.buildid", ""),
    ("_cgoexp_0123_Doubled", ""),
    ("_rt0_amd64_linux", ""),
    ("memeqbody", ""),
    # Closures of functions that were inlined are named after who they were inlined into. Seen in dlv 1.27.1 and Go 1.26.
    ("mime.FormatMediaType.Keys[go.shape.map[string]string,go.shape.string].func1", ""),
    ("syscall.init.OnceFunc.func3.1", ""),
    ("crypto/hkdf.Expand[go.shape.interface { Sum([]uint8) []uint8 }].UnwrapNew[go.shape.interface { Size() int }].func1", ""),
    ("example.com/a.Caller.(*T).M.func1", ""),
]


@pytest.mark.parametrize(("symbol", "package"), SYMBOLS)
def test_package_of_a_symbol(symbol, package):
    assert package_of(symbol) == package


@given(st.lists(st.sampled_from([symbol for symbol, _ in SYMBOLS] + ["example.com/a.b/c.F", "example.com/a.G", "main.x1"])))
def test_counting_is_counting_each(symbols):
    counted = Counter(map(package_of, symbols))
    counted.pop("", None)
    assert count_packages(symbols) == dict(counted)


@given(st.text())
def test_any_symbol_has_some_answer(symbol):
    assert isinstance(package_of(symbol), str)
    count_packages([symbol, symbol])


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/[")))
def test_escapes_are_undone(element):
    raw = "".join(
        f"%{byte:02x}" if byte <= 0x20 or byte >= 0x7F or chr(byte) in '.%"' else chr(byte) for byte in element.encode()
    )
    assert unescape(f"example.com/{raw}") == f"example.com/{element}"


@pytest.mark.parametrize(
    ("recorded", "shown"),
    [
        ("./main.go", "main.go"),
        ("/a//b/main.go", "/a/b/main.go"),
        ("//a/main.go", "/a/main.go"),
        ("/a/./b/../main.go", "/a/main.go"),
        ("../tmpl/up.tmpl", "../tmpl/up.tmpl"),
        ("a/.hidden/x.go", "a/.hidden/x.go"),
        ("C:\\src\\app/lib/lib.go", "C:\\src\\app/lib/lib.go"),
        ("page.tmpl", "page.tmpl"),
    ],
)
def test_paths_are_cleaned_as_go_does(recorded, shown):
    assert clean(recorded) == shown


def test_folders():
    assert folder_of("/a/b/c.go") == "/a/b"
    assert folder_of("C:\\a\\b.go") == "C:\\a"
    assert folder_of("c.go") == ""
    assert is_folder_of("/m/github.com/acme/util@v1.2.3", "github.com/acme/util")
    assert is_folder_of("C:\\src\\lib", "example.com/lib")
    assert not is_folder_of("/ws/tmpl", "example.com/lib")
    assert not is_folder_of("", "")


def test_a_tie_is_no_majority():
    assert choose({"a": 2, "b": 1}) == "a"
    assert choose({"a": 1, "b": 1}) == ""
    assert choose({}) == ""


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/usr/local/go/src/runtime/proc.go", "/usr/local/go"),
        ("C:/Program Files/Go/src/runtime/proc.go", "C:/Program Files/Go"),
        ("runtime/proc.go", ""),
    ],
)
def test_goroot(path, root):
    assert goroot_of([("/x/main.go", "main"), (path, "runtime")]) == root
