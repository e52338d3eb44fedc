"""The breakpoints of a person in a program without debug info: lines and functions become addresses, and answers come back.

All three lists of DAP (lines, functions, instructions) are one list of instructions to Delve. What has a log message or a hit
count is `quiet`: it is stopped at hidden, and counted here. Delve 1.27.1 has no log messages there, counts each address of a
line apart, and does not tell of a count that is reached while another thread stops elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import attrs

from dapshim.binary.code_lines import CodeLines
from dapshim.binary.errors import BinaryError

Reason = Literal["breakpoint", "function breakpoint", "instruction breakpoint"]
Key = tuple[str, str]

NO_CONDITION: Final = (
    'the condition "{}" cannot be checked, because the executable has no debug info (built with -s or -w, or stripped); '
    "remove it, or build without these flags"
)
NO_STATEMENT: Final = "could not find statement at {}:{}, please use a line with a statement"
NO_FILE: Final = "could not find file {}"

_HITS: Final = re.compile(r"\s*(>=|<=|==|!=|>|<|%)?\s*(\d+)\s*")
_FILE_AND_LINE: Final = re.compile(r"(.+):(\d+)")


@attrs.define(eq=False)
class Entry:
    """One of a person's breakpoints: where it stops, as addresses in memory, and what was answered."""

    id: int
    reason: Reason
    addresses: tuple[int, ...] = ()
    source: dict[str, Any] = attrs.field(factory=dict)
    """`source` and `line` of the answer."""
    problem: str = ""
    hit_condition: str = ""
    log_message: str = ""
    count: int = 0

    @property
    def is_quiet(self) -> bool:
        """Whether not every hit of it is a stop, and who decides is not Delve."""
        return bool(self.log_message or self.hit_condition)

    def counts(self) -> bool:
        """Count a hit; return whether it is one that is asked for."""
        self.count += 1
        found = _HITS.fullmatch(self.hit_condition)
        if not self.hit_condition or found is None:
            return True
        return _compare(found[1] or "==", self.count, int(found[2]))

    def answer(self) -> dict[str, Any]:
        """Return what the person is told."""
        if self.problem:
            return {"id": self.id, "verified": False, "message": self.problem, **self.source}
        return {"id": self.id, "verified": True, **self.source}


