"""The algebra of merged lists: what the client asked for is in exactly one place, whatever it sends in whatever order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.breakpoint_lists import BreakpointLists, ClientList, Merged, Owner, Place, as_it_is
from dapshim.sources.spelling import AdapterPath, ClientPath

CLIENTS = [ClientPath("/ws/a.go"), ClientPath("/link/a.go"), ClientPath("/ws/gen.go")]
RECORDED = [AdapterPath("a.go"), AdapterPath("rel.tmpl")]

entries = st.fixed_dictionaries(
    {"line": st.integers(1, 4)},
    optional={
        "column": st.integers(0, 2),
        "condition": st.sampled_from(["", "n > 1", "n > 2"]),
        "logMessage": st.sampled_from(["", "hit"]),
    },
)
places = st.one_of(st.none(), st.builds(Place, st.sampled_from(RECORDED), st.integers(1, 4)))
pairs = st.lists(st.tuples(entries, places), max_size=5)


@st.composite
def wanted(draw: st.DrawFn) -> ClientList:
    chosen = draw(pairs)
    return ClientList(draw(st.sampled_from(CLIENTS)), tuple(entry for entry, _ in chosen), tuple(place for _, place in chosen))


def last_of(sent: list[ClientList]) -> dict[ClientPath, ClientList]:
    return {each.client: each for each in sent}


def having(sent: list[ClientList]) -> BreakpointLists:
    lists = BreakpointLists()
    for each in sent:
        lists.put(each)
    return lists


def condition(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    return entry.get("condition") or None, entry.get("logMessage") or None


@given(st.lists(wanted(), max_size=5))
def test_each_is_owned_once_or_refused_once_where_it_is_recorded_and_nowhere_else(sent):
    lists = having(sent)
    found: list[Owner] = []
    for path in RECORDED:
        merged = lists.merged(path)
        mine = [owner for owners in merged.owners for owner in owners] + [*merged.refused]
        assert all(owner.place is not None and owner.place.path == path for owner in mine)
        found += mine
    asked = [owner for each in last_of(sent).values() for owner in each.owners if owner.place is not None]
    assert len(found) == len(set(found))
    assert set(found) == set(asked)


@given(st.lists(wanted(), max_size=5), st.sampled_from(RECORDED))
def test_what_stands_for_another_has_its_line_and_condition_and_what_is_refused_has_not(sent, path):
    merged = having(sent).merged(path)
    assert len(merged.entries) == len(merged.owners)
    for entry, owners in zip(merged.entries, merged.owners, strict=True):
        assert entry == {**owners[0].entry, "line": entry["line"]}
        for owner in owners:
            assert owner.place == Place(path, entry["line"])
            assert condition(owner.entry) == condition(entry)
    for owner, first in merged.refused.items():
        assert first in {owners[0] for owners in merged.owners}
        assert owner.place == first.place
        assert owner.client != first.client
        assert condition(owner.entry) != condition(first.entry)


@given(st.lists(wanted(), max_size=5), st.sampled_from(RECORDED))
def test_no_line_is_asked_for_twice_but_by_one_file_that_does_so_itself(sent, path):
    merged = having(sent).merged(path)
    by_line: dict[int, set[ClientPath]] = {}
    for entry, owners in zip(merged.entries, merged.owners, strict=True):
        by_line.setdefault(entry["line"], set()).add(owners[0].client)
    assert all(len(clients) == 1 for clients in by_line.values())


@given(st.lists(wanted(), max_size=5), st.sampled_from(RECORDED))
def test_the_order_is_that_of_the_files_as_they_came_first_and_of_their_lists(sent, path):
    merged = having(sent).merged(path)
    order = [*dict.fromkeys(each.client for each in sent)]
    firsts = [(order.index(owners[0].client), owners[0].index) for owners in merged.owners]
    assert firsts == sorted(firsts)
    for owners in merged.owners:
        assert [(order.index(each.client), each.index) for each in owners] == sorted(
            (order.index(each.client), each.index) for each in owners
        )


@given(st.lists(wanted(), min_size=1, max_size=5))
def test_a_change_touches_exactly_the_recorded_files_that_the_file_had_or_has(sent):
    *before, new = sent
    lists = having(before)
    then = {path: lists.merged(path) for path in RECORDED}
    old = last_of(before).get(new.client)
    touched = lists.put(new)
    assert set(touched) == {*new.paths, *(old.paths if old is not None else ())}
    assert len(touched) == len(set(touched))
    for path in RECORDED:
        if path not in touched:
            assert lists.merged(path) == then[path]


@given(st.lists(wanted(), min_size=1, max_size=5))
def test_only_the_last_list_of_a_file_holds(sent):
    lists = having(sent)
    last = last_of(sent)
    for each in sent:
        assert lists.last(each.client) is last[each.client]
        assert all(lists.holds(owner) == (each is last[each.client]) for owner in each.owners)


@given(wanted())
def test_a_list_of_no_recorded_line_goes_as_it_came(sent):
    made = as_it_is(sent)
    assert list(made.entries) == list(sent.entries)
    assert [owners for (owners,) in made.owners] == [*sent.owners]
    assert not made.refused


@given(st.lists(wanted(), max_size=5), st.sampled_from(RECORDED))
def test_a_list_is_shared_when_several_files_have_a_part_in_it(sent, path):
    clients = {each.client for each in last_of(sent).values() for place in each.places if place and place.path == path}
    assert having(sent).merged(path).is_shared == (len(clients) > 1)


def test_what_the_client_sent_is_not_changed():
    entry = {"line": 3, "condition": "n > 1", "more": {"of": "it"}}
    sent = ClientList(CLIENTS[2], (entry,), (Place(RECORDED[1], 10),))
    (made,) = having([sent]).merged(RECORDED[1]).entries
    assert made == {"line": 10, "condition": "n > 1", "more": {"of": "it"}}
    assert entry["line"] == 3


def test_delve_has_one_breakpoint_for_a_line_whatever_the_columns():
    # Delve 1.27.1 makes the place of file and line, and answers "Breakpoint exists at" to a second one.
    place = Place(RECORDED[0], 5)
    one = ClientList(CLIENTS[0], ({"line": 5},), (place,))
    two = ClientList(CLIENTS[1], ({"line": 5, "column": 3},), (place,))
    merged = having([one, two]).merged(RECORDED[0])
    assert merged == Merged(({"line": 5},), ((*one.owners, *two.owners),))


def test_windows_spellings_of_one_recorded_file_are_one():
    one = ClientList(CLIENTS[0], ({"line": 1},), (Place(AdapterPath(r"C:\src\app/main.go"), 1),))
    assert having([one]).merged(AdapterPath("c:/src/app/main.go")).entries == ({"line": 1},)
