"""Every attribute, ill-typed: each is named, with what was found and what it must be, and nothing is planned."""

from __future__ import annotations

from typing import Any

import pytest

from dapshim.plan.attaching import plan_attach
from dapshim.plan.attributes import ATTRIBUTES
from dapshim.plan.launching import plan_launch
from dapshim.plan.outcome import PlanError
from tests.plan.scene import attach, facts, launch

VALUES = {
    "true": True,
    "the number -1": -1,
    "the number 1": 1,
    "the number 1.5": 1.5,
    'the text "x"': "x",
    'the text "\\u0000"': "\0",
    'the text "\\udc00"': "\udc00",
    "a list in which [0] is the number 1": [1],
    "a list in which [1] is null": ["x", None],
    'a list in which [0] is the text "\\ud800"': ["\ud800"],
    'an object in which "a" is the number 1': {"a": 1},
    'an object in which "a" is an object': {"a": {}},
}
"""What is said of a value -> the value."""

TAKEN = {
    "a text": ('the text "x"',),
    "the path of a file": ('the text "x"',),
    "true or false": ("true",),
    "a whole number, 0 or more": ("the number 1",),
    "a whole number": ("the number 1", "the number -1"),
    "a text or a list of texts": ('the text "x"',),
    "a process number or the name of a program": ("the number 1", 'the text "x"'),
    "an object": ('an object in which "a" is the number 1', 'an object in which "a" is an object'),
}
"""Of these values, those that an attribute takes, by what it must be; the others take none of them."""

WRONG = [
    (attribute, said) for attribute in ATTRIBUTES.values() for said in VALUES if said not in TAKEN.get(attribute.expected, ())
]


def refusal(sent: dict[str, Any]) -> str:
    plan = plan_launch if sent["request"] == "launch" else plan_attach
    with pytest.raises(PlanError) as refused:
        plan(sent, facts())
    return str(refused.value)


@pytest.mark.parametrize(("attribute", "said"), WRONG, ids=lambda value: getattr(value, "name", value))
def test_ill_typed(attribute, said):
    whole = attach(processId=1) if attribute.request == "attach" else launch(program="cmd/x")
    text = refusal(whole | {attribute.name: VALUES[said]})
    assert text == f'"{attribute.name}" must be {attribute.expected}; it is {said}.'
    text.encode()


@pytest.mark.parametrize("attribute", ATTRIBUTES.values(), ids=lambda attribute: attribute.name)
def test_well_typed(attribute):
    taken = TAKEN.get(attribute.expected)
    for said in taken or ():
        assert attribute.check(VALUES[said])
    assert taken is not None or attribute.name in NOT_IN_GENERAL


NOT_IN_GENERAL = {"dlvFlags", "showPprofLabels", "env", "substitutePath", "outputMode", "backend", "console"}
"""Attributes that take none of the values above; their cases are below."""

PARTICULAR = [
    ("dlvFlags", "--log", 'a list of texts; it is the text "--log"'),
    ("env", ["A=1"], 'an object of texts, such as {"PORT": "8080"}; null takes a variable away; it is a list'),
    ("env", {"PORT": 8080}, '…; it is an object in which "PORT" is the number 8080'),
    ("env", {"A": "1", "B=": "2"}, '…; it is an object with a variable called the text "B="'),
    ("env", {"": "1"}, "…; it is an object with a variable called an empty text"),
    ("env", {"A\0": "1"}, '…; it is an object with a variable called the text "A\\u0000"'),
    ("substitutePath", {"from": "a", "to": "b"}, 'a list of rules, each {"from": "…", "to": "…"}; it is an object'),
    ("substitutePath", [{"from": "a", "to": "b"}, {"from": "a"}], '…; it is a list in which [1] is an object without "to"'),
    ("substitutePath", [{"to": "b"}], '…; it is a list in which [0] is an object without "from"'),
    ("substitutePath", [{"from": "a", "to": 1}], '…; it is a list in which [0] is an object in which "to" is the number 1'),
    ("substitutePath", [{"from": None, "to": ""}], '…; it is a list in which [0] is an object in which "from" is null'),
    ("outputMode", "Remote", '"local" or "remote"; it is the text "Remote"'),
    ("backend", "gdb", '"default", "native", "lldb" or "rr"; it is the text "gdb"'),
    ("console", "none", '"internalConsole", "integratedTerminal" or "externalTerminal"; it is the text "none"'),
    ("port", "4711", 'a whole number, 0 or more; it is the text "4711"'),
    ("stackTraceDepth", 2**63, "a whole number; it is the number 9223372036854775808"),
]


@pytest.mark.parametrize(("name", "value", "said"), PARTICULAR)
def test_ill_typed_in_particular(name, value, said):
    expected = said.replace("…;", f"{ATTRIBUTES[name].expected};", 1) if said.startswith("…") else said
    assert refusal(launch(program="cmd/x", **{name: value})) == f'"{name}" must be {expected}.'


GOOD = [
    ("dlvFlags", []),
    ("showPprofLabels", ["*"]),
    ("env", {"A": "", "B": None}),
    ("substitutePath", [{"from": "", "to": "/x"}]),
    ("outputMode", "remote"),
    ("outputMode", ""),
    ("backend", ""),
    ("backend", "rr"),
    ("console", ""),
    ("stackTraceDepth", 2**63 - 1),
    ("maxArrayValues", -1),
]


@pytest.mark.parametrize(("name", "value"), GOOD)
def test_well_typed_in_particular(name, value):
    assert plan_launch(launch(program="cmd/x", **{name: value}), facts()).arguments[name] == value


SPELLINGS = [
    ({"Program": "cmd/x", "STOPONENTRY": True}, {"stopOnEntry": True}),
    ({"program": "nowhere", "PROGRAM": "cmd/x"}, {}),
    ({"Program": "cmd/x", "program": None, "Mode": "debug"}, {"mode": "debug"}),
    ({"program": "cmd/x", "EnvFile": "none"}, {"EnvFile": "none"}),
]
"""What is sent, in names as Delve takes them too, and what comes of it; the last is no attribute of Delve's."""


@pytest.mark.parametrize(("sent", "made"), SPELLINGS)
def test_names_are_read_as_delve_reads_them(sent, made):
    plain = plan_launch(launch(program="cmd/x"), facts())
    found = plan_launch(launch(**sent), facts())
    assert dict(found.arguments) == {**plain.arguments, **made}
    assert [notice.text for notice in found.notices] == [
        '"EnvFile" is ignored, because nobody knows it. Did you mean "envFile"?' for name in made if name == "EnvFile"
    ]
