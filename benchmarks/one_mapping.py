"""The mapping of one executable in a process of its own, timed: `one_mapping.py BINARY FOLDER FILE...`.

Prints one JSON object: how long each part took, how many files there were, and the most memory that the process had. Each FILE
is asked for as the editor would ask. The go command is the PATH's, and it is asked as often as a session asks.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

# A script's own folder is on its path, not the tree that the folder stands in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import dapshim.cli.serve
import dapshim.options.sources
import dapshim.proxy.session  # noqa: F401 - what every dapshim has loaded that serves a session

BEGUN = time.perf_counter()

import attrs  # noqa: E402 - timed

from dapshim.binary.opened import OpenedFile  # noqa: E402 - the same
from dapshim.binary.reading import read_executable  # noqa: E402 - the same
from dapshim.delve.go_command import GoCommand  # noqa: E402 - the same
from dapshim.delve.program_reading import recorded_with_c  # noqa: E402 - the same
from dapshim.delve.source_map import Whereabouts, source_map  # noqa: E402 - the same
from dapshim.golang.files import CachedFiles, RealFiles  # noqa: E402 - the same
from dapshim.options.layers import resolve  # noqa: E402 - the same
from dapshim.sources.infer import PathMap, infer  # noqa: E402 - the same
from dapshim.sources.spelling import AdapterPath, ClientPath  # noqa: E402 - the same

LOADED = time.perf_counter()
CACHED_ROUNDS: Final = 50


def milliseconds(begun: float) -> float:
    """Return the time since `begun`."""
    return (time.perf_counter() - begun) * 1e3


def measured(binary: str, folder: str, files: Sequence[str]) -> dict[str, float]:
    """Read, map and ask; return how long each took."""
    found: dict[str, float] = {"load": (LOADED - BEGUN) * 1e3}
    before = memory()
    begun = time.perf_counter()
    with OpenedFile(binary) as source:
        recorded = recorded_with_c(read_executable(source))
    found["read"] = milliseconds(begun)
    found["read_memory"] = memory() - before
    begun = time.perf_counter()
    with OpenedFile(binary) as source:
        where = Whereabouts((folder,), dict(os.environ), (ClientPath(folder),))
        made = source_map(read_executable(source), where, GoCommand(resolve(())["go"], CachedFiles(RealFiles())))
    found["whole"] = milliseconds(begun)
    facts = attrs.evolve(made.map.facts, files=CachedFiles(RealFiles()))
    begun = time.perf_counter()
    inferred = infer(facts)
    found["infer"] = milliseconds(begun)
    found |= asked(inferred, files)
    begun = time.perf_counter()
    answers = [inferred.to_client(AdapterPath(each.path)) for each in recorded.files]
    found["all"] = milliseconds(begun)
    found["files"] = len(answers)
    found["mapped"] = sum(each.path is not None for each in answers)
    found["memory"] = memory()
    return found


def asked(inferred: PathMap, files: Sequence[str]) -> dict[str, float]:
    """Ask for each file once, and then often; by the processor's time, since one look is shorter than what a scheduler does."""
    cold = []
    linked = 0
    for each in files:
        begun = time.thread_time()
        linked += inferred.to_adapter(ClientPath(each)).path is not None
        cold.append((time.thread_time() - begun) * 1e3)
    begun = time.thread_time()
    for _ in range(CACHED_ROUNDS):
        for each in files:
            inferred.to_adapter(ClientPath(each))
    cached = (time.thread_time() - begun) * 1e6 / (CACHED_ROUNDS * len(files))
    return {"cold": sorted(cold)[len(cold) // 2], "cold_worst": max(cold), "cached": cached, "linked": linked}


def memory() -> float:
    """Return the most memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(measured(sys.argv[1], sys.argv[2], sys.argv[3:])))
