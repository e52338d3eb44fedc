"""What the rules about tasks rest on: which executable a task's `go build` makes, and whether it can be debugged."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import attrs

from dapshim.delve.checkup_files import Part, for_this_system
from dapshim.diagnose.jsonc import Node
from dapshim.diagnose.launch_facts import Task
from dapshim.golang.quoting import flag_value, join_flags, split_flags
from dapshim.golang.spelling import join, paths
from dapshim.plan.flags import joined, stripping
from dapshim.plan.outcome import PlanError
from dapshim.plan.variables import Variables

_LDFLAGS: Final = re.compile(r"""(-ldflags)(=|\s+)("[^"]*"|'[^']*'|[^\s"']\S*)""")
_WITH_VALUE: Final = (
    "o",
    "ldflags",
    "gcflags",
    "asmflags",
    "tags",
    "mod",
    "modfile",
    "C",
    "overlay",
    "p",
    "pkgdir",
    "toolexec",
)


def read_tasks(part: Part, variables: Variables) -> Iterator[Task]:
    """Yield every task that has a name, with what its `go build` makes of it."""
    listed = part.root.get("tasks")
    for node in listed.items if listed is not None else ():
        plain = node.plain
        if not isinstance(plain, dict):
            continue
        plain = for_this_system(plain)
        label = plain.get("label") or plain.get("taskName")
        if isinstance(label, str):
            task = Task(part.source.file, part.source.document, node, label)
            yield _built(task, plain, variables)


def _built(task: Task, plain: Mapping[str, Any], variables: Variables) -> Task:
    words = _words(plain)
    at = next((n for n, word in enumerate(words[:-1]) if paths.basename(word) in ("go", "go.exe")), None)
    if at is None or words[at + 1] not in ("build", "install"):
        return task
    flags = [str(variables.expanded(each)) for each in words[at + 2 :]]
    for name in _WITH_VALUE:
        flags = joined(flags, name)
    options = plain.get("options")
    cwd = options.get("cwd") if isinstance(options, Mapping) else None
    try:
        folder = variables.path("cwd", str(variables.expanded(cwd))) if isinstance(cwd, str) else variables.folder
    except PlanError:
        folder = ""
    strips = stripping(flag_value(flags, "ldflags") or "")
    node, value = _stripping_node(task.node) if strips else (None, "")
    return attrs.evolve(
        task,
        # What stands before it may change the folder.
        output=_output(flags, folder) if words[at + 1] == "build" and not at else "",
        strips=strips,
        stripping=node,
        unstripped=value,
        optimises=not {"-N", "-l"} <= set((flag_value(flags, "gcflags") or "").replace("=", " ").split()),
    )


def _words(plain: Mapping[str, Any]) -> list[str]:
    """Return the command as words: a task of type shell may have a whole line, and `go` is vscode-go's own type."""
    command = _text(plain.get("command"))
    arguments = plain.get("args")
    rest = [_text(each) for each in arguments] if isinstance(arguments, list) else []
    if plain.get("type") == "go":
        return ["go", command, *rest]
    if plain.get("type") == "process":
        return [command, *rest]
    try:
        return [*shlex.split(command), *rest]
    except ValueError:
        return [command, *rest]


def _text(value: object) -> str:
    """Return a word; an argument may be an object with the way in which it is to be quoted."""
    if isinstance(value, Mapping):
        value = value.get("value")
    return value if isinstance(value, str) else ""


def _output(flags: Sequence[str], folder: str) -> str:
    """Return the file that `go build` writes, "" when that cannot be told: -o, else the package's folder names it."""
    output = flag_value(flags, "o")
    packages = [each for each in flags if not each.startswith("-")]
    if not folder or any("${" in each for each in flags) or any(each in ("&&", ";", "|", "||") for each in flags):
        return ""
    chdir = flag_value(flags, "C")
    folder = join(folder, chdir) if chdir else folder
    if output:
        return "" if output.endswith("/") else join(folder, output)
    if len(packages) > 1 or (packages and not packages[0].startswith(".")):
        return ""
    package = join(folder, packages[0] if packages else ".")
    name = paths.basename(package.removesuffix(".go"))
    return join(folder, name) if name and "..." not in package else ""


def _stripping_node(task: Node) -> tuple[Node | None, str]:
    """Return the text in which the flags stand, and the same without them; (None, "") when that is not one text."""
    arguments = task.get("args")
    items = arguments.items if arguments is not None else ()
    for number, item in enumerate(items):
        if item.text.startswith("-ldflags="):
            return item, f"-ldflags={_unstripped(item.text.partition('=')[2])}"
        if item.text == "-ldflags" and number + 1 < len(items) and items[number + 1].text:
            return items[number + 1], _unstripped(items[number + 1].text)
    command = task.get("command")
    if command is not None and (found := _LDFLAGS.search(command.text)):
        value = found[3][1:-1] if found[3][0] in "\"'" else found[3]
        rest = _unstripped(value)
        quote = found[3][0] if found[3][0] in "\"'" else "'"
        middle = f"{found[1]}{found[2]}{quote}{rest}{quote}" if rest else ""
        text = command.text[: found.start()] + middle + command.text[found.end() :]
        return command, re.sub(r" {2,}", " ", text) if not middle else text
    return None, ""


def _unstripped(value: str) -> str:
    try:
        return join_flags(each for each in split_flags(value) if each not in stripping(value))
    except ValueError:
        return ""
