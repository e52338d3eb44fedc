"""Rules about launch configurations and the tasks that they name. What cannot work is the plan's word."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.jsonc import Node
from dapshim.diagnose.jsonc_edits import removed, removed_item, renamed, replaced
from dapshim.diagnose.launch_facts import Configuration, JsonFile, LaunchFacts, Task
from dapshim.diagnose.placed import Edit, Fix, Place, Placed, place_in, placed
from dapshim.golang.spelling import below
from dapshim.sources.rules import Rule as PathRule

Rule = Callable[[LaunchFacts], Iterable[Placed]]

_HIGHEST_PORT: Final = 65535
_FLAGS: Final = frozenset({"ldflags", "gcflags", "quotes"})


def syntax(source: JsonFile) -> Iterator[Placed]:
    """Yield where a file is no JSON with comments; the faults that follow the first are often its consequence."""
    for fault in source.document.faults[:1]:
        yield placed(codes.LAUNCH_SYNTAX, f"{source.file}: {fault.message}.", place_in(source.file, source.document, fault))


def _place(facts: LaunchFacts, configuration: Configuration, *way: str | int) -> Place:
    """Return the place of a value of a configuration, of its name when there is no such value."""
    node = configuration.node.get(*way) if way and way[0] else None
    return place_in(facts.source.file, facts.source.document, node or configuration.node.get("name") or configuration.node)


def _called(configuration: Configuration) -> str:
    return f'"{configuration.name}"' if configuration.name else "A configuration without a name"


def _edit(title: str, *edits: Edit) -> Fix:
    return Fix(title, edits=edits, safe=True)


def refused(facts: LaunchFacts) -> Iterator[Placed]:
    """Find a configuration that cannot work, in the words of the plan."""
    if facts.source.document.faults:
        # What seems to be missing may stand behind the fault.
        return
    for each in facts.configurations:
        if each.error:
            place = _place(facts, each, each.attribute)
            yield placed(codes.LAUNCH_REFUSED, f"{_called(each)}: {each.error}", place)


def misspelt(facts: LaunchFacts) -> Iterator[Placed]:
    """Attributes that nobody knows, and what older adapters knew."""
    for each in facts.configurations:
        for name, meant in each.misspelt.items():
            member = each.node.member(name)
            if member is None:
                continue
            place = place_in(facts.source.file, facts.source.document, member.key)
            message = f'{_called(each)}: "{name}" is ignored, because nobody knows it. Did you mean "{meant}"?'
            fixes = []
            if each.node.member(meant) is None:
                fixes.append(_edit(f'Write "{meant}"', renamed(facts.source.file, member, meant)))
            yield placed(codes.LAUNCH_IGNORED, message, place, fixes=fixes)
        for notice in each.notices:
            if notice.code.startswith("ignored ") and notice.attribute not in each.misspelt:
                yield _ignored(facts, each, notice.attribute, notice.text)


def _ignored(facts: LaunchFacts, configuration: Configuration, name: str, text: str) -> Placed:
    member = configuration.node.member(name)
    fixes = []
    if member is not None:
        edits = removed(facts.source.file, facts.source.document, configuration.node, member)
        fixes.append(Fix(f'Drop "{name}"', edits=edits))
    message = f"{_called(configuration)}: {text}"
    place = _place(facts, configuration, name)
    return placed(codes.LAUNCH_IGNORED, message, place, severity=Severity.INFO, fixes=fixes)


def build_flags(facts: LaunchFacts) -> Iterator[Placed]:
    """`buildFlags` that spoil the session."""
    for each in facts.configurations:
        node = each.node.get("buildFlags")
        for notice in each.notices:
            if notice.code not in _FLAGS or node is None:
                continue
            fixes = []
            member = each.node.member("buildFlags")
            if each.flags is not None and not each.flags and member is not None:
                edits = removed(facts.source.file, facts.source.document, each.node, member)
                fixes.append(Fix('Drop "buildFlags"', edits=edits, safe=True))
            elif each.flags is not None and each.flags != node.plain:
                fixes.append(_edit(f'Write "buildFlags": {_shown(each.flags)}', replaced(facts.source.file, node, each.flags)))
            yield placed(codes.LAUNCH_FLAGS, f"{_called(each)}: {notice.text}", _place(facts, each, "buildFlags"), fixes=fixes)


def trimmed(facts: LaunchFacts) -> Iterator[Placed]:
    """`-trimpath` takes the folders out of what is recorded: dapshim finds the files all the same, a plain dlv does not."""
    for each in facts.configurations:
        node = each.node.get("buildFlags")
        if node is None or each.node.get("substitutePath") is not None:
            continue
        parts = node.items or (node,)
        found = next((part for part in parts if "-trimpath" in part.text.split()), None)
        if found is None:
            continue
        message = (
            f"{_called(each)}: buildFlags has -trimpath, which takes the folders out of the recorded paths. dapshim finds the "
            "files all the same; a plain dlv sets no breakpoint without substitutePath."
        )
        place = place_in(facts.source.file, facts.source.document, found)
        if found is node:
            rest = " ".join(word for word in node.text.split(" ") if word != "-trimpath")
            edits: tuple[Edit, ...] = (replaced(facts.source.file, node, rest),)
        else:
            edits = removed_item(facts.source.file, facts.source.document, node, node.items.index(found))
        fix = Fix("Drop -trimpath", edits=edits)
        yield placed(codes.LAUNCH_FLAGS, message, place, severity=Severity.INFO, fixes=(fix,))


def _shown(flags: str | list[str]) -> str:
    import json

    return json.dumps(flags, ensure_ascii=False)


def debug_server(facts: LaunchFacts) -> Iterator[Placed]:
    """`debugServer` that is no number, or names a port where nobody listens."""
    silent: set[int] = set()
    for each in facts.configurations:
        node = each.node.get("debugServer")
        if node is None:
            continue
        place = _place(facts, each, "debugServer")
        value = node.plain
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _HIGHEST_PORT:
            if each.listening is False and value not in silent:
                silent.add(value)
                fix = Fix("Start it before F5, and leave it running", f"dapshim --listen {value}")
                yield placed(codes.DEBUG_SERVER, f"Nothing listens on port {value} now.", place, fixes=(fix,))
            continue
        digits = value.rpartition(":")[2].strip() if isinstance(value, str) else ""
        fixes = []
        if digits.isascii() and digits.isdigit() and 0 < int(digits) <= _HIGHEST_PORT:
            fixes.append(_edit(f'Write "debugServer": {int(digits)}', replaced(facts.source.file, node, int(digits))))
        message = (
            f'{_called(each)}: "debugServer" must be a number, a port from 1 to {_HIGHEST_PORT}; VS Code ignores all else.'
        )
        yield placed(codes.DEBUG_SERVER, message, place, severity=Severity.ERROR, fixes=fixes)


def substitute_path(facts: LaunchFacts) -> Iterator[Placed]:
    """Rules that hide each other, never match, or begin in a folder that is not there."""
    for each in facts.configurations:
        node = each.node.get("substitutePath")
        if node is None:
            continue
        for warning in each.rules.warnings:
            yield placed(codes.SUBSTITUTE_PATH, f"{_called(each)}: {warning}.", _place(facts, each, "substitutePath"))
        for number, (item, rule) in enumerate(zip(node.items, each.rules.rules, strict=False)):
            why, severity = _useless(each, rule)
            if not why:
                continue
            place = place_in(facts.source.file, facts.source.document, item.get("from") or item)
            fixes = [Fix("Drop the rule", edits=removed_item(facts.source.file, facts.source.document, node, number))]
            if rule.client in each.missing_from:
                fixes.append(Fix("Or name the folder that you edit"))
            yield placed(codes.SUBSTITUTE_PATH, f"{_called(each)}: {why}.", place, severity=severity, fixes=fixes)


def _useless(configuration: Configuration, rule: PathRule) -> tuple[str, Severity]:
    """Say why a rule does not help, "" when it may; and how bad that is."""
    built_here = bool(configuration.directory)
    if rule.client in configuration.missing_from:
        return f"this rule never helps: {rule.client} is not on this machine, so no file of it can be open", Severity.WARNING
    if rule.client and rule.heads[0] == rule.heads[1]:
        return f"this rule changes nothing: both sides are {rule.client}", Severity.INFO
    if not built_here or rule.adapter not in configuration.missing_to:
        return "", Severity.INFO
    if rule.client and below(configuration.directory, rule.client) is not None:
        why = (
            f"this rule leads breakpoints away: dlv builds the program here, so it records {rule.client} itself, and "
            f"{rule.adapter} is not on this machine"
        )
        return why, Severity.WARNING
    why = (
        f"this rule is not needed: dlv builds the program here, so no recorded path begins with {rule.adapter}, which is not "
        "on this machine"
    )
    return why, Severity.INFO


def missing_program(facts: LaunchFacts) -> Iterator[Placed]:
    """Find an executable or a core file that is not there, and that no task makes."""
    for each in facts.configurations:
        if each.error or each.node.get("preLaunchTask") is not None:
            continue
        for text in each.missing:
            attribute, _, path = text.partition(" ")
            place = _place(facts, each, attribute)
            fixes = [Fix("Build it first, or have dlv build it: mode debug, with the folder of the package as program")]
            yield placed(
                codes.LAUNCH_PROGRAM, f'{_called(each)}: "{attribute}" is {path}, which is not there.', place, fixes=fixes
            )


# -- tasks -----------------------------------------------------------------------------------------


def pre_launch_task(facts: LaunchFacts) -> Iterator[Placed]:
    """Find a task that is not there, or that builds something else than what is debugged."""
    for each in facts.configurations:
        node = each.node.get("preLaunchTask")
        if node is None or not node.text:
            continue
        task = next((task for task in facts.tasks if task.label == node.text), None)
        if task is not None:
            yield from _of_task(facts, each, task)
        elif ":" not in node.text and "${" not in node.text:
            where = facts.tasks_file or "any tasks.json"
            message = f"{_called(each)}: there is no task {node.text} in {where}."
            near = _nearest(node.text, facts.tasks)
            fixes = [_edit(f'Write "preLaunchTask": "{near}"', replaced(facts.source.file, node, near))] if near else []
            yield placed(codes.LAUNCH_TASK, message, _place(facts, each, "preLaunchTask"), severity=Severity.ERROR, fixes=fixes)


def _nearest(label: str, tasks: Iterable[Task]) -> str:
    return next((each.label for each in tasks if each.label.casefold().strip() == label.casefold().strip()), "")


def _of_task(facts: LaunchFacts, configuration: Configuration, task: Task) -> Iterator[Placed]:
    if configuration.mode != "exec":
        return
    if task.output and configuration.program and task.output != configuration.program:
        message = (
            f"{_called(configuration)}: task {task.label} builds {task.output}, and the program is {configuration.program}: "
            "an older one is debugged, or none."
        )
        node = configuration.node.get("program")
        fixes = [Fix("Let both name one file")]
        if node is not None:
            fixes.insert(0, Fix("Debug what the task builds", edits=(replaced(facts.source.file, node, task.output),)))
        yield placed(codes.LAUNCH_TASK, message, _place(facts, configuration, "program"), fixes=fixes)
    if task.strips:
        message = (
            f"Task {task.label}, which builds the program of {_called(configuration)}, strips it ({' '.join(task.strips)}): "
            "without its debug information no breakpoint can be set."
        )
        yield placed(codes.LAUNCH_TASK, message, _place_of_task(task, task.stripping), fixes=_unstripped(task))
    elif task.optimises:
        message = (
            f"Task {task.label} builds without -gcflags=all=-N -l, so lines and variables are missing where code is optimised."
        )
        fix = Fix("Add to its go build", "'-gcflags=all=-N -l'")
        yield placed(
            codes.LAUNCH_TASK, message, _place_of_task(task, task.node.get("label")), severity=Severity.INFO, fixes=(fix,)
        )


def _place_of_task(task: Task, node: Node | None) -> Place:
    return place_in(task.file, task.document, node or task.node)


def _unstripped(task: Task) -> list[Fix]:
    if task.stripping is None:
        return [Fix(f"Drop {' and '.join(task.strips)}")]
    return [_edit(f"Drop {' and '.join(task.strips)}", replaced(task.file, task.stripping, task.unstripped))]


LAUNCH_RULES: Final[tuple[Rule, ...]] = (
    refused,
    misspelt,
    build_flags,
    trimmed,
    debug_server,
    substitute_path,
    missing_program,
    pre_launch_task,
)
