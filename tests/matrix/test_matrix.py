"""Every layout of sources, with the real Go and the real dlv: plain, and through dapshim with an empty configuration.

`pytest -m matrix` runs all rows and prints both columns; a fixed part of them runs in the ordinary suite.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable

import attrs
import pytest

from tests.matrix.layout import SINGLE, Layout, Place, Session, Workshop, refusal
from tests.matrix.outcomes import OUTCOMES, Outcome
from tests.matrix.rows import ROWS
from tests.matrix.rows_modules import both
from tests.matrix.runner import verdict

EVERYDAY = [each for each in ROWS if each.everyday]
CLASSES = set("abcdefghijklmopqrstuvw")
"""Those of the facts that can be run here; n, Windows paths, are pure tests of `sources`."""


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop.at(tmp_path_factory.mktemp("matrix"))


def named(layout: Layout) -> str:
    return layout.name


def single(place: Place) -> Session:
    """Return the plainest session, which every server has right."""
    place.write(SINGLE)
    return place.debug("ws/cmd/x", "ws", *both(place))


def able(layout: Layout) -> None:
    if layout.needs and shutil.which(layout.needs) is None:
        pytest.skip(f"{layout.what}: needs {layout.needs}")


@pytest.mark.matrix
@pytest.mark.parametrize("layout", ROWS, ids=named)
async def test_layout(layout: Layout, workshop: Workshop, pytestconfig: pytest.Config) -> None:
    able(layout)
    with workshop.place(layout.name) as place:
        session = layout.build(place)
        outcome = Outcome(layout, await verdict("plain", session, place), await verdict("dapshim", session, place))
    pytestconfig.stash[OUTCOMES].append(outcome)
    lost = "; plain dlv passes this" if outcome.plain is None else ""
    assert outcome.dapshim is None, f"{layout.name} {layout.what}: {outcome.dapshim}{lost}"


@pytest.mark.parametrize("layout", EVERYDAY, ids=named)
async def test_layout_of_every_day(layout: Layout, workshop: Workshop) -> None:
    able(layout)
    with workshop.place(f"everyday-{layout.name}") as place:
        assert await verdict("dapshim", layout.build(place), place) is None


def test_the_rows_cover_all_classes() -> None:
    names = Counter(each.name for each in ROWS)
    assert names.most_common(1)[0][1] == 1
    assert all(re.fullmatch(r"[a-z]\d+", each) for each in names)
    assert {each[0] for each in names} == CLASSES
    assert len(names) >= 65
    assert 10 <= len(EVERYDAY) <= 15


# -- the runner itself sees what is wrong ----------------------------------------------------------------------------------


def reversed_stops(session: Session) -> Session:
    return attrs.evolve(session, stops=session.stops[::-1])


def one_more(session: Session) -> Session:
    return attrs.evolve(session, stops=(*session.stops, session.stops[-1]))


def no_statement(session: Session) -> Session:
    return attrs.evolve(session, stops=(attrs.evolve(session.stops[0], line=2), *session.stops[1:]))


def the_wrong_refused(session: Session) -> Session:
    return attrs.evolve(session, stops=session.stops[:1], refused=(refusal(session.stops[1], ""),))


def another_file(session: Session) -> Session:
    return attrs.evolve(session, frames={"main.main": session.stops[1].path})


def a_word_too_few(session: Session) -> Session:
    return attrs.evolve(session, stops=(attrs.evolve(session.stops[0], says="some word"), *session.stops[1:]))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda session: session, None),
        (reversed_stops, "the stop at ws/lib/lib.go:6 is shown at ws/cmd/x/main.go:7 (breakpoint)"),
        (one_more, "ws/lib/lib.go:6 is never hit"),
        (no_statement, "ws/cmd/x/main.go:2 is unverified: could not find statement at"),
        (the_wrong_refused, "ws/lib/lib.go:6 is verified, and is not the file that was built"),
        (another_file, "stopped at ws/cmd/x/main.go:7, frame main.main: is shown in ws/cmd/x/main.go, not in ws/lib/lib.go"),
        (a_word_too_few, "ws/cmd/x/main.go:7: 'some word' is not said"),
    ],
)
async def test_what_is_wrong_first_is_said(workshop: Workshop, change: Callable[[Session], Session], said: str | None) -> None:
    """Plain dlv is right about this session, so each wrong expectation must be found."""
    with workshop.place("expected") as place:
        seen = await verdict("plain", change(single(place)), place)
    assert seen is None if said is None else seen is not None and seen.startswith(said)


async def test_a_stop_too_many_is_seen(workshop: Workshop) -> None:
    with workshop.place("twice") as place:
        session = single(place)
        main = place.folder / "ws/cmd/x/main.go"
        main.write_text(main.read_text().replace("lib.Do()", "lib.Do(); lib.Do()"))
        assert await verdict("plain", session, place) == "one stop too many, at ws/lib/lib.go:6 (breakpoint)"


async def test_a_wrong_file_and_a_missing_one_are_seen(workshop: Workshop) -> None:
    with workshop.place("files") as place:
        place.write(SINGLE)
        session = place.exec(place.build("ws"), "ws", *both(place))
        lib = place.folder / "ws/lib/lib.go"
        text = lib.read_text()
        lib.write_text(text.replace("func Do", "func Other"))
        assert "has no Do" in str(await verdict("plain", session, place))
        lib.unlink()
        assert "is not there" in str(await verdict("plain", session, place))
