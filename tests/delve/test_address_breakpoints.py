"""Breakpoints of a person as addresses, on a real executable without debug info."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.code_lines import CodeLines
from dapshim.delve.address_breakpoints import AddressBreakpoints, Entry
from tests.binary.executables import read
from tests.e2e.stripped import build_twins
from tests.real import Program

BIAS = 0x5500_0000_0000


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return build_twins(tmp_path_factory.mktemp("twins"), "plain").stripped


@pytest.fixture
def lists(program: Program) -> AddressBreakpoints:
    return AddressBreakpoints(CodeLines(read(Path(program.binary))), BIAS)


def test_lines_functions_and_instructions_are_one_list(lists, program):
    path = str(program.source)
    lines = lists.set_lines(path, [{"line": program.line("down")}, {"line": 1}, {"line": program.line("call")}])
    functions = lists.set_functions([{"name": "main.recursive"}, {"name": "main.largest"}, {"name": "main.go:47"}])
    assert [entry.problem for entry in functions] == ["", "", ""]
    assert lines[1].problem == f"could not find statement at {path}:1, please use a line with a statement"
    assert functions[2].source == {"line": 47, "source": {"name": "main.go", "path": path}}
    instructions = lists.set_instructions(
        [{"instructionReference": hex(lines[0].addresses[0] - 4), "offset": 4}, {"instructionReference": "x"}]
    )
    assert instructions[0].addresses == lines[0].addresses
    assert instructions[1].problem == '"x" is no address'
    loud = lists.loud()
    assert len(loud) == len({address for entry in lists.entries() for address in entry.addresses})
    assert all(address > BIAS for address in loud)
    lists.note(loud, [{"id": number, "verified": True} for number in range(1, len(loud) + 1)])
    assert lists.address_of(1) == loud[0]
    assert {entry.reason for entry in lists.at(lines[0].addresses[0])} == {"breakpoint", "instruction breakpoint"}
    assert lists.address_of(99) is None


def test_ids_stay_as_long_as_the_place_does(lists, program):
    path = str(program.source)
    first = [entry.id for entry in lists.set_lines(path, [{"line": 24}, {"line": 33}])]
    again = [entry.id for entry in lists.set_lines(path, [{"line": 33}, {"line": 24, "logMessage": "x"}, {"line": 37}])]
    assert again[:2] == first[::-1]
    assert len({*first, *again}) == 3


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("main.nothing", 'location "main.nothing" not found'),
        ("", 'location "" not found'),
        ("nowhere.go:4", "could not find file nowhere.go"),
        ("main", 'Location "main" ambiguous: '),
    ],
)
def test_functions_that_are_not_found(name, said, lists):
    (entry,) = lists.set_functions([{"name": name}])
    assert entry.problem.startswith(said)
    assert entry.answer() == {"id": entry.id, "verified": False, "message": entry.problem}


def test_what_cannot_be_checked_is_refused_with_a_reason(lists, program):
    path = str(program.source)
    with_condition, bad_count = lists.set_lines(
        path, [{"line": 24, "condition": "n > 1"}, {"line": 24, "hitCondition": "often"}]
    )
    assert with_condition.problem.startswith(
        'the condition "n > 1" cannot be checked, because the executable has no debug info'
    )
    assert bad_count.problem == 'the hit condition "often" must be a number, or one behind >, >=, <, <=, ==, != or %'
    assert lists.loud() == []
    (elsewhere,) = lists.set_lines("/elsewhere/main.go", [{"line": 4}])
    assert elsewhere.problem == "could not find file /elsewhere/main.go"


def test_who_counts(lists, program):
    path = str(program.source)
    counted, logged = lists.set_lines(
        path, [{"line": 24, "hitCondition": ">3"}, {"line": 33, "logMessage": "x", "hitCondition": "2"}]
    )
    assert lists.loud() == []
    assert lists.quiet() == {*counted.addresses, *logged.addresses}
    lists.set_functions([{"name": "main.recursive"}])
    # The person wants to stop there each time, so nothing is hidden there.
    assert lists.quiet() == {*counted.addresses, *logged.addresses} - set(lists.loud())
    assert lists.quiet() == set(counted.addresses)


def test_what_delve_cannot_set_is_told(lists, program):
    (entry,) = lists.set_lines(str(program.source), [{"line": 24}])
    lists.note(lists.loud(), [{"verified": False, "message": "input/output error"}])
    assert entry.answer() == {"id": 1, "verified": False, "message": "input/output error", **entry.source}


MEANING = {">": "__gt__", ">=": "__ge__", "<": "__lt__", "<=": "__le__", "==": "__eq__", "!=": "__ne__", "": "__eq__"}


@given(st.sampled_from([*MEANING, "%"]), st.integers(0, 30), st.integers(1, 40))
def test_hit_counts_mean_what_delves_do(operator, number, hits):
    entry = Entry(1, "breakpoint", hit_condition=f"{operator} {number}", log_message="x")
    found = [entry.counts() for _ in range(hits)]
    if operator == "%":
        assert found == [number > 0 and count % number == 0 for count in range(1, hits + 1)]
    else:
        assert found == [getattr(count, MEANING[operator])(number) for count in range(1, hits + 1)]
