from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.options.layers import Layer, OptionsError, Origin, resolve, value_of
from dapshim.options.sources import from_command_line
from dapshim.options.table import TABLE, Source

GIVEN = [source for source in Source if source is not Source.DEFAULT]


def layer(source: Source, **values: str) -> Layer:
    return Layer(source, {name: value_of(name, value, source, f"by {source.name}") for name, value in values.items()})


def test_nobody_says_anything():
    options = resolve([])
    assert {name: value.value for name, value in options.items()} == {option.name: option.default for option in TABLE}
    assert not any(value.given for value in options.values())
    assert len(options) == len(TABLE)


@given(st.permutations(GIVEN), st.sets(st.sampled_from(GIVEN), min_size=1))
def test_the_strongest_source_wins_in_whatever_order_they_come(order, saying):
    options = resolve([layer(source, goWork=source.name) for source in order if source in saying])
    strongest = min(saying)
    assert options["goWork"].value == strongest.name
    assert options["goWork"].origin == Origin(strongest, f"by {strongest.name}")
    assert not options["dlv"].given


def test_each_option_is_decided_for_itself():
    options = resolve([layer(Source.USER, go="/go", dlv="/user"), layer(Source.LAUNCH, dlv="/launch")])
    assert (options.text("go"), options.text("dlv")) == ("/go", "/launch")


def test_the_errors_of_all_layers_stop_it_the_strongest_first():
    with pytest.raises(OptionsError) as caught:
        resolve([Layer(Source.USER, errors=("c", "d", "e")), Layer(Source.LAUNCH, errors=("b",)), from_command_line({})])
    assert caught.value.errors == ("b", "c", "d", "e")
    assert str(caught.value) == "b; c; d; and 1 more"


def test_a_session_adds_its_own_and_hears_only_what_is_new():
    base = resolve([Layer(Source.ENVIRONMENT, notices=("old",)), layer(Source.USER, goWork="off")])
    assert base.notices == ("old",)
    first = base.extended(layer(Source.LAUNCH, goWork="auto"), Layer(Source.PROJECT, notices=("new",)))
    assert (first.text("goWork"), first.notices) == ("auto", ("new",))
    second = base.extended()
    assert (second.text("goWork"), second.notices) == ("off", ())


def test_rules_are_a_value_of_their_own():
    nobody = resolve([])
    assert nobody.rules("substitutePath") == ()
    given = ({"from": "/a", "to": "/b"},)
    options = resolve([Layer(Source.PROJECT, {"substitutePath": value_of("substitutePath", given, Source.PROJECT, "f:3")})])
    assert (options.rules("substitutePath"), options["substitutePath"].origin.place) == (given, "f:3")
    with pytest.raises(TypeError, match="substitutePath is of type tuple"):
        options.text("substitutePath")
    with pytest.raises(TypeError, match="logLevel is of type str"):
        options.rules("logLevel")


def test_an_option_can_be_taken_out():
    options = resolve([layer(Source.USER, dlv="/a", go="/go"), layer(Source.ENVIRONMENT, dlv="/b")]).without("dlv")
    assert not options["dlv"].given
    assert not options.extended()["dlv"].given
    assert options.text("go") == "/go"


def test_an_option_that_we_take_for_another_is_a_fault_of_ours():
    options = resolve([])
    with pytest.raises(TypeError):
        options.switch("goWork")
    with pytest.raises(TypeError):
        options.text("allowRemote")
    with pytest.raises(KeyError):
        options["xyzzy"]
    with pytest.raises(KeyError):
        value_of("xyzzy", None, Source.LAUNCH, "")
