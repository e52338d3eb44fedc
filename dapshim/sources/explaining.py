"""Why there is no mapping, in words for a person: what is missing, and what would mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dapshim.binary.recorded import RecordedFile
from dapshim.golang.build_context import KNOWN_PROCESSORS, KNOWN_SYSTEMS, BuildContext, build_tags
from dapshim.golang.build_lines import why_not_built
from dapshim.golang.files import Files
from dapshim.golang.source_files import read_head
from dapshim.golang.versions import VersionError, parse_version
from dapshim.sources.answers import Reason
from dapshim.sources.claims import Claim
from dapshim.sources.goroots import go_version
from dapshim.sources.local_tree import LocalTree
from dapshim.sources.recorded_index import NO_VERSIONS, RecordedIndex
from dapshim.sources.spelling import base

NO_CODE_OF_ITS_OWN: Final = (
    "it has no code of its own, or all of it was inlined or is never called, or it is newer than the binary"
)
"""How a sentence ends about a file that nothing keeps out of the build, and that is not recorded."""


def why_missing(index: RecordedIndex, tree: LocalTree, file: RecordedFile) -> tuple[Reason, str]:
    """Say why a recorded file is nowhere on this machine."""
    packages = index.packages_of(file)
    package = packages[0] if packages else ""
    build = index.recorded.build
    if package and index.is_standard(package, file.path):
        wanted = go_version(build.go_version)
        others = sorted({version for version in tree.goroots.values() if version != wanted})
        if others:
            here = ", ".join(others)
            return Reason.OTHER_VERSION, (
                f"{file.path}: the binary was built with {wanted}, and the Go here is {here}. "
                f"To have its sources: go install golang.org/dl/{wanted}@latest && {wanted} download"
            )
        return Reason.MISSING, f"{file.path}: no Go tree was found here; install {wanted or 'Go'}, or set GOROOT"
    module = index.module_of(package)
    if module is not None and not index.is_main_module(module):
        source = module.replaced_by or module
        if source.version not in NO_VERSIONS:
            return Reason.MISSING, (
                f"{file.path}: {source.path} {source.version} is not in the module cache here. "
                f"To have it: go mod download {source.path}@{source.version}"
            )
        return Reason.MISSING, f"{file.path}: the folder of {module.path} ({source.path}) is not here"
    if module is not None:
        return (
            Reason.MISSING,
            f"{file.path}: module {module.path} has no such file in the folders that are open; open its folder",
        )
    what = f" (package {package})" if package else ""
    return Reason.MISSING, f"{file.path}{what} was found nowhere here; open its folder, or add a rule to substitutePath"


def why_unmapped(index: RecordedIndex, files: Files, path: str, claims: list[Claim]) -> tuple[Reason, str]:
    """Say why a local file is no recorded one. `claims` are what it may be."""
    if not claims:
        return Reason.UNRELATED, (
            f"{path} lies in no module, GOPATH or Go tree, and the binary records no file of this path; "
            "if it was built from it under another path, add a rule to substitutePath"
        )
    linked = [each for each in claims if each.package in index.by_package]
    if not linked:
        package = claims[0].package
        if not claims[0].problem or index.module_of(package) is None:
            return Reason.NOT_LINKED, f"package {package} is not linked into this binary"
        return Reason.OTHER_VERSION, f"{path}: {claims[0].problem}"
    if linked[0].problem:
        return Reason.OTHER_VERSION, f"{path}: {linked[0].problem}"
    return (
        Reason.NOT_IN_BUILD,
        f"package {linked[0].package} is linked into this binary, but not {base(path)}: {_why_not_built(index, files, path)}",
    )


def _why_not_built(index: RecordedIndex, files: Files, path: str) -> str:
    name = base(path)
    settings = index.recorded.build.settings
    stem = name.rpartition(".")[0]
    if stem.endswith("_test"):
        return "a test file is built by go test only (mode test)"
    system, processor = settings.get("GOOS", ""), settings.get("GOARCH", "")
    for part in stem.split("_")[1:][-2:]:
        if (part in KNOWN_SYSTEMS and system not in ("", part)) or (part in KNOWN_PROCESSORS and processor not in ("", part)):
            return f"by its name it is for {part}, and the binary for {system}/{processor}"
    tags = settings.get("-tags", "")
    if line := _excluding_line(files, path, settings, index.recorded.build.go_version):
        return f"{line} does not hold for it (it was built {f'with -tags={tags}' if tags else 'without -tags'})"
    return NO_CODE_OF_ITS_OWN


def _excluding_line(files: Files, path: str, settings: Mapping[str, str], go: str) -> str:
    """Return the build line that left a Go file out, "" when there is none or the build's system is not known."""
    if not path.endswith(".go") or not settings.get("GOOS") or not settings.get("GOARCH"):
        return ""
    flags = [f"{name}={value}" for name, value in settings.items() if name in ("-tags", "-race", "-msan", "-asan")]
    try:
        context = BuildContext(
            settings["GOOS"],
            settings["GOARCH"],
            settings.get("CGO_ENABLED", "1") == "1",
            parse_version(go),
            frozenset(build_tags(flags)),
        )
        header, data = read_head(files, path)
        return why_not_built(data[: header.clause], context.holds) or ""
    except (OSError, ValueError, VersionError):
        return ""
