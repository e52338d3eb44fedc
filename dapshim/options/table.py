"""The table of options. Everything else is made from it: the parser, `DAPSHIM_*`, the files, and docs/options.md.

1. An option stands here and nowhere else; a shim that has one points at its entry (`option = named("lateBreakpoints")`),
   because the parser must know it before any shim is imported.
2. Where an option may stand is a property of the option. What names a program, an address or a file to write, or opens a
   door, never comes from a project file: anyone's repository can hold one.
3. This module imports nothing that `dapshim --version` would have to wait for, so an Option is a named tuple and not attrs:
   that alone takes 13 ms, a quarter of the whole.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple


class Source(enum.IntEnum):
    """Where the value of an option can come from; the lower number wins."""

    COMMAND_LINE = 1
    ENVIRONMENT = 2
    LAUNCH = 3
    PROJECT = 4
    USER = 5
    DEFAULT = 6


Scope = frozenset[Source]

SERVER: Final[Scope] = frozenset({Source.COMMAND_LINE, Source.ENVIRONMENT, Source.USER})
"""What holds for a whole dapshim: it is decided before there is a session."""

SESSION: Final[Scope] = SERVER | {Source.LAUNCH}
"""What may differ from session to session, and is the person's own word."""

HERE: Final[Scope] = SESSION - {Source.USER}
"""What means one place, so that a file for all workspaces cannot say it."""

FILES: Final[Scope] = frozenset({Source.PROJECT, Source.USER})
"""What a file says better than a flag; a launch configuration has an attribute for it."""

FEATURE: Final[Scope] = SESSION | {Source.PROJECT}
"""What neither names a program or an address nor weakens security: a project may decide it for all who work on it."""


PathRules = tuple[dict[str, str], ...]
"""Rules for paths in their order, each with `from` and `to`."""


class Option(NamedTuple):
    """An option: its camelCase name, type (bool, int, str, or tuple for PathRules), default, and help for a person.

    `scope` says where it may stand. `choices` are the only values that there are. `path` says that a value names a file or a
    folder, but for the words in `words`; a relative one in a file means: from that file's folder. `metavar` is what the value
    is called in help texts. `attribute` says that a launch configuration has an attribute of this name, outside of "dapshim".
    """

    name: str
    type: type[bool | int | str | tuple[object, ...]]
    default: bool | int | str | None
    help: str
    scope: Scope = FEATURE
    choices: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    path: bool = False
    metavar: str | None = None
    attribute: bool = False

    @property
    def snake_name(self) -> str:
        """The name as Python writes it: `logFile` is `log_file`."""
        return "".join("_" + letter.lower() if letter.isupper() else letter for letter in self.name)

    @property
    def flag(self) -> str:
        """The name on the command line: `--log-file`."""
        return "--" + self.snake_name.replace("_", "-")

    @property
    def flags(self) -> tuple[str, ...]:
        """All that the command line knows it by: a switch that is on by default needs one to turn it off."""
        return (self.flag, "--no-" + self.flag.removeprefix("--")) if self.default is True else (self.flag,)

    @property
    def variable(self) -> str:
        """The name in the environment: `DAPSHIM_LOG_FILE`."""
        return "DAPSHIM_" + self.snake_name.upper()


