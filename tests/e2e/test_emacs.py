"""A real editor that is not VS Code: Emacs with dap-mode debugs the example workspace through dapshim.

`emacs_session.el` is what the person does, with the configuration of docs/editors.md, in an Emacs without a window; it tells
what dap-mode had and where its cursor stood. The workspace is opened by the name of a link: a plain Delve stops nowhere then,
and what Emacs shows is right only if paths come back in its own spelling.
dap-mode kills its adapter (SIGKILL) as soon as it hears `terminated`; dapshim never gets to the end of such a session itself.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Final

import attrs
import pytest
import trio

from tests.e2e.workspaces import environment
from tests.real import BOUND, Json, Program, alive, dapshim, gone

pytestmark = pytest.mark.emacs

EXAMPLE: Final = Path(__file__).parents[2] / "examples" / "gowork"
SESSION: Final = Path(__file__).with_name("emacs_session.el")
DOCUMENTED: Final = Path(__file__).parents[2] / "docs" / "editors.md"
WITHIN: Final = 5.0

PRICED: Final = 6
"""How often the line `break: library` runs for the orders in the example's inbox, the unknown product left out."""


def documented_init() -> str:
    """Return what docs/editors.md tells people with dap-mode to put into their init file."""
    found = re.findall(r"^```elisp\n(.*?)^```$", DOCUMENTED.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) == 1, found
    return str(found[0])


@attrs.frozen
class Shop:
    """A copy of the example, opened as the link `shop`, and a folder for whatever its sessions keep."""

    folder: Path

    @classmethod
    def at(cls, folder: Path) -> Shop:
        shutil.copytree(EXAMPLE, folder / "gowork", ignore=shutil.ignore_patterns("__debug_bin*"))
        (folder / "shop").symlink_to("gowork")
        (folder / "home").mkdir()
        return cls(folder)

    @property
    def orders(self) -> Path:
        return self.folder / "shop" / "services" / "orders"

    @property
    def main(self) -> tuple[Path, int]:
        return self._marked(self.orders / "main.go", "main")

    @property
    def library(self) -> tuple[Path, int]:
        return self._marked(self.folder / "shop" / "libs" / "pricing" / "quote.go", "library")

    @staticmethod
    def _marked(source: Path, marker: str) -> tuple[Path, int]:
        return source, Program(source, source).line(marker)

    @property
    def environment(self) -> dict[str, str]:
        """What Emacs and dapshim run in; it marks them and all that they start, see `left`."""
        own = environment(self.folder / "tmp")
        return {**own, "PATH": os.pathsep.join([str(Path(sys.executable).parent), own["PATH"]])}

    def left(self, server: int | None = None) -> list[str]:
        """Return what is there of the sessions: living processes, and binaries that Delve built.

        A `server` and its guardian, which lives as long as it does, are of no session.
        """
        mark = f"TMPDIR={self.folder / 'tmp'}".encode()
        found = [str(path) for path in self.folder.rglob("__debug_bin*")]
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == server:
                continue
            try:
                is_ours = mark in (entry / "environ").read_bytes().split(b"\0")
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            is_of_server = server is not None and b"guardian_process" in command
            if is_ours and not is_of_server and alive(int(entry.name)):
                found.append(f"{entry.name}: {command!r}")
        return found

    async def debug(self, port: int | None = None) -> list[Json]:
        """Debug `services/orders` in Emacs, from its main.go, go on at every stop, and return what Emacs told."""
        assert shutil.which("emacs"), "emacs is not on the PATH; run this test with: make test-editors"
        asked = {
            "init": documented_init(),
            "home": str(self.folder / "home"),
            "breakpoints": [{"file": str(file), "line": line} for file, line in (self.main, self.library)],
            # One worker: Delve tells of two goroutines that arrive at once as one stop.
            "args": ["-once", "-workers", "1"],
            "port": port,
            "seconds": BOUND,
        }
        # `-Q` would leave out the folders in which Debian has dap-mode.
        command = ["emacs", "--batch", "-q", "--no-site-file", "-l", str(SESSION), json.dumps(asked)]
        with trio.fail_after(BOUND * 3):
            ran = await trio.run_process(
                command, env=self.environment, cwd=self.folder, capture_stdout=True, capture_stderr=True, check=False
            )
        assert ran.returncode == 0, f"Emacs ended with {ran.returncode}:\n{ran.stdout.decode()}{ran.stderr.decode()}"
        return [json.loads(line) for line in ran.stdout.splitlines()]

    def check(self, told: list[Json]) -> None:
        """Assert that Emacs stood in `main.main`, then in the library for each line of an order, and that the program ended."""
        *stops, end = told
        assert [each["hooks"] for each in stops] == list(range(1, len(stops) + 1)), "dap-stopped-hook ran once for each stop"
        wanted = [(self.main, "main.main")] + [(self.library, "pricing.Price")] * PRICED
        for stop, ((file, line), function) in zip(stops, wanted, strict=True):
            assert (stop["reason"], stop["function"]) == ("breakpoint", function)
            assert (stop["path"], stop["line"]) == (str(file), line), "where dapshim says that it stands"
            assert (stop["buffer"], stop["cursor"]) == (str(file), line), "where Emacs put the cursor"
        assert (end["event"], end["state"]) == ("ended", "terminated")
        assert "0005  Barbara      69.69\n" in end["output"]


async def test_emacs_debugs_through_dapshim_on_stdio(tmp_path):
    shop = Shop.at(tmp_path)
    shop.check(await shop.debug())
    await gone(shop.left, WITHIN)


async def test_emacs_debugs_through_a_dapshim_that_listens(tmp_path):
    shop = Shop.at(tmp_path)
    async with dapshim(env=shop.environment) as shim:
        for _ in range(2):
            shop.check(await shop.debug(shim.port))
            await gone(lambda: shop.left(server=shim.process.pid), WITHIN)
    await gone(shop.left, WITHIN)
