"""`dapshim inspect` and `dapshim explain`, as they are typed."""

from __future__ import annotations

import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dapshim.diagnose.catalogue import CATALOGUE
from tests.diagnose.binaries import DEBUG, Binaries
from tests.real import BOUND, clean_environment


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Binaries:
    return Binaries(tmp_path_factory.mktemp("inspect"))


def run(*arguments: str | Path, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dapshim", *map(str, arguments)],
        cwd=cwd,
        env=clean_environment(**environment),
        check=False,
        capture_output=True,
        text=True,
        timeout=BOUND,
    )


def document(*arguments: str | Path) -> dict[str, Any]:
    done = run("inspect", *arguments, "--json")
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_healthy_program(shop: Binaries):
    path = shop.go(DEBUG)
    done = run("inspect", path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing stands in the way of debugging it." in done.stdout
    assert document(path) == {
        "file": str(path),
        "plain": {"breakpoints": "yes", "stack": "yes", "variables": "yes"},
        "dapshim": {"breakpoints": "yes", "stack": "yes", "variables": "yes"},
        "findings": [],
    }


def test_a_stripped_program(shop: Binaries):
    path = shop.go("-ldflags=-s -w")
    done = run("inspect", path)
    assert done.returncode == 1
    assert "warning no-dwarf: The debug info is gone: it was built with -ldflags='-s -w'." in done.stdout
    assert f'cd {shop.source} && go build -gcflags="all=-N -l" -o {path} .' in done.stdout.splitlines()[-1]
    found = document(path)
    assert found["plain"] == {"breakpoints": "no", "stack": "no", "variables": "no"}
    assert found["dapshim"] == {"breakpoints": "partly", "stack": "yes", "variables": "partly"}
    (finding,) = found["findings"]
    assert finding.keys() == {"code", "severity", "message", "evidence", "remedies"}
    assert (finding["code"], finding["severity"]) == ("no-dwarf", "warning")
    assert "build info: -ldflags=-s -w" in finding["evidence"]
    assert [each.keys() for each in finding["remedies"]] == [{"title", "command"}]


def test_info_alone_is_no_failure(shop: Binaries):
    assert run("inspect", shop.go(DEBUG, "-trimpath")).returncode == 0


def test_the_path_is_the_person_s_own_from_where_they_are(shop: Binaries):
    path = shop.go(DEBUG)
    done = run("inspect", path.name, "--json", cwd=path.parent)
    assert json.loads(done.stdout)["file"] == str(path)


def test_what_is_not_there_or_no_option(tmp_path):
    done = run("inspect", tmp_path / "nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"dapshim: cannot read {tmp_path / 'nothing'}: no such file or directory\n"
    assert run("inspect").returncode == 2
    assert run("inspect", "").returncode == 2
    assert run("--trace", "x", "inspect", "x").returncode == 2


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    done = run("inspect", tmp_path / "pipe")
    assert done.returncode == 1
    assert f"error not-executable: {tmp_path / 'pipe'} is a named pipe, not an executable file." in done.stdout


def test_a_stale_source(shop: Binaries, tmp_path):
    folder = tmp_path / "inspected"
    shutil.copytree(shop.source, folder)
    subprocess.run(["go", "build", DEBUG, "-o", tmp_path / "program", "."], cwd=folder, check=True, env=clean_environment())
    main = folder / "main.go"
    main.write_text(main.read_text().replace("func tiny", "// More.\nfunc tiny"))
    done = run("inspect", tmp_path / "program")
    assert done.returncode == 1
    assert f"warning stale-source: {main} was changed since the binary was built" in done.stdout


def killed_by_its_own_hand(program: Path, folder: Path) -> Path | None:
    """Return the core of a Go program that dies of SIGABRT; None where this machine writes none."""

    def unlimited() -> None:
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    folder.mkdir()
    dying = subprocess.run(
        [program], cwd=folder, preexec_fn=unlimited, check=False, capture_output=True, timeout=BOUND,
        env=clean_environment(GOTRACEBACK="crash"),
    )  # fmt: skip
    cores = list(folder.glob("core*"))
    return cores[0] if dying.returncode == -signal.SIGABRT and cores else None


def test_a_core_and_the_program_that_it_is_of(shop: Binaries, tmp_path):
    def panicking(out: Path) -> None:
        source = out.with_name("source")
        source.mkdir()
        (source / "main.go").write_text('package main\n\nfunc main() { panic("x") }\n')
        (source / "go.mod").write_text("module example.com/dies\n\ngo 1.21\n")
        subprocess.run(["go", "build", DEBUG, "-o", out, "."], cwd=source, check=True, env=clean_environment())

    program = shop.made("panicking", panicking)
    core = killed_by_its_own_hand(program, tmp_path / "dying")
    if core is None:
        pytest.skip("this machine writes no core files")
    assert document(program, "--core", core)["findings"] == []
    other = document(shop.go(DEBUG), "--core", core)
    assert [each["code"] for each in other["findings"]] == ["core-mismatch"]
    assert str(program) in other["findings"][0]["message"]
    assert other["plain"] == {"breakpoints": "no", "stack": "no", "variables": "no"}
    assert [each["code"] for each in document(core)["findings"]] == ["core-file"]
    assert run("inspect", program, "--core", program).stderr == f"dapshim: {program} is no core file\n"


@pytest.mark.parametrize("columns", [44, 80, 160])
def test_no_line_but_a_command_is_wider_than_the_terminal(columns, shop: Binaries):
    path = shop.go("-ldflags=-s -w")
    leader, follower = pty.openpty()
    variables = clean_environment(COLUMNS=str(columns), TERM="xterm", NO_COLOR="1")
    process = subprocess.Popen(
        [sys.executable, "-m", "dapshim", "inspect", path], stdout=follower, stderr=follower, stdin=follower, env=variables
    )
    os.close(follower)
    text = b""
    while True:
        try:
            data = os.read(leader, 4096)
        except OSError:
            break
        if not data:
            break
        text += data
    os.close(leader)
    assert process.wait(BOUND) == 1
    lines = text.decode().replace("\r", "").replace("\x1b[1m", "").replace("\x1b[0m", "").split("\n")
    assert all(len(line) <= columns or "go build" in line for line in lines), lines


def test_explain():
    done = run("explain", "no-dwarf")
    assert done.returncode == 0
    assert done.stdout.startswith("no-dwarf (warning): The debug info is gone\n")
    assert "What mends it: " in done.stdout
    assert [line.split()[0] for line in run("explain").stdout.splitlines()] == [each.code for each in CATALOGUE]
    assert json.loads(run("explain", "optimized", "--json").stdout)["severities"] == ["warning", "info"]
    wrong = run("explain", "no-dwarv")
    assert (wrong.returncode, wrong.stderr) == (2, "dapshim: There is no code no-dwarv. Did you mean no-dwarf?\n")
