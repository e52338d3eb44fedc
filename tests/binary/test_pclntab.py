from __future__ import annotations

import itertools
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.errors import BinaryError
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.pc_values import first_value, value_at, value_ranges
from dapshim.binary.pclntab import GO_1_16, GO_1_18, GO_1_20, LineTable, read_header
from dapshim.binary.reading import recorded_from_memory
from dapshim.binary.recorded import BuildInfo
from tests.binary.executables import TARGETS, Executables, read
from tests.binary.tables import Func, table


@pytest.mark.parametrize("target", TARGETS)
def test_every_function_is_where_go_says(target, built, tmp_path):
    executable = read(built.build(target, "-ldflags=-s -w"))
    lines, text = executable.table, executable.module.text
    assert text is not None
    (tmp_path / "table").write_bytes(executable.image.read_at(executable.found.address, 1 << 30))
    said = built.witness(tmp_path / "table", text)
    assert len(said) == lines.header.functions > 500
    for number, (name, entry, end, file, line, middle, there, at) in enumerate(said):
        assert lines.name(number) == name
        assert text + lines.entries[number] == int(entry, 16)
        assert text + lines.entries[number + 1] == int(end, 16)
        if name.startswith("go:"):
            continue  # They belong to no package, so their files are not known; gosym names one by chance.
        assert lines.position(int(entry, 16) - text) == (file, max(0, int(line))), name
        assert lines.position(int(middle, 16) - text) == (there, max(0, int(at))), name


def test_symbols_are_where_the_linker_says(built):
    path = built.build("linux/amd64", "-gcflags=all=-N -l")
    executable = read(path)
    assert executable.module.text is not None
    said = dict(line.split()[::-1][0::2] for line in built.go("tool", "nm", str(path)).splitlines() if len(line.split()) == 3)
    for name in ("main.main", "example.com/recorded/shape%2ev2.Described", "runtime.main"):
        number = next(n for n in range(executable.table.header.functions) if executable.table.name(n) == name)
        assert executable.module.text + executable.table.entries[number] == int(said[name], 16)
    assert int(said["runtime.text"], 16) == executable.module.text
    assert int(said["runtime.firstmoduledata"], 16) == executable.module.address


@pytest.mark.parametrize("magic", [GO_1_16, GO_1_18, GO_1_20])
@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("pointer_size", [4, 8])
def test_every_layout(magic, order, pointer_size):
    made = table(
        [Func("main.main", ["/ws/main.go"], [7, 8, 9], start_line=7), Func("lib.Do", ["/ws/lib/lib.go"], [3, 4], start_line=3)],
        magic=magic,
        order=order,
        pointer_size=pointer_size,
    )
    lines = LineTable(made)
    assert lines.header.pointer_size == pointer_size
    assert list(lines.files.values()) == ["/ws/main.go", "/ws/lib/lib.go"]
    recorded = recorded_from_memory(made, BuildInfo(path="example.com/cmd"))
    line = 3 if magic == GO_1_20 else 0
    assert [(each.path, each.package, dict(each.functions)) for each in recorded.files] == [
        ("/ws/main.go", "example.com/cmd", {"main.main": 7 if line else 0}),
        ("/ws/lib/lib.go", "lib", {"lib.Do": line}),
    ]
    assert FilesOfCode(lines).statement_lines("/ws/main.go") == (7, 8, 9)
    assert lines.position(lines.entries[1] + 1) == ("/ws/lib/lib.go", 3)
    assert lines.position(lines.entries[-1]) == ("", 0)


def test_lines_of_an_inlined_function_are_those_of_its_file():
    lines = LineTable(table([Func("a.F", ["/a.go", "/b.go", "/a.go"], [10, 77, 11])]))
    code = FilesOfCode(lines)
    assert code.statement_lines("/a.go") == (10, 11)
    assert code.statement_lines("/b.go") == (77,)


def test_function_that_begins_with_inlined_code_is_of_the_file_of_its_own():
    made = table([Func("a.F", ["/b.go", "/a.go"], [77, 10], inlined=[0, -1], start_line=10)])
    assert [(name, LineTable(made).files[place]) for name, place, _ in LineTable(made).beginnings()] == [("a.F", "/a.go")]


def test_a_link_name_alone_does_not_move_a_file():
    recorded = recorded_from_memory(
        table([Func("runtime.main", ["/go/src/runtime/proc.go"], [1]), Func("time.now", ["/go/src/runtime/now.s"], [2])]),
        BuildInfo(),
    )
    assert {each.package for each in recorded.files} == {"runtime"}
    assert recorded.goroot == "/go"


def test_two_templates_in_one_folder_keep_their_packages():
    recorded = recorded_from_memory(
        table(
            [
                Func("a.F", ["/ws/tmpl/a.tmpl"], [1]),
                Func("b.F", ["/ws/tmpl/b.tmpl"], [1]),
                Func("b.G", ["/ws/tmpl/b.tmpl"], [2]),
            ]
        ),
        BuildInfo(),
    )
    assert {each.path: each.package for each in recorded.files} == {"/ws/tmpl/a.tmpl": "a", "/ws/tmpl/b.tmpl": "b"}


