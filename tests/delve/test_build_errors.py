"""What go prints when a build fails, read: the cases are built here with the real go, so that its words are not remembered."""

from __future__ import annotations

import os
import shutil
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.build_errors import HEADING, BuildFailure, BuildLine, Folders, is_build_error, read_delves, read_gos
from tests.delve.build_failures import BUILD, C_CASES, CASES, MOD, USES, Case, c_code, main
from tests.real import BOUND, Client, clean_environment, dlv_dap, tool

needs_gcc = pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no C compiler")


def environment(**more: str) -> dict[str, str]:
    fixed = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "LC_ALL": "C"}
    return clean_environment(**fixed) | more


def failed(case: Case, root: Path) -> BuildFailure:
    """Write the tree, build it, and read what go printed."""
    for name, text in ({"go.mod": MOD} | case.files).items():
        # An empty one is not there; go.work has its modules in folders.
        if name != "go.mod" or (text and ("go.work" not in case.files or "go.mod" in case.files)):
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    where = root / case.cwd
    done = run(where, *case.command, **case.env)
    modules = {"example.com/m": str(root), "example.com/o": str(root / "o")}
    return read_gos("go", done, Folders(os.path.normpath(where), modules=modules))


def run(where: Path, *command: str, **env: str) -> str:
    done = subprocess.run(
        [tool("go"), *command],
        cwd=where,
        env=environment(PWD=str(where)) | env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BOUND * 2,
        check=False,
    )
    assert done.returncode != 0, "it builds"
    return done.stdout


@pytest.mark.parametrize(
    "case", [*CASES, *(pytest.param(case, marks=needs_gcc) for case in C_CASES)], ids=lambda case: case.name
)
def test_the_first_error_says_where_and_what(case, tmp_path):
    found = failed(case, tmp_path)
    printed = "\n".join(line.text for line in found.lines)
    expected = case.error.replace("{root}", str(tmp_path)).replace("{ld}", "")
    said = found.first_error if "{ld}" not in case.error else found.first_error.partition("ld: ")[2]
    assert said.startswith(expected), f"{found.first_error}\n\nwas read from\n\n{printed}"
    assert "\n" not in found.first_error
    assert all(Path(line.path).is_absolute() for line in found.lines if line.path)


def test_every_line_that_names_a_place_has_it(tmp_path):
    case = Case(
        "several",
        {"a.go": main('import "os"\n\nfunc main() { no(); f(1) }\n\nfunc f(a, b int) {}'), "b.go": main("func f() {}")},
        "",
    )
    lines = failed(case, tmp_path).lines
    a, b = str(tmp_path / "a.go"), str(tmp_path / "b.go")
    assert [(line.kind, line.path, line.line, line.column) for line in lines] == [
        ("error", None, None, None) if not line.text.startswith("#") else ("other", None, None, None) for line in lines[:1]
    ] + [
        ("error", b, 3, 6),
        ("note", a, 7, 6),
        ("error", a, 3, 8),
        ("error", a, 5, 15),
        ("error", a, 5, 23),
        ("note", None, None, None),
        ("note", None, None, None),
    ]
    assert lines[1].message == "f redeclared in this block"
    assert lines[1].place == f"{b}:3:6"
    assert lines[0] == BuildLine("# example.com/m", "other", "# example.com/m")


def test_too_many_errors_is_no_error_of_its_own(tmp_path):
    body = "\n".join(f"\tno{number}()" for number in range(12))
    lines = failed(Case("many", {"main.go": main(f"func main() {{\n{body}\n}}")}, ""), tmp_path).lines
    assert [line.kind for line in lines[1:]] == ["error"] * 10 + ["note"]
    assert lines[-1].message == "too many errors"