TABLE: Final[tuple[Option, ...]] = (
    Option(
        "listen",
        str,
        default=None,
        help="Serve clients at 4711, HOST:PORT or unix:PATH; port 0: a free one.",
        scope=SERVER,
        metavar="ADDRESS",
    ),
    Option(
        "connect",
        str,
        default=None,
        help="Stand in front of the adapter that runs at HOST:PORT or unix:PATH; start none.",
        scope=SERVER,
        metavar="ADDRESS",
    ),
    Option(
        "dlv",
        str,
        default=None,
        help="The dlv to start; else the one in Go's bin folders or on the PATH.",
        scope=SESSION,
        path=True,
        metavar="PATH",
    ),
    Option(
        "shims",
        str,
        default="on",
        help="off: a pure relay that makes nothing up.",
        scope=SERVER,
        choices=("on", "off"),
    ),
    Option(
        "allowRemote",
        bool,
        default=False,
        help="Listen on a host that other machines can reach. Anyone there can run code as you.",
        scope=SERVER,
    ),
    Option(
        "trace",
        str,
        default=None,
        help="Record every message, for `dapshim trace`.",
        scope=SERVER,
        path=True,
        metavar="FILE",
    ),
    Option(
        "logFile",
        str,
        default=None,
        help="Write the log there instead of to stderr.",
        scope=SERVER,
        path=True,
        metavar="FILE",
    ),
    Option(
        "logLevel",
        str,
        default="warning",
        help="Log from debug, info, warning (the default) or error on.",
        scope=SERVER,
        choices=("debug", "info", "warning", "error"),
        metavar="LEVEL",
    ),
    Option(
        "go",
        str,
        default=None,
        help="The go command to use; else the one on the PATH.",
        scope=SESSION,
        path=True,
        metavar="PATH",
    ),
    Option(
        "goWork",
        str,
        default=None,
        help="GOWORK for the session: off, auto (look for a go.work as go does), or the path of one; else as go finds it.",
        scope=FEATURE,
        words=("off", "auto"),
        path=True,
        metavar="off|auto|PATH",
    ),
    Option(
        "workspaceFolder",
        str,
        default=None,
        help="What ${workspaceFolder} means for a client that does not say; else the folder that dapshim was started in.",
        scope=HERE,
        path=True,
        metavar="FOLDER",
    ),
    Option(
        "preflight",
        str,
        default="on",
        help="warn: launch also what cannot be debugged, and only say why. off: look at no executable.",
        scope=FEATURE,
        choices=("on", "warn", "off"),
    ),
    Option(
        "heal",
        str,
        default="auto",
        help="auto: mend what can be proved equal by itself; ask: only say what would; off: nothing.",
        scope=FEATURE,
        choices=("auto", "ask", "off"),
    ),
    Option(
        "healSeconds",
        int,
        default=20,
        help="How long a launch waits for debug info to be built for a stripped program, before it goes on without.",
        scope=FEATURE,
        metavar="SECONDS",
    ),
    Option(
        "lateBreakpoints",
        bool,
        default=True,
        help="Set breakpoints again when the code that they are for has come: a plugin, a library, a child process.",
        scope=FEATURE,
    ),
    Option(
        "finishSteps",
        bool,
        default=True,
        help="A step that a breakpoint elsewhere has interrupted is finished by the next one, which Delve would refuse.",
        scope=FEATURE,
    ),
    Option(
        "clearOnDisconnect",
        bool,
        default=True,
        help="Take the breakpoints out of a server that goes on for other clients.",
        scope=FEATURE,
    ),
    Option(
        "slideBreakpoints",
        bool,
        default=True,
        help="A breakpoint on a line without code moves to the next line with code in the same function.",
        scope=FEATURE,
    ),
    Option(
        "substitutePath",
        tuple,
        default=None,
        help="Rules for source paths, before all that dapshim finds out: from is where a file is here, to what the binary has.",
        scope=FILES,
        attribute=True,
    ),
)
"""All options, in the order of the help page. Names are those of a launch configuration's `"dapshim": {…}` object."""

_BY_NAME: Final = {option.name: option for option in TABLE}


def named(name: str) -> Option:
    """Return the option of this name.

    Raises:
        KeyError: the table has none.

    """
    return _BY_NAME[name]


def lookup(name: str) -> Option | None:
    """Return the option of a name that somebody else wrote, None when there is none."""
    return _BY_NAME.get(name)


def nearest(name: str, source: Source) -> Option | None:
    """Return the option that may have been meant by a name that there is not, of those that `source` may set."""
    import difflib

    by_spelling = {option.name.lower(): option for option in TABLE if source in option.scope}
    bare = name.replace("_", "").replace("-", "").lower()
    found = difflib.get_close_matches(bare, by_spelling, n=1)
    return by_spelling[found[0]] if found else None
