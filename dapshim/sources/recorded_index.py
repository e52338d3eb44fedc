"""The recorded files by what identifies them: import path, base name, and the module at its version.

Two files of one Go binary never share import path and base name, but for `//line` names, which are none of a package's own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Final

import attrs

from dapshim.binary.recorded import ModuleVersion, Recorded, RecordedFile
from dapshim.sources.spelling import base, clean, folder, is_absolute, key
from dapshim.sources.symbols import package_of_symbol

_CLOSURE: Final = re.compile(r"\.func\d|-range\d|\.(?:gowrap|deferwrap)\d")
_VERSION: Final = re.compile(r"@(v[^/\\]+)")
_WORK: Final = re.compile(r"(?:/tmp|.*/T|.*[\\/]Temp)[\\/]go-build\d*[\\/]|\$WORK[\\/]")
"""go build's own folder: as named, or as cgo trims it (Go 1.26: /tmp/go-build)."""
_GENERATED: Final = frozenset(
    {"_testmain.go", "_cgo_gotypes.go", "_cgo_import.go", "_cgo_export.c", "_cgo_export.h", "_cgo_main.c"}
)
TRIMMED_C: Final = "/_/"
"""How -trimpath begins the names that C compilers record: `/_/m@v1.2.3/p/x.c`, `/_/GOROOT/src/runtime/cgo/x.c`."""
ROOTED: Final = "$GOROOT/"
"""How Go's own files begin where -trimpath and a -trimpath of the compiler's own (`-gcflags`) meet (Go 1.26)."""
COMMAND_LINE: Final = "command-line-arguments"
NO_VERSIONS: Final = frozenset({"", "(devel)"})
"""What build info says of a module that is no download (Go 1.26: both for a folder by replace and a module of go.work)."""
MAX_VOTES: Final = 16
"""Functions of one file that are asked for their package, where it may have more than one."""


def synthetic(path: str) -> str:
    """Return a sentence for a recorded name that stands for no file that anybody wrote, "" for any other."""
    name = base(path)
    if path in ("", "?") or path.startswith("<"):
        return "the code here has no source: the compiler or the linker made it"
    if name == "_testmain.go":
        return "go test writes _testmain.go for the build and deletes it"
    if name in _GENERATED or name.startswith(("cgo-gcc-", "_cgo_")) or name.endswith((".cgo1.go", ".cgo2.c")):
        return f"cgo writes {name} for the build and deletes it"
    if _WORK.match(path):
        return f"{path} was in a folder that go build deletes when it is done"
    return ""


