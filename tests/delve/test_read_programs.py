"""The programs that were read, for all sessions: shared while they are used, bounded when they are not, and made once."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.recorded import Recorded, RecordedFile
from dapshim.delve.program_reading import program_of_names
from dapshim.delve.read_programs import STAMPS_MOST, ReadProgram, ReadPrograms


def program(files: int = 1) -> ReadProgram:
    return program_of_names(Recorded(tuple(RecordedFile(f"/x/{number}.go") for number in range(files))))


WEIGHT = program().weight


def never() -> ReadProgram:
    raise AssertionError("it was there already")


def test_what_was_read_is_found_by_its_key_alone() -> None:
    programs = ReadPrograms()
    made = programs.of("one", program)
    assert programs.of("one", never) is made
    assert programs.get("one") is made
    assert programs.get("two") is None


def test_who_has_read_the_same_meanwhile_gets_what_was_there() -> None:
    programs = ReadPrograms()
    made = programs.keep("one", program())
    assert programs.keep("one", program()) is made


@pytest.mark.parametrize("bounds", [{"entries_most": 2}, {"bytes_most": 2 * WEIGHT}])
def test_what_nobody_uses_is_bounded_and_the_last_used_stays(bounds: dict[str, int]) -> None:
    programs = ReadPrograms(**bounds)
    for key in ("one", "two"):
        programs.of(key, program)
    programs.get("one")
    programs.of("three", program)
    gc.collect()
    assert [key for key in ("one", "two", "three") if programs.get(key) is not None] == ["one", "three"]


def test_what_is_used_is_found_whatever_the_bounds_are() -> None:
    programs = ReadPrograms(bytes_most=0)
    used = programs.of("one", program)
    assert programs.of("one", never) is used
    gone = weakref.ref(used)
    del used
    gc.collect()
    assert gone() is None
    assert programs.get("one") is None


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 5)), max_size=30))
def test_no_more_is_held_for_nobody_than_the_bounds_allow(asked: list[tuple[str, int]]) -> None:
    programs = ReadPrograms(bytes_most=8 * WEIGHT, entries_most=3)
    for key, files in asked:
        programs.of(key, lambda files=files: program(files))  # type: ignore[misc]  # a default binds it
    held = [each for key in "abcdef" if (each := programs._kept.get(key)) is not None]
    assert len(held) <= 3
    assert sum(each.weight for each in held) <= 8 * WEIGHT
    assert len(programs._taken) == 0


def test_a_larger_one_than_all_may_be_is_not_held() -> None:
    programs = ReadPrograms(bytes_most=2 * WEIGHT)
    programs.of("small", program)
    programs.of("large", lambda: program(9))
    gc.collect()
    assert programs.get("large") is None


def test_who_asks_while_it_is_read_waits_for_that_and_shares_it() -> None:
    programs, begun, go = ReadPrograms(), threading.Event(), threading.Event()
    made: list[ReadProgram] = []

    def slowly() -> ReadProgram:
        begun.set()
        assert go.wait(10)
        return program()

    def ask(make: Callable[[], ReadProgram]) -> threading.Thread:
        thread = threading.Thread(target=lambda: made.append(programs.of("one", make)))
        thread.start()
        return thread

    threads = [ask(slowly)]
    assert begun.wait(10)
    threads += [ask(never) for _ in range(3)]
    assert programs.of("two", program) is not None  # another program does not wait
    go.set()
    for each in threads:
        each.join(10)
    assert len(made) == 4
    assert len(set(map(id, made))) == 1


def test_a_reading_that_fails_is_tried_again_by_the_next() -> None:
    programs = ReadPrograms()

    def fails() -> ReadProgram:
        raise OSError("the disk")

    with pytest.raises(OSError, match="the disk"):
        programs.of("one", fails)
    assert programs.of("one", program) is programs.get("one")


def test_stamps_lead_to_their_program_as_long_as_it_is_there_and_are_bounded() -> None:
    programs = ReadPrograms()
    made = programs.of("one", program)
    programs.stamp(0, "one")
    programs.stamp("elsewhere", "none")
    assert programs.stamped(0) is made
    assert programs.stamped("elsewhere") is None
    assert programs.stamped("unknown") is None
    for number in range(1, STAMPS_MOST + 1):
        programs.stamp(number, "one")
    assert programs.stamped(0) is None
    assert programs.stamped(STAMPS_MOST) is made
