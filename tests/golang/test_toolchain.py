from __future__ import annotations

import json

import pytest

from dapshim.golang.files import RealFiles
from dapshim.golang.toolchain import ENV_COMMAND, ToolchainError, find_gos, parse_env, read_env_file
from tests.golang.gocommand import Go, write
from tests.layouts import Link, MemoryFiles

GO = "/usr/bin/go"
LEAST = {"GOROOT": "/go", "GOVERSION": "go1.26.0"}


def answer(**values: str) -> bytes:
    return json.dumps({**LEAST, **values}).encode()


def test_what_the_real_go_says_is_read(tmp_path):
    work = write(tmp_path / "ws", {"go.work": "go 1.25.0\n\nuse ./a\n", "a/go.mod": "module example.com/a\n\ngo 1.25.0\n"})
    go = Go(tmp_path, more={"GOFLAGS": "'-tags=a b' -v", "GOOS": "windows"})
    env = parse_env(go.run(*ENV_COMMAND, cwd=work / "a").stdout, go=GO, environ=go.environment(work), files=RealFiles())
    assert (env.go, env.gowork, env.gomod) == (GO, str(work / "go.work"), str(work / "a/go.mod"))
    assert env.goflags == ("-tags=a b", "-v")
    assert (env.goos, env.gohostos != "windows", env.cross) == ("windows", True, True)
    assert env.goversion == f"go{env.version}"
    assert env.gopath == (str(tmp_path / "gopath"),)
    assert env.gomodcache == str(tmp_path / "mod")
    assert env.gotoolchain == "local"
    assert env.source_of("GOOS") == "environment"
    assert env.level != "" or env.goarch not in ("amd64", "arm64")


def test_the_environment_is_told_from_go_env_w(tmp_path):
    go = Go(tmp_path, more={"GOFLAGS": ""})
    assert go.run("env", "-w", "GOOS=freebsd", "GOFLAGS=-tags=x", "GOARCH=arm64", cwd=tmp_path).returncode == 0
    go = Go(tmp_path, more={"GOARCH": "386", "GOFLAGS": ""})
    stdout = go.run(*ENV_COMMAND, cwd=tmp_path).stdout
    env = parse_env(stdout, environ=go.environment(tmp_path), files=RealFiles())
    assert (env.goos, env.goarch, env.goflags) == ("freebsd", "386", ("-tags=x",))
    assert dict(env.changed) == {"GOOS": "freebsd", "GOFLAGS": "-tags=x"}
    assert [env.source_of(name) for name in ("GOOS", "GOARCH", "GOFLAGS", "GOBIN")] == [
        "go env -w",
        "environment",
        "go env -w",  # an empty variable sets nothing
        "default",
    ]


def test_no_workspace_no_module_and_off(tmp_path):
    env = parse_env(Go(tmp_path).run(*ENV_COMMAND, cwd=tmp_path).stdout)
    assert (env.gowork, env.gomod) == ("", "")
    env = parse_env(Go(tmp_path, more={"GOWORK": "off", "CGO_ENABLED": "0"}).run(*ENV_COMMAND, cwd=tmp_path).stdout)
    assert (env.gowork, env.cgo_enabled, env.goenv) == ("off", False, str(tmp_path / "goenv"))


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"),
    [
        (b"", b"go: cannot find GOROOT directory: /nowhere\n", "cannot find GOROOT directory: /nowhere"),
        (b"bash: go: command not found", b"", "bash: go: command not found"),
        (b"", b"", "It said: nothing"),
        (
            b"",
            b"go: unknown environment setting GO111MODULE=maybe\n",
            "env failed: go: unknown environment setting GO111MODULE=maybe",
        ),
        (b"[]", b"", "no answer that can be read"),
        (b'{"GOROOT": 1}', b"", "no answer that can be read"),
        (b'{"GOROOT": "/go"}', b"", "does not say GOVERSION"),
        (b'{"GOVERSION": "go1.26.0"}', b"", "does not say GOROOT"),
        (b'{"GOROOT": "/go", "GOVERSION": "tip"}', b"", "GOVERSION=tip"),
        (b'\xff{"GOROOT": "/go"}', b"", "no answer that can be read"),
    ],
)
def test_an_answer_of_no_use_is_an_error_that_quotes_it(stdout, stderr, said):
    with pytest.raises(ToolchainError) as caught:
        parse_env(stdout, go=GO, stderr=stderr)
    assert said in str(caught.value)
    assert GO in str(caught.value)


def test_goflags_that_cannot_be_split_are_an_error_with_the_way_out():
    broken = answer(GOFLAGS="'-tags=x", GOENV="/home/env")
    with pytest.raises(ToolchainError, match=r"GOFLAGS='-tags=x cannot be read: unterminated ' string.*unset GOFLAGS"):
        parse_env(broken, environ={"GOFLAGS": "'-tags=x"})
    with pytest.raises(ToolchainError, match="go env -u GOFLAGS"):
        parse_env(broken, files=MemoryFiles({"/home/env": "GOFLAGS='-tags=x\n"}))


def test_the_file_of_go_env_w():
    files = MemoryFiles({"/env": "GOOS=linux\n# GOARCH=arm\nGOFLAGS=-a=b=c\nnothing\nlower=x\n=y\nGOOS=windows\n"})
    assert read_env_file(files, "/env") == {"GOOS": "windows", "GOFLAGS": "-a=b=c"}
    assert read_env_file(files, "/missing") == {}
    assert read_env_file(files, "") == read_env_file(files, "off") == {}


# -- which go ----------------------------------------------------------------------------------------------------------------


def test_every_go_of_the_path_in_its_order_unresolved():
    files = MemoryFiles(
        {
            "/a/go": "",
            "/b/go": Link("/opt/go/bin/go"),
            "/opt/go/bin/go": "",
            "/c/go/": "",
            "/d/go": "",
            "/usr/local/go/bin/go": "",
        },
        programs=("/a/go", "/opt/go/bin/go", "/usr/local/go/bin/go"),
    )
    environ = {"PATH": "/b:relative:/missing:/c:/d::/a:/b/:.", "HOME": "/home/x"}
    assert find_gos(environ, files) == ("/b/go", "/a/go")


def test_the_usual_places_only_when_the_path_has_none():
    programs = (
        "/set/bin/go", "/usr/local/go/bin/go", "/home/x/sdk/go1.9/bin/go", "/home/x/sdk/go1.26rc1/bin/go",
        "/home/x/sdk/go1.26.1/bin/go", "/home/x/go/bin/go", "/opt/homebrew/bin/go", "/snap/bin/go",
    )  # fmt: skip
    files = MemoryFiles({**dict.fromkeys(programs, ""), "/home/x/sdk/notes/": ""}, programs=programs)
    environ = {"PATH": "/usr/bin", "HOME": "/home/x", "GOROOT": "/set"}
    newest_first = ("/home/x/sdk/go1.26.1/bin/go", "/home/x/sdk/go1.26rc1/bin/go", "/home/x/sdk/go1.9/bin/go")
    assert find_gos(environ, files) == (*programs[:2], *newest_first, *programs[5:])
    assert find_gos({}, files) == ("/usr/local/go/bin/go", "/opt/homebrew/bin/go", "/snap/bin/go")
    assert find_gos({}, MemoryFiles({})) == ()


def test_the_go_of_this_machine_is_found():
    import os

    assert find_gos(os.environ, RealFiles())
