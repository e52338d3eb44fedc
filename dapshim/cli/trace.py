"""`dapshim trace FILE`: print a recorded conversation so that it can be read at a glance, or made fit to be shown to others."""

from __future__ import annotations

import binascii
import contextlib
import os
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import BinaryIO, Final

import click
import msgspec

from dapshim.cli.styled_lines import Piece, StyledLines
from dapshim.cli.trace_conversation import Conversation, Passage, Totals
from dapshim.cli.trace_lines import Line, NoTraceError, read, redacted
from dapshim.proxy.trace import FORMAT
from dapshim.wire.redaction import Redactor
from dapshim.wire.summaries import LONGEST, printable

_PROBLEMS_SHOWN: Final = 5
_TOLD_ANYHOW: Final = ("PASS", "HIDE", "Answer", "Refuse")
"""Verdicts that show in a passage itself; any other says why a hook did not count."""

_MILESTONES: Final = frozenset({"initialized", "stopped", "exited", "terminated"})

# The client stands to the left, the adapter to the right, dapshim is the dot between.
_LANES: Final = {
    ("client", "adapter"): "────▶",
    ("client", "dapshim"): "─▶·  ",
    ("dapshim", "adapter"): "  ·─▶",
    ("adapter", "dapshim"): "  ·◀─",
    ("dapshim", "client"): "◀─·  ",
    ("adapter", "client"): "◀────",
    ("dapshim", "dapshim"): "  ·  ",
}

INDENT: Final = 27
"""Columns in front of a message's name."""

_NAME_WIDTH: Final = 14

_YEAR_9999: Final = 253_000_000_000.0
_UNANSWERED_SHOWN: Final = 5

NOTICEABLE: Final = 0.001
"""Seconds within dapshim, or between two lines, from which they are told."""

_EPILOG: Final = """\b
Examples:
  dapshim --listen 4711 --trace session.jsonl      record; then debug, then:
  dapshim trace session.jsonl                      read it
  dapshim trace --session 2 session.jsonl | less   one of several sessions
  dapshim trace --redact --json session.jsonl      what a bug report may show

\b
The arrows: the client is to the left, the adapter (dlv) to the right, the dot
is dapshim. Exit code 0: shown, as far as the file could be read; 1: the file is
no trace, or has no such session; 2: wrong usage."""


@click.command("trace", epilog=_EPILOG)
@click.argument("file", type=click.File("rb"))
@click.option("--redact", is_flag=True, help="Hide values, output, names of directories and whatever else could be private.")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as they are in the file, for programs.")
@click.option("--session", type=click.IntRange(min=1), metavar="N", help="Only this session; they are counted from 1.")
@click.option(
    "--width",
    type=click.IntRange(min=40),
    metavar="COLUMNS",
    help="Cut lines here. Default: the terminal's; in a pipe, nowhere.",
)
def command(file: BinaryIO, *, redact: bool, as_json: bool, session: int | None, width: int | None) -> None:
    """Print the conversation that `dapshim --trace FILE` recorded; - reads standard input."""
    name = getattr(file, "name", "-")
    redactor = Redactor() if redact else None
    try:
        found = _print_json(file, redactor, session) if as_json else _Printer(width).print_all(file, redactor, session)
    except NoTraceError as error:
        raise click.ClickException(f"{name} is no trace: {error}") from error
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        _forget_output()
        raise click.ClickException(f"{name} cannot be shown: {error.strerror}") from error
    if session is not None and session not in found:
        there = f"it has {', '.join(map(str, sorted(found)))}" if found else "it has none"
        raise click.ClickException(f"{name} has no session {session}; {there}")


