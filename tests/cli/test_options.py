from __future__ import annotations

import json
import os
import subprocess

import pexpect
import pytest

from dapshim.options.page import options_page
from dapshim.options.table import TABLE
from tests.cli.running import COMMAND, ran
from tests.real import BOUND, clean_environment


@pytest.fixture
def here(tmp_path):
    """A project folder, a home, and how to run dapshim there."""
    project, config = tmp_path / "project/cmd", tmp_path / "home/.config/dapshim"
    for folder in (project, config):
        folder.mkdir(parents=True)
    (tmp_path / "project/.git").mkdir()

    class Here:
        project_file = tmp_path / "project/.dapshim.toml"
        user_file = config / "config.toml"
        environ = clean_environment(HOME=str(tmp_path / "home"), XDG_CONFIG_HOME="")

        def run(self, *arguments: str, **environment: str) -> tuple[int, str, str]:
            return ran(*arguments, cwd=project, env={**self.environ, **environment})

        def shown(self, *arguments: str, **environment: str) -> dict[str, tuple[object, str, str]]:
            code, out, _ = self.run(*arguments, "options", "--json", **environment)
            assert code == 0
            return {each["name"]: (each["value"], each["source"], each["place"]) for each in json.loads(out)}

        def write(self, path, text: str) -> None:
            path.write_text(text)
            path.chmod(0o600)

    return Here()


def test_each_source_is_heard_and_named_and_the_stronger_wins(here):
    assert here.shown()["logLevel"] == ("warning", "default", "the default")
    here.write(here.user_file, 'logLevel = "info"\ngoWork = "off"\ndlv = "/user/dlv"\n')
    here.write(here.project_file, '\ngoWork = "auto"\n')
    shown = here.shown("--go", "/cli/go", DAPSHIM_DLV="/env/dlv", DAPSHIM_GO="/env/go")
    assert shown["logLevel"] == ("info", "user", f"{here.user_file}:1")
    assert shown["goWork"] == ("auto", "project", f"{here.project_file}:2")
    assert shown["dlv"] == ("/env/dlv", "environment", "DAPSHIM_DLV")
    assert shown["go"] == ("/cli/go", "command_line", "--go")
    assert shown["listen"] == (None, "default", "the default")
    assert list(shown) == [option.name for option in TABLE]


def test_the_json_tells_all_of_an_option(here):
    code, out, _ = here.run("options", "--json")
    (found,) = [each for each in json.loads(out) if each["name"] == "logLevel"]
    assert code == 0
    assert found == {
        "name": "logLevel",
        "type": "str",
        "choices": ["debug", "info", "warning", "error"],
        "default": "warning",
        "value": "warning",
        "source": "default",
        "place": "the default",
        "flag": "--log-level",
        "variable": "DAPSHIM_LOG_LEVEL",
        "may_stand": ["command_line", "environment", "user"],
        "help": "Log from debug, info, warning (the default) or error on.",
    }


def test_rules_for_paths_are_shown(here):
    here.write(here.project_file, 'substitutePath = [{ from = "src", to = "example.com/m" }, { from = "/b", to = "" }]\n')
    folder = here.project_file.parent
    rules = [{"from": f"{folder}/src", "to": "example.com/m"}, {"from": "/b", "to": ""}]
    assert here.shown()["substitutePath"] == (rules, "project", f"{here.project_file}:1")
    _, out, _ = here.run("options", COLUMNS="300")
    assert f"{folder}/src => example.com/m, /b => (relative)" in out
    assert here.run("--substitute-path", "x", "options")[0] == 2


def test_the_page_says_nothing_of_this_machine(here):
    assert here.run("options", "--markdown", DAPSHIM_DLV="/secret") == (0, options_page(), "")


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(here, columns):
    here.write(here.user_file, 'dlv = "/a/path/that/is/long/' + "x" * 100 + '"\n')
    child = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], "options"],
        env={**here.environ, "TERM": "dumb", "COLUMNS": str(columns)},
        dimensions=(60, columns),
        encoding="utf-8",
        timeout=BOUND,
    )
    child.expect(pexpect.EOF)
    child.close()
    text = str(child.before).replace("\r\n", "\n")
    assert child.exitstatus == 0
    assert max(map(len, text.splitlines())) <= columns
    assert "~/.config/dapshim/config.toml:1" in text.replace("\n", "")
    for option in TABLE:
        assert f"\n{option.name} " in text
    assert "goWork" in text
    assert "celpu" in text


def test_a_variable_that_is_none_is_said_and_nothing_stops(here):
    code, out, err = here.run("options", DAPSHIM_LSTEN="1", DAPSHIM_TRACE_WIDTH="80", _DAPSHIM_COMPLETE="")
    assert (code, bool(out)) == (0, True)
    assert err.splitlines() == [
        "dapshim: the environment variable DAPSHIM_LSTEN is no option of dapshim and is ignored; did you mean DAPSHIM_LISTEN?"
    ]


def test_a_file_that_others_may_write_is_said(here):
    here.write(here.project_file, 'goWork = "off"\n')
    here.project_file.chmod(0o666)
    code, _, err = here.run("options")
    assert (code, err) == (
        0,
        f"dapshim: {here.project_file} is not read: others may write it; mend that with: chmod go-w {here.project_file}\n",
    )


def test_what_a_file_says_wrongly_is_one_line(here):
    here.write(here.project_file, 'dlv = "/evil"\n')
    code, out, err = here.run("options")
    assert (code, out) == (2, "")
    assert err.startswith(
        f"dapshim: {here.project_file}:1: dlv: this option may not stand here: it can be given on the command"
    )
    assert err.count("\n") == 1


# -- the user's own file and a dapshim that serves -------------------------------------------------------------------------


def test_a_server_heeds_the_users_file_and_names_it(here):
    here.write(here.user_file, '# mine\nlisten = "foo"\n')
    assert here.run() == (
        2,
        "",
        f'dapshim: {here.user_file}:2: "foo" is no address; write 4711, 127.0.0.1:4711 or unix:/path\n',
    )
    here.write(here.user_file, 'dlv = "/nowhere/dlv"\n')
    code, _, err = here.run("--listen", "0")
    assert code == 1
    assert err.startswith(f"dapshim: /nowhere/dlv, which {here.user_file}:1 names as the dlv to run, does not exist.")


def test_the_environment_and_the_command_line_come_before_it(here):
    here.write(here.user_file, 'listen = "foo"\n')
    assert 'DAPSHIM_LISTEN: "bar" is no address' in here.run(DAPSHIM_LISTEN="bar")[2]
    assert '--listen: "baz" is no address' in here.run("--listen", "baz", DAPSHIM_LISTEN="bar")[2]


def test_a_broken_one_stops_a_server_but_no_help_and_no_command(here):
    here.write(here.user_file, "listen =\n")
    for arguments in (("--version",), ("--help",), ("options", "--help")):
        assert here.run(*arguments)[0] == 0
    code, _, err = here.run("--listen", "0")
    assert code == 2
    assert err.startswith(f"dapshim: {here.user_file}:1: this is no TOML: ")


def test_its_notices_go_to_the_log_of_a_server(here):
    here.write(here.user_file, "")
    here.user_file.chmod(0o622)
    with subprocess.Popen(
        [*COMMAND, "--listen", "0"],
        env={**here.environ, "DAPSHIM_LSTEN": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"dapshim: listening on ")
        process.terminate()
        _, err = process.communicate(timeout=BOUND)
    assert b"DAPSHIM_LSTEN is no option of dapshim" in err
    assert os.fsencode(f"{here.user_file} is not read: others may write it") in err
