"""A build that fails, with the real dlv and the real go: the first error in sight, and every line with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.e2e.workspaces import BROKEN, ERROR, Workspace, dlvs, environment, outputs, said
from tests.real import Client, Json, dapshim, gone

WITHIN = 5.0


@attrs.frozen
class Case:
    """Files that do not build; the first error and every place that is named, seen from the folder of the workspace."""

    files: dict[str, str]
    first: str
    places: tuple[tuple[str, int, int | None], ...] = ()
    launch: dict[str, Any] = attrs.field(factory=dict)


CASES = {
    "debug, several files": Case(
        {
            "main.go": "package main\n\nfunc main() { first(); helped() }\n",
            "more.go": 'package main\n\nfunc helped() {\n\tvar x map[string]struct{ A int } = 1\n\t_ = "{n}" + 2\n}\n',
        },
        "main.go:3:15: undefined: first",
        (("main.go", 3, 15), ("more.go", 4, 6), ("more.go", 4, 37), ("more.go", 5, 6)),
    ),
    "braces in the words": Case(
        {"main.go": "package main\n\nfunc main() {\n\tvar x struct{ A int } = struct{}{}\n\t_ = x\n}\n"},
        "main.go:4:26: cannot use struct()() (value of type struct())",
        (("main.go", 4, 26),),
    ),
    "a package below": Case(
        {
            "main.go": 'package main\n\nimport "example.com/app/lib"\n\nfunc main() { lib.X() }\n',
            "lib/lib.go": "package lib\n\nfunc X() { nosuch() }\n",
        },
        "lib/lib.go:3:12: undefined: nosuch",
        (("lib/lib.go", 3, 12),),
    ),
    "test": Case(
        {"it_test.go": 'package main\n\nimport "testing"\n\nfunc TestIt(t *testing.T) { nosuch() }\n'},
        "it_test.go:5:29: undefined: nosuch",
        (("it_test.go", 5, 29),),
        {"mode": "test"},
    ),
    "cgo": Case(
        {"main.go": 'package main\n\n// int f(int x) { return y; }\nimport "C"\n\nfunc main() { C.f(1) }\n'},
        "main.go:3:24: error: 'y' undeclared",
        (("main.go", 3, 24),),
    ),
}  # fmt: skip


def lay_out(folder: Path, files: dict[str, str]) -> Workspace:
    app = Workspace.at(folder)
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return app


async def failed(client: Client, **launch: Any) -> Json:
    """Launch what does not build; return the response."""
    await client.ok("initialize", {"adapterID": "go", "pathFormat": "path"})
    answer = await client.ask("launch", {"request": "launch", "mode": "debug", **launch})
    assert not answer["success"]
    assert answer["body"]["error"]["showUser"] is True
    return answer


@pytest.mark.parametrize("name", CASES)
async def test_the_first_error_is_in_the_response_and_every_place_is_a_link(tmp_path, name):
    case = CASES[name]
    app = lay_out(tmp_path / "app", case.files)
    scratch = tmp_path / "scratch"
    async with dapshim(env=environment(scratch)) as shim:
        client = await shim.connect()
        answer = await failed(client, program=str(app.folder), **case.launch)
        words = answer["body"]["error"]["format"]
        assert words.startswith(f"Failed to launch: {app.folder}/{case.first}")
        assert "{" not in words
        told = [m["body"] for m in client.log if m.get("event") == "output"]
        places = [(each["source"]["path"], each["line"], each.get("column")) for each in told if "source" in each]
        # gcc says some things twice.
        assert list(dict.fromkeys(places)) == [(f"{app.folder}/{path}", line, column) for path, line, column in case.places]
        (errors,) = [m["body"]["errors"] for m in client.log if m.get("event") == "dapshim/buildErrors"]
        assert errors
        assert {(each["file"], each["line"], each["column"] or None) for each in errors} <= set(places)
        for path, line, _ in places:
            assert len(Path(path).read_text().splitlines()) >= line
        console = outputs(client)
        assert console.count("Build Error: go ") == 1
        assert "exit status 1)\n" in console
        assert "# example.com/app" in console
        await client.ok("disconnect")
        await gone(lambda: dlvs(shim) or app.binaries or list(scratch.iterdir()), WITHIN)


async def test_go_mod_that_is_wrong_is_named(tmp_path):
    app = lay_out(tmp_path / "app", {"go.mod": "module example.com/app\n\ngo 1.25\n\nrequire example.com/gone v1.0.0\n"})
    async with dapshim(env=environment(tmp_path / "scratch", GOFLAGS="-mod=vendor")) as shim:
        client = await shim.connect()
        answer = await failed(client, program=str(app.folder))
        assert "vendor" in answer["body"]["error"]["format"]
        assert "Check the debug console" not in answer["body"]["error"]["format"]
        await client.ok("disconnect")


async def test_a_workspace_that_was_opened_by_a_link_keeps_its_spelling(tmp_path):
    app = Workspace.at(tmp_path / "real")
    app.change(*BROKEN)
    (tmp_path / "link").symlink_to(app.folder)
    async with dapshim() as shim:
        client = await shim.connect()
        answer = await failed(client, program=str(tmp_path / "link"))
        assert answer["body"]["error"]["format"] == f"Failed to launch: {tmp_path}/link/main.go{ERROR}"
        places = [m["body"]["source"]["path"] for m in client.log if "source" in m.get("body", {})]
        assert places == [f"{tmp_path}/link/main.go"]
        await client.ok("disconnect")


async def test_what_a_program_prints_is_never_taken_for_a_failed_build(tmp_path):
    app = Workspace.at(tmp_path / "app")
    app.change("says", "Build Error: go build\\nmain.go:3:4: my own\\n(exit status 1)")
    async with dapshim() as shim:
        client = await shim.connect()
        await client.start(app.program, mode="debug", program=str(app.folder), outputMode="remote")
        await said(client, "Build Error: go build\nmain.go:3:4: my own\n(exit status 1) the first")
        assert not [m for m in client.log if "source" in m.get("body", {}) and m["event"] == "output"]
        assert "dapshim/buildErrors" not in [m.get("event") for m in client.log]
        await client.ok("disconnect", {"terminateDebuggee": True})
