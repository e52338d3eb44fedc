"""Real Go programs for the tests of this room, and a build that stops where the test wants it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import trio

MAIN = """
package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// child starts a program that outlives this one, in a process group of its own or in this one's.
func child(own bool) {
	command := exec.Command("/bin/sleep", "1000")
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: own}
	if err := command.Start(); err != nil {
		panic(err)
	}
	fmt.Fprintln(os.Stderr, "child", command.Process.Pid)
}

func main() {
	fmt.Fprintln(os.Stderr, "running")
	for _, what := range os.Args[1:] {
		switch what {
		case "own-group":
			child(true)
		case "same-group":
			child(false)
		case "stay":
			for {
				time.Sleep(time.Hour)
			}
		}
	}
}
"""


def the_dlv() -> str:
    """Return the dlv that the tests use."""
    dlv = shutil.which("dlv")
    assert dlv is not None, "these tests use the real dlv, and there is none on the PATH: run them with `make test`"
    return dlv


def build(folder: Path) -> str:
    """Build the program above for debugging; return the executable's path."""
    module(folder)
    subprocess.run(["go", "build", "-gcflags=all=-N -l", "-o", "program", "."], cwd=folder, check=True, timeout=120)
    return str(folder / "program")


def module(folder: Path) -> None:
    """Write the program's module, unbuilt."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module example.com/program\n\ngo 1.21\n")
    (folder / "main.go").write_text(MAIN)


@contextlib.asynccontextmanager
async def running(program: str) -> AsyncIterator[trio.Process]:
    """Run a program that no dlv has started."""
    process = await trio.lowlevel.open_process([program, "stay"], stderr=subprocess.PIPE)
    assert process.stderr is not None
    try:
        await process.stderr.receive_some()
        yield process
    finally:
        process.kill()
        with trio.CancelScope(shield=True):
            await process.wait()
            await process.stderr.aclose()


class HeldBuild:
    """A module whose build waits in the compiler until the test lets it go on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.scratch = folder / "scratch"
        self._announced, self._released = folder / "announced", folder / "released"
        module(folder / "module")
        self.scratch.mkdir(exist_ok=True)
        for fifo in (self._announced, self._released):
            # Two processes may speak of the same build: the one that starts it and the one that holds it.
            with contextlib.suppress(FileExistsError):
                os.mkfifo(fifo)
        tool = folder / "held"
        tool.write_text(
            "#!/bin/sh\n"
            # go asks its tools for their versions first; the program's own compilation then waits for the test.
            'case "$*" in *-V=full*) ;; *main.go*)\n'
            f'exec 3<> "{self._released}"; echo building > "{self._announced}"; read -r _ <&3; exec 3<&- ;;\n'
            'esac\nexec "$@"\n'
        )
        tool.chmod(0o755)
        self._tool = tool

    def launch(self) -> dict[str, object]:
        """Return the arguments of a launch request that begins this build."""
        return {
            "mode": "debug",
            "program": ".",
            "dlvCwd": str(self.folder / "module"),
            "buildFlags": ["-toolexec", str(self._tool)],
            "env": {"TMPDIR": str(self.scratch), "GOTMPDIR": ""},
            "args": ["stay"],
        }

    def await_start(self) -> None:
        """Block until the compiler is at work."""
        self._announced.read_text()

    def release(self) -> None:
        """Let the build go on; fails when nobody builds any more."""
        descriptor = os.open(self._released, os.O_WRONLY | os.O_NONBLOCK)
        os.write(descriptor, b"go\n")
        os.close(descriptor)

    def debug_binaries(self) -> list[str]:
        """Return the temporary binaries that are there."""
        return [path.name for path in (self.folder / "module").glob("__debug_bin*")]

    def left(self) -> list[str]:
        """Return what the build has left: temporary binaries and work folders."""
        return self.debug_binaries() + [path.name for path in self.scratch.iterdir()]
