"""What the rules about launch.json, tasks.json and settings.json rest on. `dapshim.delve.checkup_files` gathers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from dapshim.diagnose.jsonc import Document, Node
from dapshim.sources.rules import NO_RULES, Rules


@attrs.frozen
class JsonFile:
    """A file of JSON with comments that was read."""

    file: str
    document: Document


@attrs.frozen
class Notice:
    """One line that the plan would say at F5: `code` as `plan.outcome.Notice` has it, and the attribute that it is about."""

    code: str
    text: str
    attribute: str = ""


@attrs.frozen
class Configuration:
    """One launch configuration of type go, and what the plan makes of it.

    `error` says why there is no plan, and `attribute` which attribute it is about; both "" when there is one, or when only the
    editor can tell (`planned` is False then). `flags` is what `buildFlags` should be. `program` is the executable of mode exec
    or core as an absolute path, "" for none, and `core` the core file.
    """

    node: Node
    name: str
    arguments: Mapping[str, Any] = attrs.field(factory=dict)
    planned: bool = True
    error: str = ""
    attribute: str = ""
    notices: tuple[Notice, ...] = ()
    misspelt: Mapping[str, str] = attrs.field(factory=dict)
    """Name that nobody knows -> the one that may have been meant."""
    flags: str | list[str] | None = None
    rules: Rules = NO_RULES
    missing_from: tuple[str, ...] = ()
    """Each "from" of substitutePath that is an absolute folder which is not on this machine."""
    missing_to: tuple[str, ...] = ()
    """The same of each "to"."""
    directory: str = ""
    """The folder in which dlv builds the program on this machine, "" when it builds none."""
    program: str = ""
    missing: tuple[str, ...] = ()
    """Of mode exec and core: the files that are not there, with their attribute in front: `program /ws/bin/x`."""
    listening: bool | None = None
    """Whether something listens on the port of `debugServer`; None when it names none, or that cannot be told."""

    @property
    def mode(self) -> str:
        """The mode as it is written, "" for none."""
        mode = self.arguments.get("mode")
        return mode if isinstance(mode, str) else ""


@attrs.frozen
class Task:
    """One task of tasks.json. `output` is the executable that its `go build` makes, absolute, "" when that cannot be told.

    `strips` are flags that take the debug information away; `stripping` is the value in which they stand, and `unstripped` what
    it should be. `optimises` says that the build has no `-gcflags=all=-N -l`.
    """

    file: str
    document: Document
    node: Node
    label: str
    output: str = ""
    strips: tuple[str, ...] = ()
    stripping: Node | None = None
    unstripped: str = ""
    optimises: bool = False


@attrs.frozen
class LaunchFacts:
    """A file with launch configurations, and the tasks that they may name. `tasks_known` says that all of them are known."""

    source: JsonFile
    configurations: tuple[Configuration, ...] = ()
    tasks: tuple[Task, ...] = ()
    tasks_file: str = ""
