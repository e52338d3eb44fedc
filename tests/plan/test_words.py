"""`args` as a shell splits them, `buildFlags` as Delve does; both held against who wrote the rules."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dapshim.plan.outcome import Build, PlanError
from dapshim.plan.words import join_build_flags, split_args, split_build_flags

PLAIN = st.text(st.sampled_from("ab-=/ \t\n'\"éß\xa0\x1c$`"))
"""Without a backslash, about which shlex has another mind."""
ANY = st.text(st.sampled_from("ab= \t\r\n'\"\\$`\xa0\x1c\x85") | st.characters())


@given(PLAIN)
def test_args_are_split_as_shlex_does(text):
    try:
        expected = shlex.split(text)
    except ValueError:
        with pytest.raises(PlanError, match="nothing closes"):
            split_args(text)
    else:
        assert split_args(text) == expected


@given(st.lists(ANY))
def test_args_that_a_shell_would_be_given(words):
    assume(not any("\0" in word for word in words))
    assert split_args(shlex.join(words)) == words


@given(ANY)
def test_args_never_fail_otherwise(text):
    try:
        words = split_args(text)
    except PlanError:
        return
    assert sum(map(len, words)) <= len(text)


BACKSLASHES = [
    (r"C:\new\x", [r"C:\new\x"]),
    (r"'C:\new\x\'", ["C:\\new\\x\\"]),
    (r"a\ b", ["a b"]),
    (r"\'a\" \$x", ["'a\"", "$x"]),
    (r"\\server\share", [r"\server\share"]),
    (r'"a\"b\\c\d"', [r'a"b\c\d']),
    ("a\\", ["a\\"]),
]


@pytest.mark.parametrize(("text", "words"), BACKSLASHES)
def test_backslashes_in_args(text, words):
    assert split_args(text) == words


# What Delve 1.27.1 answers: config.SplitQuotedFields(text, '\''), run.
DELVES = [
    ("", []),
    (" \t ", []),
    ("a b", ["a", "b"]),
    ("a  'b c'd", ["a", "b cd"]),
    (r"'a\'b'", ["a'b"]),
    (r"'a\\b\c'", [r"a\bc"]),
    (r"a\'b", ["a\\b"]),
    ("''", [""]),
    ("'' a", ["", "a"]),
    ("a ''", ["a", ""]),
    ("'a b", ["a b"]),
    ("'", []),
    ("a '", ["a"]),
    ("a'", ["a"]),
    ("'\\", []),
    ("'a\\", ["a"]),
    ('"a b"', ['"a', 'b"']),
    ("a\xa0b\u3000c\x85d", ["a", "b", "c", "d"]),
    ("a\x1cb\u200bc", ["a\x1cb\u200bc"]),
    ("-tags=x '-ldflags=-X main.V=a b'", ["-tags=x", "-ldflags=-X main.V=a b"]),
]


@pytest.mark.parametrize(("text", "words"), DELVES)
def test_build_flags_are_split_as_delve_does(text, words):
    assert split_build_flags(text) == tuple(words)


@given(st.lists(ANY))
def test_build_flags_that_are_joined_are_split_again(words):
    assert split_build_flags(join_build_flags(words)) == tuple(words)


# What Delve 1.27.1 runs: gobuild.goBuildArgs2("OUT", ["."], …).
COMMANDS = [
    (Build("/ws", ".", test=False), "build -o OUT -gcflags 'all=-N -l' ."),
    (Build("/ws", ".", test=True), "test -c -o OUT -gcflags 'all=-N -l' ."),
    (Build("/ws", "./x.go", test=False, flags=("-race", "-v")), "build -o OUT -gcflags 'all=-N -l' -race -v ./x.go"),
    (Build("/ws", ".", test=False, flags=("-race",), flags_first=True), "build -race -o OUT -gcflags 'all=-N -l' ."),
    (Build("/ws", ".", test=True, flags=("-race",), flags_first=True), "test -c -race -o OUT -gcflags 'all=-N -l' ."),
]


@pytest.mark.parametrize(("build", "command"), COMMANDS)
def test_the_command_that_delve_runs(build, command):
    assert build.command("OUT") == tuple(shlex.split(command))