@needs_gcc
def test_what_gcc_draws_around_an_error_is_none(tmp_path):
    case = Case("frames", {"main.go": c_code("static int f(int x) { return y; }")}, "")
    lines = failed(case, tmp_path).lines
    assert sum(line.kind == "error" for line in lines) == 1
    assert {line.path for line in lines if line.line is not None} == {str(tmp_path / "main.go")}


@needs_gcc
def test_colours_of_the_c_compiler_are_taken_out(tmp_path):
    case = Case("colours", {"main.go": c_code('#include "nosuch.h"')}, "", env={"CGO_CFLAGS": "-fdiagnostics-color=always"})
    (tmp_path / "seen").mkdir()
    found = failed(case, tmp_path)
    assert found.first_error.startswith(f"{tmp_path}/main.go:3:11: fatal error: nosuch.h")
    assert not any("\x1b" in line.text for line in found.lines)


def test_a_module_that_is_not_what_go_sum_says(tmp_path):
    proxy, module = tmp_path / "proxy/example.net/o/@v", "example.net/o@v1.2.3"
    proxy.mkdir(parents=True)
    (proxy / "v1.2.3.info").write_text('{"Version": "v1.2.3", "Time": "2024-01-01T00:00:00Z"}')
    (proxy / "v1.2.3.mod").write_text("module example.net/o\n")
    with zipfile.ZipFile(proxy / "v1.2.3.zip", "w") as packed:
        packed.writestr(f"{module}/go.mod", "module example.net/o\n")
        packed.writestr(f"{module}/o.go", "package o\n")
    wrong = "h1:" + "A" * 43 + "="
    case = Case(
        "sum",
        {
            "go.mod": f"{MOD}require example.net/o v1.2.3\n",
            "go.sum": f"example.net/o v1.2.3 {wrong}\n",
            "main.go": main('import _ "example.net/o"\nfunc main() {}'),
        },
        "",
        env={
            "GOPROXY": f"file://{tmp_path}/proxy",
            "GONOSUMDB": "*",
            "GOMODCACHE": str(tmp_path / "cache"),
            "GOFLAGS": "-mod=mod -modcacherw",
        },
    )
    found = failed(case, tmp_path)
    said = "verifying example.net/o@v1.2.3: checksum mismatch"
    assert said in found.first_error
    assert any("SECURITY ERROR" in line.text for line in found.lines)


# -- two spellings of one directory ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("named", [True, False], ids=["PWD names the link", "PWD names nothing"])
@pytest.mark.parametrize("inside", ["lib/x.go", "cmd/main.go"])
def test_a_linked_workspace_keeps_the_persons_spelling(tmp_path, named, inside):
    real, link = tmp_path / "data/ws-7", tmp_path / "home/ws"
    for name, text in {"go.mod": MOD, "cmd/main.go": USES, "lib/x.go": "package lib\n\nfunc X() {}\n"}.items():
        (real / name).parent.mkdir(parents=True, exist_ok=True)
        (real / name).write_text(text)
    (real / inside).write_text((real / inside).read_text().replace("() {", "() { nosuch();"))
    link.parent.mkdir()
    link.symlink_to(real)
    printed = run(link / "cmd", *BUILD, PWD=str(link / "cmd") if named else "")
    seen = str(link / "cmd" if named else real / "cmd")
    folders = Folders(str(link / "cmd"), seen, {"example.com/m": str(link)}, {str(real): str(link)})
    assert read_gos("go", printed, folders).first_error.startswith(f"{link}/{inside}:")


def test_a_link_to_the_programs_folder_alone_does_not_lead_its_neighbours_astray():
    folders = Folders("/home/me/cmd", "/data/ws/cmd", {"example.com/m": "/data/ws"})
    found = read_gos("go", "# example.com/m/lib\n../lib/x.go:3:1: bad\n# example.com/m/cmd\n./a.go:1:2: bad", folders)
    assert [line.path for line in found.lines] == [None, "/data/ws/lib/x.go", None, "/home/me/cmd/a.go"]


