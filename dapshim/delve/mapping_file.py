"""The rule for source paths that a person has agreed to, written to the project's own file. Blocks."""

from __future__ import annotations

import os
from pathlib import Path

import attrs

from dapshim.delve.rewriting import rewrite
from dapshim.golang.spelling import below, parent
from dapshim.options.option_files import PROJECT_FILE, project_files, project_root
from dapshim.options.toml_edits import with_rule
from dapshim.sources.rules import rule_between
from dapshim.sources.spelling import base, is_windows, same_part


class MappingError(Exception):
    """No rule follows from what was said; the message says why, for a person."""


@attrs.frozen
class Mapped:
    """A rule, and the project file that it is for: `client` is here what the binary records as `adapter`."""

    file: str
    client: str
    adapter: str

    def as_json(self) -> dict[str, str]:
        """Return what `dapshim map --json` prints, and `dapshim/mapFile` answers."""
        return {"file": self.file, "from": self.client, "to": self.adapter}

    def __str__(self) -> str:
        return f"{self.file} says now that {self.client} was built as {self.adapter}."


def mapping_of(recorded: str, local: str, folder: str) -> Mapped:
    """Return the rule by which `local`, an absolute path, is the recorded file, the widest that stays in the project.

    Raises:
        MappingError: they have other names, or are one path.

    """
    if not recorded.strip():
        raise MappingError("the recorded file has no name")
    if not same_part(base(recorded), base(local), windows=is_windows(recorded) or is_windows(local)):
        raise MappingError(f"{base(local)} has another name than {recorded}; choose the file of that name")
    if local == recorded:
        raise MappingError(f"{recorded} is that very file; no rule is needed for it")
    file = mapping_file(local, folder)
    rule = rule_between(local, recorded, str(Path(file).parent))
    return Mapped(file, rule.client, rule.adapter)


def mapping_file(client: str, folder: str) -> str:
    """Return the project file that a session reads: the nearest at or above the client's path, else a new one at the root.

    `folder` is the one that is open; it counts where the client's path is none of it.
    """
    inside = client if Path(client).is_dir() else parent(client)
    start = inside if below(inside, folder) is not None else folder
    return next(project_files(start, os.path.lexists), str(Path(project_root(start, os.path.lexists), PROJECT_FILE)))


def add_rule(path: str, client: str, adapter: str) -> None:
    """Write the rule into the project file at `path`, and make the file where it is missing.

    Raises:
        NotEditedError: what is there is not changed by dapshim.
        ChangedError: somebody else writes it just now.
        OSError: it cannot be read or written.

    """
    try:
        before: str | None = Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        before = None
    except UnicodeDecodeError as error:
        raise OSError(f"it is not UTF-8 (byte {error.start})") from error
    rewrite(path, before, with_rule(before or "", path, client, adapter))
