"""`dapshim why` as it is typed; what it says of each cause is shown beside the sessions, in tests/e2e/test_causes.py."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.e2e.causes import DEBUG, Made, Session
from tests.real import BOUND, Json, clean_environment

LAUNCH = """{
    // two of them
    "configurations": [
        {"name": "shop", "type": "go", "request": "launch", "mode": "debug", "program": "${workspaceFolder}"},
        {"name": "tests", "type": "go", "request": "launch", "mode": "test", "program": "${workspaceFolder}/lib"},
        {"name": "built", "type": "go", "request": "launch", "mode": "exec", "program": "BINARY"},
    ],
}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    found = Session(at="total := 0").made(tmp_path_factory.mktemp("why"))
    (found.root / ".vscode").mkdir()
    (found.root / ".vscode/launch.json").write_text(LAUNCH.replace("BINARY", str(found.binary)))
    return found


def why(made: Made, *arguments: str, code: int) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "dapshim", "why", *arguments],
        cwd=made.root,
        env=clean_environment(CGO_ENABLED="0", COLUMNS="200"),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout if code < 2 else done.stderr


def told(made: Made, *arguments: str, code: int) -> Json:
    found: Json = json.loads(why(made, *arguments, "--json", code=code))
    return found


def test_the_whole_answer(made):
    assert told(made, "main.go:12", str(made.binary), code=1) == {
        "file": str(made.source),
        "line": 12,
        "function": "work",
        "settable": False,
        "cause": "no-code",
        "message": "main.go:12 is a comment; the nearest lines with code in work: 11 and 14. In a session it moves to line 14.",
        "nearest": [11, 14],
        "evidence": [
            "module example.com/causes (devel)",
            "the program is example.com/causes",
            f"the file is recorded as {made.source} (exact)",
            "work, lines 10 to 18, has code of its own",
            "line 12 is a comment",
            "the line table has code on lines 10, 11, 14, 15, 17",
        ],
        "remedies": [{"title": "Set it at line 14", "command": ""}],
    }


def test_where_breakpoints_stay_it_does_not_say_that_one_moves(made):
    project = made.root / ".dapshim.toml"
    project.write_text("slideBreakpoints = false\n")
    try:
        found = told(made, "main.go:12", str(made.binary), code=1)
    finally:
        project.unlink()
    assert found["message"] == "main.go:12 is a comment; the nearest lines with code in work: 11 and 14."
    assert found["remedies"] == [{"title": "Set it at line 14", "command": ""}]


def test_one_that_can_be_set(made):
    found = told(made, "main.go:11", str(made.binary), code=0)
    assert (found["settable"], found["cause"], found["remedies"], found["nearest"]) == (True, None, [], [])
    found = told(made, "main.work", str(made.binary), code=0)
    assert (found["file"], found["line"], found["function"]) == (None, None, "main.work")
    assert f"main.work begins at {made.source}:10" in found["evidence"]


def test_the_page(made):
    text = why(made, "main.go:12", str(made.binary), code=1)
    assert f"{made.source}:12 in {made.binary}" in text
    assert "cannot be set no-code: main.go:12 is a comment" in text
    assert "  → Set it at line 14\n" in text
    assert "can be set\n" in why(made, "main.go:11", str(made.binary), code=0)


@pytest.mark.parametrize(
    ("what", "where", "cause"),
    [
        ("main.go:12", ".", "no-code"),
        ("main.go:11", ".", None),
        ("main.go:11", "", None),
        ("main.go:3", ".", "no-code"),
        ("main.go:99", ".", "past-end"),
        ("lib/lib.go:6", ".", None),
        ("lib/lib_test.go:6", ".", "not-in-build"),
        ("lib/lib_windows.go:4", ".", "not-in-build"),
        ("lib/more.go:6", ".", "not-in-build"),
        ("lib/with_c.go:9", ".", "not-in-build"),
        ("other/other.go:4", ".", "not-linked"),
        ("other/other.go:4", "cmd/other", None),
        ("main.wrok", ".", "no-function"),
        ("main.work", ".", None),
        ("lib.Do", ".", None),
        ("lib/lib_test.go:6", ".vscode/launch.json --configuration tests", None),
        ("lib/lib_test.go:6", ".vscode/launch.json", "not-in-build"),
        ("main.go:11", ".vscode/launch.json", None),
        ("main.go:19", ".vscode/launch.json --configuration built", "no-code"),
    ],
)
def test_without_a_build_the_sources_tell(made, what, where, cause):
    found = told(made, what, *where.split(), code=1 if cause else 0)
    assert found["cause"] == cause


def test_the_programs_that_have_a_package(made):
    found = told(made, "other/other.go:4", ".", code=1)
    assert "It belongs to cmd/other." in found["message"]
    assert found["remedies"] == [{"title": "Debug cmd/other", "command": f"dlv debug {made.root}/cmd/other"}]


def test_a_stripped_program_of_a_system_where_dapshim_needs_debug_info(tmp_path):
    environment = {"CGO_ENABLED": "0", "GOARCH": "arm64"}
    made = Session(at="return total", flags=(*DEBUG, "-ldflags=-s"), environment=environment).made(tmp_path)
    found = told(made, f"main.go:{made.line}", str(made.binary), code=1)
    assert found["cause"] == "no-dwarf"


def test_a_stripped_program_elsewhere(tmp_path):
    made = Session(at="return total", flags=(*DEBUG, "-ldflags=-s")).made(tmp_path)
    found = told(made, f"main.go:{made.line}", str(made.binary), code=0)
    assert found["evidence"][-1].startswith("there is no debug info")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("",), "an empty text names neither a line nor a function"),
        (("main.go",), "main.go names no line; write FILE:LINE"),
        (("nosuch.go:1",), "nosuch.go is not there"),
        (("main.go:1", "nosuch"), "nosuch is not there; name a program, a folder with one, or a launch.json"),
        (("main.go:1", ".", "--configuration", "x"), "--configuration names one of a launch.json"),
    ],
)
def test_wrong_usage_is_one_line(made, arguments, said):
    assert said in why(made, *arguments, code=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("main.go:1", "go.mod"), "go.mod"),
        (
            ("main.go:1", ".vscode/launch.json", "--configuration", "nosuch"),
            'no configuration "nosuch"; it has shop, tests, built',
        ),
    ],
)
def test_what_cannot_be_read_is_one_line(made, arguments, said):
    done = subprocess.run(
        [sys.executable, "-m", "dapshim", "why", *arguments],
        cwd=made.root,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_it_loads_no_session():
    """A person waits for it: what only a session needs costs a third of the whole."""
    code = (
        "import sys, dapshim.cli.why, dapshim.delve.hollow; print([name for name in ('trio', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=BOUND)
    assert done.stdout == "[]\n"
