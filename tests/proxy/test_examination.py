"""What an examination says, refuses and goes around, in scripted sessions: findings as they are, without a file."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import trio

from dapshim.delve.examining import Examined
from dapshim.delve.planned import Planned, Setting
from dapshim.delve.versions import DlvVersion
from dapshim.diagnose.facts import Facts
from dapshim.diagnose.finding import Finding, Remedy, Severity
from dapshim.options.sources import from_launch
from dapshim.plan.outcome import CHECK_OFF, Build, Dlv, Notice, Plan, PlanError
from dapshim.proxy import examination
from dapshim.proxy.examination import Examination
from dapshim.proxy.shim import PASS, Refuse, Shim, Verdict, on
from dapshim.wire.messages import Message
from tests.playbook import Peer, Stage, event, request, response, stage

ERROR = Finding(
    "wrong-platform", Severity.ERROR, "It is for another machine.", "/p", (), (Remedy("Build it here", "go build"),)
)
OTHER = Finding("truncated", Severity.ERROR, "It is cut short.", "/p")
WARNING = Finding("optimized", Severity.WARNING, "It is optimised.", "/p", ("seen",), (Remedy("Take that out"),))
HINT = Finding("trimpath", Severity.INFO, "Paths are trimmed.", "/p")
OLD_GO = Finding("go-version", Severity.ERROR, "Go is too old.", "/p")


class Launches(Shim):
    """Examine what is planned at each launch, and show the plan that comes of it."""

    def __init__(self, **options: Any) -> None:
        self.examination = Examination()
        self.plan = Plan("launch", "exec", {"program": "/p"})
        self.options = Setting().options.extended(from_launch(options))
        self.passed: list[Plan] = []

    @on.request("launch", budget=100.0)
    async def launch(self, _request: Message) -> Verdict:
        try:
            planned = await self.examination.passed(Planned(self.plan, self.options), "/dlv", self.session)
        except PlanError as error:
            return Refuse(str(error), error_id=3000)
        self.passed.append(planned.plan)
        return PASS


def finds(monkeypatch: pytest.MonkeyPatch, *findings: Finding) -> None:
    finds_by(monkeypatch, lambda: Examined(Facts(), findings))


def finds_by(monkeypatch: pytest.MonkeyPatch, examine: Callable[[], Examined | None]) -> None:
    monkeypatch.setattr(examination, "_examine", lambda _planned, _dlv: examine())


async def begun(scene: Stage) -> tuple[Peer, Peer]:
    client, adapter = scene
    await client.says(request(1, "initialize"))
    await adapter.gets(request(1, "initialize"))
    await adapter.says(response(1, 1, "initialize"))
    await client.gets(response(1, 1, "initialize"))
    return client, adapter


def said(seq: int, text: str) -> dict[str, Any]:
    return event(seq, "output", category="important", output=f"dapshim: {text}\n")


def as_data(seq: int, *findings: Finding) -> dict[str, Any]:
    return event(seq, "dapshim/findings", file="", findings=[each.as_json() for each in findings])


async def test_an_error_refuses_and_all_comes_as_data(monkeypatch):
    finds(monkeypatch, ERROR, OTHER, WARNING, HINT)
    async with stage(shim := Launches()) as scene:
        client, _ = await begun(scene)
        await client.says(request(2, "launch"))
        text = "It is for another machine. Build it here: go build"
        error = {"id": 3000, "format": text, "showUser": True}
        await client.gets(
            response(2, 2, "launch", success=False, message=text, error=error), as_data(3, ERROR, OTHER, WARNING, HINT)
        )
        # Mended, and launched again: what else there is, is said now.
        finds(monkeypatch, WARNING)
        await client.says(request(3, "launch"))
        await scene.adapter.gets(request(2, "launch"))
        await client.gets(said(4, "It is optimised. Take that out."), as_data(5, WARNING))
        assert shim.passed == [shim.plan]


async def test_what_is_only_to_be_said_is_said(monkeypatch):
    finds(monkeypatch, ERROR, WARNING)
    async with stage(Launches(preflight="warn")) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))
        await client.gets(
            said(2, "It is for another machine. Build it here: go build"),
            said(3, "It is optimised. Take that out."),
            as_data(4, ERROR, WARNING),
        )


async def test_what_is_switched_off_looks_at_nothing(monkeypatch):
    finds(monkeypatch, ERROR)
    async with stage(Launches(preflight="off")) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))


async def test_everything_is_said_once_a_session(monkeypatch):
    finds(monkeypatch, WARNING, HINT)
    async with stage(Launches()) as scene:
        client, adapter = await begun(scene)
        for seq in (2, 3):
            await client.says(request(seq, "launch"))
            await adapter.gets(request(seq, "launch"))
        await client.gets(said(2, "It is optimised. Take that out."), as_data(3, WARNING, HINT))
        finds(monkeypatch, WARNING, attrs.evolve(WARNING, where="/other"))
        await client.says(request(4, "launch"))
        await adapter.gets(request(4, "launch"))
        await client.gets(said(4, "It is optimised. Take that out."), as_data(5, WARNING))


async def test_of_nothing_nothing_is_said(monkeypatch):
    finds(monkeypatch)
    async with stage(Launches()) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))


async def test_hints_have_no_line_but_one_in_the_log(monkeypatch, caplog):
    finds(monkeypatch, HINT)
    with caplog.at_level(logging.DEBUG, "dapshim"):
        async with stage(Launches()) as scene:
            client, adapter = await begun(scene)
            await client.says(request(2, "launch"))
            await adapter.gets(request(2, "launch"))
            await client.gets(as_data(2, HINT))
    assert [(each.levelname, each.getMessage()) for each in caplog.records if "trimpath" in each.getMessage()] == [
        ("DEBUG", "trimpath (info): Paths are trimmed.")
    ]


async def test_what_the_plan_has_named_has_no_second_line(monkeypatch):
    finds(monkeypatch, WARNING)
    shim = Launches()
    shim.plan = attrs.evolve(shim.plan, notices=(Notice("gcflags", "buildFlags has -gcflags"),))
    async with stage(shim) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))
        await client.gets(as_data(2, WARNING))


@pytest.mark.parametrize(("heal", "tried"), [("auto", True), ("ask", False), ("off", False)])
async def test_a_go_that_delve_does_not_know_is_tried(monkeypatch, heal, tried):
    finds(monkeypatch, OLD_GO)
    async with stage(shim := Launches(heal=heal)) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        if tried:
            await adapter.gets(request(2, "launch"))
            line = await client.gets(event(2, "output", category="important"))
            assert line["body"]["output"].startswith(f"dapshim: Go is too old. It is launched all the same, with {CHECK_OFF}")
            data = await client.gets(event(3, "dapshim/findings"))
            assert data["body"]["findings"][0]["severity"] == "warning"
            assert [each.dlv.flags for each in shim.passed] == [(CHECK_OFF,)]
        else:
            await client.gets(response(2, 2, "launch", success=False, message="Go is too old."), as_data(3, OLD_GO))


async def test_a_dlv_that_does_not_go_with_this_go_is_told_once_and_tried_each_time(monkeypatch):
    finds_by(monkeypatch, lambda: None)
    monkeypatch.setattr("dapshim.delve.versions.known_version", lambda _path: DlvVersion((1, 27, 1), (1, 26)))
    shim = Launches()
    shim.plan = attrs.evolve(shim.plan, mode="debug", build=Build("/ws", ".", test=False, go_version="go1.21.13"))
    async with stage(shim) as scene:
        client, adapter = await begun(scene)
        for seq in (2, 3):
            await client.says(request(seq, "launch"))
            await adapter.gets(request(seq, "launch"))
        line = await client.gets(event(2, "output", category="console"))
        assert "It is debugged all the same (--check-go-version=false)" in line["body"]["output"]
        assert [each.dlv for each in shim.passed] == [Dlv(flags=(CHECK_OFF,))] * 2


async def test_an_examination_that_fails_costs_no_launch(monkeypatch, caplog):
    def fail() -> Examined | None:
        raise ZeroDivisionError("examining")

    finds_by(monkeypatch, fail)
    async with stage(shim := Launches()) as scene:
        client, adapter = await begun(scene)
        await client.says(request(2, "launch"))
        await adapter.gets(request(2, "launch"))
        assert shim.passed == [shim.plan]
    assert "ZeroDivisionError: examining" in caplog.text


async def test_an_examination_that_takes_too_long_is_left(monkeypatch):
    monkeypatch.setattr(examination, "PATIENCE", 0.05)

    def dawdle() -> Examined | None:
        time.sleep(0.5)
        return Examined(Facts(), (ERROR,))

    finds_by(monkeypatch, dawdle)
    async with stage(shim := Launches()) as scene:
        client, adapter = await begun(scene)
        with trio.fail_after(0.4):
            await client.says(request(2, "launch"))
            await adapter.gets(request(2, "launch"))
        assert shim.passed == [shim.plan]
