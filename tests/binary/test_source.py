from __future__ import annotations

import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.errors import BinaryError, damage_named
from dapshim.binary.opened import OpenedFile
from dapshim.binary.source import BytesSource, Part, read_exactly

NUMBERS = st.integers(0, 40)


@given(st.binary(max_size=30), NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_part_of_bytes(data, start, size, offset, length):
    part = Part(BytesSource(data), start, size)
    assert part.read(offset, length) == data[start : start + size][offset : offset + length]


def test_exactly_or_an_error():
    source = BytesSource(b"0123456789")
    assert read_exactly(source, 2, 3, "x") == b"234"
    for offset, length in ((8, 3), (-1, 2), (3, -1), (1 << 60, 1)):
        with pytest.raises(BinaryError, match="truncated: the header ends at byte") as found:
            read_exactly(source, offset, length, "the header")
        assert found.value.kind == "truncated"


def test_file(tmp_path):
    path = tmp_path / "program"
    path.write_bytes(b"0123456789")
    with OpenedFile(str(path)) as source:
        assert source.size == 10
        assert source.read(2, 3) == b"234"
        assert source.read(8, 1 << 60) == b"89"
        assert source.read(20, 5) == b""
        assert source.read(-1, 5) == b""
    source.close()


def test_file_that_another_build_cuts_short(tmp_path):
    # A mapped file would end the process here.
    path = tmp_path / "program"
    path.write_bytes(bytes(100_000))
    with OpenedFile(str(path)) as source:
        os.truncate(path, 10)
        with pytest.raises(BinaryError, match="truncated: the line table ends at byte 100000, only 0 bytes at 50000"):
            read_exactly(source, 50_000, 50_000, "the line table")


def test_what_is_no_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name, kind, said in (
            ("pipe", "not-a-binary", "pipe is a named pipe, not an executable file"),
            (".", "not-a-binary", "is a folder, not an executable file"),
            ("socket", "not-a-binary", "is a socket"),
            ("empty", "empty", "empty is empty"),
            ("missing", "unreadable", "cannot read .*missing: no such file or directory"),
            ("loop", "unreadable", "cannot read .*loop: too many levels"),
            ("nul\0", "unreadable", "embedded null"),
        ):
            with pytest.raises(BinaryError, match=said) as found:
                OpenedFile(f"{tmp_path}/{name}")
            assert found.value.kind == kind
    with pytest.raises(BinaryError, match="is a device"):
        OpenedFile("/dev/null")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file(tmp_path):
    path = tmp_path / "program"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(BinaryError, match="permission denied"):
        OpenedFile(str(path))


def test_damage_is_named():
    with pytest.raises(BinaryError, match="the table names a place that is not there"), damage_named("the table"):
        b"".index(b"x")
    with pytest.raises(BinaryError, match="as it was"), damage_named("the table"):
        raise BinaryError("truncated", "as it was")
