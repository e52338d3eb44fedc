"""`${workspaceFolder}` and the like, for clients that send a launch.json as it is written.

VS Code expands them before it sends. What only an editor can know (`${file}`, `${command:…}`) is left as it stands, and refused
where a path is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import attrs

from dapshim.golang.spelling import paths
from dapshim.plan.outcome import PlanError

_VARIABLE: Final = re.compile(r"\$\{([A-Za-z][\w.]*|/)(?::([^}]*))?\}")

DEEPEST: Final = 2
"""How far down an attribute has texts with variables: `substitutePath` is a list of objects of texts."""


@attrs.frozen
class Variables:
    """What the names stand for. `folder` is the workspace folder, `home` the user's."""

    folder: str
    home: str
    cwd: str
    environ: Mapping[str, str]

    def expanded(self, value: Any, depth: int = DEEPEST) -> Any:
        """Return the value, or a list or object of values, with the variables that are known here in their places."""
        if isinstance(value, str):
            return _VARIABLE.sub(self._one, value) if "${" in value else value
        if isinstance(value, list) and depth:
            return [self.expanded(each, depth - 1) for each in value]
        if isinstance(value, dict) and depth:
            return {name: self.expanded(each, depth - 1) for name, each in value.items()}
        return value

    def path(self, attribute: str, value: str, base: str | None = None) -> str:
        """Return a path of a launch configuration as an absolute one: `~` is the home, a relative one is seen from `base`.

        `base` is the workspace folder when it is not given.

        Raises:
            PlanError: it holds a variable that nobody here can expand.

        """
        left = _VARIABLE.search(value)
        if left is not None:
            raise PlanError(
                f'"{attribute}" holds {left[0]}, which only an editor can expand, and this one sent it as it is written; '
                f"write the path, or use ${{workspaceFolder}} (here: {self.folder})."
            )
        if value == "~" or value.startswith(("~/", "~" + paths.sep)):
            value = self.home + value[1:]
        return paths.normpath(paths.join(base or self.folder, value))

    def _one(self, found: re.Match[str]) -> str:
        name, argument = found[1], found[2]
        if name == "env" and argument is not None:
            return self.environ.get(argument, "")
        if name in ("workspaceFolder", "workspaceRoot", "fileWorkspaceFolder"):
            # A named one ("${workspaceFolder:api}") is one of several that only the editor knows, unless it is this one.
            return self.folder if argument is None or argument == paths.basename(self.folder) else found[0]
        known = {
            "workspaceFolderBasename": paths.basename(self.folder),
            "workspaceRootFolderName": paths.basename(self.folder),
            "userHome": self.home,
            "cwd": self.cwd,
            "pathSeparator": paths.sep,
            "/": paths.sep,
        }
        return known.get(name, found[0]) if argument is None else found[0]
