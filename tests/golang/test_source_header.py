from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.source_header import Header, has_main_function, package_clause, read_header
from tests.wire.strategies import calm

FILES = {
    "plain": ("package a\n", "a", False),
    "no newline": ("package a", "a", False),
    "byte order mark": ("\ufeffpackage a\n", "a", False),
    "comments everywhere": ("// x\n/* package no */ package /* y */ a // z\n", "a", False),
    "a comment of many lines": ("/*\npackage no\n***/\npackage a\n", "a", False),
    "semicolons": (';package a; import "fmt"; import "C"; func f() {}', "a", True),
    "cgo": ('package a\n\n// #include <x.h>\nimport "C"\n', "a", True),
    "cgo among others": ('package a\nimport (\n\t"fmt"\n\tx "os" // "C"\n\t. `io`\n\t_ "C"\n)\n', "a", True),
    "cgo in backquotes": ("package a\nimport `C`\n", "a", True),
    "cgo in a comment": ('package a\n// import "C"\n/* import "C" */\nimport "fmt"\n', "a", False),
    "cgo behind the imports": ('package a\nimport "fmt"\nvar x = "C"\n// import "C"\n', "a", False),
    "an empty import": ('package a\nimport ()\nimport "C"\n', "a", True),
    "a word that begins so": ("package a\nimporting := 1\n", "a", False),
    "unicode": ("package größe\n", "größe", False),
}


@pytest.mark.parametrize(("text", "package", "cgo"), FILES.values(), ids=FILES)
def test_the_head_of_a_file(text, package, cgo):
    header = read_header(text.encode(), whole=True)
    assert header is not None
    assert (header.package, header.imports_c) == (package, cgo)
    assert package_clause(text.encode()) == (package, header.clause + len(package.encode()))


@pytest.mark.parametrize(
    "text", ["", "// package a", "pack a", "packagea", "package", "package 1", "/* package a", "import x\n", "\0"]
)
def test_what_does_not_begin_as_a_go_file(text):
    with pytest.raises(ValueError, match="expected 'package'"):
        read_header(text.encode(), whole=True)
    assert package_clause(text.encode()) is None


@pytest.mark.parametrize(
    "text", ["package a\nimport x", "package a\nimport (", 'package a\nimport (\n"x"\n5)', 'package a\nimport "x\n']
)
def test_imports_that_are_none(text):
    with pytest.raises(ValueError, match="missing import path"):
        read_header(text.encode(), whole=True)


@calm
@given(st.sampled_from(sorted(FILES)), st.data())
def test_a_piece_of_a_file_gives_the_same_head_or_asks_for_more(name: str, data: st.DataObject) -> None:
    text = f"{FILES[name][0]}\nvar y = 1 // the rest\n".encode()
    cut = data.draw(st.integers(0, len(text)))
    whole = read_header(text, whole=True)
    assert read_header(text[:cut], whole=False) in (None, whole)
    long = text + b"x" * 20
    assert read_header(long, whole=False) == whole


def test_a_head_that_is_long_is_found():
    text = b"// licence\n" * 5000 + b"package main\n\nfunc main() {}\n"
    header = read_header(text, whole=True)
    assert header == Header("main", len(text) - len(b"main\n\nfunc main() {}\n"), header.body if header else 0, imports_c=False)


MAIN = [
    "func main() {}",
    "func main () {}",
    "func\nmain()",
    "func /* x */ main /* y */ () {}",
    "var x = []int{1, 2}\nfunc f() { }\nfunc main() {}",
    "var s = `{`\nfunc main() {}",
    'var s = "{\\""\nfunc main() {}',
    "var r = '{'\nvar q = '\\''\nfunc main() {}",
    "// {\n/* { */\nfunc main() {}",
    ";func main() {}",
]
NO_MAIN = [
    "",
    "// func main() {}",
    "/* func main() {} */",
    "var s = `\nfunc main() {}\n`",
    'var s = "func main() {}"',
    "func (t T) main() {}",
    "func Main() {}",
    "func main_() {}",
    "func mainly() {}",
    "func f() { main() }",
    "var main = func() {}",
    "type T interface { main() }",
    "func f() {\n\tx := func main() {}\n}",
    "var f = func(main int) {}",
    "xfunc main()",
]


@pytest.mark.parametrize("text", MAIN)
def test_a_main_function(text):
    assert has_main_function(f"package main\n\n{text}\n".encode(), len("package main"))


@pytest.mark.parametrize("text", NO_MAIN)
def test_no_main_function(text):
    assert not has_main_function(f"package main\n\n{text}\n".encode(), len("package main"))


@pytest.mark.parametrize("piece", [b"/*", b"'", b"`a", b'"', b'\\"', b"//", b"func ", b"{", b"(*/"])
def test_a_file_that_was_made_to_be_slow_is_not(piece: bytes) -> None:
    data = b"package main\n" + piece * (300_000 // len(piece)) + b"\nfunc mainly() {}\n"
    began = time.process_time()
    assert not has_main_function(data)
    assert read_header(data, whole=True) is not None
    assert time.process_time() - began < 2


@calm
@given(st.binary(max_size=200) | st.text("packgeimortfunc \n\"'`/*(){}C\\;", max_size=120).map(str.encode))
def test_anything_is_read_or_refused(data: bytes) -> None:
    for whole in (True, False):
        try:
            read_header(data, whole=whole)
        except ValueError:
            assert whole
    has_main_function(data)
