"""Whether a text is the one that was compiled: by where functions begin, and by lines that can hold no statement."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.recorded import RecordedFile
from dapshim.sources.go_text import GoText
from dapshim.sources.stale import Freshness, compare
from tests.sources.scene import functions, text

SOURCE = """// Package lib has func Fake() in a comment.
package lib

import "fmt"

/* func Hidden() {
*/

type T[K any] struct{ k K }

var raw = `
func Quoted() {
`

var closure = func() int { return 1 }

func Do(f func(x struct{ a int }) interface{ M() }) (n int) {
\tfmt.Println("} // not the end", '}', `{`)
\tgo func() {
\t\tfmt.Println()
\t}()

\t// a comment
\treturn
}

func (t *T[K]) Get() K { return t.k }

func (T[K]) Plain() {
}

func init() {
}

func Map[A, B any](a A) (b B) {
\treturn
}

func asm(x int) int
"""
RECORDED = {
    "example.com/a/lib.Do": 17,
    "example.com/a/lib.Do.func1": 19,
    "example.com/a/lib.Do.gowrap1": 19,
    "example.com/a/lib.(*T[go.shape.map[string]int]).Get": 27,
    "example.com/a/lib.T[go.shape.int].Plain": 29,
    "example.com/a/lib.(*T[...]).Get-fm": 27,
    "example.com/a/lib.init": 11,
    "example.com/a/lib.init.0": 32,
    "example.com/a/lib.Map[go.shape.int,example.com/b.X]": 35,
    "example.com/a/lib.glob..func1": 15,
    "example.com/a/lib.asm": 39,
    "type:.eq.example.com/a/lib.T": 1,
}


def recorded(names: dict[str, int] = RECORDED) -> RecordedFile:
    return RecordedFile("/ws/lib.go", "example.com/a/lib", names)


def test_all_kinds_of_functions_are_on_their_lines():
    found = compare(recorded(), SOURCE.encode())
    assert (found.freshness, found.moved, found.lines) == (Freshness.FRESH, (), ())
    assert found.checked == found.found == 8
    assert found.sentence("lib.go") == ""


@pytest.mark.parametrize(
    "name", [each for each in RECORDED if compare(recorded({each: RECORDED[each]}), SOURCE.encode()).checked]
)
def test_each_kind_is_missed_when_it_moves(name):
    found = compare(recorded({name: RECORDED[name]}), b"\n" + SOURCE.encode())
    assert found.freshness is Freshness.STALE
    assert [each.function for each in found.moved] == [name]


@pytest.mark.parametrize("fake", ["Fake", "Hidden", "Quoted"])
def test_comments_and_strings_fool_nobody(fake):
    line = next(number for number, each in enumerate(SOURCE.split("\n"), 1) if f"func {fake}" in each)
    found = compare(recorded({f"example.com/a/lib.{fake}": line}), SOURCE.encode())
    assert found.freshness is Freshness.STALE
    assert found.alien


def test_what_moved_is_named():
    found = compare(recorded({"a/lib.Do": 15, "a/lib.Gone": 3}), SOURCE.encode())
    assert [str(each) for each in found.moved] == ["a/lib.Do was at line 15, is at 17", "a/lib.Gone was at line 3, is gone"]
    assert found.sentence("lib.go") == (
        "lib.go was changed since the binary was built: a/lib.Do was at line 15, is at 17 and 1 more. "
        "Build it again, or lines will not fit."
    )
    assert not found.alien


def test_where_functions_end():
    ends = {each.name: (each.receiver, each.first, each.last) for each in GoText(SOURCE.encode()).functions}
    assert ends == {
        "Do": ("", 17, 25),
        "Get": ("T", 27, 27),
        "Plain": ("T", 29, 30),
        "init": ("", 32, 33),
        "Map": ("", 35, 37),
        "asm": ("", 39, 39),
    }


DO = "example.com/a/lib.Do"
STATEMENTS = [
    ({DO: [17, 18, 19, 24, 25]}, ()),
    ({DO: [18, 22]}, (22,)),  # blank
    ({DO: [18, 23]}, (23,)),  # a comment
    ({DO: [18, 27]}, (27,)),  # has left the function
    ({"": [18, 27]}, ()),  # of whatever function
    ({"": [6, 400]}, (6, 400)),  # in a comment, and beyond the end
    ({DO: [0]}, ()),
]


@pytest.mark.parametrize(("statements", "wrong"), STATEMENTS)
def test_statements_tell_what_start_lines_cannot(statements, wrong):
    found = compare(recorded(), SOURCE.encode(), statements)
    assert found.lines == wrong
    assert found.freshness is (Freshness.STALE if wrong else Freshness.FRESH)


def test_a_comment_inside_of_a_function_is_seen_by_statements_alone():
    before = text("lib", "Do")
    after = before.replace("\tprintln(1)\n", "\t// said later\n\tprintln(1)\n")
    file = RecordedFile("lib.go", "a", functions("a", before))
    assert compare(file, after.encode()).freshness is Freshness.FRESH
    found = compare(file, after.encode(), {"a.Do": [3, 4, 5]})
    assert (found.freshness, found.lines) == (Freshness.STALE, (4,))
    assert "line 4 has code in the binary and none in the text" in found.sentence("lib.go")


def test_nothing_to_compare_is_unknown():
    assert compare(RecordedFile("lib.go", "a"), SOURCE.encode()).freshness is Freshness.UNKNOWN
    assert compare(recorded({"a.Do": 0}), SOURCE.encode()).freshness is Freshness.UNKNOWN
    assert compare(recorded({"a.Do": 7}), b"package a\n//line x.tmpl:3\nfunc Do() {}\n").freshness is Freshness.UNKNOWN


def test_all_wrong_and_nothing_known_are_not_the_same():
    found = compare(recorded({"a.Do": 7}), b"package a\n")
    assert (found.freshness, found.checked, found.found, found.alien) == (Freshness.STALE, 1, 0, True)


def test_assembly():
    source = b"TEXT \xc2\xb7Add(SB), NOSPLIT, $0-24\n\tRET\n\nTEXT strings\xc2\xb7Sub<ABIInternal>(SB), 4, $0\n\tRET\n"
    file = RecordedFile("add.s", "a", {"a.Add": 1, "strings.Sub": 4})
    assert compare(file, source).freshness is Freshness.FRESH
    assert compare(file, b"\n" + source).freshness is Freshness.STALE


def test_a_name_given_by_linkname_is_known_by_its_line():
    source = text("maps", "runtime_mapaccess").encode()
    file = RecordedFile("maps.go", "internal/runtime/maps", {"runtime.mapaccess": 3})
    assert compare(file, source).freshness is Freshness.FRESH
    assert compare(file, b"\n" + source).freshness is Freshness.STALE


def test_functions_of_assembly_without_a_package():
    file = RecordedFile("cmp_amd64.s", "internal/bytealg", {"cmpbody": 2})
    assert compare(file, b"\nTEXT cmpbody<>(SB),NOSPLIT,$0-0\n\tRET\n").freshness is Freshness.FRESH
    assert compare(file, b"TEXT cmpbody<>(SB),NOSPLIT,$0-0\n\tRET\n").freshness is Freshness.STALE


LINES = st.lists(
    st.sampled_from(["", "// x", "func A() {", "}", "\tx := `", "/*", "*/", "func (t *T) B() { return }", '"', "'"]),
    max_size=12,
)


@given(LINES)
def test_any_text_is_read_and_keeps_its_lines(lines):
    data = "\n".join(lines).encode()
    source = GoText(data)
    assert source.blanked.count(b"\n") == data.count(b"\n")
    assert len(source.blanked) == len(data)
    assert all(1 <= each.first <= each.last <= max(source.line_count, 1) for each in source.functions)


@given(LINES, st.integers(0, 5))
def test_a_text_is_fresh_to_itself_and_lines_move_together(lines, more):
    data = "\n".join(lines).encode()
    own = {f"a.{each.receiver + '.' if each.receiver else ''}{each.name}": each.first for each in GoText(data).functions}
    file = RecordedFile("a.go", "a", own)
    assert compare(file, data).freshness is (Freshness.FRESH if own else Freshness.UNKNOWN)
    if own and more:
        assert compare(file, b"\n" * (more + len(lines)) + data).freshness is Freshness.STALE
