"""Who hears what a session learns of its program, beside the client: the language server. Others tell nobody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dapshim.delve.build_errors import BuildFailure
    from dapshim.diagnose.finding import Finding
    from dapshim.diagnose.placed import Placed


class Audience:
    """Hears, and answers nothing; as it stands here, it does not listen."""

    def findings(self, file: str, found: Sequence[Finding]) -> None:
        """Hear what was found of a program, once each; `file` is the executable, "" where there is none yet."""

    def refused(self, found: Placed) -> None:
        """Hear for what a launch or an attach was refused before a dlv was asked."""

    def build_failed(self, failure: BuildFailure) -> None:
        """Hear how a build failed."""

    def runs(self, executable: str) -> None:
        """Hear which executable of this machine is debugged: the person's own where a copy of it runs."""
