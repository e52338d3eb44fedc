"""Go modules that the tests of launching change while a session goes on, and what such a session is asked."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import trio

from tests.real import BOUND, Client, Json, Program, Running, children, clean_environment, tool

MAIN = """package main

import (
	"fmt"
	"os"
	"time"
)

func greeting() string { return "the first" }

func tick(n int) int {
	next := n + 1 // break: tick
	return next
}

func main() {
	fmt.Println("says", greeting(), os.Getenv("MARK"), os.Args[1:])
	count := 0 // break: main
	for {
		count = tick(count)
		time.Sleep(5 * time.Millisecond)
	}
}
"""

TEST = """package main

import (
	"fmt"
	"testing"
)

func TestTick(t *testing.T) {
	fmt.Println("says", greeting(), "in a test")
	if tick(1) != 2 {
		t.Fail()
	}
}
"""

BROKEN = 'return "the first" }', "return nosuch{} }"
"""A change of the source that does not compile, and the place and words of its error."""

ERROR = ":9:33: undefined: nosuch"


@attrs.frozen
class Workspace:
    """A module with one program that greets, and ticks until it is ended."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, name: str = "example.com/app") -> Workspace:
        folder.mkdir(parents=True)
        (folder / "go.mod").write_text(f"module {name}\n\ngo 1.25\n")
        (folder / "main.go").write_text(MAIN)
        (folder / "main_test.go").write_text(TEST)
        return cls(folder)

    @property
    def program(self) -> Program:
        return Program(self.folder / "program", self.folder / "main.go")

    @property
    def binaries(self) -> list[str]:
        """The temporary binaries that are there."""
        return sorted(path.name for path in self.folder.glob("__debug_bin*"))

    def change(self, old: str, new: str) -> None:
        source = self.folder / "main.go"
        text = source.read_text()
        assert old in text
        source.write_text(text.replace(old, new))


@attrs.frozen
class HeldGo:
    """Builds that wait, once they are to be held, until they are ended or released; they say that they have begun."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> HeldGo:
        folder.mkdir()
        tool_ = folder / "hold"
        tool_.write_text(
            f'#!/bin/sh\ncd "{folder}"\n'
            "wait_for_it() { echo $$ >> building; while [ -e held ]; do sleep 0.02; done; }\n"
            'case "$*" in *-V=full*) ;;\n'
            "*/compile*-p\\ main*) if [ -e held ] && [ ! -e links ]; then wait_for_it; fi;;\n"
            "*/link\\ *) if [ -e links ]; then echo >> links; [ $(wc -l < links) -lt 2 ] || wait_for_it; fi;;\n"
            'esac\ncd "$OLDPWD"\nexec "$@"\n'
        )
        tool_.chmod(0o755)
        return cls(folder)

    @property
    def flags(self) -> list[str]:
        """The `buildFlags` that make a build one of these."""
        return ["-toolexec", str(self.folder / "hold")]

    def hold(self) -> None:
        (self.folder / "held").touch()
        (self.folder / "building").unlink(missing_ok=True)

    def hold_the_second(self) -> None:
        """Hold the second build from now on, when it links."""
        self.hold()
        (self.folder / "links").touch()

    def release(self) -> None:
        (self.folder / "held").unlink(missing_ok=True)

    async def begun(self) -> None:
        await until((self.folder / "building").exists)


async def until(is_so: Callable[[], object]) -> None:
    with trio.fail_after(BOUND):
        while not is_so():
            await trio.sleep(0.01)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """An environment whose temporary files are in a folder of the test's."""
    folder.mkdir(exist_ok=True)
    return clean_environment(TMPDIR=str(folder), **more)


def dlvs(shim: Running) -> list[int]:
    """Return the dlv's of a dapshim, the oldest first."""
    found = []
    for pid in children(shim.process.pid):
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if Path(os.fsdecode(words[0])).name == "dlv":
            found.append(pid)
    return sorted(found)


def outputs(client: Client, since: int = 0) -> str:
    """Return all that the debug console has shown."""
    return "".join(m["body"]["output"] for m in client.log[since:] if m.get("event") == "output")


def answers(client: Client, seq: int) -> list[Json]:
    return [m for m in client.log if m["type"] == "response" and m["request_seq"] == seq]


async def said(client: Client, text: str, since: int = 0) -> None:
    """Wait until the debug console shows a text, behind message `since`."""
    with trio.fail_after(BOUND):
        while text not in outputs(client, since):
            await client.next()


async def configured(client: Client, program: Program, *markers: str) -> list[Json]:
    """Do what a client does after `initialized`; return its breakpoints."""
    await client.event("initialized")
    lines = [{"line": program.line(marker)} for marker in markers]
    body = await client.ok("setBreakpoints", {"source": {"path": str(program.source)}, "breakpoints": lines})
    await client.ok("configurationDone")
    found: list[Json] = body["breakpoints"]
    assert all(each["verified"] for each in found), found
    return found


async def restarted(client: Client, program: Program, /, *markers: str, **nested: Any) -> list[Json]:
    """Restart as a client does; return the breakpoints."""
    seq = await client.send("restart", {"arguments": nested} if nested else None)
    answer = await client.response(seq)
    assert answer["success"], answer
    found = await configured(client, program, *markers)
    assert len(answers(client, seq)) == 1
    return found


async def stopped_at(client: Client, program: Program, marker: str) -> int:
    """Wait for the next stop, which must be there; return the thread."""
    thread: int = (await client.event("stopped"))["body"]["threadId"]
    top = (await client.ok("stackTrace", {"threadId": thread, "levels": 1}))["stackFrames"][0]
    assert (top["source"]["path"], top["line"]) == (str(program.source), program.line(marker))
    return thread


def built(folder: Path, output: str = "program") -> list[str]:
    return [tool("go"), "build", "-C", str(folder), "-gcflags=all=-N -l", "-o", output, "."]
