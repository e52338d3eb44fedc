"""PathMap: the two verbs. Remembers how the editor spells each file, so that what went in comes out.

Laws, which the tests hold:

1. `to_client(to_adapter(p))` is `p`, letter by letter.
2. Two files of the client never lead to one recorded file, unless they are two spellings of one file.
3. What is no file of the binary has no path, and a sentence that says why.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dapshim.binary.recorded import RecordedFile
from dapshim.golang.spelling import join, parent
from dapshim.golang.spelling import paths as own_paths
from dapshim.sources.answers import Answer, Reason, Span
from dapshim.sources.claims import Claim
from dapshim.sources.explaining import why_unmapped
from dapshim.sources.facts import Facts
from dapshim.sources.go_text import GoText
from dapshim.sources.local_tree import LocalTree
from dapshim.sources.recorded_index import RecordedIndex
from dapshim.sources.resolution import MAX_SOURCE, Resolution, Resolver
from dapshim.sources.rules import rule_between
from dapshim.sources.spelling import (
    AdapterPath,
    ClientPath,
    base,
    clean,
    is_absolute,
    is_windows,
    joined,
    key,
    rest_below,
    twins,
)
from dapshim.sources.stale import UNKNOWN, Freshness, Staleness, compare

MAX_SAME_NAME = 64
"""Recorded files of one base name that are tried when identity gives nothing."""


class PathMap:
    """Maps between the editor's paths and the recorded ones. Not for several threads at once; reads files as it is asked."""

    def __init__(self, facts: Facts, index: RecordedIndex | None = None) -> None:
        """`index` is that of the same recorded files: maps of several sessions may have one between them."""
        self.index = index if index is not None else RecordedIndex(facts.recorded)
        self._to_adapter: dict[ClientPath, Answer[AdapterPath]] = {}
        self.know(facts)

    def know(self, facts: Facts) -> None:
        """Begin anew with what is known now of this machine; what the editor has opened stays so."""
        self.facts = facts
        self.tree = LocalTree(facts)
        self._roots = [(each, local) for each in facts.roots for local in self._local_roots(each)]
        self.resolver = Resolver(self.index, self.tree, tuple(dict.fromkeys(local for _, local in self._roots)))
        self._to_client: dict[str, Answer[ClientPath]] = {}
        self._spellings: dict[str, dict[ClientPath, Answer[ClientPath]]] = {}
        asked, self._to_adapter = [*self._to_adapter], {}
        for path in asked:
            self.to_adapter(path)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong with the rules by hand."""
        return self.facts.rules.warnings

    # -- the verbs ---------------------------------------------------------------------------------------------------------

    def to_adapter(self, path: ClientPath) -> Answer[AdapterPath]:
        """Return the recorded path of a file that the editor has opened."""
        answer = self._to_adapter.get(path)
        if answer is None:
            answer = self._to_adapter[path] = self._find_recorded(path)
        if answer.path is not None:
            self._remember(answer.path, path, answer.reason)
        return answer

    def to_client(self, path: AdapterPath, package: str = "") -> Answer[ClientPath]:
        """Return the editor's path of a recorded file, in the spelling that it used last for it.

        `package` is that of the frame's function, where it is known (by its PC: Delve's frame name has the last element only).
        It parts files to which the `//line` directives of two packages gave one recorded name.
        """
        answer = self._to_client.get(path)
        if answer is None:
            answer = self._to_client[path] = self._find_client(path)
        if answer.reason is Reason.AMBIGUOUS and package:
            return self._of_package(path, package) or answer
        return answer

    def to_be_loaded(self, path: ClientPath) -> AdapterPath | None:
        """Return the name by which a part that is loaded later records a file which is not linked; None: by its own path.

        A plugin is built as its host is (Go refuses any other), so with -trimpath it has no path of this machine either.
        """
        if self.index.recorded.build.settings.get("-trimpath") != "true":
            return None
        for claim in self.resolver.claims.of(self._local(path)):
            module, version = claim.identity.module, claim.identity.version
            if claim.problem or claim.package in self.index.by_package:
                continue
            own = f"@{version}" if version and claim.identity.reason is Reason.CACHE else ""
            head = module + own + claim.package[len(module) :] if module else claim.package
            return AdapterPath(f"{head}/{base(path)}")
        return None

    def spellings(self, path: AdapterPath) -> tuple[ClientPath, ...]:
        """Return all spellings that the editor has used for a recorded file, the first one first."""
        return tuple(self._spellings.get(key(path), ()))

    def staleness(self, path: AdapterPath, statements: Mapping[str, Collection[int]] | None = None) -> Staleness:
        """Compare the local text of a recorded file with what is recorded of it; `statements` as in `stale.compare`."""
        file = self.index.by_key.get(key(path))
        answer = self.to_client(path)
        if file is None or answer.path is None or not file.path.endswith((".go", ".s")):
            return UNKNOWN
        try:
            return compare(file, self.tree.files.read(self._local(answer.path), MAX_SOURCE), statements)
        except OSError:
            return UNKNOWN

    def _remember(self, recorded: AdapterPath, path: ClientPath, reason: Reason) -> None:
        known = self._spellings.setdefault(key(recorded), {})
        answer = known.get(path)
        if answer is None:
            answer = known[path] = Answer(path, reason)
        self._to_client[recorded] = answer

    # -- from the editor ---------------------------------------------------------------------------------------------------

    def _find_recorded(self, path: ClientPath) -> Answer[AdapterPath]:
        if not self.index.recorded.files and self.facts.rules.applied_to_client_path(path) is None:
            return Answer(AdapterPath(path), Reason.AS_IT_IS)
        local = self._local(path)
        settled = self._by_rule(path) or self._by_overlay(path, local)
        if settled is not None:
            return settled
        answer = self._by_identity(path, local, self.resolver.claims.of(local))
        if answer.path is None:
            # Where case is ignored, the editor may spell folders as it likes; and a link may have a name of its own.
            for spelt in (self.tree.as_listed(local), *self.resolver.links.to(local)):
                other = self._by_identity(path, spelt, self.resolver.claims.of(spelt)) if spelt != local else answer
                if other.path is not None:
                    answer, local = other, spelt
                    break
        spans = self._spans(local)
        if not spans:
            return answer
        if answer.path is not None:
            return Answer(answer.path, answer.reason, answer.sentence, answer.others, spans)
        names = ", ".join(dict.fromkeys(each.path for each in spans))
        return Answer(None, Reason.LINE, f"the lines of {path} are recorded as {names}, as its //line say", (), spans)

    def _by_overlay(self, path: ClientPath, local: str) -> Answer[AdapterPath] | None:
        """Return the path in whose place a file was compiled; none for the file that was not compiled."""
        for logical, actual in self.facts.overlay.items():
            if self.tree.same(actual, local):
                file = self._recorded_for(logical)
                if file is not None:
                    return Answer(AdapterPath(file.path), Reason.OVERLAY)
        if not (actual := self.resolver.overlay.get(key(local), "")):
            return None
        return Answer(
            None, Reason.REPLACED_BY_OVERLAY, f"{path}: this build compiled {actual} in its place (-overlay)", (actual,)
        )

    def _recorded_for(self, logical: str) -> RecordedFile | None:
        """Return the recorded file of a path that an overlay gives another text."""
        for file in self._likely(logical, self.resolver.claims.of(logical)):
            if self.resolver.resolve(file).reason is Reason.OVERLAY:
                return file
        return None

    def _by_rule(self, path: ClientPath) -> Answer[AdapterPath] | None:
        """Return what a rule says where the binary records that, or where nothing is known of it."""
        applied = self.facts.rules.applied_to_client_path(path)
        if applied is None:
            return None
        file = self.index.by_key.get(key(applied.path))
        if file is None and self.index.recorded.files:
            return None
        recorded = AdapterPath(file.path if file is not None else applied.path)
        if self.facts.rules.to_adapter(path, self._exists) is None:
            other = self.facts.rules.to_client(recorded, self._exists)
            said = f"{path} has the recorded path {recorded} by {applied.rule}, but another rule gives that to {other}"
            return Answer(None, Reason.HIDDEN, said, (other,) if other else ())
        return Answer(recorded, Reason.RULE)

    def _by_identity(self, path: ClientPath, local: str, claims: list[Claim]) -> Answer[AdapterPath]:
        tried: dict[str, Resolution] = {}
        for file in self._likely(local, claims):
            found = self.resolver.resolve(file)
            tried[file.path] = found
            if found.path is not None and self.tree.same(found.path, local):
                if key(file.path) == key(local):
                    reason = Reason.EXACT
                else:
                    reason = Reason.SAME_FILE if found.reason in (Reason.EXACT, Reason.SAME_FILE) else found.reason
                return self._unless_a_rule_takes_it(file, path, reason)
            if (tied := self._tied(file, path, local, found)) is not None:
                return tied
        # `go build x.go` outside of modules records nothing of where that is.
        unclaimed = [] if claims else [each for each in self._of_this_name(local, tried) if not self.resolver.is_known(each)]
        for file in [*self._likely(local, claims), *unclaimed]:
            if self._may_be_learnt(file, path, claims, self.resolver.resolve(file)):
                reason = next((each.identity.reason for each in claims if not each.problem), Reason.EXACT)
                reason = Reason.EXACT if key(file.path) in {key(path), key(local)} else reason
                self.resolver.learn(file, local, reason)
                return self._unless_a_rule_takes_it(file, path, reason)
        tie: Answer[AdapterPath] | None = None
        for file in self._of_this_name(local, tried):
            found = self.resolver.resolve(file)
            if found.path is not None and self.tree.same(found.path, local):
                return self._unless_a_rule_takes_it(file, path, found.reason if found.path == local else Reason.SAME_FILE)
            tie = tie or self._tied(file, path, local, found)
        return tie or self._none(path, claims, tried)

    def _tied(self, file: RecordedFile, path: ClientPath, local: str, found: Resolution) -> Answer[AdapterPath] | None:
        """Return the answer for a file that is one of several which a recorded one may be; None where it is none of these."""
        if found.reason is not Reason.AMBIGUOUS or local not in found.others:
            return None
        settled = self._unless_a_rule_takes_it(file, path, found.reason)
        return settled if settled.path is None else self._ambiguous(path, file, found)

    def _ambiguous(self, path: ClientPath, file: RecordedFile, found: Resolution) -> Answer[AdapterPath]:
        """Return the answer, with the rule by which it would be this file that was built, where a rule can say so."""
        rule = rule_between(path, file.path) if found.settled_by_rule else None
        settles = (rule.client, rule.adapter) if rule is not None else None
        return Answer(None, Reason.AMBIGUOUS, found.sentence, found.others, rule=settles)

    def _likely(self, local: str, claims: list[Claim]) -> list[RecordedFile]:
        """Return the recorded files that this one may be: that of its own path, and those of its identity."""
        found = {each.path: each for each in [self._recorded_at(local)] if each is not None}
        for claim in claims:
            for file in self.index.of_identity(claim.package, base(local)):
                found.setdefault(file.path, file)
        return [*found.values()]

    def _recorded_at(self, local: str) -> RecordedFile | None:
        known = self.index.by_key
        return next((known[key(each)] for each in (local, *twins(local)) if key(each) in known), None)

    def _of_this_name(self, local: str, tried: Mapping[str, Resolution]) -> list[RecordedFile]:
        """Return recorded files of the same name that are not the standard library's: through links, or by `//line`."""
        same = [each for each in self.index.by_base.get(base(local), ()) if each.path not in tried]
        likely = [
            each for each in same if not any(self.index.is_standard(name, each.path) for name in self.index.packages_of(each))
        ]
        return likely[:MAX_SAME_NAME]

    def _may_be_learnt(self, file: RecordedFile, path: ClientPath, claims: list[Claim], found: Resolution) -> bool:
        """Whether a file that is open is the recorded one although no folder that is known leads to it."""
        if found.path is not None or found.reason is not Reason.MISSING:
            return False
        local = self._local(path)
        if self.tree.files.kind(local) is None:
            return key(file.path) in (key(path), key(local))  # it is not on this machine, and its path is all that there is
        own = [each for each in claims if each.package in self.index.packages_of(file)]
        fits = self.resolver.evidence(file, local)
        if own and not own[0].problem:
            return not fits.alien
        return not claims and fits.freshness is Freshness.FRESH

    def _unless_a_rule_takes_it(self, file: RecordedFile, path: ClientPath, reason: Reason) -> Answer[AdapterPath]:
        """Return the recorded path, unless a rule by hand gives it to another file of the client's."""
        recorded = AdapterPath(file.path)
        taken = self.facts.rules.to_client(recorded, self._exists) if self.facts.rules.rules else None
        if taken is not None and self._exists(taken) and not self.tree.same(self._local(taken), self._local(path)):
            return Answer(
                None, Reason.HIDDEN, f"{path} would be {recorded}, but a rule by hand gives that to {taken}", (taken,)
            )
        return Answer(recorded, reason)

    def _none(self, path: ClientPath, claims: list[Claim], tried: Mapping[str, Resolution]) -> Answer[AdapterPath]:
        linked = [each for each in claims if each.package in self.index.by_package]
        for found in tried.values():
            if linked and linked[0].problem:
                break
            if found.path is not None:
                return Answer(
                    None, Reason.OTHER_PROJECT, f"{path} is a copy: the file of this build is {found.path}", (found.path,)
                )
            if found.reason in (Reason.OTHER_PROJECT, Reason.OTHER_VERSION, Reason.SYNTHETIC):
                return Answer(None, found.reason, found.sentence)
        return Answer(None, *why_unmapped(self.index, self.tree.files, path, claims))

    def _spans(self, local: str) -> tuple[Span, ...]:
        """Return where `//line` directives of a Go file send its lines, as far as that is recorded."""
        if not local.endswith(".go"):
            return ()
        try:
            text = GoText(self.tree.files.read(local, MAX_SOURCE))
        except OSError:
            return ()
        found, name = [], ""
        for number, each in enumerate(text.directives):
            name = each.name or name
            last = text.directives[number + 1].after - 1 if number + 1 < len(text.directives) else text.line_count
            recorded = self._named_by_line(local, name)
            if recorded is not None and last > each.after:
                found.append(Span(each.after + 1, last, AdapterPath(recorded), each.number))
        return tuple(found)

    def _named_by_line(self, local: str, name: str) -> str | None:
        meant = join(parent(local), name)
        # A name that leads back to the file itself is recorded as it is written, beside the file's own.
        for file in sorted(self.index.by_base.get(base(name), ()), key=lambda each: each.path != name):
            found = self.resolver.resolve(file)
            if found.path is not None and self.tree.same(found.path, meant):
                return file.path
        return None

    # -- to the editor -----------------------------------------------------------------------------------------------------

    def _find_client(self, path: AdapterPath) -> Answer[ClientPath]:
        used = self._spellings.get(key(path))
        if used:
            return [*used.values()][-1]
        ruled = self.facts.rules.to_client(path, self._exists) if self.facts.rules.rules else None
        if ruled is not None and self._exists(ruled):
            return Answer(ruled, Reason.RULE)
        file = self.index.by_key.get(key(path))
        found = self.resolver.resolve(file if file is not None else RecordedFile(path))
        if found.path is None:
            return self._nowhere(path, ruled, found)
        client = self._respelt(found.path)
        taken = self._by_rule(client) if self.facts.rules.rules else None
        if taken is not None and taken.path != path:
            said = f"{path} would be {client}, but a rule by hand says that this is {taken.path or 'something else'}"
            return Answer(None, Reason.HIDDEN, said, (client,))
        return Answer(client, found.reason, found.sentence)

    def _nowhere(self, path: AdapterPath, ruled: ClientPath | None, found: Resolution) -> Answer[ClientPath]:
        """Return why a recorded file has none here; but where the editor's files cannot be seen, its path may be right."""
        if found.reason is Reason.MISSING:
            if ruled is not None and self.tree.files.kind(parent(self._local(ruled))) is None:
                return Answer(ruled, Reason.RULE, f"{ruled} cannot be seen from here: a rule says that it is {path}")
            if is_absolute(path) and (self._editor_is_elsewhere or not self.index.recorded.files):
                return Answer(ClientPath(path), Reason.AS_IT_IS)
        return Answer(None, found.reason, found.sentence, tuple(self._respelt(each) for each in found.others))

    def _of_package(self, path: AdapterPath, package: str) -> Answer[ClientPath] | None:
        """Return the file that one of several packages means by a recorded name, None when it is not known."""
        file = self.index.by_key.get(key(path))
        if file is None or len(self.index.packages_of(file)) == 1:
            return None
        found = self.resolver.resolve_in(file, package)
        return Answer(self._respelt(found), Reason.LINE) if found is not None else None

    @property
    def _editor_is_elsewhere(self) -> bool:
        """Whether the editor's folders are not on this machine, so that what is missing here may be there."""
        return bool(self.facts.roots) and not any(self.tree.files.kind(self._local(each)) for each in self.facts.roots)

    def _exists(self, path: ClientPath) -> bool:
        return self.tree.files.kind(self._local(path)) == "file"

    def local(self, path: ClientPath) -> str:
        """Return where this machine has a file of the editor's."""
        return self._local(path)

    # -- spellings ---------------------------------------------------------------------------------------------------------

    def _local(self, path: ClientPath) -> str:
        """Return how this machine spells what the editor says: an editor on Windows may work on files in WSL."""
        spelt = clean(path)
        if is_windows(spelt) and own_paths.sep == "/":
            return next(iter(twins(spelt)), spelt)
        return spelt

    def _local_roots(self, root: ClientPath) -> list[str]:
        local = self._local(root)
        return list(dict.fromkeys([local, self.tree.files.real(local)]))

    def _respelt(self, local: str) -> ClientPath:
        """Return a local path as the editor would spell it, by the folders that it has open."""
        best, spelt = (0, False), ClientPath("")
        for client, root in self._roots:
            rest = rest_below(local, root)
            # The innermost folder, and one in its own spelling rather than one whose link leads there.
            if rest is not None and (len(root), root == self._local(client)) > best:
                best, spelt = (len(root), root == self._local(client)), ClientPath(joined(clean(client), rest))
        if spelt:
            return spelt
        if own_paths.sep == "/" and any(is_windows(each) for each in self.facts.roots):
            return self._in_windows(local)
        return ClientPath(local)

    def _in_windows(self, local: str) -> ClientPath:
        if mounted := twins(local):
            return ClientPath(mounted[0])
        for root in self.facts.roots:
            below = self._local(root)
            if root.startswith("\\\\") and (tail := below.replace("/", "\\")) and root.endswith(tail):
                return ClientPath(root[: -len(tail)] + local.replace("/", "\\"))
        return ClientPath(local)
