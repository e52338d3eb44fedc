"""What a session leaves behind, as findings in the file that caused it: at its configuration in launch.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from dapshim.delve.checkup import Glance
from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.placed import Place, Placed, place_in, placed
from dapshim.language_server.observer import Story


def placed_stories(story: Story, glances: Iterable[Glance]) -> tuple[Placed, ...]:
    """Return why the session did not begin, unless the file says so already, and what was found in its program."""
    glances = list(glances)
    place = _place(story, glances)
    if place is None:
        return ()
    shown = [each for glance in glances for each in glance.findings]
    found = list(_found(story, place, shown))
    known = any(story.error in each.finding.message or _core(each) in story.error for each in shown)
    # What the compiler says is told in the file that it is about.
    if story.error and story.state == "failed" and not known and not found and not story.build_errors:
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


def _found(story: Story, place: Place, shown: Iterable[Placed]) -> Iterator[Placed]:
    """Yield what was found and no file shows yet."""
    said = {each.finding.message for each in shown}
    for each in story.findings:
        if each.finding.message not in said:
            yield attrs.evolve(each, finding=attrs.evolve(each.finding, where=story.file), place=place)
