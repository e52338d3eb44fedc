"""Faults of the go command are played by a script; the real one builds a real dlv once, in tests/cli/test_install_dlv.py."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from dapshim.delve.install import GoFacts, InstallError, ask_go, environment, install, installed_version, version_for
from tests.real import tool

ANSWER = {"GOVERSION": "go1.26.8", "GOHOSTOS": "linux", "GOHOSTARCH": "amd64", "GOPATH": "/g"}

DLV = """#!/bin/sh
echo "Delve Debugger"
echo "Version: VERSION"
"""


def script(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.fixture
def go(tmp_path):
    """Write a go command whose `go install` does something."""

    def write(install: str) -> GoFacts:
        answer = json.dumps(ANSWER)
        path = script(tmp_path / "go", f"#!/bin/sh\ncase $1 in env) echo '{answer}' ;; install) {install} ;; esac\n")
        return ask_go(path)

    return write


def installing(tmp_path: Path, version: str) -> str:
    """Return what installs a dlv that says this version."""
    script(tmp_path / "built", DLV.replace("VERSION", version))
    return f'cp "{tmp_path}/built" "$GOBIN/dlv"'


def put(facts: GoFacts, folder: Path, version: str = "1.27.1", **environ: str) -> tuple[str, list[str]]:
    """Install; return the path and what was said meanwhile."""
    said: list[str] = []
    return install(facts, version, str(folder), {"PATH": os.environ["PATH"], **environ}, said.append), said


# -- the go command --------------------------------------------------------------------------------------------------------


def test_the_real_go_says_what_it_is():
    facts = ask_go(tool("go"))
    assert facts.version.startswith("go1.")
    assert facts.host_os
    assert facts.host_arch
    assert Path(facts.gopath).is_absolute()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "#!/bin/sh\necho a >&2\necho 'go: invalid GOTOOLCHAIN \"x\"' >&2\nexit 2\n",
            'exit status 2: a / go: invalid GOTOOLCHAIN "x"',
        ),
        ("#!/bin/sh\nexit 1\n", "exit status 1: it printed nothing"),
        ("#!/bin/sh\necho no json\n", "is no go command"),
        ("#!/bin/sh\necho '[]'\n", "is no go command"),
        ("#!/bin/sh\necho '{}'\n", "is no go command"),
        ("#!/nonexistent-sh\n", "cannot be run: No such file or directory"),
    ],
)
def test_what_is_no_go_is_said_in_words(tmp_path, text, said):
    with pytest.raises(InstallError) as caught:
        ask_go(script(tmp_path / "go", text))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("version", "delve"),
    [("go1.26.8", "1.27.1"), ("go1.24.11", "1.26.3"), ("go1.30.0", "1.27.1"), ("devel +0123abc", "1.27.1")],
)
def test_the_delve_for_a_go(version, delve):
    assert version_for(GoFacts("go", version, "linux", "amd64", "/g")) == delve


# -- go install ------------------------------------------------------------------------------------------------------------


def test_it_is_built_outside_of_any_module_and_untouched_by_a_persons_settings(tmp_path, go):
    facts = go(
        f'echo "$PWD|$2 $3|$GOBIN|$GOFLAGS|$GOWORK|$GO111MODULE|$GOOS|$GOARCH|$GOPROXY"; {installing(tmp_path, "1.27.1")}'
    )
    settings = {"GOFLAGS": "-mod=vendor", "GOWORK": "/w/go.work", "GO111MODULE": "off", "GOOS": "windows", "GOARCH": "arm"}
    path, said = put(facts, tmp_path / "new/bin", GOPROXY="https://example.com", **settings)
    assert path == f"{tmp_path}/new/bin/dlv"
    (line,) = said
    where, *rest = line.split("|")
    assert "dapshim-install-" in where
    assert not Path(where).exists()
    wanted = "-v github.com/go-delve/delve/cmd/dlv@v1.27.1"
    assert rest == [wanted, f"{tmp_path}/new/bin", " ", "off", "on", "linux", "amd64", "https://example.com"]


def test_what_go_env_w_wrote_does_not_touch_it_either(tmp_path):
    (tmp_path / "env").write_text("GOFLAGS=-mod=vendor\nGOOS=windows\nGOARCH=arm\nGOWORK=/w\nGOPRIVATE=example.com\n")
    facts = ask_go(tool("go"))
    person = {**os.environ, "GOENV": str(tmp_path / "env"), "GOFLAGS": "", "GOOS": "", "GOARCH": ""}
    names = ("GOFLAGS", "GOOS", "GOARCH", "GOWORK", "GOPRIVATE")
    found = json.loads(
        subprocess.run(
            [facts.go, "env", "-json", *names],
            cwd=tmp_path,
            env=environment(person, facts, "/bin"),
            capture_output=True,
            check=True,
        ).stdout
    )
    assert found == {
        "GOFLAGS": " ",
        "GOOS": facts.host_os,
        "GOARCH": facts.host_arch,
        "GOWORK": "off",
        "GOPRIVATE": "example.com",
    }


def test_progress_is_what_go_prints_line_by_line(tmp_path, go):
    facts = go(f"echo 'go: downloading a'; echo; echo b >&2; {installing(tmp_path, '1.27.1')}")
    assert put(facts, tmp_path / "bin")[1] == ["go: downloading a", "b"]


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("for i in 1 2 3 4 5; do echo line $i >&2; done; exit 1", "failed with exit status 1: line 3 / line 4 / line 5"),
        ("exit 7", "failed with exit status 7: it printed nothing"),
        ("kill -KILL $$", "failed with exit status -9"),
        ("true", "there is no dlv at "),
        ('echo x > "$GOBIN/dlv"; chmod +x "$GOBIN/dlv"', "that runs"),
    ],
)
def test_a_failure_is_one_line_with_its_last_words(tmp_path, go, what, said):
    with pytest.raises(InstallError) as caught:
        put(go(what), tmp_path / "bin")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_another_version_than_was_asked_for_is_a_failure(tmp_path, go):
    facts = go(installing(tmp_path, "1.26.3"))
    with pytest.raises(InstallError, match=r"says that it is 1\.26\.3, not 1\.27\.1"):
        put(facts, tmp_path / "bin")
    assert put(facts, tmp_path / "bin", "latest")[0] == f"{tmp_path}/bin/dlv"


def test_a_folder_that_cannot_be_made_is_named(tmp_path, go):
    (tmp_path / "file").write_text("")
    with pytest.raises(InstallError, match=f"{tmp_path}/file/bin cannot be made: Not a directory"):
        put(go("true"), tmp_path / "file/bin")


def test_when_the_person_gives_up_the_build_ends(tmp_path, go):
    facts = go(f"echo $$ > {tmp_path}/pid; echo building; exec sleep 60")

    def give_up(_line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(facts, "1.27.1", str(tmp_path / "bin"), {"PATH": os.environ["PATH"]}, give_up)
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_the_version_that_is_there(tmp_path):
    assert installed_version(str(tmp_path / "dlv")) is None
    assert installed_version(script(tmp_path / "dlv", DLV.replace("VERSION", "1.26.3"))) == "1.26.3"
    assert installed_version(script(tmp_path / "dlv", "#!/bin/sh\n")) is None
