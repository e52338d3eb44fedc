"""The build that makes a program's twin, worked out from its build info; only what is allowed by name is taken of it. PURE."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import attrs

from dapshim.binary.facts import BinaryFacts
from dapshim.golang.toolchain import LEVELS
from dapshim.heal.flags import Refused, assembler_flags, c_flags, compiler_flags, linker_flags

UNNAMED: Final = "command-line-arguments"
"""What build info calls a main package that was named by its files."""

C_VARIABLES: Final = ("CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_FFLAGS", "CGO_LDFLAGS")

KEPT_OF_GO_ENV: Final = ("GOCACHE", "GOMODCACHE", "GOPATH", "AR", "CC", "CXX", "FC", "PKG_CONFIG", "GO111MODULE")
"""What the person's `go env` says and a rebuild needs: where things are, and the person's own C compiler."""

_WORD: Final = re.compile(r"[\w.,]+")
_TAGS: Final = re.compile(r"[\w.,/+-]+")
_VERSION: Final = re.compile(r"[\w.,+-]+")
_VARIABLES: Final = {
    "GOOS": _WORD,
    "GOARCH": _WORD,
    "GOEXPERIMENT": _WORD,
    "GOFIPS140": _VERSION,
    "CGO_ENABLED": re.compile("0|1"),
    **dict.fromkeys(LEVELS.values(), _WORD),
}
_REVISION: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_TRUE: Final = ("-race", "-msan", "-asan", "-cover", "-trimpath")
_MODES: Final = ("exe", "pie")
_IGNORED: Final = ("-compiler", "-buildmode", "-ldflags", "-gcflags", "-asmflags", "-tags", "-pgo", "-covermode", *_TRUE)


@attrs.frozen
class Stamp:
    """What git said when the program was built: the commit and its time in seconds, and whether the folder had changes."""

    revision: str
    seconds: int
    modified: bool


@attrs.frozen
class TwinBuild:
    """Words for the go command, to be run in the folder of the main package, and what its environment must be.

    `environment` is whole, but for what a caller must add (GOTMPDIR, PATH in front). `stamp` is what git must say.
    """

    words: tuple[str, ...]
    environment: Mapping[str, str]
    stamp: Stamp | None = None

    def command(self, output: str) -> tuple[str, ...]:
        """Return the words with `-o` in their place."""
        build = 2 if self.words[0] == "test" else 1
        return (*self.words[:build], "-o", output, *self.words[build:])

    def flagged(self, flag: str) -> TwinBuild:
        """Return the build with one more flag."""
        build = 2 if self.words[0] == "test" else 1
        return attrs.evolve(self, words=(*self.words[:build], flag, *self.words[build:]))


def twin_build(
    binary: BinaryFacts, folder: str, main_files: tuple[str, ...], go_env: Mapping[str, str], environ: Mapping[str, str]
) -> TwinBuild:
    """Return the build of the twin, in `folder`, the main package's.

    `main_files` are the base names of the main package's files, for a program that was named by them. `go_env` is what `go env`
    says of KEPT_OF_GO_ENV and C_VARIABLES, `environ` the person's environment.

    Raises:
        Refused: a recorded setting must not or cannot be used.

    """
    settings = binary.build.settings
    if settings.get("-compiler", "gc") != "gc":
        raise Refused(f"it was built by {settings['-compiler']}, not by Go's own compiler")
    mode = settings.get("-buildmode", "exe")
    if mode not in _MODES:
        raise Refused(f"it was built with -buildmode={mode}")
    if binary.build.main is not None and binary.build.main.sum:
        module = binary.build.main
        raise Refused(f"it was installed from a download, {module.path}@{module.version}, and not built in a folder")
    unknown = sorted(each for each in settings if each.startswith("-") and each not in _IGNORED)
    if unknown:
        raise Refused(f"its build info has {unknown[0]}, which is not among what a rebuild may use")
    words = ["test", "-c"] if binary.is_test else ["build"]
    words.append(f"-buildmode={mode}")
    words += _flags(settings)
    words += _profile(settings, folder)
    package = ["."]
    if binary.build.path == UNNAMED:
        if not main_files:
            raise Refused("it was built from named files, and its line table does not tell which")
        package = [f"./{each}" for each in main_files]
    stamped = "vcs" in settings
    environment = _environment(settings, binary.go_version, go_env, environ)
    # Go believes it when it is the same folder, and records paths as it spells them.
    environment["PWD"] = folder
    environment["GOFLAGS"] = f"-buildvcs={'true' if stamped else 'false'}"
    return TwinBuild((*words, *package), environment, _stamp(settings))


def _stamp(settings: Mapping[str, str]) -> Stamp | None:
    """Return the stamp of git; None for that of another system, and for one that cannot be read."""
    revision, time = settings.get("vcs.revision", ""), settings.get("vcs.time", "")
    if settings.get("vcs") != "git" or _REVISION.fullmatch(revision) is None:
        return None
    try:
        seconds = int(datetime.fromisoformat(time).timestamp())
    except (ValueError, OverflowError):
        return None
    return Stamp(revision, seconds, settings.get("vcs.modified") == "true")


def _flags(settings: Mapping[str, str]) -> list[str]:
    words = []
    for name in _TRUE:
        value = settings.get(name, "false")
        if value not in ("true", "false"):
            raise Refused(f"its build info says {name}={value}")
        words += [name] if value == "true" else []
    if mode := settings.get("-covermode"):
        words.append(f"-covermode={_matching('-covermode', mode, _WORD)}")
    # Go adds a tag for GOFIPS140 by itself, and would add it a second time (Go 1.26).
    tags = [each for each in settings.get("-tags", "").split(",") if each and not each.startswith("fips140v")]
    if tags:
        words.append(f"-tags={_matching('-tags', ','.join(tags), _TAGS)}")
    for name, check in (("-ldflags", linker_flags), ("-gcflags", compiler_flags), ("-asmflags", assembler_flags)):
        if text := settings.get(name):
            words.append(f"{name}={check(text)}")
    return words


def _profile(settings: Mapping[str, str], folder: str) -> list[str]:
    """Return the flag for profile-guided optimisation; Go's default is `default.pgo` of the main package."""
    profile = settings.get("-pgo", "")
    if not profile:
        # Without a record there was none, or Go is older than 1.20.
        return []
    if profile.replace("\\", "/").rpartition("/")[2] == "default.pgo" and profile in (f"{folder}/default.pgo", "default.pgo"):
        return ["-pgo=auto"]
    raise Refused(f"it was built with the profile {profile}, which is not the default.pgo of its main package")


