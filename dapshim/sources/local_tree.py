"""What a local file is to Go: its package, and the module at its version, told from where it lies; without a walk or `go list`.

One file may be several things: a folder that replaces a module is the replaced one's, and its own go.mod's too.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

import attrs

from dapshim.golang.files import Files
from dapshim.golang.modfile import parse_mod
from dapshim.golang.module_paths import cache_folder, unescape_path
from dapshim.golang.spelling import below, clean, join, parent, paths, upwards
from dapshim.golang.vendoring import read_modules_txt
from dapshim.sources.answers import Reason
from dapshim.sources.facts import Facts
from dapshim.sources.goroots import TOOLCHAINS, find_goroots, version_of
from dapshim.sources.recorded_index import NO_VERSIONS

MAX_MOD: Final = 1 << 20
WORK: Final = "(devel)"
"""The version of what is no download, as build info says it."""


@attrs.frozen
class Identity:
    """A package as seen from a local folder. `module` and `version` say of which module at which version, as far as is known.

    `version` is "(devel)" for a folder that is no download and Go's own for the standard library.
    """

    package: str
    module: str
    version: str
    reason: Reason


@attrs.frozen(eq=False)
class LocalTree:
    """Local files by what they are."""

    facts: Facts

    @property
    def files(self) -> Files:
        """Where they are read."""
        return self.facts.files

    @cached_property
    def gomodcache(self) -> str:
        """The module cache, "" when nobody names one."""
        env = self.facts.env
        named = [env.gomodcache] if env is not None else []
        return next((each for each in (*named, *(each.gomodcache for each in self.facts.workspaces)) if each), "")

    @cached_property
    def gopath(self) -> tuple[str, ...]:
        """The folders of GOPATH."""
        env = self.facts.env
        named = (env.gopath if env is not None else ()) + tuple(at for each in self.facts.workspaces for at in each.gopath)
        return tuple(dict.fromkeys(named))

    @cached_property
    def goroots(self) -> dict[str, str]:
        """The Go trees, folder -> version."""
        env = self.facts.env
        named = [env.goroot if env is not None else "", *(each.goroot for each in self.facts.workspaces)]
        named += [*self.facts.goroots, self.facts.recorded.goroot]
        return find_goroots(self.files, named, self.gomodcache)

    @cached_property
    def replaced_folders(self) -> dict[str, list[tuple[str, str]]]:
        """Folder, as it really is -> (module path, version or "") that it stands for: by replace in go.work and go.mod."""
        found: dict[str, list[tuple[str, str]]] = {}
        for workspace in self.facts.workspaces:
            owners = [(each.mod.replace, each.directory) for each in workspace.modules]
            if workspace.work is not None:
                owners.append((workspace.work.replace, parent(workspace.work_path)))
            for lines, place in owners:
                for line in lines:
                    if line.is_directory:
                        at = self.files.real(join(place, line.new_path))
                        found.setdefault(at, []).append((line.old_path, line.old_version))
        return found

    @cached_property
    def vendor_folders(self) -> dict[str, dict[str, tuple[str, str]]]:
        """The vendor folders of the workspaces -> what their modules.txt lists."""
        places = [each.vendor.directory for each in self.facts.workspaces if each.vendor.directory]
        places += [join(each.directory, "vendor") for workspace in self.facts.workspaces for each in workspace.modules]
        return {each: read_modules_txt(self.files, each) for each in dict.fromkeys(places) if self.files.kind(each) == "folder"}

    def identities(self, path: str) -> tuple[Identity, ...]:
        """Return what the file at `path` may be; empty when it lies in no module, GOPATH or Go tree."""
        directory = parent(clean(path))
        found = self._identities(directory)
        real = self.files.real(directory)
        if real != directory:
            found += self._identities(real)
        return tuple(dict.fromkeys(found))

    def _identities(self, directory: str) -> list[Identity]:
        for test in (self._in_cache, self._in_goroot, self._in_vendor):
            if found := test(directory):
                return found
        return self._in_module(directory) + self._in_gopath(directory)

    def _in_cache(self, directory: str) -> list[Identity]:
        cache = self.gomodcache
        inside = below(directory, cache) if cache else None
        if inside is None and cache:
            inside = below(directory, self.files.real(cache))
        if not inside or "@" not in inside:
            return []
        escaped, _, tail = inside.partition("@")
        version, _, rest = tail.partition("/")
        if escaped == f"{TOOLCHAINS}/toolchain":
            return self._in_goroot(directory)
        try:
            module, version = unescape_path(escaped), unescape_path(version)
        except ValueError:
            return []
        return [Identity(f"{module}/{rest}" if rest else module, module, version, Reason.CACHE)]

    def _in_goroot(self, directory: str) -> list[Identity]:
        for src in upwards(directory):
            if paths.basename(src) != "src":
                continue
            root = parent(src)
            version = self.goroots.get(root) or version_of(self.files, root)
            if version:
                package = below(directory, src) or ""
                return [Identity(package, "std", version, Reason.GOROOT)] if package else []
        return []

    def _in_vendor(self, directory: str) -> list[Identity]:
        vendor = next((each for each in upwards(directory) if paths.basename(each) == "vendor"), None)
        package = below(directory, vendor) if vendor is not None else None
        if vendor is None or not package:
            return []
        modules = self.vendor_folders.get(vendor)
        if modules is None:
            modules = read_modules_txt(self.files, vendor)
        module, version = modules.get(package, ("", ""))
        if module:
            return [Identity(package, module, version, Reason.VENDOR)]
        # In GOPATH mode what is vendored has its vendor folder in its import path.
        return [*self._in_gopath(directory), Identity(package, "", "", Reason.VENDOR)]

    def _in_module(self, directory: str) -> list[Identity]:
        found = []
        for folder in upwards(directory):
            rest = below(directory, folder)
            for module, version in self.replaced_folders.get(self.files.real(folder), ()):
                found.append(Identity(f"{module}/{rest}" if rest else module, module, version or WORK, Reason.REPLACED))
            if self.files.kind(join(folder, "go.mod")) == "file":
                module = self.module_path(folder)
                if module and module != "std":
                    found.append(Identity(f"{module}/{rest}" if rest else module, module, WORK, Reason.MODULE))
                break
        return found

    def module_path(self, folder: str) -> str:
        """Return the module path that the go.mod in a folder names, "" for none."""
        for workspace in self.facts.workspaces:
            if folder in workspace.roots:
                return workspace.roots[folder].path
        try:
            return parse_mod(self.files.read(join(folder, "go.mod"), MAX_MOD)).path
        except OSError:
            return ""

    def _in_gopath(self, directory: str) -> list[Identity]:
        for each in self.gopath:
            package = below(directory, join(each, "src"))
            if package:
                return [Identity(package, "", "", Reason.GOPATH)]
        return []

    def cached(self, module: str, version: str) -> str:
        """Return the folder of a module in the cache, "" when it can have none."""
        if not self.gomodcache or version in NO_VERSIONS:
            return ""
        try:
            return join(self.gomodcache, cache_folder(module, version))
        except ValueError:
            return ""

    def as_listed(self, path: str) -> str:
        """Return a path with each element as its folder lists it, itself where a folder does not have it.

        Where case counts, what exists is listed letter by letter, and nothing changes.
        """
        if self.files.kind(path) is None:
            return path
        *_, spelt = above = upwards(path)
        for each in above[-2::-1]:
            wanted = paths.basename(each)
            try:
                names = {name for name, _ in self.files.list(spelt)}
            except OSError:
                return path
            alike = [wanted] if wanted in names else [name for name in names if name.lower() == wanted.lower()]
            if len(alike) != 1:
                return path
            spelt = join(spelt, alike[0])
        return spelt

    def same(self, one: str, other: str) -> bool:
        """Say whether two local paths lead to one file."""
        return one == other or self.files.real(one) == self.files.real(other)