@attrs.frozen(eq=False)
class RecordedIndex:
    """`Recorded`, with the ways to look it up that mapping needs. Several threads may ask at once."""

    recorded: Recorded
    _folders: dict[str, str | None] = attrs.field(factory=dict, init=False)

    @cached_property
    def by_key(self) -> dict[str, RecordedFile]:
        """By the path, as its meaning is compared; of two that mean the same the first."""
        # Recorded paths are clean, so that only those of Windows have a key other than themselves.
        files = reversed(self.recorded.files)  # so that the first one stays
        return {(key(path) if (path := each.path)[1:2] == ":" or path[:1] == "\\" else path): each for each in files}

    @cached_property
    def by_base(self) -> dict[str, list[RecordedFile]]:
        """By the base name."""
        found: dict[str, list[RecordedFile]] = {}
        for each in self.recorded.files:
            path = each.path
            name = path[path.rfind("/") + 1 :] if "\\" not in path else base(path)
            if name in found:
                found[name].append(each)
            else:
                found[name] = [each]
        return found

    @cached_property
    def by_package(self) -> dict[str, list[RecordedFile]]:
        """By the import path; what has no package of its own by that of its folder."""
        found: dict[str, list[RecordedFile]] = {}
        package, place, members = "", "", found.setdefault("", [])
        for each in self.recorded.files:
            path = each.path
            # Nearly all files lie beside the one before and are of its package; what is true of that is of them.
            if place and each.package == package and path.startswith(place) and path.find("/", len(place)) < 0:
                members.append(each)
                continue
            owners = self.packages_of(each)
            for own in owners:
                found.setdefault(own, []).append(each)
            settled = path[:1] == "/" or (len(owners) == 1 and is_trimmed(path, owners[0]))
            plain = settled and len(owners) == 1 and each.package and not each.package.endswith("_test")
            package, place = each.package, path[: path.rfind("/") + 1] if plain else ""
            members = found[owners[0]] if plain else members
        return {own: files for own, files in found.items() if own and files}

    def of_identity(self, package: str, name: str) -> list[RecordedFile]:
        """Return the files of a package with this base name: one, but where `//line` plays with names."""
        return [each for each in self.by_package.get(package, ()) if each.path.endswith(name) and base(each.path) == name]

    @cached_property
    def _package_of_folder(self) -> dict[str, str]:
        """The package of each recorded folder; the reader has settled what files of a folder say."""
        found: dict[str, str] = {}
        for each in self.recorded.files:
            if each.package and (place := folder(each.path)):
                found.setdefault(key(place), self._own(each))
        return found

    @cached_property
    def _module_of_folder(self) -> dict[str, str]:
        """The module of each recorded folder that is its root: C files may lie where there is no package."""
        found: dict[str, str] = {}
        for place, package in self._package_of_folder.items():
            module = self.module_of(package)
            rest = package[len(module.path) :] if module is not None else ""
            if module is not None and is_absolute(place) and place.endswith(rest):
                found.setdefault(place[: len(place) - len(rest)], module.path)
        return found

    def folder_of_package(self, package: str) -> str | None:
        """Return where most Go files of a package are recorded, None when they are nowhere in particular."""
        if package not in self._folders:
            places = Counter(folder(each.path) for each in self.by_package.get(package, ()) if _keeps_its_place(each))
            self._folders[package] = places.most_common(1)[0][0] if places else self._folder_by_module(package)
        return self._folders[package]

    def _folder_by_module(self, package: str) -> str | None:
        """Return where a package was of which no file keeps its name (`//line`), by where others of its module were."""
        module = self.module_of(package)
        if module is None:
            return None
        for other, members in self.by_package.items():
            if other == package or self.module_of(other) is not module or not any(map(_keeps_its_place, members)):
                continue
            home, rest = self.folder_of_package(other), other[len(module.path) :]
            if home is not None and home.endswith(rest):
                return home[: len(home) - len(rest)] + package[len(module.path) :]
        return None

    def _own(self, file: RecordedFile) -> str:
        package = file.package
        if package == "main":
            return self.recorded.build.path or "main"
        if package.endswith("_test") and file.path.endswith("_test.go"):
            return package.removesuffix("_test")  # the tests from outside lie in the package's own folder
        return package

    def packages_of(self, file: RecordedFile) -> tuple[str, ...]:
        """Return the import paths to which a file belongs: more than one where two packages' `//line` names collide."""
        if file.users:
            return tuple(dict.fromkeys(self._own(RecordedFile(file.path, each)) for each in file.users))
        own = self._own(file)
        shared = not is_absolute(file.path) and not file.path.startswith(ROOTED) and not (own and is_trimmed(file.path, own))
        if not shared or not file.functions:
            own = own or self._by_place(file.path)
            return (own,) if own else ()
        found = {own: None} if own else {}
        for symbol in islice(file.functions, MAX_VOTES):
            # A closure may be called after the function into which its own was inlined, of whatever package.
            if _CLOSURE.search(symbol) is None and not symbol.startswith(("type:", "go:")):
                found[self._own(RecordedFile(file.path, package_of_symbol(symbol)))] = None
        return tuple(found)

    def _by_place(self, path: str) -> str:
        """Return the package of a file without functions of its own: that of its folder, or of one above it."""
        place, below = folder(path), ""
        if path.startswith(TRIMMED_C):
            return _VERSION.sub("", place.removeprefix(TRIMMED_C)).removeprefix("GOROOT/src/")
        while place and place not in ("/", "."):
            known = self._package_of_folder.get(key(place)) or self._module_of_folder.get(key(place))
            if known is not None:
                return f"{known}/{below}" if below else known
            if is_absolute(path):
                below = f"{base(place)}/{below}" if below else base(place)
                if len(below) and below.count("/") > 2:  # noqa: PLR2004 - farther up it is another tree
                    return ""
                above = folder(place)
                if above == place:
                    return ""
                place = above
            else:
                return _VERSION.sub("", place)
        return ""

    # -- modules -----------------------------------------------------------------------------------------------------------

    @cached_property
    def modules(self) -> dict[str, ModuleVersion]:
        """The linked modules by their path; empty without build info."""
        build = self.recorded.build
        found = {each.path: each for each in build.deps}
        if build.main is not None and build.main.path:
            found[build.main.path] = build.main
        return found

    def module_of(self, package: str) -> ModuleVersion | None:
        """Return the linked module that holds a package, None for the standard library and for what nobody names."""
        if not self.modules:
            return None
        return next((self.modules[each] for each in prefixes(package) if each in self.modules), None)

    def is_main_module(self, module: ModuleVersion) -> bool:
        """Whether it is the module that was built, whose version says nothing of where its files are."""
        main = self.recorded.build.main
        return main is not None and main.path == module.path

    def is_standard(self, package: str, path: str) -> bool:
        """Whether a package is of the standard library, by its name, and by its place where that is recorded."""
        if package in ("main", COMMAND_LINE, "") or self.module_of(package) is not None:
            return False
        if package.startswith("vendor/") or path.startswith(ROOTED):
            return True
        if "." in package.partition("/")[0]:
            return False
        goroot = self.recorded.goroot
        if not is_absolute(path):
            # With -trimpath: the package and nothing else. A `//line` name of some package named `app` is no such thing.
            return clean(path) == f"{package}/{base(path)}" and not self._has_dotless_module(package)
        if goroot:
            return key(path).startswith(key(goroot) + "/")
        return path.replace("\\", "/").endswith(f"/src/{package}/{base(path)}")

    def _has_dotless_module(self, package: str) -> bool:
        main = self.recorded.build.path
        return bool(main) and package.partition("/")[0] == main.partition("/")[0] and "." not in main.partition("/")[0]


def _keeps_its_place(file: RecordedFile) -> bool:
    """Whether a Go file's recorded name tells where its package was."""
    return bool(file.package) and file.path.endswith(".go") and is_absolute(file.path) and not file.path.startswith(TRIMMED_C)


def prefixes(package: str) -> Iterator[str]:
    """Yield an import path and all above it, the longest first."""
    while package:
        yield package
        package = package.rpartition("/")[0]


def is_trimmed(path: str, package: str) -> bool:
    """Whether a relative recorded name is what -trimpath makes of a file of the package: `m@v1.2.3/p/x.go`, `m/p/x.go`."""
    place = folder(path)
    if "@" in place:
        head, _, tail = place.partition("@")
        place = head + "/" + tail.partition("/")[2] if "/" in tail else head
    return place == package


def version_in(path: str) -> str:
    """Return the version of a module that a recorded path names, "" for none."""
    found = _VERSION.search(path)
    return found[1] if found is not None else ""
