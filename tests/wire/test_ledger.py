"""The ledger: whatever the order of requests, answers and gaps in patience, it knows what is open and who is owed an answer."""

from __future__ import annotations

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from dapshim.wire import ledger as ledger_module
from dapshim.wire.ledger import KEPT, Ledger
from tests.wire.strategies import calm

FEW = 4
PEER_SEQS = st.integers(0, 4)


@attrs.define
class Sent:
    """What the model knows of one message that was sent."""

    name: str
    peer_seq: int = 0
    owed: bool = False
    own: bool = False
    caller: str | None = None
    open: bool = True


class AnyOrder(RuleBasedStateMachine):
    """The ledger beside a model that keeps everything; the ledger remembers only FEW answered entries."""

    def __init__(self) -> None:
        super().__init__()
        ledger_module.KEPT = FEW  # type: ignore[misc] # a small one, so that entries are forgotten
        self.ledger: Ledger[str] = Ledger()
        self.sent: dict[int, Sent] = {}
        self.remembered: list[int] = []
        self.last = 0

    def teardown(self) -> None:
        ledger_module.KEPT = KEPT  # type: ignore[misc]

    def number(self, seq: int) -> None:
        self.last += 1
        assert seq == self.last

    def remember(self, seq: int) -> None:
        self.remembered.append(seq)
        if len(self.remembered) > FEW:
            del self.sent[self.remembered.pop(0)]

    def open(self) -> dict[int, Sent]:
        return {seq: sent for seq, sent in self.sent.items() if sent.open}

    def any_number(self) -> st.SearchStrategy[int]:
        """The newest numbers, older ones, and some that were never given."""
        return st.sampled_from([self.last, self.last - 1, self.last - 2, -1, *self.sent, self.last + 1])

    # -- what happens --------------------------------------------------------------------------------------------------------

    @rule()
    def send_what_nobody_answers(self) -> None:
        self.number(self.ledger.next_seq())

    @rule(peer_seq=PEER_SEQS, name=st.sampled_from(["next", "restart"]), owed=st.booleans())
    def pass_on(self, peer_seq: int, name: str, owed: bool) -> None:
        self.number(self.ledger.passed(peer_seq, name, owed=owed))
        self.sent[self.last] = Sent(name, peer_seq, owed=owed, open=owed)
        if not owed:
            self.remember(self.last)

    @rule(caller=st.sampled_from(["a", "b"]))
    def call(self, caller: str) -> None:
        self.number(self.ledger.call("threads", caller))
        self.sent[self.last] = Sent("threads", own=True, caller=caller)

    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        seq = data.draw(self.any_number())
        entry = self.ledger.answer(seq)
        known = self.sent.get(seq)
        if known is None:
            assert entry is None
            return
        assert entry is not None
        assert (entry.seq, entry.name, entry.peer_seq) == (seq, known.name, known.peer_seq)
        assert (entry.own, entry.owed, entry.caller) == (known.own, known.owed, known.caller)
        if known.open:
            assert entry.answered
            known.open = False
            self.remember(seq)

    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        seq = data.draw(self.any_number())
        self.ledger.give_up(seq)
        if seq in self.open() and self.sent[seq].own:
            self.sent[seq].caller = None

    @rule()
    def answer_all_that_is_owed(self) -> None:
        for entry in self.ledger.owed():
            assert not entry.answered
            self.ledger.answer(entry.seq)
            self.sent[entry.seq].open = False
            self.remember(entry.seq)
        assert self.ledger.owed() == []

    # -- what is always so ---------------------------------------------------------------------------------------------------

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        assert self.ledger.last_seq == self.last

    @invariant()
    def everybody_is_owed_one_answer(self) -> None:
        assert [entry.seq for entry in self.ledger.owed()] == [seq for seq, sent in self.open().items() if sent.owed]

    @invariant()
    def callers_wait(self) -> None:
        waiting = [sent.caller for sent in self.open().values() if sent.caller is not None]
        assert self.ledger.callers() == waiting
        assert self.ledger.own_calls_open == bool(waiting)

    @invariant()
    def what_is_kept_can_be_seen(self) -> None:
        for seq in range(-1, self.last + 3):
            entry = self.ledger.peek(seq)
            known = self.sent.get(seq)
            assert (entry is not None) == (known is not None)
            if entry is not None and known is not None:
                assert (entry.seq, entry.caller) == (seq, known.caller)

    @invariant()
    def open_requests_are_found_by_the_number_of_their_sender(self) -> None:
        for peer_seq in range(5):
            found = [seq for seq, sent in self.open().items() if sent.owed and sent.peer_seq == peer_seq]
            assert self.ledger.find(peer_seq) == (found[-1] if found else None)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(calm, stateful_step_count=40)


