"""The processes of a session, by what a scripted Delve lists, and by what the kernel says of this very process."""

from __future__ import annotations

import os
import threading

import pytest

from dapshim.delve import session_processes
from dapshim.delve.session_processes import as_seen_by, process_of_goroutine, processes_of, texts_of, traced_with
from tests.delve.asking import Body, ScriptedAsker


def listing(*names: str) -> ScriptedAsker:
    return ScriptedAsker(lambda _command, _given: {"threads": [{"id": at, "name": name} for at, name in enumerate(names, 1)]})


async def test_the_process_of_each_goroutine_that_is_on_a_thread():
    own = threading.get_native_id()
    delve = listing(
        "[Go 1] runtime.gopark", f"* [Go 2] main.main (Thread {own})", "[Go 3] f (Thread 0)", f"[Go 4] g (Thread {own})"
    )
    assert await processes_of(delve) == [os.getpid()]
    assert [await process_of_goroutine(delve, number) for number in (1, 2, 3, 9)] == [None, os.getpid(), None, None]


@pytest.mark.parametrize("answer", ["refused", {}, {"threads": [{"id": -1, "name": "Current"}, 7]}])
async def test_where_delve_lists_none_there_is_none(answer):
    delve = ScriptedAsker(lambda _command, _given: answer)
    assert await processes_of(delve) == []
    assert await process_of_goroutine(delve, 1) is None


async def test_texts_of_a_frame():
    values = {"argv0": '"/a \\"b\\""', "attr.Dir": '"cut off"...+9 more', "n": "7"}

    def answer(command: str, given: Body) -> Body | str:
        if command == "stackTrace":
            return {"stackFrames": [{"id": 1000}]}
        return {"result": values[given["expression"]]} if given["expression"] in values else "no such variable"

    assert await texts_of(ScriptedAsker(answer), 1, "argv0", "attr.Dir", "n", "m") == ['/a "b"', "", "", ""]
    assert await texts_of(ScriptedAsker(lambda _command, _given: "no stack"), 1, "a", "b") == ["", ""]


def test_where_a_process_has_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    real, pid = os.path.realpath(tmp_path), os.getpid()
    assert as_seen_by(pid, "./child") == as_seen_by(pid, "child", real) == f"{real}/child"
    assert as_seen_by(pid, "x/child", "below") == f"{real}/below/x/child"
    assert as_seen_by(pid, "/nowhere/../child", "below") == "/child"
    assert as_seen_by(pid, "/proc/self/exe") == os.path.realpath("/proc/self/exe")


def test_what_one_debugger_traces(monkeypatch):
    tracers = {os.getpid(): 7, os.getppid(): 7}
    assert traced_with(os.getpid()) == []
    monkeypatch.setattr(session_processes, "tracer_of", lambda pid: tracers.get(pid, 9))
    assert sorted(traced_with(os.getpid())) == sorted(tracers)
