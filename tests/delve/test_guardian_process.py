"""What the guardian hears and does, without the process that it is; `test_guardian.py` has that."""

from __future__ import annotations

import os
import socket
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve import guardian_process, remains
from tests.delve.processes import process_session


@pytest.fixture
def session():
    with process_session() as session:
        yield session


def heard(*lines: bytes) -> dict[int, guardian_process.Watched]:
    watched: dict[int, guardian_process.Watched] = {}
    for line in lines:
        guardian_process.note(watched, set(), line)
    return watched


def test_the_guardian_understands_what_it_is_told(session):
    sid = b"%d" % session.sid
    path = os.fsdecode(b"/tmp/two words\n\xff")
    watched = heard(
        b"watch " + sid + b"\n",
        b"groups " + sid + b" 11 12\n",
        b"binary " + sid + b" " + os.fsencode(path).hex().encode() + b"\n",
    )
    (one,) = watched.values()
    assert one.dlv_lives()
    assert one.groups == {session.sid, 11, 12}
    assert one.binaries == {path}
    assert heard(b"watch " + sid + b"\n", b"forget " + sid + b"\n") == {}


@given(
    st.lists(
        st.binary(max_size=40) | st.sampled_from([b"watch\n", b"groups 5 6\n", b"binary 5\n", b"forget 5\n", b"watch x\n"])
    )
)
def test_a_line_that_means_nothing_is_passed_over(lines):
    heard(*lines)


def test_a_folder_of_sockets_is_removed_with_what_is_a_socket_in_it(tmp_path):
    folders: set[str] = set()
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        guardian_process.note({}, folders, b"sockets 0 " + os.fsencode(tmp_path / name).hex().encode() + b"\n")
        with socket.socket(socket.AF_UNIX) as door:
            door.bind(str(tmp_path / name / "1.sock"))
    (tmp_path / "second" / "a person's").touch()
    for folder in (*folders, str(tmp_path / "gone")):
        guardian_process.remove_sockets(folder)
    assert [str(each.relative_to(tmp_path)) for each in sorted(tmp_path.rglob("*"))] == ["second", "second/a person's"]


def test_a_guardian_waits_for_dlv_and_then_ends_the_groups_and_removes_the_binary(session, tmp_path):
    binary = tmp_path / "binary"
    binary.touch()
    watched = guardian_process.Watched(session.sid)
    watched.groups = {session.sid}
    watched.binaries = {str(binary), str(tmp_path / "gone already")}
    assert watched.dlv_lives()
    session.leader.kill()
    session.leader.wait()
    guardian_process.finish([watched])
    assert [member.pid for member in remains.members(session.sid)] == [session.own]
    assert not binary.exists()


def test_a_dlv_that_was_gone_before_it_was_watched_is_gone():
    with subprocess.Popen(["/bin/true"]) as process:
        process.wait()
        assert guardian_process.Watched(process.pid).dlv_lives() is False