def _environment(
    settings: Mapping[str, str], go_version: str, go_env: Mapping[str, str], environ: Mapping[str, str]
) -> dict[str, str]:
    made = {name: value for name, value in environ.items() if not name.startswith(("GO", "CGO_", "GIT_"))}
    made |= {name: go_env[name] for name in KEPT_OF_GO_ENV if go_env.get(name)}
    if work := environ.get("GOWORK"):
        made["GOWORK"] = work
    for name, pattern in _VARIABLES.items():
        if value := settings.get(name):
            made[name] = _matching(name, value, pattern)
    _, _, experiments = go_version.replace(" X:", "-X:").partition("-X:")
    if experiments:
        made["GOEXPERIMENT"] = _matching("GOEXPERIMENT", experiments, _WORD)
    for name in C_VARIABLES:
        if name in settings:
            own = settings[name] == go_env.get(name, "")
            made[name] = settings[name] if own else c_flags(name, settings[name])
    # `go env -w` is not to be asked again, nothing may be fetched, and no other toolchain may take over.
    made |= {
        "GOENV": "off",
        "GOPROXY": "off",
        "GOSUMDB": "off",
        "GOTOOLCHAIN": "local",
        "GOVCS": "*:off",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
    }
    return made


def _matching(name: str, value: str, pattern: re.Pattern[str]) -> str:
    if pattern.fullmatch(value) is None:
        raise Refused(f"its build info says {name}={value}, which is no value that a rebuild may use")
    return value
