"""Where dapshim runs, in the person's own spelling. Apart, so that a command that starts nothing loads nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping

from dapshim.golang.spelling import paths


def working_directory(environ: Mapping[str, str]) -> str:
    """Return where dapshim runs, as PWD spells it when that is right: a symlinked workspace is opened by its link."""
    spelt = environ.get("PWD", "")
    try:
        if paths.isabs(spelt) and paths.samefile(spelt, "."):
            return paths.normpath(spelt)
    except OSError:
        pass
    return os.getcwd()  # noqa: PTH109 - texts, as everywhere on this way
