"""The real go command as the oracle, trees to ask it about, and a module proxy of files for what is not in the tree."""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from dapshim.golang.files import RealFiles
from dapshim.golang.module_paths import escape_path
from dapshim.golang.workspace import Workspace, read_workspace
from tests.real import BOUND, tool


def write(folder: Path, tree: Mapping[str, str]) -> Path:
    """Write files, name -> text; a name that ends in / is a folder, a text that begins with -> is a link."""
    for name, text in tree.items():
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            path.symlink_to(text[2:])
        else:
            path.write_text(text)
    return folder


@attrs.frozen
class Go:
    """The go command in one environment, which holds nothing of the machine's own settings."""

    home: Path
    proxy: Path | None = None
    more: Mapping[str, str] = attrs.field(factory=dict)

    def environment(self, cwd: Path) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "GOCACHE", "TMPDIR") if name in os.environ}
        return {
            **kept,
            "HOME": str(self.home),
            "GOCACHE": os.environ.get("GOCACHE", str(self.home / "build-cache")),
            "GOMODCACHE": str(self.home / "mod"),
            "GOPATH": str(self.home / "gopath"),
            "GOFLAGS": "-modcacherw",
            "GOPROXY": f"file://{self.proxy}" if self.proxy else "off",
            "GONOSUMDB": "*",
            "GONOSUMCHECK": "1",
            "GOTOOLCHAIN": "local",
            "GOENV": str(self.home / "goenv"),
            "PWD": str(cwd),
            **self.more,
        }

    def run(self, *words: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [tool("go"), *words], cwd=cwd, env=self.environment(cwd), capture_output=True, check=False, timeout=BOUND
        )

    def says(self, *words: str, cwd: Path) -> str | None:
        """Return what it printed, None when it refused."""
        done = self.run(*words, cwd=cwd)
        return done.stdout.decode().rstrip("\n") if done.returncode == 0 else None

    def json(self, *words: str, cwd: Path) -> Any:
        done = self.run(*words, cwd=cwd)
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    def workspace(self, cwd: Path) -> Workspace:
        """Read with our own eyes what the go command sees from `cwd` in this environment."""
        env = self.environment(cwd)
        return read_workspace(
            RealFiles(),
            str(cwd),
            env.get("GOWORK"),
            env.get("GO111MODULE", ""),
            env["GOPATH"].split(os.pathsep),
            env["GOFLAGS"].split(),
            goroot=goroot(),
            gomodcache=env["GOMODCACHE"],
        )


def goroot() -> str:
    done = subprocess.run([tool("go"), "env", "GOROOT"], capture_output=True, check=True, timeout=BOUND)
    return done.stdout.decode().strip()


def publish(proxy: Path, path: str, version: str, tree: Mapping[str, str]) -> None:
    """Put a module into a proxy of files."""
    folder = proxy / escape_path(path) / "@v"
    folder.mkdir(parents=True, exist_ok=True)
    mod = tree.get("go.mod", f"module {path}\n\ngo 1.20\n")
    (folder / f"{version}.mod").write_text(mod)
    (folder / f"{version}.info").write_text(json.dumps({"Version": version}))
    with (folder / "list").open("a") as names:
        names.write(f"{version}\n")
    with zipfile.ZipFile(folder / f"{version}.zip", "w") as packed:
        for name, text in {"go.mod": mod, **tree}.items():
            packed.writestr(f"{path}@{version}/{name}", text)
