"""Rows of the ways to a program: attached to, behind a headless dlv, here or elsewhere, and a core file."""

from __future__ import annotations

from typing import Final

from tests.matrix.layout import SINGLE, Place, Rows, Session, launched
from tests.matrix.rows_modules import both

MODES: Final = Rows()

LOOP: Final = """package main

import (
	"time"

	"example.com/a/lib"
)

func main() {
	for {
		time.Sleep(20 * time.Millisecond)
		println("main") // break: here
		lib.Do()
	}
}
"""


@MODES("w1", "attach to a running program, -trimpath, moved")
def _(place: Place) -> Session:
    place.write({**SINGLE, "ws/cmd/x/main.go": LOOP})
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/ws")
    arguments = {"request": "attach", "mode": "local"}
    root = place.folder / "home/ws"
    return Session(root=root, arguments=arguments, stops=both(place, "home/ws"), way="attach", program=program)


REMOTE: Final = {"request": "attach", "mode": "remote"}


@MODES("w2", "attach to a headless dlv by host and port, -trimpath")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws", "-trimpath")
    return Session(root=place.folder / "ws", arguments=REMOTE, stops=both(place), way="remote", program=program)


@MODES("w3", "--connect in front of a headless dlv, -trimpath, moved")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws", "-trimpath")
    place.move("ws", "home/ws")
    root = place.folder / "home/ws"
    return Session(root=root, arguments=REMOTE, stops=both(place, "home/ws"), way="connect", program=program)


@MODES("w4", "a headless dlv whose program is not on this machine")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws")
    place.move("ws", "home/ws")
    root = place.folder / "home/ws"
    return Session(root=root, arguments=REMOTE, stops=both(place, "home/ws"), way="connect", program=program, program_goes=True)


@MODES("w5", "a core file, -trimpath, moved: its stack opens")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws", "-trimpath")
    core = place.core(program, "example.com/a/lib.Do")
    place.move("ws", "home/ws")
    arguments = {**launched("core", program), "coreFilePath": str(core)}
    frames = {"main.main": str(place.folder / "home/ws/cmd/x/main.go")}
    stops = both(place, "home/ws")[1:]
    return Session(root=place.folder / "home/ws", arguments=arguments, stops=stops, frames=frames, core=True)


@MODES("w6", "attach by host and port, the program is not on this machine, -trimpath")
def _(place: Place) -> Session:
    place.write(SINGLE)
    program = place.build("ws", "-trimpath")
    root = place.folder / "ws"
    return Session(root=root, arguments=REMOTE, stops=both(place), way="remote", program=program, program_goes=True)


@MODES("w7", "attach to a running program that was moved with its sources")
def _(place: Place) -> Session:
    place.write({**SINGLE, "ws/cmd/x/main.go": LOOP})
    program = place.build("ws")
    place.move("ws", "home/ws")
    place.move("bin", "home/bin")
    return Session(
        root=place.folder / "home/ws",
        arguments={"request": "attach", "mode": "local"},
        stops=both(place, "home/ws"),
        way="attach",
        program=place.folder / "home/bin" / program.name,
    )
