"""What the real, plain dlv does with a binary: whether it launches, and how much of breakpoints, stack and variables there is.

The yes, partly and no of an observation are those of `dapshim.diagnose.verdicts`, told by another: by what Delve answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import attrs
import trio

from tests.diagnose.rows import Shape
from tests.real import Client, EndOfConversation, Json, dlv_dap

PATIENCE: Final = 5.0
"""Seconds without an event after which dlv is said to hang; what works answers in half a second."""

STOPS_MOST: Final = 16


@attrs.frozen
class Expected:
    """The values that must be seen at the line marked STOP of a function, as the beginnings of their texts."""

    values: Mapping[str, Mapping[str, str]]


VALUES: Final = Expected(
    {
        "main.main": {"first": "main.order", "factor": "4", "total": "4"},
        "inspected.TestTotal": {"factor": "41", "total": "48"},
        "sum.Of": {"items": "[]int len: 3", "half": "1", "base": "0", "total": "6"},
    }
)


@attrs.define
class Observed:
    """What came of it. `launch` is "ok", or the message of the failure, or "no answer"."""

    launch: str = "ok"
    breakpoints: str = "no"
    stack: str = "no"
    variables: str = "no"
    ended: str = ""
    """"exited N" when the program ended by itself, "hangs" when nothing came any more."""
    main_verified: bool = False
    """Whether the breakpoint in main.main that has code in every build was verified."""
    notes: list[str] = attrs.field(factory=list)

    @property
    def answers(self) -> str:
        """Breakpoints, stack and variables, as a verdict has them."""
        return f"{self.breakpoints} {self.stack} {self.variables}"


def marked(source: Path, *marks: str) -> list[int]:
    """Return the lines of a source that carry a mark."""
    found = [
        n
        for n, text in enumerate(source.read_text().splitlines(), 1)
        if any(f"/ {m}" in text or f"* {m}" in text for m in marks)
    ]
    assert found, f"{source} has no line marked {marks}"
    return found


async def observe(
    program: Path,
    sources: Sequence[Path],
    shape: Shape,
    *flags: str,
    env: dict[str, str] | None = None,
    launch_env: Mapping[str, str | None] | None = None,
) -> Observed:
    """Run a whole session with a dlv that is started with `flags` in the environment `env`."""
    seen = Observed()
    async with dlv_dap(*flags, env=env) as dlv:
        client = await dlv.connect()
        await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
        launched: Json = {"request": "launch", "mode": "exec", "program": str(program), "args": list(shape.arguments)}
        launched |= {"env": dict(launch_env)} if launch_env is not None else {}
        launch = await client.send("launch", launched)
        if not await _launched(client, launch, seen):
            return seen
        answers = [await _set(client, str(source), marked(source, "LINE", "STOP")) for source in sources]
        told = [each for answer in answers for each in answer]
        verified = [each["verified"] for each in told]
        seen.breakpoints = "yes" if all(verified) else "partly" if any(verified) else "no"
        seen.notes += [each.get("message", "") for each in told if not each["verified"]]
        seen.main_verified = answers[0][-1]["verified"]
        if not any(verified):
            for source, name in zip(sources, shape.recorded, strict=False):
                await _set(client, name, marked(source, "STOP"))
            await client.ok("setFunctionBreakpoints", {"breakpoints": [{"name": "main.main"}]})
        await client.send("configurationDone")
        await _run(client, seen)
    return seen


async def _launched(client: Client, launch: int, seen: Observed) -> bool:
    with trio.move_on_after(PATIENCE) as scope:
        message = await client.until(
            lambda each: each.get("event") == "initialized" or (each["type"] == "response" and each["request_seq"] == launch)
        )
        if message["type"] == "response" and not message["success"]:
            seen.launch = message["body"]["error"]["format"]
            return False
    if scope.cancelled_caught:
        seen.launch = "no answer"
    return not scope.cancelled_caught


async def _set(client: Client, path: str, lines: list[int]) -> list[Json]:
    body = {"source": {"path": path}, "breakpoints": [{"line": line} for line in lines]}
    found: list[Json] = (await client.ok("setBreakpoints", body))["breakpoints"]
    return found


async def _run(client: Client, seen: Observed) -> None:
    qualities: dict[str, str] = {}
    stacks: list[bool] = []
    for _ in range(STOPS_MOST):
        try:
            with trio.move_on_after(PATIENCE) as scope:
                event = await client.until(lambda each: each.get("event") in ("stopped", "terminated", "exited"))
        except EndOfConversation:
            seen.ended = "gone"
            break
        if scope.cancelled_caught:
            seen.ended = "hangs"
            break
        if event["event"] != "stopped":
            seen.ended = f"exited {event.get('body', {}).get('exitCode', '')}".strip()
            break
        stacks.append(await _look(client, event["body"].get("threadId", 1), qualities))
        await client.send("continue", {"threadId": 1})
    seen.stack = "yes" if stacks and all(stacks) else "no"
    if qualities:
        kinds = set(qualities.values())
        seen.variables = kinds.pop() if len(kinds) == 1 else "partly"


async def _look(client: Client, thread: int, qualities: dict[str, str]) -> bool:
    """Look at the stop; return whether there is a stack that leads to main or to a test."""
    answer = await client.ask("stackTrace", {"threadId": thread, "startFrame": 0, "levels": 50})
    frames = answer.get("body", {}).get("stackFrames", []) if answer["success"] else []
    if not frames:
        return False
    name, path, line = frames[0]["name"], frames[0].get("source", {}).get("path", ""), frames[0]["line"]
    wanted = VALUES.values.get(name)
    if wanted is not None and await _stops_at(path, line):
        found = await _values(client, frames[0]["id"])
        right = [
            found.get(variable, "").startswith(value)
            for variable, value in wanted.items()
            if variable != "first" or "inspected/main.go" in path
        ]
        qualities[name] = "yes" if all(right) else "partly" if found else "no"
    return any(each["name"] in ("main.main", "testing.tRunner") and each["line"] > 0 for each in frames)


async def _stops_at(path: str, line: int) -> bool:
    """Tell whether it is a line marked STOP; a trimmed path is looked up below the tests' programs."""
    found = Path(path)
    if not found.is_absolute():
        found = Path(__file__).parents[1] / "programs" / path.removeprefix("example.com/")
    return found.is_file() and line in marked(found, "STOP")


async def _values(client: Client, frame: int) -> dict[str, str]:
    scopes = await client.ask("scopes", {"frameId": frame})
    found: dict[str, Any] = {}
    if not scopes["success"]:
        return found
    for scope in scopes["body"]["scopes"]:
        answer = await client.ask("variables", {"variablesReference": scope["variablesReference"]})
        if answer["success"]:
            found |= {each["name"]: each["value"] for each in answer["body"]["variables"]}
    return found
