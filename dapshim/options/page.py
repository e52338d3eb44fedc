"""docs/options.md, made from the table. PURE."""

from __future__ import annotations

from typing import Final

from dapshim.options.path_rules import rules_shown
from dapshim.options.sources import expected
from dapshim.options.table import TABLE, Option, Source

_HEAD: Final = """# Options

<!-- Made by `dapshim options --markdown` from dapshim/options/table.py; a test compares. -->

`dapshim options` prints them with the values that they have where it is started, and where each came from. The first of these
that says something wins:

1. the **command line**: `dapshim --log-level info`
2. the **environment**: `DAPSHIM_LOG_LEVEL=info`; an empty variable is none
3. the **launch configuration**: `"dapshim": {"goWork": "off"}`, in any editor; it is taken out before Delve sees it
4. the **project's file**, `.dapshim.toml`: the nearest one from the program's folder up to the root of the repository or of
   its `go.work`, whichever is higher; where there is none, from the workspace folder in the same way. It is read only when it
   is a regular file of yours (or root's) that nobody else can write
5. **your own file**, `dapshim/config.toml` in `$XDG_CONFIG_HOME` (`~/.config`), under the same condition
6. the default

Both files are TOML, one `option = value` on a line, without tables; a list may take several lines. A relative path in them
starts at the file's folder. An option that does not exist, that may not stand where it stands, or that has a value of the wrong
kind is an error that names the place.

Which dlv is started: `--dlv`, `DAPSHIM_DLV`, `"dapshim": {"dlv": …}`, the launch configuration's `dlvToolPath`, `dlv` of your
own file, then the first one in `$GOBIN`, `$GOPATH/bin`, `~/go/bin`, the `PATH`, and where `dapshim install-dlv` puts one. What
you named is taken or refused; a `dlvToolPath` that is gone (vscode-go sends one with every launch) is passed over, and you
are told.
"""

_PLACES: Final = (
    (Source.COMMAND_LINE, "command line"),
    (Source.ENVIRONMENT, "environment"),
    (Source.LAUNCH, "launch"),
    (Source.PROJECT, "project"),
    (Source.USER, "own file"),
)


def options_page() -> str:
    """Return the page's text."""
    lines = [_HEAD, "| option | value | default | " + " | ".join(name for _, name in _PLACES) + " |"]
    lines.append("|---|---|---|" + ":-:|" * len(_PLACES))
    lines += [_row(option) for option in TABLE]
    for option in TABLE:
        lines += ["", f"### {option.name}", "", _sentence(option.help)]
        spelled = [f"`{flag}`" for flag in option.flags] if Source.COMMAND_LINE in option.scope else []
        spelled += [f"`{option.variable}`"] if Source.ENVIRONMENT in option.scope else []
        if option.attribute:
            lines += ["", f'A launch configuration says it outside of its `"dapshim"` object, as `"{option.name}"` itself.']
        if spelled:
            lines += ["", "Also written " + ", ".join(spelled) + "."]
    return "\n".join(lines) + "\n"


def _row(option: Option) -> str:
    marks = ["yes" if source in option.scope else "" for source, _ in _PLACES]
    cells = [f"[{option.name}](#{option.name.lower()})", expected(option), f"`{shown(option.default)}`", *marks]
    return "| " + " | ".join(cells).replace("``", "") + " |"


def shown(value: object) -> str:
    """Return a value as the table and the page show it; nothing for none."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return rules_shown(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."
