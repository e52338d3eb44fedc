"""Changes of JSON with comments that leave every comment and all layout as they are. PURE."""

from __future__ import annotations

import json

from dapshim.diagnose.jsonc import Document, Member, Node, comma_after
from dapshim.diagnose.placed import Edit


def written(value: object) -> str:
    """Return a value as one line of JSON."""
    return json.dumps(value, ensure_ascii=False)


def replaced(file: str, node: Node, value: object) -> Edit:
    """Put another value in the place of one."""
    return Edit(file, node.start, node.end, written(value))


def renamed(file: str, member: Member, name: str) -> Edit:
    """Give a member another name."""
    return Edit(file, member.key.start, member.key.end, written(name))


def added(file: str, document: Document, target: Node, name: str, value: object) -> Edit:
    """Put a new member behind the others of an object, on a line of its own when the last one has one."""
    member = f"{written(name)}: {written(value)}"
    if not target.members:
        return Edit(file, target.start + 1, target.start + 1, member)
    last = target.members[-1]
    comma = comma_after(document.text, last.value.end)
    at = last.value.end if comma is None else comma + 1
    begin = document.text.rfind("\n", 0, last.key.start) + 1
    lead = document.text[begin : last.key.start]
    newline = "\r\n" if document.text[max(begin - 2, 0) : begin] == "\r\n" else "\n"
    separator = newline + lead if begin and not lead.strip() else " "
    return Edit(file, at, at, f"{'' if comma is not None else ','}{separator}{member}{',' if comma is not None else ''}")


def removed(file: str, document: Document, target: Node, member: Member) -> tuple[Edit, ...]:
    """Take a member out of an object: with its comma, and its line when nothing else stands there; comments stay."""
    number = target.members.index(member)
    before = target.members[number - 1].value.end if number else None
    return _removed(file, document.text, (member.key.start, member.value.end), before)


def removed_item(file: str, document: Document, target: Node, number: int) -> tuple[Edit, ...]:
    """Take an item out of a list, likewise."""
    item = target.items[number]
    before = target.items[number - 1].end if number else None
    return _removed(file, document.text, (item.start, item.end), before)


def _removed(file: str, text: str, span: tuple[int, int], before: int | None) -> tuple[Edit, ...]:
    """Take a part away; `before` is where the part in front of it ends, None when it is the first."""
    start, end = span
    edits = []
    comma = comma_after(text, end)
    if comma is not None:
        if text[end:comma].strip():
            edits.append(Edit(file, comma, comma + 1, ""))
        else:
            end = comma + 1
    elif before is not None and (other := comma_after(text, before)) is not None:
        # Before the end of an object or a list, no comma may stand.
        edits.append(Edit(file, other, other + 1, ""))
    line_start, line_end = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    if not text[line_start:start].strip() and line_end >= 0 and not text[end:line_end].strip():
        start, end = line_start, line_end + 1
    elif comma is not None:
        end += len(text[end:]) - len(text[end:].lstrip(" \t"))
    return (*edits, Edit(file, start, end, ""))
