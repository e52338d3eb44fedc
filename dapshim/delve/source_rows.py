"""Which file here each source file of a binary is, and why, a row for each: for whoever shows it. Blocks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_executable
from dapshim.delve.go_command import GoCommand
from dapshim.delve.source_map import Owner, SourceMap, Whereabouts, source_map
from dapshim.delve.written_rules import written_rules
from dapshim.golang.files import CachedFiles, RealFiles
from dapshim.golang.spelling import parent
from dapshim.options.layers import Options
from dapshim.sources.answers import Reason
from dapshim.sources.equivalent import Equivalent, equivalent_rules
from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.stale import Freshness


@attrs.frozen
class Row:
    """One file: as recorded, and here. One of the two is None where there is none, and then `sentence` says why."""

    recorded: str | None
    local: str | None
    reason: Reason
    stale: bool | None
    """None where nothing is recorded that could be compared."""
    sentence: str = ""
    told_stale: str = ""
    owner: Owner = ""


def looked_up(
    path: str,
    folder: str,
    environ: Mapping[str, str],
    options: Options,
    asked: Sequence[str],
    *,
    every: bool,
    all_rules: bool,
) -> tuple[SourceMap, list[Row], Equivalent]:
    """Return the mapping of a binary, its rows, and the rules that say the same. Raises BinaryError where it cannot be read."""
    with OpenedFile(path) as source:
        executable = read_executable(source)
        where = Whereabouts((folder, parent(path)), environ, (ClientPath(folder),), rules=written_rules(options))
        made = source_map(executable, where, GoCommand(options["go"], CachedFiles(RealFiles())))
        rows = _asked(made, asked) if asked else _recorded(made, every=every)
        return made, rows, equivalent_rules(made.map, None if all_rules and not asked else _paths_of(rows))


def _recorded(made: SourceMap, *, every: bool) -> list[Row]:
    """Return a row for each recorded file. Of Go's own and of the module cache, which nobody edits, `every` compares the texts.

    It takes 6 ms a file, and a large program has thousands of them.
    """
    rows = []
    for each in made.map.facts.recorded.files:
        path = AdapterPath(each.path)
        answer = made.map.to_client(path)
        owner = made.owner(answer.path) if answer.path is not None else ""
        compared = answer.path is not None and (every or not owner)
        stale, told = _stale(made, path) if compared else (None, "")
        rows.append(Row(each.path, answer.path, answer.reason, stale, answer.sentence, told, owner))
    return rows


def _asked(made: SourceMap, files: Iterable[str]) -> list[Row]:
    """Return a row for each local file."""
    rows = []
    for each in files:
        answer = made.map.to_adapter(ClientPath(each))
        if not answer.spans:
            stale, told = _stale(made, answer.path) if answer.path is not None else (None, "")
            rows.append(Row(answer.path, each, answer.reason, stale, answer.sentence, told))
            continue
        # What `//line` says splits the file among several recorded names.
        names = dict.fromkeys(filter(None, (answer.path, *(span.path for span in answer.spans))))
        reasons = {name: answer.reason if name == answer.path else Reason.LINE for name in names}
        rows += [Row(name, each, reason, None, answer.sentence) for name, reason in reasons.items()]
    return rows


def _stale(made: SourceMap, path: AdapterPath) -> tuple[bool | None, str]:
    found = made.staleness(path)
    local = made.map.to_client(path).path or path
    known = None if found.freshness is Freshness.UNKNOWN else found.freshness is Freshness.STALE
    return known, found.sentence(local)


def _paths_of(rows: Iterable[Row]) -> list[AdapterPath]:
    """Return the recorded names for which rules are shown: those that have a row of their own."""
    return [AdapterPath(each.recorded) for each in rows if each.recorded is not None and each.owner != "go"]


def document(path: str, rows: Iterable[Row], rules: Equivalent, *, asked: bool) -> dict[str, Any]:
    """Return the object of `dapshim paths --json`."""
    files = []
    for each in rows:
        entry = {"recorded": each.recorded, "local": each.local, "reason": str(each.reason), "stale": each.stale}
        files.append({**entry, "sentence": each.sentence} if asked else entry)
    return {
        "binary": path,
        "files": files,
        "rules": [{"from": each.client, "to": each.adapter} for each in rules.rules],
    }
