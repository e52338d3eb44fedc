"""The go command of this machine, asked what it says of itself in a folder. It knows no plan and no session."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Hashable, Mapping, MutableMapping
from typing import Final

import attrs

from dapshim.delve.go_answers import GoAnswers
from dapshim.golang.files import CachedFiles
from dapshim.golang.spelling import paths
from dapshim.golang.toolchain import ENV_COMMAND, GoEnv, ToolchainError, find_gos, parse_env
from dapshim.options.layers import Value

GO_LIMIT: Final = 300.0
"""Seconds that `go env` may take: it may have to download the toolchain that go.mod asks for."""


@attrs.frozen
class GoCommand:
    """The go commands of this machine; `named` is the option that can name one.

    `heard` is what go has said already: who hands it on from one to the next says that nothing has changed since. `answers`
    finds that out by itself.
    """

    named: Value
    files: CachedFiles
    heard: MutableMapping[Hashable, GoEnv] = attrs.field(factory=dict, eq=False, repr=False)
    answers: GoAnswers = attrs.field(factory=GoAnswers, eq=False, repr=False)

    def env(self, directory: str, environ: Mapping[str, str]) -> GoEnv:
        """See `Go.env` of `dapshim.plan.facts`."""
        go = self._go(environ)
        question = _question(go, directory, environ)
        known = self.heard.get(question) or self.answers.get(question)
        if known is None:
            asked = time.time()
            known = self._asked(go, directory, environ)
            self.answers.keep(question, known, directory, environ, asked)
        self.heard[question] = known
        return known

    def _asked(self, go: str, directory: str, environ: Mapping[str, str]) -> GoEnv:
        command = [go, *ENV_COMMAND]
        try:
            asked = subprocess.run(  # noqa: S603 - the person's own go
                command,
                cwd=directory,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=GO_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise ToolchainError(f"{go} env did not answer in {directory} within {GO_LIMIT:.0f} s.") from error
        except OSError as error:
            raise ToolchainError(f"{go} cannot be run in {directory}: {error.strerror or error}.") from error
        return parse_env(asked.stdout, go=go, environ=environ, files=self.files, stderr=asked.stderr)

    def _go(self, environ: Mapping[str, str]) -> str:
        if isinstance(self.named.value, str):
            # Seen from dapshim's own folder, since go itself runs in another one.
            go = paths.abspath(paths.expanduser(self.named.value))
            if not self.files.executable(go):
                place = self.named.origin.place
                raise ToolchainError(f"{go}, which {place} names as the go command, is not there or cannot be run.")
            return go
        found = find_gos(environ, self.files)
        if not found:
            raise ToolchainError(
                "The go command was not found: neither on the PATH nor in the usual places. Install Go, or "
                'name it: "dapshim": {"go": "/path/to/go"}.'
            )
        return found[0]


def _question(go: str, directory: str, environ: Mapping[str, str]) -> Hashable:
    """Return what go's answer depends on. PWD counts where it is a name of the folder: go then spells paths by it."""
    pwd = environ.get("PWD", "")
    spelt = pwd if pwd == directory or (pwd and _real(pwd) == _real(directory)) else _real(directory)
    return go, directory, spelt, frozenset((name, value) for name, value in environ.items() if name != "PWD")


def _real(path: str) -> str:
    return os.path.realpath(path)  # texts, as everywhere on this way
