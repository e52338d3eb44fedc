"""What a local file says it is in a binary: its identity in the binary's own terms, and what speaks against it."""

from __future__ import annotations

import attrs

from dapshim.binary.recorded import ModuleVersion
from dapshim.sources.answers import Reason
from dapshim.sources.goroots import go_version
from dapshim.sources.local_tree import Identity, LocalTree
from dapshim.sources.recorded_index import NO_VERSIONS, RecordedIndex


@attrs.frozen
class Claim:
    """A package by the name that the binary has for it. `problem` is why it is not the one that was linked, "" when it is."""

    package: str
    identity: Identity
    problem: str = ""


@attrs.frozen(eq=False)
class Claims:
    """From local identities to those of the binary."""

    index: RecordedIndex
    tree: LocalTree

    def of(self, path: str) -> list[Claim]:
        """Return what the file at `path` claims to be, without problems first."""
        found = [claim for each in self.tree.identities(path) for claim in self._of_identity(each)]
        return sorted(dict.fromkeys(found), key=lambda claim: bool(claim.problem))

    def _of_identity(self, each: Identity) -> list[Claim]:
        if each.reason is Reason.GOROOT:
            return [Claim(each.package, each, self._other_go(each))]
        if not each.module or not self.index.modules:
            return [Claim(each.package, each, self._unlisted(each))]
        rest = each.package[len(each.module) :]
        claims = []
        for module in self.index.modules.values():
            new = module.replaced_by
            if new is not None and new.path == each.module and each.reason is Reason.CACHE and new.version == each.version:
                claims.append(Claim(module.path + rest, each))
            elif module.path == each.module:
                claims.append(Claim(each.package, each, self._other_version(module, each)))
        return claims or [Claim(each.package, each)]

    def _unlisted(self, each: Identity) -> str:
        module = self.index.module_of(each.package)
        if each.reason is not Reason.VENDOR or module is None or module.version in NO_VERSIONS:
            return ""
        return f"the binary was built with {module.path} {module.version}, and no modules.txt says what this vendor folder has"

    def _other_go(self, each: Identity) -> str:
        built = go_version(self.index.recorded.build.go_version)
        if not built or not each.version or built == each.version:
            return ""
        return f"the binary was built with {built}, and this is a file of {each.version}"

    def _other_version(self, module: ModuleVersion, each: Identity) -> str:
        """Return what speaks against a file of a linked module's path, "" for nothing."""
        cached = each.reason is Reason.CACHE
        if self.index.is_main_module(module):
            built = f"the binary was built from {module.path} {module.version}, and this is a file of {each.version}"
            return built if cached and each.version != module.version else ""
        if each.reason is Reason.VENDOR:
            return self._other_vendored(module, each)
        if module.replaced_by is not None:
            return self._not_replaced(module, module.replaced_by, cached=cached)
        if each.version == module.version or (module.version in NO_VERSIONS and not cached):
            return ""
        if module.version in NO_VERSIONS:
            return f"the binary was built from a working copy of {module.path}, not from {each.version}"
        opened = each.version if cached else "a working copy"
        return f"the binary was built with {module.path} {module.version}, and you have opened {opened}"

    def _other_vendored(self, module: ModuleVersion, each: Identity) -> str:
        unknown = module.replaced_by is not None or {module.version, each.version} & NO_VERSIONS
        if unknown or module.version == each.version:
            return ""
        return f"the binary was built with {module.path} {module.version}, and the vendor folder has {each.version}"

    def _not_replaced(self, module: ModuleVersion, new: ModuleVersion, *, cached: bool) -> str:
        if new.version not in NO_VERSIONS:
            return f"the binary was built with {new.path} {new.version} in place of {module.path}"
        return f"the binary was built with {new.path} in place of {module.path}" if cached else ""
