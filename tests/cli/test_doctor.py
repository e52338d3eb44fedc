"""`dapshim doctor` as a person runs it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import ran
from tests.delve.checkup_scene import MAIN, Scene, mod

EXAMPLE = Path(__file__).parents[2] / "examples/gowork"

BROKEN = """{
  // why not
  "configurations": [
    {
      "name": "c", "type": "go", "request": "launch", "debugServer": "4711", // a text
      "porgram": "${workspaceFolder}/c", /* a slip */
      "mode": "debug",
      "buildFlags": "-ldflags='-s -w'",
    },
  ],
}
"""


def run(scene: Scene, *arguments: str) -> tuple[int, str, str]:
    return ran(*arguments, cwd=scene.ws, env=scene.environ)


def broken(tmp_path: Path) -> Scene:
    return Scene.of(tmp_path).write(
        {
            ".vscode/launch.json": BROKEN,
            "go.work": "go 1.21\n\nuse ./a\n",
            "a/go.mod": mod("example.com/a"),
            "c/go.mod": mod("example.com/c", go="1.22"),
            "c/main.go": MAIN,
        }
    )


def test_the_example_is_healthy(tmp_path):
    """Nothing listens on its port, which is a note; a build that is left behind in the folder would be no finding either."""
    scene = Scene.of(tmp_path)
    shutil.copytree(EXAMPLE, scene.ws, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__debug_bin*"))
    code, out, err = run(scene, "doctor")
    assert (code, err) == (0, "")
    assert "Nothing is wrong." in out
    assert "error" not in out
    assert "warning" not in out
    assert f"{scene.ws}\nGo       go1." in out
    assert "go.work  3 modules  go.work\nlaunch   3 configurations  .vscode/launch.json\n" in out


def test_configurations_of_dapshims_own_type_count(tmp_path):
    scene = broken(tmp_path).write({".vscode/launch.json": BROKEN.replace('"type": "go"', '"type": "dapshim"')})
    _, out, _ = run(scene, "doctor")
    assert "launch   1 configuration  .vscode/launch.json\n" in out


def test_the_page_says_where_and_what_to_do(tmp_path):
    scene = broken(tmp_path)
    code, out, err = run(scene, "doctor")
    assert (code, err) == (1, "")
    assert 'error    .vscode/launch.json:5:70  debug-server\n         "c": "debugServer" must be a number' in out
    assert '\n         → Write "debugServer": 4711 (--fix does it)\n' in out
    assert "warning  .vscode/launch.json:6:7  launch-ignored\n" in out
    assert out.splitlines()[-1] == "2 errors, 2 warnings, 1 note."
    assert not any(line != line.rstrip() for line in out.splitlines())


def test_as_json(tmp_path):
    scene = broken(tmp_path)
    code, out, err = run(scene, "doctor", "--json")
    assert (code, err) == (1, "")
    document = json.loads(out)
    assert document["folder"] == str(scene.ws)
    assert document["configurations"] == 1
    assert document["modules"] == [f"{scene.ws}/a"]
    found = {each["code"]: each for each in document["findings"]}
    assert set(found) == {"debug-server", "launch-refused", "launch-ignored", "launch-flags", "work-unused"}
    ignored = found["launch-ignored"]
    assert ignored["severity"] == "warning"
    assert ignored["place"] == {
        "file": f"{scene.ws}/.vscode/launch.json",
        "range": {"start": {"line": 6, "column": 6}, "end": {"line": 6, "column": 15}},
    }
    (remedy,) = ignored["remedies"]
    assert remedy["safe"] is True
    assert remedy["edits"][0]["text"] == '"program"'


def test_fix_shows_and_mends_and_keeps_comments(tmp_path):
    scene = broken(tmp_path)
    (scene.ws / ".vscode/launch.json").chmod(0o640)
    code, out, _ = run(scene, "doctor", "--fix")
    assert '\n-      "porgram": "${workspaceFolder}/c", /* a slip */\n' in out
    assert '\n+      "program": "${workspaceFolder}/c", /* a slip */\n' in out
    # The program had no name before, so what is wrong with its module comes to light by that.
    assert f"\n$ cd {scene.ws} && go work use ./c\n" in out
    assert out.endswith("\nLooked again: nothing is wrong now.\n")
    assert code == 0
    assert "./c" in (scene.ws / "go.work").read_text()
    expected = (
        BROKEN.replace("porgram", "program")
        .replace('"4711"', "4711")
        .replace('      "buildFlags": "-ldflags=\'-s -w\'",\n', "")
    )
    assert (scene.ws / ".vscode/launch.json").read_text() == expected
    assert (scene.ws / ".vscode/launch.json").stat().st_mode & 0o777 == 0o640
    assert run(scene, "doctor", "--fix")[1].endswith("\nNothing here is for --fix to mend.\n")


def test_fix_changes_no_setting_of_go_and_deletes_nothing(tmp_path):
    scene = Scene.of(tmp_path, saved="GOFLAGS=-trimpath\n").write(
        {
            "go.work": "go 1.21\n\nuse ./a\nuse ./gone\n",
            "a/go.mod": mod("example.com/a", "require x.example/y v1.0.0", "replace x.example/y => ../nowhere"),
        }
    )
    before = {path: path.read_bytes() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
    code, out, _ = run(scene, "doctor", "--fix")
    assert code == 1
    assert "Nothing here is for --fix to mend." in out
    assert {path: path.read_bytes() for path in before} == before


def test_a_launch_json_that_is_a_link_stays_one(tmp_path):
    scene = broken(tmp_path)
    own = scene.ws / ".vscode/launch.json"
    shutil.move(own, tmp_path / "shared.json")
    own.symlink_to(tmp_path / "shared.json")
    run(scene, "doctor", "--fix")
    assert own.is_symlink()
    assert '"program"' in (tmp_path / "shared.json").read_text()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("doctor", "nowhere"), 2, "nowhere is not there; name a folder, a launch.json or a .code-workspace"),
        (("doctor", "--fix", "--json"), 2, "--fix shows what it does and prints no JSON"),
        (("--listen", "0", "doctor"), 2, "--listen is no option of dapshim doctor"),
    ],
)
def test_usage(arguments, code, says, tmp_path):
    found, out, err = run(broken(tmp_path), *arguments)
    assert (found, out) == (code, "")
    assert says in err
    assert err.count("\n") == 1


def test_options_in_front_count(tmp_path):
    scene = broken(tmp_path)
    scene.write({".vscode/launch.json": BROKEN.replace("porgram", "program")})
    assert "work-unused" in run(scene, "doctor")[1]
    assert "work-unused" not in run(scene, "--go-work", "off", "doctor")[1]
    assert "/nonexistent/dlv, which --dlv names" in run(scene, "--dlv", "/nonexistent/dlv", "doctor")[1]
    assert "/nonexistent/go, which --go names" in run(scene, "--go", "/nonexistent/go", "doctor")[1]
    (scene.ws / "a/.git").mkdir()
    assert run(scene, "--workspace-folder", "a", "doctor")[1].startswith(f"{scene.ws}/a\n")


def test_what_cannot_be_read_or_written_is_said(tmp_path):
    scene = broken(tmp_path)
    folder = scene.ws / ".vscode"
    (folder / "tasks.json").mkdir()
    (folder / "settings.json").write_bytes(b'{"a": "\xff"}')
    code, out, err = run(scene, "doctor")
    assert (code, err) == (1, "")
    assert ".vscode/settings.json:1:1  launch-syntax" in out
    assert "this is no UTF-8 text (invalid start byte at byte 7)" in out.replace("\n         ", " ")
