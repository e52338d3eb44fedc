"""`dapshim config`: what it prints is the example, and what it writes loses nothing and is what the editor can read."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pexpect
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.cli.config import EDITORS, configuration, file_of
from dapshim.cli.editor_merging import RefusedError, merged, unbalanced
from dapshim.diagnose.jsonc import parse
from tests.cli.running import ran
from tests.real import BOUND, clean_environment

EXAMPLES = Path(__file__).parents[2] / "examples" / "editors"


class Here:
    """A home and a project."""

    def __init__(self, folder: Path) -> None:
        self.home, self.project = folder / "home", folder / "project"
        self.home.mkdir()
        self.project.mkdir()
        self.environ = clean_environment(HOME=str(self.home), XDG_CONFIG_HOME="", NVIM_APPNAME="")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        return ran("config", *arguments, cwd=self.project, env=self.environ)

    def asked(self, editor: str) -> pexpect.spawn:
        """Have the configuration of an editor be written, at a terminal."""
        return pexpect.spawn(
            sys.executable,
            ["-m", "dapshim", "config", editor, "--write"],
            cwd=str(self.project),
            env=self.environ,
            timeout=BOUND,
            encoding="utf-8",
        )

    def file(self, editor: str) -> Path:
        found = file_of(editor, self.project, self.environ)
        assert found is not None
        return found


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


@pytest.mark.parametrize("editor", EDITORS)
def test_what_it_prints_is_the_example(here, editor):
    code, out, _ = here.run(editor)
    assert (code, out) == (0, (EXAMPLES / EDITORS[editor]).read_text())


@pytest.mark.parametrize(
    ("editor", "place"),
    [
        ("vscode", "project/.vscode/launch.json"),
        ("zed", "project/.zed/debug.json"),
        ("helix", "home/.config/helix/languages.toml"),
        ("neovim", "home/.config/nvim/plugin/dapshim.lua"),
        ("emacs", "home/.emacs.d/init.el"),
    ],
)
def test_it_is_written_where_the_editor_keeps_it_and_once(here, tmp_path, editor, place):
    code, out, err = here.run(editor, "--write", "--yes")
    assert code == 0, err
    file = tmp_path / place
    assert "+++ " + str(file) in out
    first = file.read_text()
    assert readable(editor, first)
    code, out, _ = here.run(editor, "--write", "--yes")
    assert (code, out) == (0, f"{file} has it already.\n")
    assert file.read_text() == first
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def readable(editor: str, text: str) -> bool:
    """Say whether the editor's own reader would take it, or one of the same grammar."""
    if editor in ("vscode", "zed"):
        return not parse(text).faults
    if editor == "helix":
        return bool(tomllib.loads(text)["language-server"]["dapshim"]["args"] == ["lsp"])
    if editor == "emacs":
        return not unbalanced(text)
    return "vim.lsp.enable" in text


@pytest.mark.skipif(shutil.which("emacs") is None, reason="there is no emacs")
def test_emacs_reads_what_is_written(here):
    init = here.home / ".emacs.d" / "init.el"
    init.parent.mkdir()
    init.write_text('(setq mine "a ; ( string") ; a comment (\n(defun f () ?\\( )\n')
    assert here.run("emacs", "--write", "--yes")[0] == 0
    read = "(insert-file-contents (car command-line-args-left))"
    check = f"(with-temp-buffer {read} (emacs-lisp-mode) (check-parens) (eval-buffer) (princ mine))"
    done = subprocess.run(
        ["emacs", "--batch", "-Q", "--eval", check, str(init)], capture_output=True, text=True, check=False, timeout=BOUND
    )
    assert (done.returncode, done.stdout) == (0, "a ; ( string"), done.stderr


def test_neovim_reads_what_is_written_by_itself(here):
    nvim = Path(sys.executable).with_name("nvim")
    assert nvim.exists(), "the tests need Neovim from the group test: make setup-test"
    assert here.run("neovim", "--write", "--yes")[0] == 0
    done = subprocess.run(
        [str(nvim), "--headless", "+lua io.stdout:write(vim.json.encode(vim.lsp.config.dapshim.cmd))", "+qa"],
        # Neovim takes an empty XDG_CONFIG_HOME for a folder.
        env={
            **here.environ,
            "XDG_CONFIG_HOME": str(here.home / ".config"),
            "XDG_STATE_HOME": str(here.home / "state"),
            "XDG_DATA_HOME": str(here.home / "data"),
        },
        cwd=here.project,
        capture_output=True,
        text=True,
        check=False,
        timeout=BOUND,
    )
    assert done.stdout == '["dapshim","lsp"]', done.stderr


def test_a_person_is_asked_and_may_say_no(here):
    child = here.asked("vscode")
    child.expect_exact('+      "debugServer": 4711')
    child.expect_exact("[y/N]")
    child.sendline("n")
    child.expect_exact("Nothing is written")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 1
    assert not here.file("vscode").exists()
    child = here.asked("vscode")
    child.expect_exact("[y/N]")
    child.sendline("y")
    child.expect_exact("is written")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert here.file("vscode").exists()


