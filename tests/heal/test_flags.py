"""Which flags of build info are used: what strips is replaced by as much that does not, and nothing else passes."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.quoting import join_flags, split_flags
from dapshim.heal.flags import Refused, assembler_flags, c_flags, compiler_flags, linker_flags


@pytest.mark.parametrize(
    ("recorded", "rebuilt"),
    [
        ("", ""),
        ("-s -w", "-a -a"),
        ("-s", "-a"),
        ("--s --w", "--a --a"),
        ("-w=0 -s", "-w=0 -a"),
        ("-s=true -w=1", "-a=true -a=1"),
        ("-s=false", "-s=false"),
        ("all=-s -w", "all=-a -a"),
        ("./...=-s", "./...=-a"),
        ("  -s  -w ", "  -a  -a "),
        ("all='-s' \"-w\"", "all='-a' \"-a\""),
        ("-X main.a=-s -w", "-X main.a=-s -a"),
        ("-X=main.a=-s -w", "-X=main.a=-s -a"),
        ("-X 'main.a=b -s c' -s", "-X 'main.a=b -s c' -a"),
        ("-extldflags=-Wl,-S", "-extldflags=-Wl,-g"),
        ("-extldflags '-static -Wl,-s -s' -w", "-extldflags '-static -Wl,-g -g' -a"),
        ("-s '-extldflags=-static -lm'", "-a '-extldflags=-static -lm'"),
        ('-linkmode external -s -extldflags "-Wl,-z,relro,-z,now"', '-linkmode external -a -extldflags "-Wl,-z,relro,-z,now"'),
        ("-checklinkname=0 -buildid= -B gobuildid -s", "-checklinkname=0 -buildid= -B gobuildid -a"),
        ("-H windowsgui -T 0x400000", "-H windowsgui -T 0x400000"),
    ],
)
def test_what_strips_is_replaced(recorded, rebuilt):
    assert linker_flags(recorded) == rebuilt


@pytest.mark.parametrize(
    "recorded",
    [
        "-extld=/tmp/evil",
        "-extld /tmp/evil",
        "-s -extar=x",
        "-o=/etc/passwd",
        "-tmpdir=/x",
        "-cpuprofile=/x",
        "-memprofile /x",
        "-L /x",
        "-r /x,-plugin,evil",
        "-importcfg=x",
        "-extldflags=-fuse-ld=/tmp/evil",
        "-extldflags=-fuse-ld=evil",
        "-extldflags=-B/tmp",
        "-extldflags=-specs=/tmp/x",
        "-extldflags=@/tmp/x",
        "-extldflags=-Wl,-plugin,/tmp/evil.so",
        "-extldflags=-Wl,-z,relro,-plugin,x",
        "-extldflags=-wrapper,/tmp/evil",
        "-extldflags=-L/tmp",
        "-extldflags=/tmp/x.o",
        "-extldflags",
        "-I /lib/x,-plugin,evil",
        "-I",
        "-B 0x00,-plugin",
        "-X",
        "-s file.a",
        "-s 'open",
        "pattern",
        "'-s' -w",
        "a b=-s",
        "-toolexec=x",
        "-linkmode=/tmp/x",
        "-s=/tmp/x",
    ],
)
def test_what_could_run_or_write_something_is_refused_and_named(recorded):
    with pytest.raises(Refused, match="its build info says -"):
        linker_flags(recorded)


@pytest.mark.parametrize(
    "text", ["all=-N -l", "-N -l", "-l=4 -B", "-d=checkptr=0,ssa", "-m=2", "-N '-trimpath=/a b=>/c'", "-lang=go1.21", "-c=4"]
)
def test_flags_of_the_compiler_that_only_say_how_to_compile(text):
    assert compiler_flags(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "-o=x",
        "-cpuprofile=x",
        "-asmhdr=/x",
        "-linkobj x",
        "-d=ssa/all/dump",
        "-json=0,/x",
        "-embedcfg=x",
        "-S",
        "-l=/x",
        "-toolexec=x",
        "-V=full",
    ],
)
def test_other_flags_of_the_compiler(text):
    with pytest.raises(Refused):
        compiler_flags(text)


def test_flags_of_the_assembler_and_of_c():
    assert assembler_flags("-D X=1 -trimpath=/x") == "-D X=1 -trimpath=/x"
    assert (
        c_flags("CGO_CFLAGS", "-O2 -g -DX=1 -std=gnu11 -Wall -fPIC -march=native")
        == "-O2 -g -DX=1 -std=gnu11 -Wall -fPIC -march=native"
    )
    assert c_flags("CGO_LDFLAGS", "-lm -O2 -g") == "-lm -O2 -g"
    for text in ("-o x", "-I /x", "-I/x"):
        with pytest.raises(Refused):
            assembler_flags(text)
    for text in (
        "-fplugin=x",
        "-B/x",
        "-Wl,-s",
        "-Wp,-MD,/x",
        "-wrapper x",
        "@x",
        "x.c",
        "-include x",
        "-specs=x",
        "-I/x",
        "-Wa,-x",
    ):
        with pytest.raises(Refused, match="CGO_CFLAGS="):
            c_flags("CGO_CFLAGS", text)


words = st.sampled_from(
    [
        "-s",
        "-w",
        "-a",
        "-X",
        "-X=a.b=c",
        "a.b=c d",
        "-extldflags=-Wl,-S",
        "-extldflags",
        "-static",
        "-w=0",
        "-extld=x",
        "x",
        "'",
        "",
    ]
)


@given(st.lists(words, max_size=6))
def test_the_text_keeps_its_length_and_its_words_but_for_what_strips(given_words):
    try:
        recorded = join_flags(given_words)
        rebuilt = linker_flags(recorded)
    except (ValueError, Refused):
        return
    assert len(rebuilt) == len(recorded)
    assert linker_flags(rebuilt) == rebuilt
    for before, after in zip(split_flags(recorded), split_flags(rebuilt), strict=True):
        assert after == before or (before, after) in {
            ("-s", "-a"),
            ("-w", "-a"),
            ("-s", "-g"),
            ("-extldflags=-Wl,-S", "-extldflags=-Wl,-g"),
        }


@given(st.text(max_size=60))
def test_any_text_is_answered(text):
    for check in (linker_flags, compiler_flags, assembler_flags, lambda each: c_flags("CGO_LDFLAGS", each)):
        with suppress(Refused):
            assert len(check(text)) == len(text)
