"""The command line as a person, a shell and an editor meet it: what it prints, where, and the code that it exits with."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pexpect
import pytest
import trio

from dapshim import __version__, interruption
from dapshim.cli import COMMANDS, one_line, serve
from dapshim.options.layers import resolve
from dapshim.options.sources import from_command_line
from dapshim.proxy.address import TcpAddress
from tests.real import BOUND, clean_environment

MODULE = [sys.executable, "-m", "dapshim"]
READY = re.compile(rb"dapshim: listening on 127\.0\.0\.1:(\d+)\n")


def run(*arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run dapshim to its end; return its exit code, stdout and stderr."""
    done = subprocess.run(
        [*MODULE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=clean_environment(**environment),
        timeout=BOUND,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def refusal(*arguments: str, code: int, **environment: str) -> str:
    """Run dapshim, which must refuse in one line of stderr; return what that says."""
    found, out, err = run(*arguments, **environment)
    assert (found, out) == (code, ""), err
    assert err.startswith("dapshim: ")
    assert err.endswith("\n")
    assert err.count("\n") == 1, err
    return err.removeprefix("dapshim: ").rstrip("\n")


@contextmanager
def listening(*arguments: str, **environment: str) -> Iterator[tuple[subprocess.Popen[bytes], bytes]]:
    """Run a dapshim that serves; yield it and its first line."""
    command = [*MODULE, *(arguments or ("--listen", "0"))]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(**environment),
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            if process.poll() is None:
                process.kill()


def stopped(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> tuple[int, bytes, bytes]:
    """Tell dapshim to stop; return its exit code and what it had still to say on stdout and stderr."""
    process.send_signal(how)
    out, err = process.communicate(timeout=BOUND)
    return process.returncode, out, err


# -- the ready line --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["0", "127.0.0.1:0"])
def test_exactly_one_line_on_stdout_and_it_names_the_port_that_answers(address):
    with listening("--listen", address) as (process, line):
        found = READY.fullmatch(line)
        assert found is not None, line
        socket.create_connection(("127.0.0.1", int(found[1])), timeout=BOUND).close()
        assert stopped(process) == (0, b"", b"")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_right_behind_the_ready_line_ends_it_in_order(how, tmp_path):
    path = tmp_path / "d.sock"
    for _ in range(2):
        with listening("--listen", f"unix:{path}") as (process, line):
            assert line == b"dapshim: listening on unix:%b\n" % os.fsencode(path)
            assert stopped(process, how) == (0, b"", b"")
        assert not path.exists()


async def test_the_signals_are_heard_before_the_ready_line_is_written(monkeypatch):
    numbers = signal.SIGTERM, signal.SIGINT, signal.SIGHUP
    before = {signal.getsignal(number) for number in numbers}
    said = []

    def say(line: str) -> None:
        assert not {signal.getsignal(number) for number in numbers} & before
        said.append(line)
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(serve, "_say", say)
    options = resolve([from_command_line({"listen": "127.0.0.1:0", "shims": "off"})])
    with trio.fail_after(BOUND):
        await serve._serve(options, serve._listen_address(options), TcpAddress("127.0.0.1", 1))
    assert len(said) == 1


def test_the_two_hang_ups_of_a_closed_terminal_and_its_shell_are_one(tmp_path):
    path = tmp_path / "d.sock"
    with listening("--listen", f"unix:{path}", "--log-level", "info") as (process, _):
        process.send_signal(signal.SIGHUP)
        code, _, err = stopped(process, signal.SIGHUP)
    assert code == 0
    assert b"told to stop by SIGHUP" in err
    assert not path.exists()


def test_one_that_shall_outlive_its_terminal_does():
    with subprocess.Popen(
        ["nohup", *MODULE, "--listen", "0", "--log-level", "info"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(),
    ) as process:
        assert process.stdout is not None
        assert READY.fullmatch(process.stdout.readline())
        process.send_signal(signal.SIGHUP)
        code, _, err = stopped(process)
    assert code == 0
    assert b"SIGHUP" not in err
    assert b"told to stop by SIGTERM" in err


def test_one_that_nobody_reads_serves_all_the_same():
    command = ["sh", "-c", 'exec "$@" >&-', "sh", *MODULE, "--listen", "0", "--log-level", "info"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=clean_environment()) as process:
        assert process.stderr is not None
        assert b"listening on 127.0.0.1:" in process.stderr.readline()
        assert stopped(process)[0] == 0


def test_a_full_disk_behind_stdout_is_said_and_it_serves(tmp_path):
    log = tmp_path / "log"
    os.mkfifo(log)
    with (
        Path("/dev/full").open("wb") as full,
        subprocess.Popen([*MODULE, "--listen", "0", "--log-file", str(log)], stdout=full, env=clean_environment()) as process,
        log.open() as lines,
    ):
        assert "nobody reads the ready line: No space left on device" in lines.readline()
        assert stopped(process)[0] == 0


# -- usage: one line, exit code 2 ------------------------------------------------------------------------------------------

WRONG_USAGE = [
    (("--listen", "foo"), '--listen: "foo" is no address; write 4711, 127.0.0.1:4711 or unix:/path'),
    (("--listen", ""), '--listen: "" is no address'),
    (("--listen", "70000"), '--listen: "70000": a port is a number from 0 to 65535'),
    (("--listen", "-1"), '--listen: "-1" is no address'),
    (("--listen", "::1:4711"), "an IPv6 host is written [::1]:4711"),
    (("--listen", "unix:"), '--listen: "unix:" names no path'),
    (("--listen",), "'--listen' requires an argument"),
    (("--listen", "0.0.0.0:4711"), "use 127.0.0.1:4711, or add --allow-remote"),
    (("--listen", "..:0", "--allow-remote"), '--listen: "..:0" names no host'),
    (("--listen", "0", "--connect", "0"), '--connect: "0": a port is a number from 1 to 65535'),
    (("--listen", "0", "--connect", "..:1"), '--connect: "..:1" names no host'),
    (("--listen", "0", "--connect", "1", "--dlv", "/bin/true"), "--dlv and --connect exclude each other"),
    (("--lsten", "0"), "No such option '--lsten'. Did you mean '--listen'?"),
    (("--shims", "of"), "'of' is not one of 'on', 'off'"),
    (("--log-level", "all"), "'all' is not one of"),
    (("--listen", "0", "4711"), "No such command '4711'."),
    (("tracee",), "No such command 'tracee'. Did you mean 'trace'?"),
    (("x",), "No such command 'x'. There are config, demo, doctor, explain, inspect, install-dlv, lsp, map, options, paths"),
    (("--listen", "0", "trace", "x"), "--listen is no option of dapshim trace"),
    (("--log-file", "/x", "demo"), "--log-file is no option of dapshim demo"),
    (("trace",), "Missing argument 'FILE'."),
    ((), "nothing to do: give --listen 4711, or start me from an editor; see dapshim --help"),
    (("--connect", "4711"), "nothing to do: give --listen 4711"),
]


@pytest.mark.parametrize(("arguments", "said"), WRONG_USAGE, ids=[" ".join(each[0]) or "nothing" for each in WRONG_USAGE])
def test_wrong_usage_is_one_line_with_the_way_out(arguments, said):
    assert said in refusal(*arguments, code=2)


def test_without_listen_on_a_terminal_it_says_what_to_do():
    child = pexpect.spawn(MODULE[0], MODULE[1:], env=clean_environment(), encoding="utf-8", timeout=BOUND)
    child.expect(pexpect.EOF)
    child.close()
    assert child.before == "dapshim: nothing to do: give --listen 4711, or start me from an editor; see dapshim --help\r\n"
    assert child.exitstatus == 2


def test_without_a_stdin_it_says_the_same():
    command = ["sh", "-c", '"$@" <&-', "sh", *MODULE]
    done = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), timeout=BOUND, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr


def test_allow_remote_without_listen_is_refused_where_it_would_mean_nothing():
    done = subprocess.run(
        [*MODULE, "--allow-remote"],
        input="",
        capture_output=True,
        text=True,
        env=clean_environment(),
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, "dapshim: --allow-remote belongs to --listen HOST:PORT\n")


def test_what_a_strange_name_says_to_the_terminal_stays_on_one_line():
    assert refusal("--listen", "a\nb\x1b[31m\udcff", code=2).startswith(r'--listen: "a b\x1b[31m\udcff" is no address')
    assert one_line("Größe\t") == "Größe\\t"


# -- failures: one line, exit code 1 ---------------------------------------------------------------------------------------


def test_a_port_in_use_names_it_and_the_way_out():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refusal("--listen", str(port), code=1)
    assert said.startswith(f"127.0.0.1:{port} is in use: ")
    assert "choose another port, or port 0 for any free one" in said


def test_a_socket_in_use_too(tmp_path):
    address = f"unix:{tmp_path / 'd.sock'}"
    with listening("--listen", address) as (process, _):
        assert (
            refusal("--listen", address, code=1) == f"{address} is in use: another dapshim listens there; choose another path"
        )
        assert stopped(process)[0] == 0


@pytest.mark.parametrize("kept", ["a file", "a folder"])
def test_what_is_no_socket_is_not_taken_for_one_that_a_dead_dapshim_left(tmp_path, kept):
    path = tmp_path / "kept"
    _ = path.write_text("mine") if kept == "a file" else path.mkdir()
    assert refusal("--listen", f"unix:{path}", code=1) == f"{path} is there and is no socket; choose another path"
    assert path.exists()


# Nobody, not even root, can make a folder in /proc.
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("--listen", "unix:/proc/nonexistent/d.sock"),
            "cannot listen on unix:/proc/nonexistent/d.sock: No such file or directory",
        ),
        (("--listen", "unix:/tmp/" + "x" * 120), "AF_UNIX path too long"),
        (
            ("--listen", "0", "--dlv", "/nonexistent/dlv"),
            "/nonexistent/dlv, which --dlv names as the dlv to run, does not exist.",
        ),
        (("--listen", "0", "--dlv", "/etc/passwd"), "/etc/passwd, which --dlv names as the dlv to run, is not executable."),
        (("--listen", "0", "--dlv", "/etc"), "/etc, which --dlv names as the dlv to run, is a folder."),
        (
            ("--listen", "0", "--log-file", "/proc/nonexistent/log"),
            "--log-file /proc/nonexistent/log: No such file or directory",
        ),
        (("--listen", "0", "--log-file", "/etc"), "--log-file /etc: Is a directory"),
        (("--listen", "0", "--trace", "/proc/nonexistent/t"), "--trace /proc/nonexistent/t: No such file or directory"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_had_is_one_line(arguments, said):
    assert said in refusal(*arguments, code=1)


# -- the environment -------------------------------------------------------------------------------------------------------


def test_every_option_can_come_from_the_environment(tmp_path):
    log, trace = tmp_path / "log", tmp_path / "trace"
    environment = {
        "DAPSHIM_LISTEN": "127.0.0.1:0",
        "DAPSHIM_CONNECT": "127.0.0.1:1",
        "DAPSHIM_SHIMS": "off",
        "DAPSHIM_LOG_FILE": str(log),
        "DAPSHIM_LOG_LEVEL": "info",
        "DAPSHIM_TRACE": str(trace),
    }
    with listening("--allow-remote", **environment) as (process, line):
        assert READY.fullmatch(line)
        assert stopped(process) == (0, b"", b"")
    assert "told to stop by SIGTERM" in log.read_text()
    assert trace.read_text().startswith('{"t":')


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"DAPSHIM_LISTEN": "foo"}, 'DAPSHIM_LISTEN: "foo" is no address'),
        ({"DAPSHIM_LISTEN": "0", "DAPSHIM_CONNECT": "foo"}, 'DAPSHIM_CONNECT: "foo" is no address'),
        ({"DAPSHIM_LOG_LEVEL": "all"}, "DAPSHIM_LOG_LEVEL: 'all' is not one of"),
    ],
)
def test_a_wrong_value_there_is_called_by_its_variable(environment, said):
    assert said in refusal(code=2, **environment)


