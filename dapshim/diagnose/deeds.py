"""What dapshim can do by itself to mend a finding: values, each with all that it takes, and never a line for a shell. PURE.

Rules make them, beside the line that a person would type. Who carries them out asks for trust where something is run.
"""

from __future__ import annotations

import attrs


@attrs.frozen
class GoDeed:
    """Run the go command with `arguments` in `directory` ("": in no folder of the project); `environ` is laid over its own."""

    arguments: tuple[str, ...]
    directory: str = ""
    environ: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class RebuildDeed:
    """Run the go command with `arguments` in `directory`, which builds the executable at `path` anew.

    `directory` is the folder of its main package: its sources are there.
    """

    path: str
    arguments: tuple[str, ...]
    directory: str
    environ: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class InstallDlvDeed:
    """Have go install a Delve; `version` is `1.27.1`, `latest`, or "" for the newest that takes the programs of this Go."""

    version: str = ""


@attrs.frozen
class TwinDeed:
    """Build the executable at `path` again without optimisation, from its sources in `folder`, and debug that in its place."""

    path: str
    folder: str


@attrs.frozen
class MappingDeed:
    """Write a rule for source paths to the project's file: `client` is here what the binary records as `adapter`."""

    client: str
    adapter: str


@attrs.frozen
class ExecutableDeed:
    """Let this user run the file at `path`."""

    path: str


Deed = GoDeed | RebuildDeed | InstallDlvDeed | TwinDeed | MappingDeed | ExecutableDeed