@attrs.define(eq=False)
class AddressBreakpoints:
    """All that the person has set."""

    code: CodeLines
    bias: int
    lists: dict[Key, list[Entry]] = attrs.field(factory=dict)
    _ids: dict[tuple[object, ...], int] = attrs.field(factory=dict)
    _delve_ids: dict[int, int] = attrs.field(factory=dict)

    # -- what is asked for -----------------------------------------------------------------------------------------------------

    def set_lines(self, path: str, wanted: Sequence[dict[str, Any]]) -> list[Entry]:
        """Set a file's list, as recorded paths."""
        return self._set(("setBreakpoints", path), [self._line(path, each) for each in wanted])

    def set_functions(self, wanted: Sequence[dict[str, Any]]) -> list[Entry]:
        """Set the list of functions."""
        return self._set(("setFunctionBreakpoints", ""), [self._function(each) for each in wanted])

    def set_instructions(self, wanted: Sequence[dict[str, Any]]) -> list[Entry]:
        """Set the list of instructions."""
        return self._set(("setInstructionBreakpoints", ""), [self._instruction(each) for each in wanted])

    def _set(self, key: Key, entries: list[Entry]) -> list[Entry]:
        before = {each.id: each for each in self.lists.get(key, ())}
        for entry in entries:
            old = before.get(entry.id)
            if old is not None and old.hit_condition == entry.hit_condition and old.addresses == entry.addresses:
                entry.count = old.count
        self.lists[key] = entries
        return entries

    def _new(self, reason: Reason, wanted: dict[str, Any], *place: object) -> Entry:
        number = self._ids.setdefault((reason, *place), len(self._ids) + 1)
        entry = Entry(number, reason)
        entry.hit_condition, entry.log_message = str(wanted.get("hitCondition") or ""), str(wanted.get("logMessage") or "")
        if wanted.get("condition"):
            entry.problem = NO_CONDITION.format(wanted["condition"])
        elif entry.hit_condition and _HITS.fullmatch(entry.hit_condition) is None:
            entry.problem = (
                f'the hit condition "{entry.hit_condition}" must be a number, or one behind >, >=, <, <=, ==, != or %'
            )
        return entry

    def _line(self, path: str, wanted: dict[str, Any]) -> Entry:
        line = wanted.get("line")
        entry = self._new("breakpoint", wanted, path, line)
        if not entry.problem:
            self._place(entry, path, line if isinstance(line, int) else 0)
        return entry

    def _place(self, entry: Entry, path: str, line: int) -> None:
        try:
            found = self.code.addresses(path, line)
            known = bool(found) or path in self.code.table.files.values()
        except BinaryError as error:
            entry.problem = str(error)
            return
        if not found:
            entry.problem = NO_STATEMENT.format(path, line) if known else NO_FILE.format(path)
            return
        entry.addresses = tuple(each + self.bias for each in found)
        entry.source = {"line": line, "source": source_of(path)}

    def _function(self, wanted: dict[str, Any]) -> Entry:
        name = str(wanted.get("name") or "")
        entry = self._new("function breakpoint", wanted, name)
        if entry.problem:
            return entry
        line = _FILE_AND_LINE.fullmatch(name)
        if line is not None:
            files = {each for each in self.code.table.files.values() if each == line[1] or each.endswith(f"/{line[1]}")}
            if len(files) == 1:
                self._place(entry, files.pop(), int(line[2]))
            else:
                entry.problem = f'Location "{name}" ambiguous: {", ".join(sorted(files))}' if files else NO_FILE.format(line[1])
            return entry
        found = self.code.named(name) if name else {}
        if len(found) != 1:
            few = ", ".join(sorted(found)[:5])
            entry.problem = f'Location "{name}" ambiguous: {few}…' if found else f'location "{name}" not found'
            return entry
        starts = [self.code.body_start(number) for numbers in found.values() for number in numbers]
        entry.addresses = tuple(each + self.bias for each in starts)
        position = next(iter(self.code.positions(starts[0])[-1:]), None)
        if position is not None and position.file and not position.is_generated:
            entry.source = {"line": position.line, "source": source_of(position.file)}
        return entry

    def _instruction(self, wanted: dict[str, Any]) -> Entry:
        reference, offset = wanted.get("instructionReference"), wanted.get("offset")
        entry = self._new("instruction breakpoint", wanted, reference, offset)
        try:
            entry.addresses = (int(str(reference), 0) + (offset if isinstance(offset, int) else 0),)
        except ValueError:
            entry.problem = f'"{reference}" is no address'
        positions = self.code.positions(entry.addresses[0] - self.bias) if entry.addresses else ()
        if positions and positions[0].file:
            entry.source = {"line": positions[0].line, "source": source_of(positions[0].file)}
        return entry

    # -- what Delve gets, and answers ------------------------------------------------------------------------------------------

    def entries(self) -> Iterable[Entry]:
        """Yield all that can stop."""
        return (each for entries in self.lists.values() for each in entries if not each.problem)

    def loud(self) -> list[int]:
        """Return the addresses at which each hit is a stop."""
        return list(dict.fromkeys(address for entry in self.entries() if not entry.is_quiet for address in entry.addresses))

    def quiet(self) -> set[int]:
        """Return the addresses at which the program is stopped hidden."""
        return {address for entry in self.entries() if entry.is_quiet for address in entry.addresses} - set(self.loud())

    def note(self, addresses: Iterable[int], answers: Iterable[dict[str, Any]]) -> None:
        """Take up Delve's answers to `loud`; what it could not set is told the person."""
        self._delve_ids = {}
        for address, answer in zip(addresses, answers, strict=False):
            if answer.get("verified") is True and isinstance(answer.get("id"), int):
                self._delve_ids[answer["id"]] = address
            else:
                for entry in self.entries():
                    if address in entry.addresses and not entry.is_quiet:
                        entry.problem = str(answer.get("message") or "Delve could not set it")

    def address_of(self, delve_id: int) -> int | None:
        """Return where the breakpoint is that Delve calls so."""
        return self._delve_ids.get(delve_id)

    def at(self, address: int) -> list[Entry]:
        """Return what is set at an address."""
        return [entry for entry in self.entries() if address in entry.addresses]


def source_of(path: str) -> dict[str, str]:
    """Return DAP's `source` of a recorded path."""
    return {"name": re.split(r"[/\\]", path)[-1], "path": path}


def _compare(operator: str, count: int, number: int) -> bool:
    results = {
        ">": count > number,
        ">=": count >= number,
        "<": count < number,
        "<=": count <= number,
        "!=": count != number,
        "%": number > 0 and count % number == 0,
    }
    return results.get(operator, count == number)