def test_where_nobody_can_be_asked_nothing_is_written(here):
    code, _, err = here.run("vscode", "--write")
    assert code == 2
    assert "--yes" in err
    assert not here.file("vscode").exists()
    assert here.run("vscode", "--yes")[0] == 2


LAUNCH = """// Ours.
{
    "version": "0.2.0",
    "configurations": [
        // The first.
        { "name": "mine", "type": "go", "request": "launch" }, // keep
    ],
}
"""


def test_a_launch_json_keeps_its_comments_and_its_layout():
    after = merged("vscode", configuration("vscode"), LAUNCH)
    assert all(line in after.splitlines() for line in LAUNCH.splitlines())
    document = parse(after)
    assert not document.faults
    assert [each["name"] for each in document.root.plain["configurations"]] == [
        "mine",
        "Debug this package through dapshim",
    ]
    assert after.count("\n        {\n          ") == 1


@pytest.mark.parametrize(
    ("before", "names"),
    [
        ("", 1),
        ("{}", 1),
        ('{"version": "0.2.0"}', 1),
        ('{"configurations": []}', 1),
        ('{\n\t"configurations": [\n\t\t// nothing yet\n\t]\n}', 1),
        ('{"configurations": [{"name": "a"}]}', 2),
        ('{"configurations": [{"name": "a"},]}', 2),
    ],
)
def test_every_shape_of_a_launch_json(before, names):
    after = merged("vscode", configuration("vscode"), before)
    document = parse(after)
    assert not document.faults
    assert len(document.root.plain["configurations"]) == names
    assert merged("vscode", configuration("vscode"), after) == after


@pytest.mark.parametrize(
    ("editor", "before", "says"),
    [
        ("vscode", "{", "mend that first"),
        ("vscode", "[]", "no launch.json"),
        ("vscode", '{"configurations": {}}', "no launch.json"),
        ("vscode", '{"configurations": [{"name": "Debug this package through dapshim"}]}', "another configuration"),
        ("zed", "{}", "no debug.json"),
        ("helix", "x = ", "mend that first"),
        ("helix", '[[language]]\nname = "go"\n', "language-servers by hand"),
        ("helix", 'language = [{ name = "rust" }]\n', "do not go together"),
        ("neovim", "-- mine\n", "changed by hand"),
        ("emacs", "(setq x 1", "not closed"),
        ("emacs", "(setq x 1))", "too many"),
    ],
)
def test_what_cannot_be_merged_is_left_alone_with_the_reason(here, editor, before, says):
    file = here.file(editor)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(before)
    code, out, err = here.run(editor, "--write", "--yes")
    assert (code, out) == (1, "")
    assert says in err
    assert file.read_text() == before
    assert [each.name for each in file.parent.iterdir()] == [file.name]


def test_a_helix_file_of_other_languages_keeps_what_it_says():
    before = 'use-grammars = { only = ["go"] }\n\n[[language]]\nname = "rust" # mine\nauto-format = true\n'
    after = merged("helix", configuration("helix"), before)
    assert after.startswith(before)
    made = tomllib.loads(after)
    assert made["use-grammars"] == {"only": ["go"]}
    assert made["language"][0] == {"name": "rust", "auto-format": True}


def test_the_init_file_that_emacs_reads_is_the_one(here):
    for name in (".config/emacs/init.el", ".emacs.d/init.el", ".emacs", ".emacs.el"):
        file = here.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(";; mine\n")
        assert here.file("emacs") == file


def test_a_file_of_another_encoding_and_one_that_cannot_be_written(here):
    file = here.file("vscode")
    file.parent.mkdir()
    file.write_bytes(b'{"configurations": ["\xff"]}')
    code, _, err = here.run("vscode", "--write", "--yes")
    assert code == 1
    assert "UTF-8" in err
    file.unlink()
    file.mkdir()
    code, _, err = here.run("vscode", "--write", "--yes")
    assert code == 1
    assert "cannot be written" in err


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=3), st.lists(VALUES, max_size=3), st.sampled_from([None, 2, "\t"]))
def test_any_launch_json_keeps_all_that_it_had(others, listed, indent):
    before = {**others, "configurations": listed}
    try:
        after = merged("vscode", configuration("vscode"), json.dumps(before, indent=indent))
    except RefusedError:
        return
    made = json.loads(after)
    assert made["configurations"][: len(listed)] == listed
    assert {name: value for name, value in made.items() if name != "configurations"} == {
        name: value for name, value in before.items() if name != "configurations"
    }


@given(st.text(st.sampled_from('()[];"\\? \nax'), max_size=40))
def test_any_text_is_judged(text):
    assert isinstance(unbalanced(text), str)
    if not unbalanced(text) and '"' not in text:
        assert isinstance(merged("emacs", configuration("emacs"), text or None), str)
