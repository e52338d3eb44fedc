"""The programs at a distance that were debugged last, loaded and mapped before anybody attaches to one of them.

Who stands in front of a dlv that runs somewhere will mostly see the program there that was there before. What is loaded is
within the bounds of what a dapshim holds for nobody; a session that meets another program reads that, as if nothing were here.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from dapshim.binary.errors import BinaryError
from dapshim.delve.planned import Setting
from dapshim.delve.read_programs import ReadProgram
from dapshim.delve.source_map import SourceMap, Surroundings, source_map_of
from dapshim.delve.target_cache import TargetCache
from dapshim.delve.target_program import assembled, key_of
from dapshim.sources.spelling import AdapterPath

PROGRAMS_MOST: Final = 3
BYTES_MOST: Final = 12 << 20
"""Bytes of their files together: a program of 100 MB has one of some eight."""


def load_ahead(setting: Setting, cache: TargetCache, around: Surroundings) -> None:
    """Load them into `setting.programs`, and look for a file of the first one as a session will. Blocks.

    Raises:
        OSError: a file of the sources cannot be read.

    """
    loaded = [(build_id, assembled(record)) for build_id, record in cache.last_used(PROGRAMS_MOST, BYTES_MOST)]
    programs = [setting.programs.keep(key_of(build_id), each) for build_id, each in reversed(loaded) if each is not None]
    if programs:
        _look_up(source_map_of(programs[-1], around), programs[-1])


def _look_up(made: SourceMap, program: ReadProgram) -> None:
    """Ask for the main package's first file, which has all made that is made at the first question."""
    if made.code is not None:
        with suppress(BinaryError):  # who asks is told
            made.code.get_ready()
    main = program.recorded.build.path or "main"
    recorded = next((AdapterPath(each.path) for each in program.recorded.files if each.package == main), None)
    client = made.map.to_client(recorded).path if recorded is not None else None
    answer = made.map.to_adapter(client) if client is not None else None
    if answer is not None and answer.path is not None:
        made.staleness(answer.path)