def test_a_dlv_that_is_named_there_and_cannot_be_run():
    said = refusal("--listen", "0", code=1, DAPSHIM_DLV="/nonexistent/dlv")
    assert said.startswith("/nonexistent/dlv, which DAPSHIM_DLV names as the dlv to run, does not exist.")


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (("--listen", "0"), {"DAPSHIM_LISTEN": "foo"}),
        (("--listen", "0", "--log-level", "error"), {"DAPSHIM_LOG_LEVEL": "info"}),
        (("--listen", "0", "--connect", "1"), {"DAPSHIM_DLV": "/nonexistent/dlv"}),
        (("--listen", "0", "--dlv", sys.executable), {"DAPSHIM_CONNECT": "..:1", "DAPSHIM_DLV": "/nonexistent/dlv"}),
    ],
)
def test_the_command_line_wins(arguments, environment):
    with listening(*arguments, **environment) as (process, line):
        assert READY.fullmatch(line), stopped(process)
        assert stopped(process) == (0, b"", b"")


def test_a_listen_in_the_environment_does_not_get_in_the_way_of_a_command(tmp_path):
    (tmp_path / "t").write_text("no trace\n")
    assert "is no trace" in refusal("trace", str(tmp_path / "t"), code=1, DAPSHIM_LISTEN="4711")