def _forget_output() -> None:
    """Let what could not be written go nowhere, or Python tries it again at its end, and exits with 120."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _print_json(file: BinaryIO, redactor: Redactor | None, session: int | None) -> set[int]:
    """Print the lines again, byte for byte if they are not redacted; return the sessions that there are."""
    out = sys.stdout.buffer
    sessions: set[int] = set()
    problems = 0
    for record in read(file, spelt=True):
        if record.problem:
            problems += 1
            if problems <= _PROBLEMS_SHOWN:
                click.echo(f"line {record.number} is left out: {record.problem}", err=True)
            continue
        number = record.line["session"]
        sessions.add(number)
        if session is None or number in (session, 0):
            out.write(record.raw if redactor is None else msgspec.json.encode(redacted(record.line, redactor)) + b"\n")
    if problems > _PROBLEMS_SHOWN:
        click.echo(f"{problems - _PROBLEMS_SHOWN} more lines are left out", err=True)
    out.flush()
    return sessions - {0}


class _Printer:
    """Prints passages, one line each."""

    def __init__(self, width: int | None) -> None:
        self._lines = StyledLines(width, INDENT)
        self._before = 0.0
        self._problems = 0

    def print_all(self, file: BinaryIO, redactor: Redactor | None, session: int | None) -> set[int]:
        """Print the conversation and what there is to say about all of it; return the sessions that there are."""
        conversation = Conversation()
        sessions: set[int] = set()
        for record in read(file):
            if record.problem:
                self._problems += 1
                self._lines.write([(f"line {record.number} of the file is left out: {record.problem}", "red")])
                continue
            line = record.line if redactor is None else redacted(record.line, redactor)
            if "trace" in line and "note" in line:
                self._print_head(line)
                continue
            sessions.add(line["session"])
            if session is None or line["session"] == session:
                self._print(conversation.feed(line))
        if session is None or session in sessions:
            self._print(conversation.finish())
            self._print_totals(conversation.totals)
        self._lines.flush()
        return sessions - {0}

    def _print(self, passages: Iterable[Passage]) -> None:
        for passage in passages:
            gap = passage.at - self._before
            self._before = passage.at
            time = f"{passage.at:7.3f} {f'+{gap:.3f}' if gap >= NOTICEABLE else '':>6} {passage.session} "
            self._lines.write([(time, "dim"), *_told(passage)], wrap=_matters(passage))
            if passage.changed:
                self._lines.write([(" " * INDENT + "changed ", "magenta"), (passage.changed, "dim")])

    def _print_head(self, line: Line) -> None:
        at = line.get("started")
        when = ""
        if isinstance(at, float) and 0 < at < _YEAR_9999:
            when = f" on {datetime.fromtimestamp(at).astimezone():%Y-%m-%d at %H:%M:%S %z}"
        self._lines.write([(printable(f"{line['note']}{when}"), "dim")])
        if line["trace"] != FORMAT:
            self._lines.write([(f"by another version ({line['trace']}, this is {FORMAT}): what follows may be wrong", "red")])
        self._lines.write([("   time    gap s way  request", "dim")])

    def _print_totals(self, totals: Totals) -> None:
        counts = [
            (totals.requests, "request", "requests", ""),
            (totals.events, "event", "events", ""),
            (totals.own_calls, "own call", "own calls", "magenta"),
            (totals.hidden, "hidden event", "hidden events", "yellow"),
            (totals.answered, "request answered by dapshim", "requests answered by dapshim", "yellow"),
            (totals.failed, "failed", "failed", "red"),
            (len(totals.sessions) if len(totals.sessions) > 1 else 0, "", "sessions", ""),
            (self._problems, "line left out", "lines left out", "red"),
        ]
        messages = "message" if totals.messages == 1 else "messages"
        said = [(f"{totals.messages} {messages} in {duration(totals.last)}", "bold")]
        for count, one, many, style in counts:
            if count:
                said += [(", ", ""), (f"{count} {one if count == 1 else many}", style)]
        self._lines.write([])
        self._lines.write(said, wrap=True, indent=0)
        if totals.slowest:
            slowest = ", ".join(f"{_named(answer)} {duration(answer.waited or 0)}" for answer in totals.slowest)
            self._lines.write([(f"slowest: {slowest}", "")])
        if totals.unanswered:
            names = ", ".join(_named(asked) for asked in totals.unanswered[:_UNANSWERED_SHOWN])
            more = ", …" if len(totals.unanswered) > _UNANSWERED_SHOWN else ""
            self._lines.write([(f"without an answer: {names}{more}", "yellow")])


def _matters(passage: Passage) -> bool:
    """Tell whether a passage is worth more than one line: what went wrong, and what began the session."""
    wrong = passage.success is False or " unverified" in passage.says or passage.kind in ("note", "garbage")
    return wrong or passage.name in ("launch", "attach")


def _told(passage: Passage) -> Iterator[Piece]:
    """Tell a passage: the arrow, the request's number, the name and what it says."""
    lane = _LANES[passage.source, passage.target]
    if passage.kind == "note":
        yield f"{lane}     ", "dim"
        yield printable(passage.says), "italic"
        return
    style = _style(passage)
    if passage.kind == "garbage":
        yield f"{lane}     ", style
        yield f"{passage.number} bytes that are no message: {_garbage(passage.says)}", style
        return
    number = "" if passage.number is None else str(passage.number)
    name = printable(passage.name or "?")
    yield lane, style
    yield f" {number:>3} ", "dim"
    told_apart = passage.kind == "request" or passage.name in _MILESTONES
    yield f"{name:{_NAME_WIDTH}} ", f"bold {style}" if told_apart else style
    yield from _answer(passage)
    by = _by(passage)
    if by:
        yield f"{by}  ", "magenta" if passage.fate in ("made", "kept") else "yellow"
    yield passage.says, "red" if passage.success is False else "yellow" if " unverified" in passage.says else ""
    noted = [f"{shim}: {verdict}" for shim, verdict in passage.verdicts if not verdict.startswith(_TOLD_ANYHOW)]
    inside = (passage.left or passage.at) - passage.at
    if inside >= NOTICEABLE:
        noted.append(f"{duration(inside)} in dapshim")
    if noted:
        yield f"{'  ' if passage.says else ''}({printable(', '.join(noted))})", "magenta"


