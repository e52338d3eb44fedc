"""The rule for source paths that a person has agreed to, written to the project's own file. Blocks."""

from __future__ import annotations

import os
from pathlib import Path

from dapshim.delve.rewriting import rewrite
from dapshim.golang.spelling import below, parent
from dapshim.options.option_files import PROJECT_FILE, project_files, project_root
from dapshim.options.toml_edits import with_rule


def mapping_file(client: str, folder: str) -> str:
    """Return the project file that a session reads: the nearest at or above the client's path, else a new one at the root.

    `folder` is the one that is open; it counts where the client's path is none of it.
    """
    inside = client if Path(client).is_dir() else parent(client)
    start = inside if below(inside, folder) is not None else folder
    return next(project_files(start, os.path.lexists), str(Path(project_root(start, os.path.lexists), PROJECT_FILE)))


def add_rule(path: str, client: str, adapter: str) -> None:
    """Write the rule into the project file at `path`, and make the file where it is missing.

    Raises:
        NotEditedError: what is there is not changed by dapshim.
        ChangedError: somebody else writes it just now.
        OSError: it cannot be read or written.

    """
    try:
        before: str | None = Path(path).read_bytes().decode("utf-8")
    except FileNotFoundError:
        before = None
    except UnicodeDecodeError as error:
        raise OSError(f"it is not UTF-8 (byte {error.start})") from error
    rewrite(path, before, with_rule(before or "", path, client, adapter))
