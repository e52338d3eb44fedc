"""A process like dapshim, to be killed by the tests: it runs a dlv under a guardian and says whom it has started."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import trio

from dapshim.delve import remains
from dapshim.delve.guardian import Guardian
from dapshim.delve.process import DlvCommand, start_dlv
from tests.delve.programs import HeldBuild, the_dlv
from tests.delve.raw_dap import RawDap


async def main(*words: str) -> None:
    """Do what the first word says, print the process ids as one line of JSON, then wait to be killed."""
    what, *arguments = words
    guardian = Guardian()
    process = await start_dlv(DlvCommand(the_dlv()))
    guardian.watch(process.pid)
    pids = {"dlv": process.pid, "guardian": guardian.pid or 0}
    dap = RawDap(process.stream)
    match what:
        case "launch":
            pids["debuggee"] = await dap.launch(*arguments)
            guardian.groups(process.pid, [pids["debuggee"]])
        case "attach":
            await dap.attach(int(arguments[0]))
        case "debug":
            await dap.begin()
            await dap.post("launch", HeldBuild(Path(arguments[0])).launch())
            launched = await dap.event("process")
            pids["debuggee"] = launched["systemProcessId"]
            guardian.groups(process.pid, [pids["debuggee"]])
            guardian.binary(process.pid, remains.executable(pids["debuggee"]) or "")
        case "build":
            await dap.begin()
            await dap.post("launch", HeldBuild(Path(arguments[0])).launch())
    sys.stdout.write(json.dumps(pids) + "\n")
    sys.stdout.flush()
    await trio.sleep_forever()


if __name__ == "__main__":
    trio.run(main, *sys.argv[1:])