# -- what this machine cannot be made to print -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "path", "line", "column"),
    [
        (r".\main.go:3:8: bad", r"C:\ws\cmd\main.go", 3, 8),
        (r"..\lib\x.go:3:8: bad", r"C:\ws\lib\x.go", 3, 8),
        (r"C:\else where\x.go:3:8: bad", r"C:\else where\x.go", 3, 8),
        (r"D:\x\main.go:3: bad", r"D:\x\main.go", 3, None),
        ("C:/ws/f.h:3:8: error: bad", r"C:\ws\f.h", 3, 8),
        ("./main.go:3:8: bad\r", r"C:\ws\cmd\main.go", 3, 8),
    ],
)
def test_windows(printed, path, line, column):
    (found,) = read_gos("go", printed, Folders(r"C:\ws\cmd")).lines
    assert (found.path, found.line, found.column) == (path, line, column)


@pytest.mark.parametrize(
    "printed",
    [
        'go: example.com/o@v1: Get "https://proxy.example.com:443/x": dial tcp proxy.example.com:443: i/o timeout',
        "go: proxy.example.com:443: connection refused",
        "dial tcp 127.0.0.1:80: connect: connection refused",
        "https://proxy.example.com:443: bad gateway",
        "<autogenerated>:1: cannot happen",
        "$WORK/b001/_cgo_gotypes.go:12:3: bad",
        "/tmp/go-build1234/b001/x.cgo1.go:12:3: bad",
        "sqlite3.c:12:3: error: bad",
        "main.go:0: no line",
    ],
)
def test_what_is_no_place_or_leads_nowhere(printed):
    found = read_gos("go", f"# example.org/unknown\n{printed}", Folders("/ws"))
    assert (found.lines[1].path, found.lines[1].line) == (None, None)
    assert found.first_error == printed


def test_a_terminals_codes_are_taken_out_and_an_unfinished_one_takes_no_line_with_it():
    printed = "\x1b]8;;https://x\x1b\\./a.go:1:2:\x1b[0;31m bad\x1b]8;;\x07\x1b[K\n\x1b]8;;never ended\n./b.go:3:4: bad"
    found = read_gos("go", printed, Folders("/ws"))
    assert [line.text for line in found.lines] == ["./a.go:1:2: bad", "", "./b.go:3:4: bad"]
    assert [line.place for line in found.lines] == ["/ws/a.go:1:2", "", "/ws/b.go:3:4"]


def test_progress_and_frames_are_passed_over():
    printed = "go: downloading example.net/o v1.2.3\n# example.com/m\nIn file included from f.c:2:\nf.h:1:7: error: bad"
    found = read_gos("go", printed, Folders("/ws", modules={"example.com/m": "/ws"}))
    assert found.first_error == "/ws/f.h:1:7: error: bad"
    assert [(line.kind, line.path, line.line) for line in found.lines] == [
        ("other", None, None),
        ("other", None, None),
        ("other", "/ws/f.c", 2),
        ("error", "/ws/f.h", 1),
    ]


def test_a_failure_with_nothing_but_frames_says_the_first_of_them():
    printed = "# example.com/m\n/go/pkg/tool/link: running gcc failed: exit status 1"
    assert read_gos("go", printed, Folders("/ws")).first_error == "/go/pkg/tool/link: running gcc failed: exit status 1"
    assert read_gos("go", "", Folders("/ws")).first_error == "the build failed, and the go command printed nothing"


