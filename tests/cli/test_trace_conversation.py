"""The lines of a trace, put together to a conversation."""

from typing import Any

import pytest

from dapshim.cli import trace_conversation
from dapshim.cli.trace_conversation import Conversation, Passage


class Session:
    """Writes the lines of a trace as dapshim would, a tenth of a second apart."""

    def __init__(self, number: int = 1) -> None:
        self.number = number
        self.lines: list[dict[str, Any]] = []

    def line(self, **members: Any) -> None:
        self.lines.append({"t": len(self.lines) / 10, "session": self.number, **members})

    def came(self, edge: str, message: dict[str, Any]) -> None:
        self.line(edge=edge, way="in", message=message)

    def went(self, edge: str, message: dict[str, Any], origin: str, *verdicts: list[str]) -> None:
        self.line(edge=edge, way="out", origin=origin, verdicts=list(verdicts), message=message)

    def held(self, edge: str, message: dict[str, Any], *verdicts: list[str]) -> None:
        self.line(edge=edge, way="held", verdicts=list(verdicts), message=message)

    def read(self) -> list[Passage]:
        return put_together(self.lines)[0]


def put_together(lines: list[dict[str, Any]]) -> tuple[list[Passage], Conversation]:
    whole = Conversation()
    passages = [passage for line in lines for passage in whole.feed(line)]
    return passages + list(whole.finish()), whole


def ask(seq: int, command: str, **arguments: Any) -> dict[str, Any]:
    return {"seq": seq, "type": "request", "command": command, "arguments": arguments}


def reply(seq: int, to: int, command: str, *, success: bool = True, **body: Any) -> dict[str, Any]:
    return {"seq": seq, "type": "response", "request_seq": to, "command": command, "success": success, "body": body}


def tell(seq: int, name: str, **body: Any) -> dict[str, Any]:
    return {"seq": seq, "type": "event", "event": name, "body": body}


def seen(passages: list[Passage]) -> list[str]:
    return [f"{p.source} → {p.target} {p.kind} {p.name} {p.number} {p.fate} {p.by}".strip() for p in passages]


def test_a_request_and_its_answer():
    session = Session()
    session.came("client", ask(4, "next"))
    session.went("adapter", ask(9, "next"), "client")
    session.came("adapter", reply(30, 9, "next"))
    session.went("client", reply(12, 4, "next"), "adapter")
    passages = session.read()
    assert seen(passages) == ["client → adapter request next 4 passed", "adapter → client response next 4 passed"]
    assert [(p.at, p.left) for p in passages] == [(0.0, 0.1), (0.2, 0.3)]
    assert passages[1].waited == 0.3
    assert [p.changed for p in passages] == ["", ""]


def test_a_request_of_the_adapter_and_its_answer():
    session = Session()
    session.came("adapter", ask(4, "runInTerminal"))
    session.went("client", ask(1, "runInTerminal"), "adapter")
    session.came("client", reply(7, 1, "runInTerminal"))
    session.went("adapter", reply(8, 4, "runInTerminal"), "client")
    passages = session.read()
    assert seen(passages) == [
        "adapter → client request runInTerminal 4 passed",
        "client → adapter response runInTerminal 4 passed",
    ]
    assert passages[1].waited == pytest.approx(0.3)


def test_what_was_changed_on_the_way_is_told():
    session = Session()
    session.came("client", ask(1, "setBreakpoints", source={"path": "/a/main.go"}))
    session.went("adapter", ask(2, "setBreakpoints", source={"path": "/b/main.go"}), "client", ["source_paths", "PASS"])
    [passage] = session.read()
    assert passage.changed == "/a → /b (…/main.go) in source.path"
    assert passage.verdicts == [("source_paths", "PASS")]


def test_a_change_outside_of_the_body_is_told():
    session = Session()
    session.came("adapter", {"type": "response", "command": "launch", "success": False, "message": "no"})
    session.went("client", {"type": "response", "command": "launch", "success": False, "message": "no, because"}, "adapter")
    assert session.read()[0].changed == "no → no, because in message"


