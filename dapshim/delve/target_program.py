"""What the bytes mean that were read of a program at a distance, and how they are kept. Reads nothing by itself."""

from __future__ import annotations

from functools import partial

import attrs

from dapshim.binary.build_info import parse_build_info
from dapshim.binary.errors import BinaryError
from dapshim.binary.files_of_code import FilesOfCode
from dapshim.binary.pclntab import GO_1_16, LineTable, read_header
from dapshim.binary.reading import recorded_of
from dapshim.delve.read_programs import ReadProgram
from dapshim.delve.target_cache import TargetCache, TargetRecord, files_of, recorded_from
from dapshim.sources.infer import with_names
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.spelling import AdapterPath


def key_of(build_id: str) -> tuple[str, str]:
    """Return by which key a program at a distance is found among those that were read."""
    return "target", build_id


def may_be_kept(record: TargetRecord) -> bool:
    """Whether it is a table whose bytes are the same in every run: entries were addresses before Go 1.18."""
    try:
        return read_header(record.table).magic != GO_1_16
    except BinaryError:
        return False


def assembled(record: TargetRecord) -> ReadProgram | None:
    """Return what the bytes of a table mean; None where they are none."""
    try:
        table = LineTable(record.table)
        code = FilesOfCode(table, partial(_function_data, record) if record.trees >= 0 else None)
        build = attrs.evolve(parse_build_info(record.text), go_version=record.go_version)
        recorded = recorded_from(record.files, build) if record.files else recorded_of(table, build, code)
    except BinaryError:
        return None
    recorded = with_names(recorded, map(AdapterPath, record.names))
    return ReadProgram(recorded, RecordedIndex(recorded), code, table, record.start if record.start >= 0 else None)


def keep_program(cache: TargetCache, build_id: str, record: TargetRecord, program: ReadProgram) -> None:
    """Keep what was read, with what was worked out of it. Blocks."""
    cache.store(build_id, attrs.evolve(record, files=files_of(program.recorded)))


def _function_data(record: TargetRecord, offset: int, length: int) -> bytes:
    return record.table[record.trees + offset : record.trees + offset + length] if offset >= 0 else b""
