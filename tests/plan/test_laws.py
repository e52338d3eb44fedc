"""What holds for every plan: it comes or is refused, it stands when it is planned again, and it leaves alone what is right."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.plan.attaching import plan_attach
from dapshim.plan.attributes import ATTRIBUTES
from dapshim.plan.launching import plan_launch, same_program
from dapshim.plan.outcome import Plan, PlanError
from tests.layouts import Link
from tests.plan import test_environment, test_modes, test_programs
from tests.plan.scene import ONE_MODULE, Case, attach, facts, launch

LAYOUT = {**ONE_MODULE, "/link": Link("/ws"), "/ws/.env": "A=1\nGOFLAGS=-trimpath\n"}
TEXTS = st.sampled_from(
    (
        *("", "auto", "debug", "test", "exec", "core", "local", "remote", "71", "api", "'", "-gcflags=-m", "-C /ws", ".env"),
        *(
            "cmd/x",
            "/ws/cmd/x/main.go",
            "/link/lib",
            "lib/lib_test.go",
            "example.com/acme/cmd/x",
            "~",
            ".",
            "${workspaceFolder}",
        ),
        "${file}",
    )
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*ATTRIBUTES, "mode", "request", "name", "dapshim", "debugAdapter", "trace"]) | st.text()
LIKELY = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("mode", "program", "dlvCwd", "cwd", "buildFlags", "processId"), TEXTS)
)


@given(st.dictionaries(NAMES, VALUES, max_size=8), LIKELY, st.booleans(), st.sampled_from(["launch", "attach"]))
def test_a_plan_comes_or_is_refused(anything, likely, connected, request):
    plan = plan_launch if request == "launch" else plan_attach
    try:
        found = plan({**anything, **likely}, facts(LAYOUT, connected=connected))
    except PlanError:
        return
    assert "dapshim" not in found.arguments


DEEP: Any = []
for _ in range(5_000):
    DEEP = [DEEP]


@pytest.mark.parametrize("name", ["args", "guessSubstitutePath", "unknown"])
def test_values_that_are_deep_and_count_for_nothing_here(name):
    assert list(plan_attach(attach(processId=1) | {name: {"a": DEEP}}, facts()).arguments[name]) == ["a"]


@pytest.mark.parametrize("name", ["env", "substitutePath", "args", "program", "mode"])
def test_values_that_are_deep_are_refused(name):
    with pytest.raises(PlanError, match=f'^"{name}" must be'):
        plan_launch(launch(program="cmd/x") | {name: DEEP}, facts())


LAUNCHES = [
    case
    for module, tables in [
        (test_programs, ["SPELLINGS", "FOUND_AND_NOT", "MODULES", "CHOSEN", "LINKS"]),
        (test_modes, ["TEST_MODE", "READY_MADE", "OTHER"]),
        (test_environment, ["VARIABLES", "FLAGS", "TRAPS"]),
    ]
    for table in tables
    for case in getattr(module, table)
    if not case.error
]


@pytest.mark.parametrize("case", LAUNCHES, ids=str)
def test_a_plan_stands_when_it_is_planned_again(case: Case):
    """A restart brings its arguments along, which some editors have from us."""
    once = case.plan()
    again = plan_launch(once.arguments, facts(case.layout, **case.world))
    assert (again.arguments, again.dlv, again.build) == (once.arguments, once.dlv, once.build)
    assert same_program(once, again)


ABSOLUTE = st.fixed_dictionaries(
    {"mode": st.sampled_from(["exec", "core", "replay"]), "program": st.just("/bin/x")},
    optional={
        "args": st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0$"))),
        "cwd": st.sampled_from(["/tmp", "/tmp/", "/tmp/../ws"]),
        "env": st.dictionaries(st.sampled_from(["A", "PATH"]), st.sampled_from(["", "1"]) | st.none()),
        "stopOnEntry": st.booleans(),
        "stackTraceDepth": st.integers(0, 100),
        "noDebug": st.booleans() | st.none(),
        "__rest": VALUES,
    },
)


@given(ABSOLUTE)
def test_what_needs_nothing_comes_out_as_it_went_in(sent):
    whole = {"cwd": "/", "coreFilePath": "/core", "traceDirPath": "/trace", **sent}
    plan = plan_launch(whole, facts(LAYOUT, cwd="/somewhere"))
    assert plan == Plan("launch", sent["mode"], whole)


# -- restart -------------------------------------------------------------------------------------------------------------------

SAME = [
    {"args": ["-v"]},
    {"stackTraceDepth": 5},
    {"stopOnEntry": True},
    {"substitutePath": [{"from": "a", "to": "b"}]},
    {"program": "/ws/cmd/x"},
    {"dlvToolPath": None},
    {"args": []},
    {"maxStringLen": 0},
]
OTHERS = [
    {"program": "tools/gen.go"},
    {"env": {"A": "1"}},
    {"envFile": ".env"},
    {"buildFlags": "-race"},
    {"buildFlags": []},
    {"cwd": "/tmp"},
    {"output": "/tmp/x"},
    {"noDebug": True},
    {"mode": "exec", "program": "/bin/x"},
    {"dlvFlags": ["--log"]},
    {"dlvToolPath": "/dlv"},
    {"port": 4000},
    {"backend": "native"},
    {"outputMode": "remote"},
]


@pytest.mark.parametrize("change", SAME, ids=str)
def test_a_restart_of_the_same_program(change):
    assert same_program(plan_launch(launch(program="cmd/x"), facts(LAYOUT)), changed(change))


@pytest.mark.parametrize("change", OTHERS, ids=str)
def test_a_restart_that_needs_another_dlv(change):
    assert not same_program(plan_launch(launch(program="cmd/x"), facts(LAYOUT)), changed(change))


@pytest.mark.parametrize("name", ["coreFilePath", "traceDirPath"])
def test_a_restart_on_another_recording(name):
    sent = launch("core", program="/x", coreFilePath="/1", traceDirPath="/1")
    assert not same_program(plan_launch(sent, facts()), plan_launch(sent | {name: "/2"}, facts()))


TAKEN_AWAY = [
    {"args": ["-v"]},
    {"stackTraceDepth": 5},
    {"maxStringLen": 5},
    {"maxArrayValues": 5},
    {"substitutePath": [{"from": "a", "to": "b"}]},
]


@pytest.mark.parametrize("before", TAKEN_AWAY, ids=str)
def test_what_is_taken_away_needs_another_dlv(before):
    """Delve 1.27.1 keeps what a restart does not name."""
    assert not same_program(changed(before), changed({}))
    assert same_program(changed({}), changed(before))


def test_no_arguments_can_be_said():
    assert same_program(changed({"args": ["-v"]}), changed({"args": []}))


def changed(change: dict[str, Any]) -> Plan:
    return plan_launch(launch(program="cmd/x") | change, facts(LAYOUT))
