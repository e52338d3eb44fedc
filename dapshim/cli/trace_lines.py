"""The lines of a trace, read back: any size, damaged or not, and what of them may be shown to strangers.

`proxy/trace.py` writes and describes the lines. This file knows neither what they mean together nor how they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, Final

import attrs
import msgspec

from dapshim.wire.redaction import HIDDEN, Redactor

Line = Mapping[str, Any]

MAX_LINE: Final = 256 * 1024 * 1024
"""Bytes of one line that are read: far more than dapshim lets pass, so a longer one is of another kind of file."""

STRANGE_LINES: Final = 20
"""Lines without sense, at the beginning, after which a file counts as no trace."""

_KEPT: Final = ("t", "session", "trace", "started", "edge", "way", "size")
_SAFE_DIGITS: Final = 18


class NoTraceError(Exception):
    """The file is no trace; the text says why."""


@attrs.frozen
class Record:
    """A line of the file: its number, its bytes, and what it says or, when it cannot be read, why."""

    number: int
    raw: bytes
    line: Line = attrs.field(factory=dict)
    problem: str = ""


def read(file: BinaryIO, *, spelt: bool = False) -> Iterator[Record]:
    """Yield the lines of a trace; one that cannot be read is yielded with its problem.

    With `spelt`, numbers that lose their spelling when they are decoded (1.0, 1e400, 2^64) are msgspec.Raw.

    Raises:
        NoTraceError: the file is empty, or no line at its beginning is a line of a trace.

    """
    strange: list[Record] = []
    records = _records(file, spelt=spelt)
    for record in records:
        if not record.problem:
            yield from strange
            yield record
            break
        strange.append(record)
        if len(strange) == STRANGE_LINES:
            raise NoTraceError("dapshim wrote none of its lines")
    else:
        raise NoTraceError("dapshim wrote none of its lines" if strange else "it is empty")
    yield from records


def _records(file: BinaryIO, *, spelt: bool) -> Iterator[Record]:
    number = 0
    while raw := file.readline(MAX_LINE):
        number += 1
        if raw.endswith(b"\n") or len(raw) < MAX_LINE:
            yield _record(number, raw, spelt=spelt)
            continue
        while raw and not raw.endswith(b"\n"):
            raw = file.readline(MAX_LINE)
        yield Record(number, b"", problem="it has no end")


def _record(number: int, raw: bytes, *, spelt: bool) -> Record:
    try:
        # Invalid UTF-8 is traced as it was; it becomes lone surrogates here, which whoever shows them has to escape.
        text = raw.decode("utf-8", "surrogateescape")
        value = json.loads(text, parse_float=_raw, parse_int=_spelt_int) if spelt else json.loads(text)
    except ValueError:
        return Record(number, raw, problem="it is no JSON" if raw.endswith(b"\n") else "it is cut off")
    except RecursionError:
        return Record(number, raw, problem="its message nests too deep to be read")
    return Record(number, raw, value) if _is_line(value) else Record(number, raw, problem="dapshim did not write it")


def _raw(spelling: str) -> msgspec.Raw:
    return msgspec.Raw(spelling.encode())


def _spelt_int(spelling: str) -> int | msgspec.Raw:
    return int(spelling) if len(spelling) <= _SAFE_DIGITS else _raw(spelling)


def _is_line(value: Any) -> bool:
    if not isinstance(value, dict) or not isinstance(value.get("t"), int | float | msgspec.Raw):
        return False
    if not isinstance(value.get("session"), int):
        return False
    if isinstance(value.get("note"), str):
        return True
    told = isinstance(value.get("message"), dict) or isinstance(value.get("garbage"), str)
    return told and value.get("edge") in ("client", "adapter") and value.get("way") in ("in", "out", "held")


def verdicts(line: Line) -> list[tuple[str, str]]:
    """Return the pairs of shim and verdict of a line."""
    pairs = line.get("verdicts")
    if not isinstance(pairs, list):
        return []
    return [(str(pair[0]), str(pair[1])) for pair in pairs if isinstance(pair, list) and len(pair) == 2]  # noqa: PLR2004 - pairs


def redacted(line: Line, redactor: Redactor) -> Line:
    """Return a line without what could be private; members that `trace.py` does not describe are left out."""
    shown: dict[str, Any] = {key: line[key] for key in _KEPT if key in line}
    if "note" in line:
        return {**shown, "note": redactor.text(line["note"])}
    if "origin" in line:
        shown["origin"] = redactor.own_name(str(line["origin"]))
    if "verdicts" in line:
        shown["verdicts"] = [[redactor.own_name(shim), redactor.text(verdict)] for shim, verdict in verdicts(line)]
    return {**shown, **({"message": redactor.redact(line["message"])} if "message" in line else {"garbage": HIDDEN})}