# -- the log ---------------------------------------------------------------------------------------------------------------


def test_the_log_goes_to_stderr_and_never_to_stdout():
    with listening("--listen", "0", "--log-level", "info") as (process, _):
        code, out, err = stopped(process)
    assert (code, out) == (0, b"")
    assert b"INFO dapshim.proxy.listener: told to stop by SIGTERM" in err


# -- stdin and stdout ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["the client goes", "SIGTERM", "SIGHUP"])
def test_on_a_pipe_it_speaks_dap_and_nothing_else(end):
    body = json.dumps({"seq": 1, "type": "request", "command": "initialize", "arguments": {"adapterID": "go"}}).encode()
    with subprocess.Popen(
        [*MODULE, "--log-level", "debug"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=clean_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        process.stdin.flush()
        length = re.fullmatch(rb"Content-Length: (\d+)\r\n", process.stdout.readline())
        assert length is not None
        assert process.stdout.readline() == b"\r\n"
        answer = json.loads(process.stdout.read(int(length[1])))
        assert (answer["request_seq"], answer["success"]) == (1, True)
        if end.startswith("SIG"):
            process.send_signal(signal.Signals[end])
        rest, _ = process.communicate(timeout=BOUND)
        assert re.fullmatch(rb"(Content-Length: \d+\r\n\r\n\{[^\n]*\})*", rest)
        assert process.returncode == 0


# -- interrupted -----------------------------------------------------------------------------------------------------------


def test_sigint_ends_a_command_with_130_and_no_traceback(tmp_path):
    pipe = tmp_path / "trace"
    os.mkfifo(pipe)
    with subprocess.Popen([*MODULE, "trace", str(pipe)], stderr=subprocess.PIPE, env=clean_environment()) as process:
        with pipe.open("wb"):  # opens when the command does, so the command waits for us from here on
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=BOUND)
        assert process.returncode == 130
        assert b"Traceback" not in err


INTERRUPTS_AN_IMPORT = """
import os, signal, sys

class AtImport:
    def find_spec(self, name, path=None, target=None):
        if name == os.environ["INTERRUPT_AT"]:
            del os.environ["INTERRUPT_AT"]
            sys.stdout.write("interrupted\\n")
            sys.stdout.flush()
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, AtImport())
"""


@pytest.mark.parametrize("started", ["script", "module"])
@pytest.mark.parametrize(
    "at",
    [
        "dapshim.interruption",
        "dapshim.cli",
        "click",
        "click.core",
        "dapshim.cli.serve",
        "trio",
        "trio._core._run",
        "msgspec",
        "dapshim.proxy.session",
        "dapshim.proxy.listener",
    ],
)
def test_sigint_ends_the_start_quietly_at_whatever_import_it_comes(at, started, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(INTERRUPTS_AN_IMPORT)
    command = MODULE if started == "module" else [str(Path(sys.executable).parent / "dapshim")]
    with subprocess.Popen(
        [*command, "--listen", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=clean_environment(INTERRUPT_AT=at, PYTHONPATH=str(tmp_path)),
    ) as process:
        out, err = process.communicate(timeout=BOUND)
    assert (process.returncode, out, err) == (130, b"interrupted\n", b"")


def test_sigint_that_was_ignored_or_is_handled_stays_so():
    before = signal.getsignal(signal.SIGINT)
    try:
        for handler in (signal.SIG_IGN, lambda *_: None):
            signal.signal(signal.SIGINT, handler)
            interruption.end_at_once()
            interruption.raise_again()
            assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("wrapped", [False, True])
def test_sigint_before_it_listens_is_an_abort(monkeypatch, wrapped):
    def interrupted(*_: object) -> None:
        if wrapped:
            raise BaseExceptionGroup("from a nursery", [KeyboardInterrupt()])
        raise KeyboardInterrupt

    monkeypatch.setattr(trio, "run", interrupted)
    options = resolve([from_command_line({"listen": "127.0.0.1:0"})])
    with pytest.raises(click.Abort):
        serve.serve(options)


# -- help, version, completion ---------------------------------------------------------------------------------------------


def test_version():
    assert run("--version") == (0, f"dapshim {__version__}\n", "")


@pytest.mark.parametrize("columns", [80, 100])
def test_help_fits_the_terminal_and_shows_examples(columns):
    child = pexpect.spawn(
        MODULE[0],
        [*MODULE[1:], "--help"],
        env=clean_environment(COLUMNS=str(columns)),
        dimensions=(24, columns),
        encoding="utf-8",
        timeout=BOUND,
    )
    child.expect(pexpect.EOF)
    child.close()
    text = str(child.before).replace("\r\n", "\n")
    assert child.exitstatus == 0
    assert max(map(len, text.splitlines())) <= columns
    assert "\n    dapshim --listen 4711 " in text
    assert "_DAPSHIM_COMPLETE=bash_source" in text
    for command, told in COMMANDS.items():
        assert re.search(rf"^  {command} +{re.escape(told)}$", text, re.MULTILINE)
    for option in ("listen", "connect", "dlv", "shims", "allow-remote", "trace", "log-file", "log-level", "version", "help"):
        assert re.search(rf"--{option}\b", text), option


def test_h_is_short_for_help_here_and_in_commands():
    assert run("-h") == run("--help")
    for command in COMMANDS:
        code, out, err = run(command, "-h")
        assert (code, err) == (0, "")
        assert out.startswith(f"Usage: dapshim {command} ")


@pytest.fixture
def bash() -> Iterator[pexpect.spawn]:
    """A bash that completes dapshim, as a person's would after the line that the help names."""
    folder = Path(sys.executable).parent
    assert (folder / "dapshim").exists()
    environment = clean_environment(TERM="dumb", PS1="$ ", PATH=f"{folder}:{os.environ['PATH']}", INPUTRC="/dev/null")
    child = pexpect.spawn("bash", ["--norc", "--noprofile"], env=environment, encoding="utf-8", timeout=BOUND)
    child.expect_exact("$ ")
    child.sendline("bind 'set bell-style none'; PS1='> '")
    child.expect_exact("\n> ")
    child.sendline('eval "$(_DAPSHIM_COMPLETE=bash_source dapshim)"')
    child.expect_exact("> ")
    yield child
    child.close(force=True)


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("dapshim --li", "dapshim --listen "),
        ("dapshim tr", "dapshim trace "),
        ("dapshim --listen 0 --log-f", "dapshim --listen 0 --log-file "),
        ("dapshim --shims of", "dapshim --shims off "),
        ("dapshim trace --red", "dapshim trace --redact "),
        ("dapshim --go-w", "dapshim --go-work "),
        ("dapshim opt", "dapshim options "),
        ("dapshim install-dlv --ver", "dapshim install-dlv --version "),
    ],
)
def test_bash_really_completes(bash, typed, completed):
    bash.send(typed + "\t")
    bash.expect_exact(completed)


# -- what is imported ------------------------------------------------------------------------------------------------------


def imported(*arguments: str, until: bytes) -> set[str]:
    """Return the modules that were imported before dapshim wrote a line that begins with `until`."""
    command = [sys.executable, "-X", "importtime", *MODULE[1:], *arguments]
    found = set()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=clean_environment()
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(until):
                break
            found.add(line.decode().rpartition("|")[2].strip())
        process.terminate()
        process.stdout.read()
    assert "dapshim.cli" in found
    return found


def of_packages(modules: set[str], *packages: str) -> list[str]:
    return sorted(name for name in modules if any(name == each or name.startswith(each + ".") for each in packages))


def test_version_pays_for_no_session():
    modules = imported("--version", until=b"dapshim ")
    assert of_packages(modules, "trio", "rich", "attrs", "attr", "msgspec", "asyncio", "dapshim") == [
        "dapshim",
        "dapshim.cli",
        "dapshim.interruption",
        "dapshim.options",
        "dapshim.options.table",
    ]


@pytest.mark.parametrize("more", [(), ("--connect", "1"), ("--shims", "off")])
def test_the_ready_line_waits_for_nothing_that_only_a_session_needs(more):
    modules = imported("--listen", "0", *more, until=b"dapshim: listening on")
    assert "dapshim.proxy.listener" in modules
    heavy = (
        "rich",
        "asyncio",
        "email",
        "http",
        "urllib.request",
        "unittest",
        "pygls",
        "difflib",
        "tomllib",
        "dapshim.wire.redaction",
    )
    assert of_packages(modules, *heavy) == []
    # What tells who connects is needed at once; how a dlv is found, started and ended is not.
    assert set(of_packages(modules, "dapshim.delve")) <= {"dapshim.delve", "dapshim.delve.loopback"}
    assert of_packages(modules, "dapshim.shims", "dapshim.plan", "dapshim.golang") == []
