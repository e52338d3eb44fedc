"""The page of `dapshim paths`: files by the folder that they are recorded in, and what is Go's own in one row."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from dapshim.binary.recorded import BuildInfo
from dapshim.cli import one_line
from dapshim.delve.source_map import Owner
from dapshim.sources.answers import Reason
from dapshim.sources.equivalent import Equivalent
from dapshim.sources.spelling import base, folder, is_windows

if TYPE_CHECKING:
    from dapshim.delve.source_rows import Row

_COUNTED: Final[Mapping[Owner, str]] = {"go": "of Go itself", "cache": "of the module cache"}
_STALE: Final = {True: ("yes", "bold red"), False: ("no", ""), None: ("-", "dim")}


@attrs.frozen
class _Place:
    """What the files of one section have in common; `local` is None where they are nowhere."""

    recorded: str | None
    local: str | None
    reason: Reason


def print_page(path: str, build: BuildInfo, rows: Sequence[Row], rules: Equivalent, *, every: bool) -> None:
    """Print the table, what is to be said of single files, and the rules. `every`: a row for each file."""
    console = Console(highlight=False)
    what = ", ".join(filter(None, (build.go_version, build.path, _plural(len(rows), "file"))))
    console.print(Text.assemble((one_line(path), "bold"), f"  {one_line(what)}\n"))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, expand=False)
    table.add_column("Recorded, and => where it is here", overflow="fold")
    table.add_column("Why")
    table.add_column("Stale", no_wrap=True)
    for place, files in _sections(each for each in rows if every or not each.owner).items():
        _add_section(table, place, files)
    for owner, whose in () if every else _COUNTED.items():
        if files := [each for each in rows if each.owner == owner]:
            head = Text(f"{_plural(len(files), 'file')} {whose}", style="bold")
            head.append(f"\n=> {one_line(_shared(files))}", style="green")
            table.add_row(head, ", ".join(dict.fromkeys(str(each.reason) for each in files)), Text("-", style="dim"))
    console.print(table)
    _print_told(console, rows)
    _print_rules(console, rules, counted=not every and any(each.owner == "go" and each.local != each.recorded for each in rows))


def _plural(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sections(rows: Iterable[Row]) -> dict[_Place, list[Row]]:
    found: dict[_Place, list[Row]] = {}
    for each in sorted(rows, key=lambda each: (each.recorded or "", each.local or "")):
        recorded = folder(each.recorded) if each.recorded is not None else None
        local = folder(each.local) if each.local is not None else None
        found.setdefault(_Place(recorded, local, each.reason), []).append(each)
    return found


def _add_section(table: Table, place: _Place, files: Iterable[Row]) -> None:
    known = one_line(place.recorded or "(no folder)") if place.recorded is not None else "(not recorded)"
    head = Text(known, style="bold")
    if place.local is None:
        head.append("\n=> nowhere", style="red")
    elif place.local == place.recorded:
        head.append("\n=> the same", style="green")
    else:
        head.append(f"\n=> {one_line(place.local)}", style="green")
    table.add_row(head, str(place.reason), "")
    for each in files:
        said, style = _STALE[each.stale]
        table.add_row(Text(f"   {one_line(_name(each))}"), "", Text(said, style=style))


def _name(row: Row) -> str:
    recorded, local = base(row.recorded or ""), base(row.local or "")
    return f"{recorded} => {local}" if recorded and local and recorded != local else recorded or local


def _shared(rows: Iterable[Row]) -> str:
    """Return the folder above the local files of several rows."""
    places = [each.local for each in rows if each.local]
    if any(is_windows(each) for each in places):
        return folder(places[0])
    shared = posixpath.commonpath(places)
    return shared if shared not in places else folder(shared)


def _print_told(console: Console, rows: Iterable[Row]) -> None:
    told = [text for each in rows for text in (each.sentence, each.told_stale) if text]
    if told:
        console.print()
    for text in dict.fromkeys(told):
        console.print(Text(f"* {one_line(text)}"))


def _print_rules(console: Console, rules: Equivalent, *, counted: bool) -> None:
    console.print()
    if not rules.rules:
        console.print(Text("A plain dlv needs no substitutePath for these."))
    else:
        console.print(Text("For a plain dlv, without dapshim, in launch.json:"))
        lines = [f'  {{"from": {_text(each.client)}, "to": {_text(each.adapter)}}}' for each in rules.rules]
        # Not folded: it is there to be copied.
        console.print(Text('"substitutePath": [\n' + ",\n".join(lines) + "\n]"), soft_wrap=True)
    if counted:
        console.print(Text("Without those of Go itself; --all has them.", style="dim"))


def _text(path: str) -> str:
    return one_line(json.dumps(path, ensure_ascii=False))