# -- the stories behind the rules --------------------------------------------------------------------------------------------


def test_a_failed_restart_is_answered_twice() -> None:
    ledger: Ledger[str] = Ledger()
    seq = ledger.passed(17, "restart", owed=True)
    first, second = ledger.answer(seq), ledger.answer(seq)
    assert first is second
    assert first is not None
    assert (first.peer_seq, first.name) == (17, "restart")
    assert ledger.owed() == []


def test_a_late_answer_to_an_own_call_is_recognised_and_belongs_to_nobody() -> None:
    ledger: Ledger[str] = Ledger()
    seq = ledger.call("threads", "me")
    assert ledger.callers() == ["me"]
    ledger.give_up(seq)
    ledger.give_up(seq)
    assert ledger.callers() == []
    entry = ledger.answer(seq)
    assert entry is not None
    assert entry.own
    assert entry.caller is None
    assert not ledger.own_calls_open
    ledger.call("threads", "you")
    assert ledger.own_calls_open


def test_nobody_waits_for_a_request_that_was_passed_on() -> None:
    ledger: Ledger[str] = Ledger()
    seq = ledger.passed(3, "next", owed=True)
    ledger.call("threads", "me")
    ledger.give_up(seq)
    assert ledger.own_calls_open
    assert [entry.seq for entry in ledger.owed()] == [seq]


def test_to_give_up_what_was_answered_changes_nothing() -> None:
    ledger: Ledger[str] = Ledger()
    answered, waiting = ledger.call("threads", "me"), ledger.call("threads", "you")
    ledger.answer(answered)
    ledger.give_up(answered)
    assert ledger.callers() == ["you"]
    ledger.answer(waiting)
    assert not ledger.own_calls_open


def test_an_answer_to_an_event_is_recognised_and_owed_to_nobody() -> None:
    ledger: Ledger[str] = Ledger()
    seq = ledger.passed(3, "stopped", owed=False)
    assert ledger.owed() == []
    assert ledger.find(3) is None
    entry = ledger.answer(seq)
    assert entry is not None
    assert entry.peer_seq == 3


def test_the_number_0_is_never_given_and_answers_nothing() -> None:
    ledger: Ledger[str] = Ledger()
    assert ledger.last_seq == 0
    assert ledger.answer(0) is None
    assert ledger.passed(0, "x", owed=True) == 1
    assert ledger.answer(0) is None
    assert ledger.find(0) == 1


def test_own_calls_are_not_found_by_a_peers_number() -> None:
    ledger: Ledger[str] = Ledger()
    ledger.call("threads", "me")
    assert ledger.find(0) is None


def test_only_the_newest_answered_entries_are_kept() -> None:
    ledger: Ledger[str] = Ledger()
    waiting = ledger.passed(1, "next", owed=True)
    for peer_seq in range(2, KEPT + 4):
        ledger.answer(ledger.passed(peer_seq, "next", owed=True))
    known = [seq for seq in range(1, ledger.last_seq + 1) if ledger.peek(seq) is not None]
    assert known == [waiting, *range(4, KEPT + 4)]
    assert ledger.find(1) == waiting
