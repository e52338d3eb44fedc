from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from dapshim.delve.versions import PINNED
from tests.cli.running import ran
from tests.real import clean_environment, tool

BUILD_BOUND = 600.0
"""Seconds: where nothing is cached, go fetches and compiles 30 packages."""


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    return ran(*arguments, env=clean_environment(**environment), seconds=BUILD_BOUND)


@pytest.fixture
def fake(tmp_path):
    """Write a go command of some version that installs a dlv which says of what version it is."""

    def write(version: str = "go1.26.8", install: str = "") -> str:
        answer = json.dumps({"GOVERSION": version, "GOHOSTOS": "linux", "GOHOSTARCH": "amd64", "GOPATH": f"{tmp_path}/gopath"})
        path = tmp_path / "tools/go"
        path.parent.mkdir(exist_ok=True)
        default = """
echo "go: downloading $3" >&2
printf '#!/bin/sh\\necho "Version: %s"\\n' "${3##*@v}" > "$GOBIN/dlv"
chmod +x "$GOBIN/dlv"
"""
        path.write_text(f"#!/bin/sh\ncase $1 in env) echo '{answer}' ;; install) {install or default} ;; esac\n")
        path.chmod(0o755)
        return str(path)

    return write


def bare(tmp_path: Path) -> dict[str, str]:
    """The settings of a machine on which there is no dlv."""
    return {
        "HOME": f"{tmp_path}/home",
        "PATH": "/usr/bin:/bin",
        "XDG_DATA_HOME": "",
        "XDG_CONFIG_HOME": "",
        "GOPATH": "",
        "GOBIN": "",
    }


def test_a_real_dlv_is_built_where_go_is_set_up_for_something_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "go.mod").write_text("module example.com/m\n\ngo 1.21\n")
    settings = {
        "GOFLAGS": "-mod=vendor",
        "GOOS": "windows",
        "GOWORK": "/nonexistent/go.work",
        "XDG_DATA_HOME": str(tmp_path / "data"),
    }
    code, out, err = run("--go", tool("go"), "install-dlv", **settings)
    assert code == 0, err
    dlv = tmp_path / "data/dapshim/bin/dlv"
    assert out.startswith(f"dlv {PINNED} is installed as {dlv}\n")
    assert f"building dlv {PINNED} with go1." in err
    printed = subprocess.run([dlv, "version"], capture_output=True, text=True, check=True).stdout
    assert f"Version: {PINNED}\n" in printed


def test_it_is_found_where_it_was_put(tmp_path, fake):
    dlv = f"{tmp_path}/home/.local/share/dapshim/bin/dlv"
    code, out, err = run("--go", fake(), "install-dlv", **bare(tmp_path))
    assert (code, out) == (
        0,
        f"dlv {PINNED} is installed as {dlv}\ndapshim finds it there; nothing else is to be done.\n",
    )
    assert err.splitlines() == [
        f"dapshim: building dlv {PINNED} with go1.26.8 into {Path(dlv).parent}",
        f"go: downloading github.com/go-delve/delve/cmd/dlv@v{PINNED}",
    ]


def test_one_that_is_there_is_left_unless_forced(tmp_path, fake):
    where = ("--to", str(tmp_path / "bin"))
    assert "is installed as" in run("--go", fake(), "install-dlv", *where)[1]
    broken = fake(install="exit 1")
    code, out, err = run("--go", broken, "install-dlv", *where)
    assert (code, err) == (0, "")
    assert out.startswith(f"dlv {PINNED} is there already: {tmp_path}/bin/dlv\n")
    assert run("--go", broken, "install-dlv", *where, "--force")[0] == 1
    assert run("--go", broken, "install-dlv", *where, "--version", "1.26.3")[0] == 1


@pytest.mark.parametrize(("go", "version"), [("go1.24.11", "1.26.3"), ("go1.21.13", "1.25.0"), ("go1.27rc1", PINNED)])
def test_the_newest_for_the_go_in_use(tmp_path, fake, go, version):
    code, out, _ = run("--go", fake(go), "install-dlv", "--to", str(tmp_path / "bin"), "--json")
    assert code == 0
    answer = json.loads(out)
    assert (answer["version"], answer["go"], answer["mismatch"], answer["built"]) == (version, go, None, True)


def test_one_that_was_asked_for_and_does_not_go_with_it_says_so(tmp_path, fake):
    code, out, _ = run("--go", fake(), "install-dlv", "--to", str(tmp_path / "bin"), "--version", "v1.25.0")
    assert code == 0
    assert "It does not go with the go1.26.8 in use: Delve 1.25.0 does not know Go 1.26 yet" in out
    assert f"Mend it with: go install github.com/go-delve/delve/cmd/dlv@v{PINNED}\n" in out


def test_another_that_comes_first_is_named_and_the_way_to_this_one(tmp_path, fake):
    settings = bare(tmp_path)
    other = tmp_path / "gopath/bin/dlv"
    other.parent.mkdir(parents=True)
    other.write_text("#!/bin/sh\n")
    other.chmod(0o755)
    _, out, _ = run("--go", fake(), "install-dlv", "--to", f"{tmp_path}/a b", **settings)
    assert f"dapshim finds {other} first; to have this one: dapshim --dlv '{tmp_path}/a b/dlv' --listen 4711\n" in out
    assert f'"dapshim": {{"dlv": "{tmp_path}/a b/dlv"}}' in out
    other.unlink()
    assert (
        "dapshim does not look there by itself" in run("--go", fake(), "install-dlv", "--to", f"{tmp_path}/a b", **settings)[1]
    )


def test_the_go_may_come_from_the_environment(tmp_path, fake):
    assert run("install-dlv", "--to", str(tmp_path / "bin"), DAPSHIM_GO=fake("go1.24.1"))[1].startswith("dlv 1.26.3 ")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("install-dlv", "--version", "1.x"), 2, '--version: "1.x" is no version of Delve; write 1.27.1 or latest'),
        (("install-dlv", "--version", ""), 2, '--version: "" is no version of Delve'),
        (("install-dlv", "--to", ""), 2, "--to: an empty text names no folder"),
        (("--go", "/nonexistent/go", "install-dlv"), 1, "/nonexistent/go cannot be run: No such file or directory"),
        (("--listen", "0", "install-dlv"), 2, "--listen is no option of dapshim install-dlv"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path, arguments, code, said):
    found, out, err = run(*arguments, XDG_DATA_HOME=str(tmp_path))
    assert (found, out) == (code, "")
    assert said in err
    assert err.count("\n") == 1


def test_without_go_and_without_a_home_it_says_what_to_do(tmp_path):
    (tmp_path / "empty").mkdir()
    _, _, err = run("install-dlv", PATH=str(tmp_path / "empty"), XDG_DATA_HOME=str(tmp_path))
    assert err == (
        "dapshim: there is no go on the PATH; install Go (https://go.dev/dl), or name one: dapshim --go PATH install-dlv\n"
    )
    _, _, err = run("install-dlv", HOME="", XDG_DATA_HOME="")
    assert err == "dapshim: neither HOME nor XDG_DATA_HOME says where to put it; name a folder with --to\n"


def test_a_build_that_fails_ends_with_gos_own_words(tmp_path, fake):
    go = fake(install="echo 'go: x: no such host' >&2; exit 1")
    code, out, err = run("--go", go, "install-dlv", "--to", str(tmp_path / "bin"))
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert re.fullmatch(r"dapshim: `\S+/go install -v \S+` failed with exit status 1: go: x: no such host", last)
    assert list((tmp_path / "bin").iterdir()) == []
