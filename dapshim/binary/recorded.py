"""The source files that a Go executable records, as identities: what `dapshim.sources` maps to files on this machine."""

from __future__ import annotations

from collections.abc import Mapping

import attrs


@attrs.frozen
class RecordedFile:
    """One recorded name.

    `path` is as recorded, cleaned as Delve cleans it (`path.Join`: `./main.go` is `main.go`). `package` is the import path that
    its functions belong to, for an external test the one that it tests; "" when none tells, or for a bare name that several
    packages share (`_cgo_gotypes.go`). The main package is known by its import path where the build info names it, else `main`.
    `functions` are those with code of their own that begin in it, named as their symbols are (`example.com/a/x%2ev2.(*T).Do`):
    name -> line of `func` or `TEXT`, 0 before Go 1.20. `users` are the packages with code of it, where its name is one that a
    `//line` may have given it, so that functions which begin elsewhere may have lines of it, and not those of one package only.
    """

    path: str
    package: str = ""
    functions: Mapping[str, int] = attrs.field(factory=dict)
    users: tuple[str, ...] = ()


@attrs.frozen
class ModuleVersion:
    """A module that was linked: its path and version, and what replaced it (a version, or "" and a folder's path)."""

    path: str
    version: str = ""
    replaced_by: ModuleVersion | None = None
    sum: str = ""


@attrs.frozen
class BuildInfo:
    """What `go version -m` shows; all empty when the executable has none (Bazel, other build systems).

    `path` is the main package's import path (`command-line-arguments` for `go build main.go`), `main` its module, `settings`
    the build's flags and variables (`-trimpath`, `-ldflags`, `GOOS`, `vcs.revision`, …).
    """

    go_version: str = ""
    path: str = ""
    main: ModuleVersion | None = None
    deps: tuple[ModuleVersion, ...] = ()
    settings: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen
class Recorded:
    """All that mapping needs to know of an executable."""

    files: tuple[RecordedFile, ...] = ()
    build: BuildInfo = BuildInfo()
    goroot: str = ""
    """The GOROOT that it was built with, where it is recorded; "" with -trimpath."""
