"""Which local file a recorded one is: candidates weighed by evidence. The decision does not depend on what was asked before.

1. Identity at the right version is proof. Where two files have it, the text decides (`stale.compare`), then what the editor has
   open, then the order in which go would take them; a tie is `ambiguous`.
2. That the recorded path exists here is no proof: another project may lie there now.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import Final

import attrs

from dapshim.binary.recorded import RecordedFile
from dapshim.golang.spelling import below, clean, join
from dapshim.sources.answers import Reason
from dapshim.sources.candidates import Candidate, Candidates
from dapshim.sources.claims import Claims
from dapshim.sources.links import Links
from dapshim.sources.local_tree import LocalTree
from dapshim.sources.recorded_index import COMMAND_LINE, RecordedIndex, synthetic
from dapshim.sources.rules import rule_between
from dapshim.sources.spelling import base, folder, is_absolute, key, twins
from dapshim.sources.stale import UNKNOWN, Freshness, Staleness, compare

MAX_SOURCE: Final = 16 << 20
MAX_WALK: Final = 20_000
"""Entries of folders that are looked at when all else has failed."""
_ORDER: Final = {Freshness.FRESH: 0, Freshness.UNKNOWN: 1, Freshness.STALE: 2}
ALIEN: Final = 3


@attrs.frozen
class Resolution:
    """The local file, or why there is none; `settled_by_rule`: a rule for one of the `others` would decide between them."""

    path: str | None
    reason: Reason
    sentence: str = ""
    others: tuple[str, ...] = ()
    settled_by_rule: bool = False


@attrs.frozen(eq=False)
class Resolver:
    """Decides, and remembers what it decided. `roots` are the folders that the editor has open, as local paths."""

    index: RecordedIndex
    tree: LocalTree
    roots: tuple[str, ...]
    _decided: dict[str, Resolution] = attrs.field(factory=dict, init=False)
    _evidence: dict[tuple[str, str], Staleness] = attrs.field(factory=dict, init=False)

    @cached_property
    def claims(self) -> Claims:
        """What local files claim to be."""
        return Claims(self.index, self.tree)

    @cached_property
    def _candidates(self) -> Candidates:
        return Candidates(self.index, self.tree)

    @cached_property
    def links(self) -> Links:
        """The files that are links."""
        return Links(self.index, self._candidates)

    @cached_property
    def overlay(self) -> dict[str, str]:
        """What was compiled in place of a file, by the key of its path."""
        return {key(logical): actual for logical, actual in self.tree.facts.overlay.items()}

    def evidence(self, file: RecordedFile, path: str) -> Staleness:
        """Compare what is recorded with the text at a local path, once."""
        asked = (file.path, path)
        if asked not in self._evidence:
            self._evidence[asked] = self._compare(file, path)
        return self._evidence[asked]

    def _compare(self, file: RecordedFile, path: str) -> Staleness:
        if not file.functions or not file.path.endswith((".go", ".s")):
            return UNKNOWN
        try:
            return compare(file, self.tree.files.read(path, MAX_SOURCE))
        except OSError:
            return UNKNOWN

    def learn(self, file: RecordedFile, path: str, reason: Reason) -> None:
        """Take a file that the editor has opened where nothing else was found."""
        self._decided[file.path] = Resolution(path, reason)

    def resolve(self, file: RecordedFile) -> Resolution:
        """Return the local file of a recorded one."""
        known = self._decided.get(file.path)
        if known is None:
            known = self._decided[file.path] = self._resolve(file)
        return known

    def resolve_in(self, file: RecordedFile, package: str) -> str | None:
        """Return the local file that one package means by a name that several have given; None when that is not known."""
        found = {each.path for each in self._candidates.of_package(file, package) if self.tree.files.kind(each.path) == "file"}
        return found.pop() if len(found) == 1 else None

    def _resolve(self, file: RecordedFile) -> Resolution:
        sentence = synthetic(file.path)
        if sentence:
            return Resolution(None, Reason.SYNTHETIC, sentence)
        packages = self.index.packages_of(file)
        if len(packages) > 1:
            found = [each.path for each in self._candidates.of(file) if self.tree.files.kind(each.path) == "file"]
            places = tuple(dict.fromkeys(found))
            if len(places) != 1:
                said = (
                    f"AMBIGUOUS {file.path}: {', '.join(places or packages)}. A //line in each of {', '.join(packages)} "
                    "gives it this one name in the binary, so that no rule can part them"
                )
                return Resolution(None, Reason.AMBIGUOUS, said, places)
        return self._overlaid(self._choose(file))

    def _overlaid(self, found: Resolution) -> Resolution:
        if not self.overlay or found.path is None:
            return found
        actual = self.overlay.get(key(found.path))
        return Resolution(actual, Reason.OVERLAY) if actual is not None else found

    # -- choosing ----------------------------------------------------------------------------------------------------------

    def _choose(self, file: RecordedFile) -> Resolution:
        exact, refusal = self._exact(file)
        if exact is not None and (exact.settled or self._in_root(exact.path)):
            return Resolution(exact.path, exact.reason)
        usable = self._different(([exact] if exact is not None else []) + [*self._candidates.of(file)])
        if len(usable) == 1 and (usable[0].sure or usable[0] is exact):
            return Resolution(usable[0].path, usable[0].reason)
        weighed = sorted(
            ((self._weight(file, each, is_exact=exact is not None and each.path == exact.path), each) for each in usable),
            key=lambda pair: pair[0],
        )
        weighed = [pair for pair in weighed if pair[0][0] < ALIEN]
        if not weighed:
            return self._walked(file) or refusal or self._missing(file)
        best = [each for weight, each in weighed if weight == weighed[0][0]]
        if len(best) > 1:
            return self._ambiguous(file, [each.path for each in best])
        return Resolution(best[0].path, best[0].reason)

    def _different(self, candidates: list[Candidate]) -> list[Candidate]:
        """Return those that exist, each file once, in a spelling below the editor's folders where there is one."""
        found: dict[str, Candidate] = {}
        for each in candidates:
            if self.tree.files.kind(each.path) != "file" and not self._is_overlaid(each.path):
                continue
            real = self.tree.files.real(each.path)
            known = found.setdefault(real, each)
            if not self._in_root(known.path) and self._in_root(each.path):
                found[real] = attrs.evolve(known, path=each.path)
        return [*found.values()]

    def _is_overlaid(self, path: str) -> bool:
        return bool(self.overlay) and key(path) in self.overlay

    def _weight(self, file: RecordedFile, each: Candidate, *, is_exact: bool) -> tuple[int, int, int]:
        """Return how well a candidate fits, the lowest best: by its text, then by where it is, then by go's own order."""
        found = self.evidence(file, each.path)
        text = _ORDER[found.freshness]
        # Where identity is no proof, a text without any of the functions is another file, and in a Go tree any change is.
        if found.freshness is Freshness.STALE and not each.sure and (found.alien or each.reason is Reason.GOROOT):
            text = ALIEN
        near = self._in_root(each.path) and not each.aside
        return text, (0 if near else 2) + (not is_exact), each.rank

    def _in_root(self, path: str) -> bool:
        return any(below(path, each) is not None for each in self.roots)

    def _exact(self, file: RecordedFile) -> tuple[Candidate | None, Resolution | None]:
        """Return the recorded path itself where it is here and the file it names; or why it is not."""
        path = self._local_spelling(file.path)
        if path is None:
            return None, None
        packages = set(self.index.packages_of(file))
        claims = self.claims.of(path)
        own = [each for each in claims if each.package in packages]
        taken = Candidate(path, Reason.EXACT)
        if own and not own[0].problem:
            # A download does not change. A working copy may have a twin that the editor has open, and that may be meant.
            downloaded = own[0].identity.reason in (Reason.CACHE, Reason.GOROOT, Reason.VENDOR)
            return attrs.evolve(taken, settled=downloaded or not self.roots), None
        found = self.evidence(file, path)
        if found.freshness is Freshness.FRESH:
            return taken, None
        if own:
            return None, Resolution(None, Reason.OTHER_VERSION, f"{path}: {own[0].problem}", (path,))
        # Nothing says whose file it is, or its name says nothing of a package: then only its text can speak against it.
        anonymous = not claims or packages <= {"", "main", COMMAND_LINE} or self._by_line(file)
        if anonymous and not found.alien:
            return attrs.evolve(taken, settled=True), None
        if claims and packages:
            why = f"it belongs to {claims[0].package}, and what was built to {', '.join(sorted(packages))}"
        else:
            why = "it has none of the recorded functions"
        said = f"{path} is here, but it is not the file that was built: {why}"
        return None, Resolution(None, Reason.OTHER_PROJECT, said, (path,))

    def _local_spelling(self, path: str) -> str | None:
        """Return how this machine spells the recorded path, None when it has no such file."""
        if not is_absolute(path):
            return None
        for each in (clean(path), *twins(path)):
            if self.tree.files.kind(each) == "file" or self._is_overlaid(each):
                return each
        return None

    def _by_line(self, file: RecordedFile) -> bool:
        """Whether a `//line` gave the name: the package's own files lie elsewhere, or it is no Go file."""
        if not file.path.endswith(".go"):
            return True
        homes = [self.index.folder_of_package(each) for each in self.index.packages_of(file)]
        return any(home is not None and key(home) != key(folder(file.path)) for home in homes)

    # -- when there is none ------------------------------------------------------------------------------------------------

    def _ambiguous(self, file: RecordedFile, found: list[str]) -> Resolution:
        rule = rule_between(found[0], file.path)
        said = (
            f"AMBIGUOUS {file.path}: {', '.join(found)}. Nothing in the binary tells which was built. "
            f"Settle it in .dapshim.toml: substitutePath = [{{ from = {_toml(rule.client)}, to = {_toml(rule.adapter)} }}]"
        )
        return Resolution(None, Reason.AMBIGUOUS, said, tuple(found), settled_by_rule=True)

    def _missing(self, file: RecordedFile) -> Resolution:
        from dapshim.sources.explaining import why_missing

        return Resolution(None, *why_missing(self.index, self.tree, file))

    def _walked(self, file: RecordedFile) -> Resolution | None:
        """Look for the file by its name in the editor's folders, where the caller allows it; its functions must be in place."""
        if not self.tree.facts.may_walk or not file.functions or not file.path.endswith(".go"):
            return None
        if self.is_known(file):
            return None
        names, whole = self._names
        fitting = [each for each in names.get(base(file.path), ()) if self.evidence(file, each).freshness is Freshness.FRESH]
        if len(fitting) > 1:
            return self._ambiguous(file, fitting)
        if not fitting:
            return None
        said = "" if whole else f"; the search ended after {MAX_WALK} entries"
        return Resolution(
            fitting[0], Reason.FOUND, f"{fitting[0]} was found by a search: nothing else tells where {file.path} is{said}"
        )

    def is_known(self, file: RecordedFile) -> bool:
        """Whether it is known where the file's package would be, so that a file elsewhere cannot be it."""
        packages = self.index.packages_of(file)
        return any(self.index.is_standard(each, "") or self.index.module_of(each) is not None for each in packages)

    @cached_property
    def _names(self) -> tuple[dict[str, list[str]], bool]:
        """Go files by their names below the editor's folders, and whether all were seen."""
        found: dict[str, list[str]] = {}
        left, seen = [*self.roots], 0
        while left:
            here = left.pop(0)
            try:
                entries = self.tree.files.list(here)
            except OSError:
                continue
            for name, kind in entries:
                seen += 1
                if seen > MAX_WALK:
                    return found, False
                if kind == "folder" and not name.startswith((".", "_")):
                    left.append(join(here, name))
                elif name.endswith(".go"):
                    found.setdefault(name, []).append(join(here, name))
        return found, True


def _toml(path: str) -> str:
    """Return a path as a text of TOML; in double quotes a backslash would be an escape."""
    return f"'{path}'" if "\\" in path and "'" not in path else json.dumps(path, ensure_ascii=False)
