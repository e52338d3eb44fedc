"""Stacks that were laid out by the sizes of frames, and are read again; those of running programs are in tests/e2e."""

from __future__ import annotations

import struct
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.goroutines import G_SIZE, all_goroutines_at, layout_of, read_goroutine
from dapshim.binary.stacks import _INTERRUPTING, WORD, OutsideError, Stack, frames_of, sp_by_base_pointer
from tests.binary.executables import Executables, read

BASE = 0xC000100000
BIAS = 0x5500_0000_0000


@lru_cache
def code_of(path: Path) -> CodeLines:
    return CodeLines(read(path))


def framed(code: CodeLines) -> list[int]:
    """Functions with a frame, in whose middle a call may be."""
    found = []
    for number in range(code.table.header.functions):
        name = code.name(number)
        # What interrupts is entered between two instructions, not by a call.
        if name in _INTERRUPTING or code.table.flags(number) != 0:
            continue
        if name.startswith(("main.", "runtime.m", "runtime.s", "internal/")):
            spans = code.spans(number)
            if code.body_start(number) != code.entry(number) and spans and spans[-1].end > 60:
                found.append(number)
    return found


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
def test_what_was_laid_out_is_found_again(flags, built: Executables):
    code = code_of(built.build("linux/amd64", "-ldflags=-s -w", *flags))
    functions = framed(code)
    assert len(functions) > 50
    top = code.named("runtime.goexit")["runtime.goexit"][0]

    @settings(max_examples=200, deadline=None)
    @given(st.lists(st.tuples(st.sampled_from(functions), st.integers(30, 55)), min_size=1, max_size=12))
    def check(chain: list[tuple[int, int]]) -> None:
        pcs = [code.entry(number) + offset for number, offset in chain] + [code.entry(top) + 1]
        words = bytearray()
        for at, pc in enumerate(pcs[:-1]):
            words += bytes(code.frame_size(pc - (1 if at else 0))) + struct.pack("<Q", pcs[at + 1] + BIAS)
        frames = list(frames_of(code, BIAS, pcs[0] + BIAS, BASE, Stack(BASE, bytes(words))))
        assert [frame.pc - BIAS for frame in frames] == pcs
        assert [frame.number for frame in frames] == [*(number for number, _ in chain), top]
        assert frames[-2].cfa == BASE + len(words)
        with pytest.raises(OutsideError):
            list(frames_of(code, BIAS, pcs[0] + BIAS, BASE, Stack(BASE, bytes(words[:-1]))))
        bp = frames[0].cfa - 2 * WORD
        if pcs[0] >= code.body_start(chain[0][0]) and code.frame_size(pcs[0]):
            assert sp_by_base_pointer(code, BIAS, pcs[0] + BIAS, bp, Stack(BASE, bytes(words))) == BASE

    check()


def test_code_that_is_not_gos_ends_a_stack(built: Executables):
    code = code_of(built.build("linux/amd64", "-ldflags=-s -w"))
    (frame,) = frames_of(code, 0, 0x10, BASE, Stack(BASE, b""))
    assert (frame.number, frame.positions[0].function, frame.positions[0].line) == (None, "", 0)


@settings(max_examples=200)
@given(st.binary(max_size=80), st.integers(0, 2**64 - 1), st.integers(0, 200))
def test_a_stack_has_the_words_that_it_has(data, address, back):
    stack = Stack(BASE, data)
    for place in (address, BASE + back):
        if 0 <= place - BASE <= len(data) - WORD:
            assert stack.word(place) == int.from_bytes(data[place - BASE : place - BASE + WORD], "little")
        else:
            with pytest.raises(OutsideError):
                stack.word(place)


# -- goroutines --------------------------------------------------------------------------------------------------------------

VERSIONS = ["go1.21.13", "go1.22.12", "go1.23.12", "go1.24.11", "go1.25.5", "go1.26.6-X:nogreenteagc", "go1.27.3", "devel", ""]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("status", [2, 0x1000 | 4])
def test_a_goroutine_in_each_layout(version, status):
    layout = layout_of(version)
    data = bytearray(G_SIZE)
    struct.pack_into("<QQ", data, 0, 0x1000, 0x2000)
    struct.pack_into("<QQQQ", data, 40, 0xDEF, 0xAA, 0x1800, 0x401000)
    struct.pack_into("<QQ", data, layout.syscall_sp, 0x1700, 0x402000)
    struct.pack_into("<I", data, layout.status, status)
    struct.pack_into("<Q", data, layout.goid, 17)
    found = read_goroutine(bytes(data), layout, 0xC0)
    assert found is not None
    assert (found.id, found.status, found.m, found.deferred) == (17, status & 0xFFF, 0xAA, 0xDEF)
    assert (found.sched, found.syscall) == ((0x401000, 0x1800), (0x402000, 0x1700))
    assert [found.holds(sp) for sp in (0x1000, 0x1001, 0x2000, 0x2001)] == [False, True, True, False]
    assert read_goroutine(bytes(data[:-1]), layout, 0xC0) is None


@settings(max_examples=200)
@given(st.binary(max_size=2 * G_SIZE), st.sampled_from(VERSIONS))
def test_noise_is_no_goroutine_or_some(data, version):
    found = read_goroutine(data, layout_of(version), 1)
    assert found is None or found.low <= found.high


@pytest.mark.parametrize("flags", [[], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
def test_the_list_of_goroutines_is_where_the_linker_says(flags, built: Executables):
    path = built.build("linux/amd64", *flags)
    executable = read(path)
    said = {
        line.split()[-1]: int(line.split()[0], 16)
        for line in built.go("tool", "nm", str(path)).splitlines()
        if " D " in line or " B " in line
    }
    assert all_goroutines_at(CodeLines(executable), executable.image) == said["runtime.allgs"]