def _answer(passage: Passage) -> Iterator[Piece]:
    if passage.success is False:
        yield "failed  ", "bold red"
    if passage.waited is not None:
        yield f"{duration(passage.waited)}  ", "dim"
    elif passage.success:
        yield "ok  ", "dim"


def _by(passage: Passage) -> str:
    """Tell what dapshim had to do with a message that was not passed on."""
    name = printable(passage.by)
    return {
        "made": f"by {name}",
        "kept": f"for {name}",
        "hidden": f"hidden by {name}",
        "answered": f"answered by {name}",
        "lost": "went no further",
    }.get(passage.fate, "")


def _style(passage: Passage) -> str:
    if passage.success is False or passage.kind == "garbage":
        return "red"
    if passage.fate in ("hidden", "answered", "lost"):
        return "yellow"
    if passage.fate in ("made", "kept"):
        return "magenta"
    return {"request": "cyan", "response": "", "event": "blue"}.get(passage.kind, "red")


def _garbage(encoded: str) -> str:
    try:
        return printable(binascii.a2b_base64(encoded)[:LONGEST].decode("utf-8", "surrogateescape"))
    except (binascii.Error, ValueError):
        return printable(encoded[:LONGEST])


def _named(passage: Passage) -> str:
    return printable(passage.name if passage.number is None else f"{passage.name} #{passage.number}")


def duration(seconds: float) -> str:
    """Return a time span as a person says it: 0.4 ms, 352 ms, 1.25 s."""
    milliseconds = seconds * 1000
    if milliseconds < 10:  # noqa: PLR2004 - a second digit only where it tells something
        return f"{milliseconds:.1f} ms"
    return f"{milliseconds:.0f} ms" if seconds < 1 else f"{seconds:.2f} s"
