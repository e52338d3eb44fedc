from __future__ import annotations

import json
import struct
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.binary.build_info import parse_build_info, read_build_info, read_build_text, unframed, unquote
from dapshim.binary.image import Image, Segment
from dapshim.binary.recorded import BuildInfo, ModuleVersion
from dapshim.binary.source import BytesSource
from tests.real import clean_environment, tool

TEXT = (
    "path\texample.com/cmd\n"
    "mod\texample.com/cmd\t(devel)\t\n"
    "dep\tgithub.com/acme/orig\tv1.0.0\n"
    "=>\tgithub.com/me/fork\tv1.0.1\th1:abc=\n"
    "dep\tgithub.com/acme/util\tv1.2.3\th1:def=\n"
    "dep\texample.com/local\tv0.0.0\n"
    "=>\t../local\t\t\n"
    'build\t-gcflags="all=-N -l"\n'
    "build\t-tags=one,two\n"
    "build\tCGO_CFLAGS=\n"
    'build\t"odd key"=`raw \\n`\n'
    "future\tline\n"
)
PARSED = BuildInfo(
    path="example.com/cmd",
    main=ModuleVersion("example.com/cmd", "(devel)"),
    deps=(
        ModuleVersion("github.com/acme/orig", "v1.0.0", ModuleVersion("github.com/me/fork", "v1.0.1", sum="h1:abc=")),
        ModuleVersion("github.com/acme/util", "v1.2.3", sum="h1:def="),
        ModuleVersion("example.com/local", "v0.0.0", ModuleVersion("../local")),
    ),
    settings={"-gcflags": "all=-N -l", "-tags": "one,two", "CGO_CFLAGS": "", "odd key": "raw \\n"},
)


def test_text():
    assert parse_build_info(TEXT) == PARSED


def test_text_as_go_version_prints_it():
    printed = "".join(f"\t{line}\n" for line in TEXT.splitlines())
    assert parse_build_info(printed) == PARSED


@pytest.mark.parametrize(
    "line",
    [
        "build\t=x",
        "build\tno equals",
        'build\t"open',
        'build\t"a"b',
        'build\tk="open',
        "=>\tx\ty\tz",
        "dep\t",
        "mod\ta\tb\tc\td\te",
        "path",
        "",
    ],
)
def test_lines_that_go_refuses_are_left_out(line):
    assert parse_build_info(line + "\n") == BuildInfo()


@given(st.text())
def test_any_text_is_read(text):
    parse_build_info(text)
    parse_build_info("".join(f"{word}\t{text}\n" for word in ("path", "mod", "dep", "=>", "build")))


def test_quotes_are_go_s(built, tmp_path):
    values = ["a b", 'say "hi"', "tab\tnew\nline", "\x00\x7f\x85", "é ü", "back\\slash `tick`", "\U0001f600 \ufffd", "a'b c"]
    program = tmp_path / "quote.go"
    program.write_text(
        'package main\n\nimport (\n\t"bufio"\n\t"encoding/json"\n\t"fmt"\n\t"os"\n\t"strconv"\n)\n\nfunc main() {\n'
        "\tvar all []string\n\tjson.NewDecoder(bufio.NewReader(os.Stdin)).Decode(&all)\n"
        "\tfor _, each := range all {\n"
        "\t\tfmt.Println(strconv.Quote(each))\n\t\tfmt.Println(strconv.QuoteToASCII(each))\n\t}\n}\n"
    )
    done = subprocess.run(
        [tool("go"), "run", program],
        input=json.dumps(values),
        env=clean_environment(),
        text=True,
        capture_output=True,
        check=True,
    )
    assert [unquote(line) for line in done.stdout.splitlines()] == [value for value in values for _ in range(2)]


@given(st.text())
def test_any_literal_is_read(text):
    assert isinstance(unquote(f'"{text}"'), str)


def image(data: bytes, *, order: str = "little", pointer_size: int = 8, at: int = 0x1000) -> Image:
    segment = Segment("", at, len(data), 0, len(data), writable=True)
    return Image(BytesSource(data), "elf", order, pointer_size, "?", "", "executable", segments=(segment,))  # type: ignore[arg-type]


def framed(text: str) -> bytes:
    return (
        b"0w\xaf\x0c\x92t\x08\x02A\xe1\xc1\x07\xe6\xd6\x18\xe6" + text.encode() + b"\xf92C1\x86\x18 r\x00\x82B\x10A\x16\xd8\xf2"
    )


def inline(version: str, text: str) -> bytes:
    def prefixed(data: bytes) -> bytes:
        number, out = len(data), bytearray()
        while number >= 0x80:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        return bytes([*out, number]) + data

    return b"\xff Go buildinf:\x08\x02" + bytes(16) + prefixed(version.encode()) + prefixed(framed(text))


def pointed(version: str, text: str, order: str, pointer_size: int, at: int) -> bytes:
    form = f"{'>' if order == 'big' else '<'}2{'Q' if pointer_size == 8 else 'I'}"
    first, second = version.encode(), framed(text)
    head = b"\xff Go buildinf:" + bytes([pointer_size, order == "big"])
    strings = at + 32
    here = strings + 4 * pointer_size
    body = head + struct.pack(form, strings, strings + 2 * pointer_size).ljust(16, b"\0")
    return body + struct.pack(form, here, len(first)) + struct.pack(form, here + len(first), len(second)) + first + second


def test_inline_form_behind_other_data():
    found = read_build_info(image(b"x" * 48 + inline("go1.26.6", TEXT)))
    assert (found.go_version, found.path, len(found.deps)) == ("go1.26.6", "example.com/cmd", 3)


@pytest.mark.parametrize("order", ["little", "big"])
@pytest.mark.parametrize("pointer_size", [4, 8])
def test_pointed_form_of_go_before_1_18(order, pointer_size):
    data = pointed("go1.17.13", TEXT, order, pointer_size, 0x1000)
    assert read_build_text(image(data, order=order, pointer_size=pointer_size)) == ("go1.17.13", TEXT)


@pytest.mark.parametrize(
    "damage", [lambda data: data[:40], lambda data: data[:33], lambda data: data[:20], lambda data: b"x" + data]
)
def test_damaged_is_none(damage):
    assert read_build_info(image(damage(inline("go1.26.6", TEXT)))) in (BuildInfo(), BuildInfo(go_version="go1.26.6"))


@given(st.binary(max_size=200))
def test_noise_behind_the_header_is_read(noise):
    for flags in (b"\x08\x00", b"\x04\x01", b"\x08\x02", b"\x07\x00"):
        read_build_info(image(b"\xff Go buildinf:" + flags + noise))


def test_memory_of_a_running_program():
    assert unframed(framed(TEXT)) == TEXT
    assert unframed(b"") == ""
