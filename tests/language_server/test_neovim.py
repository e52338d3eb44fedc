"""A real editor: Neovim, headless, with the configuration of examples/editors, shows a finding and applies its quick fix."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import trio

from dapshim.cli.config import EDITORS, configuration
from tests.delve.checkup_scene import MAIN, mod
from tests.real import BOUND, clean_environment

EXAMPLES = Path(__file__).parents[2] / "examples" / "editors"
SCRIPT = """
dofile(CONFIGURATION)
vim.cmd.edit(vim.env.LAUNCH)
vim.bo.filetype = "jsonc"
local function wait(what, ready)
  if not vim.wait(50000, ready, 20) then
    io.stdout:write("waited in vain for " .. what)
    vim.cmd("cquit")
  end
end
wait("a finding", function() return #vim.diagnostic.get(0) > 0 end)
local found = vim.diagnostic.get(0)[1]
vim.api.nvim_win_set_cursor(0, { found.lnum + 1, found.col })
vim.lsp.buf.code_action({ apply = true, filter = function(action) return action.isPreferred end })
wait("the fix", function() return #vim.diagnostic.get(0) == 0 end)
vim.cmd.write()
io.stdout:write(vim.json.encode({ found.source, found.code, found.lnum }))
vim.cmd("qall")
"""


@pytest.mark.parametrize("editor", sorted(EDITORS))
def test_the_example_of_an_editor_is_what_is_printed(editor):
    assert (EXAMPLES / EDITORS[editor]).read_text() == configuration(editor)


def test_there_is_no_other_example():
    assert sorted(each.name for each in EXAMPLES.iterdir()) == sorted(EDITORS.values())


async def test_neovim_shows_a_finding_and_applies_its_fix(tmp_path):
    nvim = Path(sys.executable).with_name("nvim")
    assert nvim.exists(), "the tests need Neovim from the group test: make setup-test"
    launch = tmp_path / ".vscode" / "launch.json"
    launch.parent.mkdir()
    (tmp_path / "go.mod").write_text(mod("example.com/m"))
    (tmp_path / "main.go").write_text(MAIN)
    text = '{\n  "configurations": [\n    {\n      "name": "it", "type": "go", "request": "launch", // mine\n'
    text += '      "program": "${workspaceFolder}", "stopOnEntyr": true\n    },\n  ],\n}\n'
    launch.write_text(text)
    script = tmp_path / "try.lua"
    script.write_text(SCRIPT.replace("CONFIGURATION", json.dumps(str(EXAMPLES / "neovim.lua"))))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with trio.fail_after(BOUND):
        done = await trio.run_process(
            [str(nvim), "--clean", "--headless", "-u", str(script)],
            capture_stdout=True,
            capture_stderr=True,
            check=False,
            cwd=tmp_path,
            env=clean_environment(PATH=path, LAUNCH=str(launch), XDG_STATE_HOME=str(tmp_path / "state")),
        )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert json.loads(done.stdout) == ["dapshim", "launch-ignored", 4]
    assert launch.read_text() == text.replace("stopOnEntyr", "stopOnEntry")