def test_own_calls_and_their_answers_do_not_reach_the_client():
    session = Session()
    session.came("adapter", tell(1, "stopped"))
    session.went("adapter", ask(5, "threads"), "late")
    session.came("adapter", reply(2, 5, "threads"))
    session.held("adapter", tell(1, "stopped"), ["late", "HIDE"])
    passages = session.read()
    assert seen(passages) == [
        "adapter → dapshim event stopped None hidden late",
        "dapshim → adapter request threads 5 made late",
        "adapter → dapshim response threads 5 kept late",
    ]
    assert passages[2].waited == pytest.approx(0.1)


def test_the_second_answer_to_an_own_call_is_its_own_too():
    session = Session()
    session.went("adapter", ask(5, "restart"), "late")
    session.came("adapter", reply(2, 5, "restart"))
    session.came("adapter", reply(3, 5, "restart", success=False))
    assert [p.fate for p in session.read()] == ["made", "kept", "kept"]


def test_a_number_that_is_used_again_after_the_adapter_was_replaced_belongs_to_its_last_user():
    session = Session()
    session.went("adapter", ask(1, "initialize"), "dapshim")
    session.came("client", ask(7, "launch"))
    session.went("adapter", ask(1, "launch"), "client")
    session.came("adapter", reply(1, 1, "launch"))
    session.went("client", reply(2, 7, "launch"), "adapter")
    assert [p.fate for p in session.read()] == ["made", "passed", "passed"]


def test_own_calls_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr(trace_conversation, "OWN_CALLS_KEPT", 10)
    session = Session()
    for seq in range(50):
        session.went("adapter", ask(seq, "threads"), "late")
    _, whole = put_together(session.lines)
    assert len(whole._sessions[1].own) == 10


def test_a_request_that_a_shim_answers():
    session = Session()
    session.came("client", ask(4, "modules"))
    session.held("client", ask(4, "modules"), ["fill_in", "Answer"])
    session.went("client", reply(9, 4, "modules"), "fill_in")
    passages = session.read()
    assert seen(passages) == [
        "client → dapshim request modules 4 answered fill_in",
        "dapshim → client response modules 4 made fill_in",
    ]
    assert passages[1].waited == 0.2


def test_a_request_that_is_answered_without_being_held():
    session = Session()
    session.came("client", ask(4, "launch"))
    session.went("client", reply(9, 4, "launch", success=False), "dapshim")
    session.came("client", ask(5, "disconnect"))
    session.went("adapter", ask(2, "disconnect"), "client")
    assert seen(session.read()) == [
        "client → dapshim request launch 4 answered dapshim",
        "dapshim → client response launch 4 made dapshim",
        "client → adapter request disconnect 5 passed",
    ]


def test_an_event_that_a_shim_made():
    session = Session()
    session.went("client", tell(1, "output"), "output")
    assert seen(session.read()) == ["dapshim → client event output None made output"]


def test_two_failed_answers_to_one_request_both_name_it():
    session = Session()
    session.came("client", ask(4, "restart"))
    session.went("adapter", ask(4, "restart"), "client")
    for success in (True, False):
        session.came("adapter", reply(1, 4, "restart", success=success))
        session.went("client", reply(1, 4, "restart", success=success), "adapter")
    assert [(p.number, p.success) for p in session.read()] == [(4, None), (4, True), (4, False)]


def test_an_answer_without_a_command_gets_its_requests_name():
    session = Session()
    session.came("client", ask(4, "foo"))
    session.went("adapter", ask(4, "foo"), "client")
    session.came("adapter", reply(1, 4, ""))
    session.went("client", reply(1, 4, ""), "adapter")
    assert session.read()[1].name == "foo"


def test_passages_come_in_the_order_of_arrival():
    session = Session()
    session.came("client", ask(1, "evaluate"))
    session.went("client", tell(1, "output"), "output")
    session.went("adapter", ask(1, "evaluate"), "client")
    assert [p.name for p in session.read()] == ["evaluate", "output"]


def test_what_never_left_is_told_when_something_later_did():
    session = Session()
    session.came("adapter", tell(1, "stopped"))
    session.came("adapter", tell(2, "output"))
    session.went("client", tell(1, "output"), "adapter")
    assert seen(session.read()) == ["adapter → dapshim event stopped None lost", "adapter → client event output None passed"]


