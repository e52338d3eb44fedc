"""The page of `dapshim doctor`: what was looked at, in four lines, and each finding with where it is and what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rich.console import Console
from rich.text import Text

from dapshim.cli import one_line
from dapshim.delve.checkup import Checkup
from dapshim.delve.checkup_files import TYPES
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Fix, Place, Placed
from dapshim.golang.spelling import below

_MARKS: Final = {
    Severity.ERROR: ("error", "bold red"),
    Severity.WARNING: ("warning", "bold yellow"),
    Severity.INFO: ("note", "bold cyan"),
}
_NARROWEST: Final = 20
_OF_ONE_CODE: Final = 6
"""Findings of one code that are shown: one command often mends them all."""
_LABEL: Final = 9
"""Columns of what stands at the left: the longest mark and two blanks."""


def print_page(found: Checkup) -> None:
    """Print it all."""
    console = Console(highlight=False)
    console.print(Text(one_line(found.folder), style="bold"))
    for label, text in _looked_at(found):
        console.print(_row(label, "dim", Text(one_line(text))))
    shown: Counter[str] = Counter()
    for each in found.findings:
        shown[each.finding.code] += 1
        if shown[each.finding.code] <= _OF_ONE_CODE:
            console.print()
            _print_finding(console, each, found.folder)
    left = {code: count - _OF_ONE_CODE for code, count in shown.items() if count > _OF_ONE_CODE}
    if left:
        console.print()
        more = ", ".join(f"{count} more of {code}" for code, count in left.items())
        console.print(_row("", "", Text(f"… and {more}; --json has them all")))
    console.print()
    console.print(_sum(found))


def _row(label: str, style: str, text: Text) -> Text:
    return Text.assemble((label.ljust(_LABEL), style), text)


def _looked_at(found: Checkup) -> Iterator[tuple[str, str]]:
    chain = found.toolchain
    if chain.env is not None:
        env = chain.env
        yield "Go", f"{env.goversion} {env.goos}/{env.goarch}  {env.go}"
    elif chain.gos:
        yield "Go", f"{chain.gos[0].version or 'unknown'}  {chain.gos[0].path}"
    dlv = chain.dlv.tool
    if dlv is not None:
        yield "dlv", f"{dlv.version or 'unknown'}  {dlv.path}"
    for each in found.spaces:
        space = each.space
        if space.work_path:
            yield "go.work", f"{_plural(len(space.modules), 'module')}  {_short(space.work_path, found.folder)}"
        elif space.modules:
            yield "module", f"{space.modules[0].path}  {_short(space.modules[0].file, found.folder)}"
    for part in found.files.launch:
        yield (
            "launch",
            f"{_plural(_count(part.root.get('configurations')), 'configuration')}  " + _short(part.source.file, found.folder),
        )


def _count(node: object) -> int:
    items = getattr(node, "items", ())
    return sum(1 for each in items if (kind := each.get("type")) is not None and kind.text in TYPES)


def _print_finding(console: Console, each: Placed, folder: str) -> None:
    mark, style = _MARKS[each.finding.severity]
    head = Text(_where(each, folder), style="bold")
    head.append(f"  {each.finding.code}", style="dim")
    console.print(_row(mark, style, head), soft_wrap=True)
    for line in each.finding.message.split("\n"):
        _print_below(console, Text(one_line(line)))
    for fix in each.fixes:
        _print_fix(console, fix)


def _print_below(console: Console, text: Text) -> None:
    """Print a text below a head, wrapped; without blanks behind it, which a copy of it would hold."""
    for line in text.wrap(console, max(console.width - _LABEL, _NARROWEST)):
        line.rstrip()
        console.print(Text.assemble(" " * _LABEL, line), soft_wrap=True)


def _print_fix(console: Console, fix: Fix) -> None:
    title = f"{fix.title} (--fix does it)" if fix.safe else fix.title
    _print_below(console, Text.assemble(("→ ", "green"), one_line(title)))
    if fix.command:
        # Not folded: it is there to be copied.
        console.print(Text(f"{' ' * _LABEL}    {one_line(fix.command)}", style="green"), soft_wrap=True)


def _where(each: Placed, folder: str) -> str:
    if each.place is None:
        return one_line(each.finding.where)
    return one_line(str(Place(_short(each.place.file, folder), each.place.range)))


def _short(path: str, folder: str) -> str:
    return below(path, folder) or path


def _plural(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _sum(found: Checkup) -> Text:
    counts = {
        severity: sum(each.finding.severity is severity for each in found.findings) for severity in reversed(list(Severity))
    }
    if not counts[Severity.ERROR] and not counts[Severity.WARNING]:
        text = Text("Nothing is wrong.", style="bold green")
        notes = counts[Severity.INFO]
        return text if not notes else text.append(f" {_plural(notes, 'note')}.", style="dim")
    parts = [_plural(count, _MARKS[severity][0]) for severity, count in counts.items() if count]
    return Text(", ".join(parts) + ".", style="bold")
