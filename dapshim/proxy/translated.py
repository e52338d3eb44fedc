"""Recorded places, as a message has them, turned into the client's: shared by the shims that meet them.

Knows the shape of DAP's `Source`, and that a place is a source and a line; which file it is, the session's map says.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import attrs

from dapshim.sources.answers import Reason
from dapshim.sources.spelling import AdapterPath, base

if TYPE_CHECKING:
    from dapshim.delve.session_map import Code, SessionMap
    from dapshim.sources.answers import Answer
    from dapshim.sources.served import Served
    from dapshim.sources.spelling import ClientPath
    from dapshim.sources.texts import Translate


_NAMELESS: Final = b'","line":1,'
"""How Delve 1.27.1 writes a frame that has no source, between its name and its line; see `_code_of`."""


@attrs.frozen(eq=False)
class Translator:
    """Turns places around; what has no file here becomes one that dapshim serves."""

    session_map: SessionMap
    served: Served

    async def places(self, holders: Iterable[dict[str, Any]], name: str = "source", line: str = "line") -> None:
        """Turn the places of `holders` around, in place: each has a `Source` under `name`, and a `line` beside it."""
        found = [
            (holder, holder[name])
            for holder in holders
            if isinstance(holder.get(name), dict) and isinstance(holder[name].get("path"), str)
        ]
        answers = await self.session_map.client_paths(AdapterPath(source["path"]) for _, source in found)
        for holder, source in found:
            path = AdapterPath(source["path"])
            answer = answers.get(path)
            if answer is not None:
                self._turn(holder, name, line, answer)

    @staticmethod
    def all_have_places(raw: bytes) -> bool:
        """Whether every frame of a stack has a source, told by its bytes: most stacks need not be decoded for that."""
        return _NAMELESS not in raw

    async def frames(self, frames: list[dict[str, Any]]) -> None:
        """Turn a stack around; files that share one recorded name (`//line`) are told apart by their functions."""
        nameless = {number: code for number, frame in enumerate(frames) if (code := _code_of(frame, number)) is not None}
        if nameless:
            placed = await self.session_map.places_of_code(nameless.values())
            for number, code in nameless.items():
                _place(frames[number], placed[code])
        asked = [
            (frame, AdapterPath(frame["source"]["path"]), str(frame.get("name", "")), _address(frame))
            for frame in frames
            if isinstance(frame.get("source"), dict) and isinstance(frame["source"].get("path"), str)
        ]
        answers = await self.session_map.client_paths(path for _, path, _, _ in asked)
        doubtful = [each for each in asked if (known := answers.get(each[1])) and known.reason is Reason.AMBIGUOUS]
        if doubtful:
            found = await self.session_map.ask(
                lambda made: [made.map.to_client(path, made.package_of(path, name, pc)) for _, path, name, pc in doubtful]
            )
            for (frame, _, _, _), answer in zip(doubtful, found or (), strict=False):
                self._turn(frame, "source", "line", answer)
        await self.places(frame for frame, *_ in asked if all(frame is not each[0] for each in doubtful))

    def known_frames(self, frames: list[dict[str, Any]]) -> bool:
        """Turn a stack around whose paths are all known, without a wait; where one is not, return False and change nothing."""
        found, placed = [], self.session_map.placed
        for number, frame in enumerate(frames):
            source = frame.get("source")
            if (code := _code_of(frame, number)) is not None and (code not in placed or placed[code] is not None):
                return False
            if isinstance(source, dict) and isinstance(source.get("path"), str):
                answer = self.session_map.known(AdapterPath(source["path"]))
                if answer is None or answer.reason is Reason.AMBIGUOUS:
                    return False
                found.append((frame, answer))
        for frame, answer in found:
            self._turn(frame, "source", "line", answer)
        return True

    async def words(self, paths: Iterable[AdapterPath]) -> Translate:
        """Return what turns these paths around in texts; a file that is not here keeps its recorded path, which says most."""
        answers = await self.session_map.client_paths(paths)

        def translate(path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None] | None:
            answer = answers.get(path)
            return (answer.path, line) if answer is not None and answer.path is not None else None

        return translate

    def _turn(self, holder: dict[str, Any], name: str, line: str, answer: Answer[ClientPath]) -> None:
        source = holder[name]
        path, number = AdapterPath(source["path"]), holder.get(line)
        shown = self.session_map.shown_as(path, number) if isinstance(number, int) else None
        if shown is not None:
            holder[line] = shown[1]
            _name(source, shown[0])
        elif answer.path is not None:
            _name(source, answer.path)
        elif answer.reason is not Reason.AS_IT_IS:
            holder[name] = self.served.source(path, answer, number if isinstance(number, int) else 0)


def _code_of(frame: dict[str, Any], number: int) -> Code | None:
    """Return what a frame without a place runs; None for one that has a place.

    Delve 1.27.1 has `<autogenerated>`, line 1, for all code that initialises a package's variables, though it sets and steps by
    the right lines there; it sends no source then. In a caller's frame the address is the one behind the call.
    """
    if "source" in frame or frame.get("line") != 1:
        return None
    address = _address(frame)
    return (str(frame.get("name", "")), address - (number > 0)) if address is not None else None


def _place(frame: dict[str, Any], place: tuple[AdapterPath, int] | None) -> None:
    if place is not None:
        frame["source"], frame["line"] = {"name": base(place[0]), "path": place[0]}, place[1]


def _name(source: dict[str, Any], path: ClientPath) -> None:
    if source["path"] == path:
        return
    source["path"] = path
    if "name" in source:
        source["name"] = base(path)


def _address(frame: dict[str, Any]) -> int | None:
    try:
        return int(str(frame.get("instructionPointerReference")), 16)
    except ValueError:
        return None
