"""Lines to addresses and back, on real executables; DWARF of the same code, as binutils read it, is the witness."""

from __future__ import annotations

import itertools
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.code_lines import CodeLines, is_wrapper
from dapshim.binary.errors import BinaryError
from dapshim.binary.reading import Executable
from tests.binary.executables import Executables, needs_c, read

STRIPPED = "-ldflags=-s -w"


@lru_cache
def code_of(path: Path) -> CodeLines:
    return CodeLines(read(path))


def own(code: CodeLines) -> list[int]:
    """The functions of the program's own packages, and of some of the library."""
    numbers = range(code.table.header.functions)
    return [number for number in numbers if code.name(number).startswith(("main.", "example.com/", "runtime.m", "internal/"))]


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"], ["-buildmode=pie"]], ids=["optimised", "plain", "pie"])
def test_every_address_has_the_line_of_the_table(flags, built: Executables):
    code = code_of(built.build("linux/amd64", STRIPPED, *flags))

    @settings(max_examples=300, deadline=None)
    @given(st.sampled_from(own(code)), st.floats(0, 1, exclude_max=True))
    def check(number: int, part: float) -> None:
        spans = code.spans(number)
        offset = int(part * spans[-1].end)
        address = code.entry(number) + offset
        positions = code.positions(address)
        assert positions[-1].function == code.name(number)
        assert not positions[-1].inlined
        assert all(each.inlined and each.function for each in positions[:-1])
        assert (positions[0].file, positions[0].line) == code.table.position(address - code.text)
        assert code.ancestors(number, positions[0].index) == tuple(each.index for each in positions)

    check()


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
def test_parts_lie_side_by_side_and_statements_within_them(flags, built: Executables):
    code = code_of(built.build("linux/amd64", STRIPPED, *flags))
    for number in own(code):
        spans = code.spans(number)
        assert spans[0].start == 0
        assert all(one.end == other.start for one, other in itertools.pairwise(spans))
        ends = {span.end: span for span in spans}
        statements = code.statements(number)
        assert all(ends[each.end].start <= each.start < each.end for each in statements)
        places = {(span.file, span.line, span.index) for span in spans if span.line > 0}
        assert {(each.file, each.line, each.index) for each in statements} == places


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
def test_a_line_is_found_where_its_code_is(flags, built: Executables):
    executable = read(built.build("linux/amd64", STRIPPED, *flags))
    code = CodeLines(executable)
    path = str(built.source / "main.go")
    lines = executable.code.statement_lines(path)
    assert len(lines) > 8
    for line in lines:
        addresses = code.addresses(path, line)
        assert addresses
        assert list(addresses) == sorted(set(addresses))
        for address in addresses:
            number = code.number_at(address)
            assert number is not None
            innermost = code.positions(address)[0]
            at_start = address == code.body_start(number)
            assert at_start or (innermost.file, innermost.line) == (path, line)
    assert code.addresses(path, 1) == code.addresses(path, 99_999) == code.addresses("/nowhere.go", 1) == ()


def test_a_function_begins_behind_what_a_growing_stack_repeats(built: Executables):
    executable = read(built.build("linux/amd64", STRIPPED, "-gcflags=all=-N -l"))
    code = CodeLines(executable)
    framed = 0
    for number in own(code):
        start, entry = code.body_start(number), code.entry(number)
        if start == entry:
            continue
        framed += 1
        assert executable.image.read_at(start - 4, 4) == b"\x55\x48\x89\xe5"  # push bp; mov bp, sp
        assert code.frame_size(start) == 8
        assert code.frame_size(entry) == 0
    assert framed > 50


@needs_c
def test_the_start_of_the_text_is_not_the_section(built: Executables):
    executable = read(built.build("linux/amd64", "-ldflags=-linkmode=external -s -w"))
    text = executable.image.section(".text")
    code = CodeLines(executable)
    assert text is not None
    assert code.text > text.address
    (number,) = code.named("main.main")["main.main"]
    assert code.positions(code.body_start(number))[0].function == "main.main"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("main.main", ["main.main"]),
        ("example.com/recorded/shape%2ev2.Described", ["example.com/recorded/shape%2ev2.Described"]),
        ("shape.v2.Described", ["example.com/recorded/shape%2ev2.Described"]),
        ("main.nothing", []),
        ("", []),
    ],
)
def test_functions_by_a_persons_name(wanted, found, built: Executables):
    code = code_of(built.build("linux/amd64", STRIPPED, "-gcflags=all=-N -l"))
    assert list(code.named(wanted)) == found


def test_methods_by_a_persons_name(built: Executables):
    code = code_of(built.build("linux/amd64", STRIPPED, "-gcflags=all=-N -l"))
    for wanted in ("mheap.alloc", "runtime.mheap.alloc", "runtime.(*mheap).alloc", "(*mheap).alloc"):
        assert list(code.named(wanted)) == ["runtime.(*mheap).alloc"]


def test_direct_calls(built: Executables):
    code = code_of(built.build("linux/amd64", STRIPPED, "-gcflags=all=-N -l"))
    (number,) = code.named("main.main")["main.main"]
    called = code.called(number, code.spans(number))
    assert any(code.name(each).startswith("example.com/recorded/") for each in called)
    assert "runtime.morestack_noctxt" in {code.name(each).partition(".abi0")[0] for each in called}


@pytest.mark.parametrize(("name", "answer"), [("main.main.gowrap1", True), ("a.F.deferwrap12", True), ("main.gowrap", False)])
def test_wrappers(name, answer):
    assert is_wrapper(name) is answer


def test_without_the_start_of_the_text_nothing_is_guessed(built: Executables):
    import attrs

    executable = read(built.build("linux/amd64", STRIPPED))
    lost: Executable = attrs.evolve(executable, module=attrs.evolve(executable.module, text=None))
    with pytest.raises(BinaryError, match="does not tell where its code begins"):
        CodeLines(lost)
