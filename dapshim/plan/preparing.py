"""What launch and attach have in common: checked and expanded arguments, the environment, the dlv that is needed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.golang.spelling import paths
from dapshim.options.sources import described
from dapshim.plan.attributes import ATTRIBUTES, check, check_mode, spelt_as_delve
from dapshim.plan.environment import MAX_ENV_FILE, read_env_file
from dapshim.plan.facts import Facts
from dapshim.plan.misspelt import nearest
from dapshim.plan.outcome import Dlv, Notice, PlanError, Terminal

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1", ""})
HIGHEST_PORT: Final = 65535
OURS: Final = frozenset({"--listen", "-l", "--client-addr"})
"""Flags of dlv that say how it is reached, which is dapshim's business."""

UNREAD: Final = {
    "apiVersion": "Delve's DAP server has no API versions",
    "useApiV1": "Delve's DAP server has no API versions",
    "trace": "it sets the log of vscode-go's own adapter; dapshim --trace FILE records what is said here",
}
"""Attributes of older adapters that nobody reads any more, and why."""


@attrs.define
class Draft:
    """A plan in the making: `arguments` are what dlv will get, `given` the same without nulls, for looking at."""

    request: str
    mode: str
    arguments: dict[str, Any]
    given: dict[str, Any]
    facts: Facts
    notices: list[Notice] = attrs.field(factory=list)

    def note(self, code: str, text: str) -> None:
        """Have the user told."""
        self.notices.append(Notice(code, text))

    def put(self, name: str, value: object) -> None:
        """Give dlv another value for an attribute."""
        self.arguments[name] = self.given[name] = value

    def drop(self, name: str) -> None:
        """Have dlv get no such attribute."""
        self.arguments.pop(name, None)
        self.given.pop(name, None)

    def text(self, name: str) -> str:
        """Return a text, "" when there is none."""
        value = self.given.get(name, "")
        return value if isinstance(value, str) else ""

    @property
    def base(self) -> str:
        """The folder from which relative paths are seen: dlv's, when the person has named it, else the workspace folder."""
        chosen = self.text("dlvCwd")
        return self.facts.variables.path("dlvCwd", chosen) if chosen else self.facts.workspace_folder

    @property
    def elsewhere(self) -> bool:
        """Whether the dlv runs already, so that its files and processes may be another machine's."""
        return self.facts.connected or bool(self.given.get("port"))

    def make_absolute(self, *names: str) -> None:
        """Make paths absolute that dlv would see from its own folder, and those with a `~`."""
        base = self.base
        for name in names:
            value = self.text(name)
            if value and (not paths.isabs(value) or "${" in value):
                self.put(name, self.facts.variables.path(name, value, base))


def begin(request: str, arguments: Mapping[str, Any], facts: Facts) -> Draft:
    """Check and expand the arguments.

    Raises:
        PlanError: one of them is not what it must be.

    """
    expand = facts.variables.expanded
    spelt = spelt_as_delve(arguments)
    expanded = {name: expand(value) if name in ATTRIBUTES else value for name, value in spelt.items()}
    given = check(request, expanded)
    mode = check_mode(request, given.get("mode"))
    expanded.pop("dapshim", None)
    draft = Draft(request, mode, expanded, given, facts)
    _name_the_ignored(draft)
    _take_load_config(draft)
    return draft


def _name_the_ignored(draft: Draft) -> None:
    for name, why in UNREAD.items():
        if draft.given.get(name):
            draft.note(f"ignored {name}", f'"{name}" is ignored: {why}.')
    if draft.given.get("debugAdapter") == "legacy":
        draft.note("ignored debugAdapter", '"debugAdapter": "legacy" is ignored: Delve itself is the adapter here.')
    for name in draft.given:
        meant = nearest(name, [*ATTRIBUTES, *UNREAD, "mode"])
        if meant is not None:
            draft.note(f"ignored {name}", f'"{name}" is ignored, because nobody knows it. Did you mean "{meant}"?')


