"""What an editor's views ask: the same that the commands print with --json. The command line passes them in.

Each blocks and is called in a thread. This room cannot import the commands, which stand above it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from dapshim.delve.checkup import Checkup
from dapshim.options.layers import Options

Json = dict[str, Any]


class AnswerError(Exception):
    """There is no answer; the message is what the command would have printed as its error."""


@attrs.frozen
class Answers:
    """The answers, each a function that raises AnswerError.

    `inspect(binary, folder, options)`, `paths(binary, folder, options, files, every)`, `why(place, target, folder, options)`.
    All paths are absolute. `place` is FILE:LINE and `target` a binary or the folder of a package. `why` is None in a dapshim
    that has no such command.
    """

    doctor: Callable[[Checkup], Json]
    inspect: Callable[[str, str, Options], Json]
    paths: Callable[[str, str, Options, Sequence[str], bool], Json]
    why: Callable[[str, str, str, Options], Json] | None = None
