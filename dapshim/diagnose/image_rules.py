"""Rules about the files that container images are built from. `dapshim.delve.checkup_images` reads them. PURE."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import attrs

from dapshim.diagnose import workspace_codes as codes
from dapshim.diagnose.placed import Edit, Fix, Place, Placed, placed


@attrs.frozen
class ImageBuild:
    """One `go build` of an image. `place` is where the flags stand that strip it, and `edit` takes them away."""

    place: Place
    strips: tuple[str, ...] = ()
    edit: Edit | None = None


@attrs.frozen
class ImageFile:
    """What was read of a Dockerfile: its builds, and whether it starts dlv itself."""

    file: str
    builds: tuple[ImageBuild, ...] = ()
    runs_dlv: bool = False


def image_stripped(facts: ImageFile, attaching: Sequence[str]) -> Iterator[Placed]:
    """Find an image that is built stripped, where `attaching`, names of remote configurations, shows that it is debugged.

    One that has a build which does not strip as well has a stage to debug in.
    """
    debugged = bool(attaching) or facts.runs_dlv
    if not debugged or any(not each.strips for each in facts.builds):
        return
    who = f'"{attaching[0]}" attaches to such a program' if attaching else "dlv runs in it"
    for each in facts.builds:
        flags = " ".join(each.strips)
        message = (
            f"This image is built stripped ({flags}), and {who}: without its debug information no breakpoint can be set. "
            "Build a stage of its own for debugging, or drop the flags."
        )
        yield placed(codes.IMAGE_STRIPPED, message, each.place, evidence=each.strips, fixes=_dropped(each.strips, each.edit))


def _dropped(strips: Iterable[str], edit: Edit | None) -> list[Fix]:
    title = f"Drop {' and '.join(strips)}"
    return [Fix(title, edits=(edit,) if edit is not None else ())]