def test_what_was_on_its_way_when_the_trace_ended_is_told():
    session = Session()
    session.came("client", ask(1, "launch"))
    passages, whole = put_together(session.lines)
    assert [p.fate for p in passages] == ["lost"]
    assert [p.name for p in whole.totals.unanswered] == ["launch"]


def test_a_message_whose_arrival_is_missing_is_still_told():
    session = Session()
    session.went("adapter", ask(1, "next"), "client")
    session.held("adapter", tell(1, "stopped"), ["late", "HIDE"])
    assert [p.fate for p in session.read()] == ["passed", "hidden"]


def test_a_message_that_hangs_does_not_hold_up_the_others_for_ever(monkeypatch):
    monkeypatch.setattr(trace_conversation, "ON_THE_WAY", 5)
    session = Session()
    session.came("client", ask(1, "launch"))
    whole = Conversation()
    shown = [p for line in session.lines for p in whole.feed(line)]
    for seq in range(20):
        shown += whole.feed(
            {"t": 1.0, "session": 1, "edge": "client", "way": "out", "origin": "output", "message": tell(seq, "output")}
        )
    assert [p.name for p in shown][:2] == ["launch", "output"]
    assert len(whole._order) <= 5


def test_notes_and_garbage_have_their_place():
    session = Session()
    session.line(note="dlv started")
    session.line(edge="client", way="in", garbage="R0VU", size=3)
    passages = session.read()
    assert [(p.kind, p.says, p.number) for p in passages] == [("note", "dlv started", None), ("garbage", "R0VU", 3)]


def test_sessions_do_not_touch_each_other():
    one, two = Session(1), Session(2)
    for session in (one, two):
        session.came("client", ask(1, f"launch {session.number}"))
        session.went("adapter", ask(1, f"launch {session.number}"), "client")
    lines = [line for pair in zip(one.lines, two.lines, strict=True) for line in pair]
    assert [(p.session, p.name) for p in put_together(lines)[0]] == [(1, "launch 1"), (2, "launch 2")]


def test_the_totals():
    session = Session()
    session.line(note="a note is no message")
    session.came("client", ask(1, "next"))
    session.went("adapter", ask(1, "next"), "client")
    session.went("adapter", ask(2, "threads"), "late")
    session.came("adapter", reply(1, 2, "threads"))
    session.came("adapter", tell(2, "stopped"))
    session.held("adapter", tell(2, "stopped"), ["late", "HIDE"])
    session.came("adapter", reply(3, 1, "next", success=False))
    session.went("client", reply(3, 1, "next", success=False), "adapter")
    session.came("client", ask(2, "modules"))
    session.went("client", reply(4, 2, "modules"), "fill_in")
    session.came("client", ask(3, "disconnect"))
    session.went("adapter", ask(3, "disconnect"), "client")
    totals = put_together(session.lines)[1].totals
    assert (totals.messages, totals.requests, totals.events, totals.own_calls) == (8, 3, 1, 1)
    assert (totals.hidden, totals.answered, totals.failed, totals.sessions) == (1, 1, 1, {1})
    assert [(p.name, round(p.waited or 0, 6)) for p in totals.slowest] == [("next", 0.7), ("modules", 0.1)]
    assert [p.name for p in totals.unanswered] == ["disconnect"]
    assert totals.last == 1.2


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"type": 7},
        {"type": ["request"], "command": {}},
        {"type": "response", "request_seq": []},
        {"type": "request", "seq": {}, "command": None},
        {"type": "event", "event": []},
    ],
)
def test_a_message_of_a_strange_shape_is_told(message):
    session = Session()
    session.came("client", message)
    session.went("adapter", message, "client")
    assert [p.fate for p in session.read()] == ["passed"]


def test_a_body_that_nests_deep_can_be_compared():
    def deep(leaf: int) -> Any:
        body: Any = leaf
        for _ in range(900):
            body = {"a": body}
        return body

    session = Session()
    session.came("client", {"type": "request", "command": "x", "arguments": deep(1)})
    session.went("adapter", {"type": "request", "command": "x", "arguments": deep(2)}, "client")
    assert session.read()[0].changed
