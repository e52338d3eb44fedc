"""Ids that stay: whatever becomes of the lines that they share, the client knows each of its breakpoints by one id."""

from __future__ import annotations

import itertools

import attrs
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.breakpoint_answers import BreakpointAnswers
from dapshim.sources.breakpoint_lists import BreakpointLists, ClientList, Place
from dapshim.sources.spelling import AdapterPath, ClientPath

PATH = AdapterPath("a.go")
ONE, TWO = ClientPath("/ws/a.go"), ClientPath("/link/a.go")
OWN = 1_000_000_001


class Scene:
    """A client with lists, and what it was told."""

    def __init__(self) -> None:
        self.lists = BreakpointLists()
        numbers = itertools.count(OWN)
        self.answers = BreakpointAnswers(lambda: next(numbers), self.lists.holds)

    def put(self, client: ClientPath, *lines: int) -> ClientList:
        made = ClientList(client, tuple({"line": line} for line in lines), tuple(Place(PATH, line) for line in lines))
        self.answers.forget(self.lists.last(client))
        self.lists.put(made)
        return made

    def hear(self) -> dict[tuple[ClientPath, int], int]:
        """Take Delve's answers, which has its line for an id; return the client's ids by file and line."""
        self.answers.begin_list(PATH)
        merged = self.lists.merged(PATH)
        return {
            (owner.client, owner.entry["line"]): self.answers.tell(owner, {"id": entry["line"], "verified": True}, PATH)["id"]
            for entry, owners in zip(merged.entries, merged.owners, strict=True)
            for owner in owners
        }


def test_the_first_has_delves_id_and_the_other_its_own():
    scene = Scene()
    scene.put(ONE, 5)
    scene.put(TWO, 5)
    assert scene.hear() == {(ONE, 5): 5, (TWO, 5): OWN}
    assert scene.answers.client_ids([5]) == [5, OWN]


def test_who_stays_keeps_the_id_that_it_was_told():
    scene = Scene()
    scene.put(ONE, 5)
    scene.put(TWO, 5)
    scene.hear()
    scene.put(ONE)
    assert scene.hear() == {(TWO, 5): OWN}
    assert scene.answers.client_ids([5]) == [OWN]


def test_who_comes_later_does_not_take_an_id_away():
    scene = Scene()
    scene.put(ONE)
    scene.put(TWO, 5)
    assert scene.hear() == {(TWO, 5): 5}
    scene.put(ONE, 5)
    assert scene.hear() == {(ONE, 5): OWN, (TWO, 5): 5}


def test_a_list_that_is_sent_again_has_the_ids_that_it_had():
    scene = Scene()
    scene.put(ONE, 5)
    scene.put(TWO, 5, 6)
    before = scene.hear()
    scene.put(TWO, 5, 6)
    assert scene.hear() == before


def test_one_without_an_id_has_one_where_it_is_wanted_and_keeps_it():
    scene = Scene()
    (owner,) = scene.put(ONE, 5).owners
    assert "id" not in scene.answers.tell(owner, {"verified": False}, PATH)
    assert scene.answers.tell(owner, {"verified": False}, PATH, with_id=True)["id"] == OWN
    assert scene.answers.tell(owner, {"verified": True, "id": 3}, PATH)["id"] == OWN
    assert scene.answers.client_ids([3, 4]) == [OWN, 4]


def test_the_answer_to_a_list_that_does_not_count_any_more_is_not_kept():
    scene = Scene()
    (old,) = scene.put(ONE, 5).owners
    (new,) = scene.put(ONE, 5).owners
    assert scene.answers.tell(old, {"verified": True, "id": 3}, PATH)["id"] == 3
    assert scene.answers.told(old) is None
    assert scene.answers.owners(3) == []
    assert scene.answers.tell(new, {"verified": True, "id": 3}, PATH)["id"] == 3
    assert scene.answers.owners(3) == [new]


def test_what_is_no_id_is_nobodys():
    assert Scene().answers.owners(None) == Scene().answers.owners("1") == []


ELSEWHERE = AdapterPath("example.com/b/a.go")


def test_one_in_two_executables_is_set_when_it_is_in_either_and_has_one_id():
    scene = Scene()
    both = attrs.evolve(scene.put(ONE, 3), also=(ELSEWHERE,))
    scene.lists.put(both)
    (owner,) = both.owners
    assert scene.lists.merged(ELSEWHERE).owners == scene.lists.merged(PATH).owners == ((owner,),)
    waits = {"id": 7, "verified": False, "message": "unable to set breakpoint"}
    assert scene.answers.tell(owner, {"id": 3, "verified": True}, PATH) == {"id": 3, "verified": True}
    assert scene.answers.tell(owner, waits, ELSEWHERE) == {"id": 3, "verified": True}
    assert scene.answers.tell(owner, {"id": 3, "verified": False}, PATH) == {"id": 3, "verified": False}
    assert scene.answers.tell(owner, {"id": 7, "verified": True}, ELSEWHERE) == {"id": 3, "verified": True}
    assert scene.answers.client_ids([7, 3]) == [3]
    assert owner.place_in(scene.answers.path_of(7) or PATH) == Place(ELSEWHERE, 3)
    assert scene.answers.path_of(99) is None


def test_one_that_is_put_elsewhere_keeps_what_was_told_of_it():
    scene = Scene()
    before = scene.put(ONE, 3, 5)
    assert scene.hear() == {(ONE, 3): 3, (ONE, 5): 5}
    now = ClientList(ONE, before.entries, tuple(Place(ELSEWHERE, line) for line in (3, 5)))
    scene.answers.move(before, now)
    assert scene.lists.put(now) == (ELSEWHERE, PATH)
    first, second = now.owners
    assert scene.answers.told(first) == {"id": 3, "verified": True}
    assert scene.answers.tell(second, {"id": 3, "verified": True}, ELSEWHERE)["id"] == 5
    assert scene.answers.tell(first, {"id": 9, "verified": True}, ELSEWHERE)["id"] == 3


@given(st.lists(st.tuples(st.sampled_from([ONE, TWO]), st.lists(st.integers(1, 3), unique=True)), max_size=8))
def test_no_two_have_one_id_and_no_id_changes_while_its_breakpoint_stays(sent):
    scene = Scene()
    known: dict[tuple[ClientPath, int], int] = {}
    for client, lines in sent:
        scene.put(client, *lines)
        ids = scene.hear()
        assert len(set(ids.values())) == len(ids)
        assert all(ids[each] == number for each, number in known.items() if each[0] != client)
        assert sorted(ids.values()) == sorted(scene.answers.client_ids({line for _, line in ids}))
        known = ids