def test_a_bare_name_of_two_packages_is_of_none():
    recorded = recorded_from_memory(
        table(
            [
                Func("a.F", ["_cgo_gotypes.go"], [1]),
                Func("b.F", ["_cgo_gotypes.go"], [1]),
                Func("b.G", ["_cgo_gotypes.go"], [1]),
            ]
        ),
        BuildInfo(),
    )
    assert [each.package for each in recorded.files] == [""]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "too short"),
        (b"\xfb\xff\xff\xff\0\0\1\x08" + bytes(72), "Go 1.15 or older"),
        (b"\xf1\xff\xff\xff\0\0\3\x08" + bytes(72), "no Go line table: it begins with f1 ff ff ff"),
        (b"\xf1\xff\xff\xff\0\0\1\x08" + bytes(20), "header is cut short"),
        (b"\xf1\xff\xff\xff\0\0\1\x08" + bytes(72), "parts overlap"),
    ],
)
def test_what_is_no_table(data, said):
    with pytest.raises(BinaryError, match=said):
        read_header(data)


def test_claims_take_no_memory():
    made = bytearray(table([Func("a.F", ["/a.go"], [1])]))
    struct.pack_into("<Q", made, 8, 1 << 60)
    with pytest.raises(BinaryError, match="cut short"):
        LineTable(bytes(made))


GOOD = table([Func(f"a.F{number}", ["/a.go", f"/b{number % 3}.go"], [number, 5], inlined=[-1, 0]) for number in range(1, 9)])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, len(GOOD))
)
def test_damaged_tables_are_refused_or_read(changes, length):
    data = bytearray(GOOD)
    for at, value in changes:
        data[at] = value
    for each in (bytes(data), bytes(data[:length])):
        try:
            recorded = recorded_from_memory(each, BuildInfo())
            lines = LineTable(each)
            code = FilesOfCode(lines, lambda _offset, length: bytes(length))
            for file in recorded.files:
                code.statement_lines(file.path)
                code.inlined_functions(file.path)
            lines.position(lines.entries[0])
        except BinaryError as error:
            assert str(error)  # noqa: PT017 - either way is right


def test_names_that_lie_in_each_other_are_refused_at_once():
    started = time.perf_counter()
    long = "x" * 200_000
    made = table([Func(f"a.{long}", ["/a.go"], [1]) for _ in range(1)] + [Func("b.F", ["/a.go"], [1])] * 3000, shift_names=True)
    with pytest.raises(BinaryError, match="names of functions overlap"):
        recorded_from_memory(made, BuildInfo())
    assert time.perf_counter() - started < 10


def test_endless_tables_end():
    endless = Func("a.F", ["/a.go"] * 200_000, list(range(200_000)))
    made = table([endless] * 40, share=True)
    started = time.perf_counter()
    FilesOfCode(LineTable(made)).statement_lines("/a.go")
    assert time.perf_counter() - started < 10


# -- values by program counter ---------------------------------------------------------------------------------------------


def test_values():
    pctab = bytes([0, 4, 3, 1, 2, 0])  # -1 + 2 for 3, then -1 for 2
    assert list(value_ranges(pctab, 1, 4)) == [(0, 12, 1), (12, 20, 0)]
    assert value_at(pctab, 1, 4, 12) == 0
    assert value_at(pctab, 1, 4, 20) == -1
    assert first_value(pctab, 1) == 1
    assert list(value_ranges(pctab, 0, 4)) == []


@given(st.binary(max_size=40), st.sampled_from([1, 2, 4]))
def test_noise_ends(pctab, quantum):
    try:
        ranges = list(value_ranges(b"\0" + pctab, 1, quantum))
    except BinaryError:
        return
    assert len(ranges) <= len(pctab)
    assert ranges[0][2] == first_value(b"\0" + pctab, 1)
    assert all(before[1] == after[0] for before, after in itertools.pairwise(ranges))


def test_single_functions_are_those_of_the_whole_walk(built: Executables):
    """`named`, `number_of` and `beginning` decode little; `beginnings` decodes all."""
    table = read(built.build("linux/amd64", "-gcflags=all=-N -l")).table
    walked = [(name, table.files.get(place, ""), line) for name, place, line in table.beginnings()]
    for prefixes in ((b"main.",), (b"fmt.", b"internal/"), (b"none.",)):
        numbers = list(table.named(prefixes, 1 << 20))
        assert numbers == [number for number, (name, *_) in enumerate(walked) if name.encode().startswith(prefixes)]
        assert [(table.name(number), *table.beginning(number)) for number in numbers] == [walked[number] for number in numbers]
    for name in ("main.main", "runtime.main", "runtime.mallocgc"):
        number = table.number_of(name.encode())
        assert number is not None
        assert walked[number][0] == name
    assert table.number_of(b"main.none") is None
    assert len(list(table.named((b"runtime.",), 5))) == 5
