"""What a session leaves behind, as findings in the file that caused it: at its configuration in launch.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from dapshim.delve.checkup import Glance
from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.catalogue import diagnosis
from dapshim.diagnose.finding import Finding, Remedy, Severity
from dapshim.diagnose.placed import Fix, Place, Placed, place_in, placed
from dapshim.language_server.observer import Story


def placed_stories(story: Story, glances: Iterable[Glance]) -> tuple[Placed, ...]:
    """Return why the session did not begin, unless the file says so already, and what was found in its program."""
    glances = list(glances)
    place = _place(story, glances)
    if place is None:
        return ()
    found = list(_found(story, place))
    known = any(
        story.error in each.finding.message or _core(each) in story.error for glance in glances for each in glance.findings
    )
    if story.error and story.state == "failed" and not known and not found:
        message = f'"{story.name}": {story.error.rstrip(".")}.'
        found.append(placed(codes.LAUNCH_REFUSED, message, place))
    return tuple(found)


def _core(found: Placed) -> str:
    """Return what a finding says without the name of its configuration in front."""
    return found.finding.message.partition('": ')[2] or found.finding.message


def _place(story: Story, glances: Iterable[Glance]) -> Place | None:
    """Return where the configuration of this name stands."""
    for glance in glances:
        for part in glance.files.launch:
            listed = part.root.get("configurations")
            for node in listed.items if listed is not None else ():
                name = node.get("name")
                if story.name and name is not None and name.text == story.name:
                    return place_in(part.source.file, part.source.document, name)
    return None


def _found(story: Story, place: Place) -> Iterator[Placed]:
    for each in story.findings:
        code, severity = each.get("code"), each.get("severity")
        if not isinstance(code, str) or diagnosis(code) is None or severity not in tuple(Severity):
            continue
        remedies = tuple(_remedies(each))
        finding = Finding(code, Severity(severity), str(each.get("message", "")), story.file, remedies=remedies)
        yield Placed(finding, place, tuple(Fix(one.title, one.command) for one in remedies))


def _remedies(finding: Mapping[str, Any]) -> Iterator[Remedy]:
    listed = finding.get("remedies")
    for each in listed if isinstance(listed, list) else ():
        if isinstance(each, dict):
            yield Remedy(str(each.get("title", "")), str(each.get("command", "")))