# -- Delve's event ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("output", "command", "texts", "status"),
    [
        (
            "Build Error: go build .\n# m\n./x.go:1:2: bad (exit status 1)\n",
            "go build .",
            ["# m", "./x.go:1:2: bad"],
            "exit status 1",
        ),
        (
            'Build Error: go build .\n (exec: "go": executable file not found in $PATH)\n',
            "go build .",
            [],
            'exec: "go": executable file not found in $PATH',
        ),
        ("Build Error: go build .\n (signal: killed)\n", "go build .", [], "signal: killed"),
        ("Build Error: go b\nx (y) (signal: aborted (core dumped))\n", "go b", ["x (y)"], "signal: aborted (core dumped)"),
        ("Build Error: go b\nf (int) (exit status 2)\n", "go b", ["f (int)"], "exit status 2"),
        ("Build Error: \n (invalid buildflags type int)\n", "", [], "invalid buildflags type int"),
        ("Build Error: go build .", "go build .", [], ""),
    ],
)
def test_delves_event_is_taken_apart(output, command, texts, status):
    assert is_build_error(output)
    found = read_delves(output, Folders("/ws"))
    assert (found.command, [line.text for line in found.lines], found.status) == (command, texts, status)
    assert texts or found.first_error == (status or "the build failed, and the go command printed nothing")


async def failed_launch(tmp_path: Path, **arguments: Any) -> str:
    """Launch with the real dlv what does not build; return the `output` event that tells of it."""
    async with dlv_dap() as dlv:
        client: Client = await dlv.connect()
        await client.ok("initialize", {"adapterID": "go"})
        answer = await client.ask("launch", {"mode": "debug", "program": ".", "dlvCwd": str(tmp_path), **arguments})
        assert not answer["success"]
        (output,) = [
            message["body"]["output"]
            for message in client.log
            if is_build_error(str(message.get("body", {}).get("output", "")))
        ]
        await client.ok("disconnect")
        return str(output)


async def test_the_real_delves_event(tmp_path):
    (tmp_path / "go.mod").write_text(MOD)
    (tmp_path / "main.go").write_text(main("func main() { nosuch(); nosuch2() }"))
    found = read_delves(await failed_launch(tmp_path), Folders(str(tmp_path)))
    assert found.command.startswith("go build -o ")
    assert found.first_error == f"{tmp_path}/main.go:3:15: undefined: nosuch"
    assert [line.text for line in found.lines][-1] == "./main.go:3:25: undefined: nosuch2"
    assert found.status == "exit status 1"


async def test_the_real_delve_without_go(tmp_path):
    output = await failed_launch(tmp_path, env={"PATH": "/nonexistent"})
    assert read_delves(output, Folders(str(tmp_path))).first_error == 'exec: "go": executable file not found in $PATH'


# -- properties ------------------------------------------------------------------------------------------------------------

PIECES = st.sampled_from(
    [
        *"ab./\\: \t\n\r\x1b[(0",
        "main.go",
        ":3:4: ",
        ":7: ",
        "C:\\",
        "# m\n",
        "go: ",
        "package ",
        "imports x from y.go",
        "error: ",
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join), st.sampled_from(["/ws/cmd", r"C:\ws\cmd"]))
def test_whatever_is_printed_is_read(printed, directory):
    found = read_delves(HEADING + printed, Folders(directory, modules={"m": directory}))
    assert "\n" not in found.first_error
    assert found.first_error
    for line in found.lines:
        assert line.line is None or (line.path is not None and line.line > 0)
        assert line.text.endswith(line.message) or line.text.strip() == line.message


NAME = st.text(st.characters(codec="utf-8", exclude_characters='/\\"<>|*?', exclude_categories=["Cc", "Zl", "Zp"]), min_size=1)


@given(NAME.filter(lambda name: ": " not in name and not name.endswith(":")), st.integers(1, 10**6), st.integers(1, 10**4))
def test_any_file_name_that_go_can_print_is_found_again(name, line, column):
    (found,) = read_gos("go", f"./{name}.go:{line}:{column}: undefined: x", Folders("/ws")).lines
    if found.path != f"/ws/{name}.go":
        # Two places in one line: only a name that itself ends like a place can be taken for a shorter one.
        assert f"/ws/{name}.go".startswith(f"{found.path}:")
        return
    assert (found.line, found.column, found.message) == (line, column, "undefined: x")