def _take_load_config(draft: Draft) -> None:
    """Honour of `dlvLoadConfig` what Delve's DAP server has under another name; name the rest."""
    config = draft.given.get("dlvLoadConfig")
    if not config:
        return
    rest = []
    for name, value in config.items():
        if name not in ("maxStringLen", "maxArrayValues"):
            rest.append(name)
        elif not isinstance(value, int) or isinstance(value, bool):
            raise PlanError(f'"{name}" of "dlvLoadConfig" must be a whole number; it is {described(value)}.')
        elif name not in draft.given:
            draft.put(name, value)
    draft.drop("dlvLoadConfig")
    if rest:
        named = ", ".join(f'"{name}"' for name in rest)
        draft.note(
            "ignored dlvLoadConfig",
            f'of "dlvLoadConfig", {named} {"is" if len(rest) == 1 else "are"} ignored: Delve loads values as they unfold.',
        )


def environment(draft: Draft) -> dict[str, str | None]:
    """Return what `env` and `envFile` change, `env` winning; and put the result in the place of both.

    Raises:
        PlanError: an envFile cannot be read.

    """
    env: dict[str, str | None] = dict(draft.given.get("env") or {})
    found: dict[str, str | None] = {}
    named = draft.given.get("envFile") or []
    for path in [named] if isinstance(named, str) else named:
        if path:
            found.update(_env_file(draft, path))
    if found:
        env = {**found, **env}
        draft.put("env", env)
    draft.drop("envFile")
    return env


def _env_file(draft: Draft, name: str) -> dict[str, str]:
    path = draft.facts.variables.path("envFile", name, draft.facts.workspace_folder)
    try:
        data = draft.facts.files.read(path, MAX_ENV_FILE + 1)
    except OSError as error:
        raise PlanError(f'"envFile" {path} cannot be read: {error.strerror or error}.') from error
    if len(data) > MAX_ENV_FILE:
        raise PlanError(f'"envFile" {path} has more than {MAX_ENV_FILE} bytes; no system takes so large an environment.')
    return read_env_file(data, path, draft.facts.environ)


def adapter(draft: Draft) -> Dlv:
    """Return the dlv that is asked for. One that runs already is as it is: no flag and no terminal can be given to it.

    Raises:
        PlanError: what is asked for cannot be had.

    """
    if draft.elsewhere:
        return Dlv(connect=_connect(draft))
    terminal = _terminal(draft) if draft.request == "launch" else None
    return Dlv(tool_path=_tool_path(draft), flags=_flags(draft), terminal=terminal)


def _tool_path(draft: Draft) -> str | None:
    named = draft.text("dlvToolPath")
    # The bare name asks for nothing but the dlv that is found.
    return draft.facts.variables.path("dlvToolPath", named) if named not in ("", "dlv", "dlv.exe") else None


def _flags(draft: Draft) -> tuple[str, ...]:
    flags = list(draft.given.get("dlvFlags") or [])
    for flag in flags:
        if flag.partition("=")[0] in OURS:
            raise PlanError(f'"dlvFlags" has {flag}, but how dlv is reached is dapshim\'s to say; drop it.')
    if draft.given.get("showLog"):
        flags.append("--log=true")
        if draft.text("logOutput"):
            flags.append(f"--log-output={draft.text('logOutput')}")
        destination = draft.text("logDest")
        if destination:
            path = draft.facts.variables.path("logDest", destination)
            flags.append(f"--log-dest={path}")
    return tuple(flags)


def _terminal(draft: Draft) -> Terminal | None:
    console = draft.text("console")
    as_root = bool(draft.given.get("asRoot"))
    if console in ("", "internalConsole"):
        if as_root:
            draft.note(
                "asRoot", '"asRoot" needs "console": "integratedTerminal", where sudo can ask for a password; it is ignored.'
            )
        return None
    if not draft.facts.terminals:
        draft.note(
            "console",
            f'"console": "{console}" is ignored: this editor runs no program in a terminal (supportsRunInTerminalRequest).',
        )
        return None
    return Terminal("external" if console == "externalTerminal" else "integrated", draft.text("name") or "Go", as_root)


def _connect(draft: Draft) -> tuple[str, int] | None:
    """Return where a dlv runs already, None for the one of --connect; `port` alone asks for that in vscode-go too."""
    if draft.facts.connected:
        return None
    port: int = draft.given["port"]
    host = draft.text("host") or "127.0.0.1"
    if port > HIGHEST_PORT:
        raise PlanError(f'"port" must be a number from 1 to {HIGHEST_PORT}; it is {port}.')
    if port == draft.facts.own_port and host in LOOPBACK:
        raise PlanError(
            f'"port": {port} is where dapshim itself listens. The editor reaches dapshim by "debugServer": {port}; drop '
            '"port", or let it name the port of a dlv that runs already.'
        )
    return host, port
