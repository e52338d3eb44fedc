from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.sources.spelling import AdapterPath, ClientPath
from dapshim.sources.texts import (
    RecordedNames,
    TraceReader,
    in_message,
    in_stack,
    in_trace,
    paths_in_message,
    paths_in_stack,
    paths_in_trace,
)

KNOWN = {
    "/src/main.go": "/home/me/main.go",
    "/src/main.go:7": "/home/me/odd",
    "/src/ä b, c/x:1.go": "/home/me/ä b/x.go",
    "example.com/a/lib.go": "/home/me/lib.go",
    "C:/src/App/main.go": "D:\\App\\main.go",
    "/src/x.go, binary is stripped": "/home/me/strange",
    "main": "/home/me/no extension",
}
NAMES = RecordedNames(map(AdapterPath, KNOWN))
TRACE = (
    "panic: oh\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/src/main.go:22\nmain.main()\n\t/src/main.go:10 +0x1d\n"
    "created by main.main in goroutine 1\n\texample.com/a/lib.go:3 +0x2ba fp=0xc0001 sp=0xc0000 pc=0x46d\nexit status 2\n"
)
TOLD = (
    "panic: oh\n\ngoroutine 1 [running]:\nmain.f(...)\n\t/home/me/main.go:22\nmain.main()\n\t/home/me/main.go:10 +0x1d\n"
    "created by main.main in goroutine 1\n\t/home/me/lib.go:3 +0x2ba fp=0xc0001 sp=0xc0000 pc=0x46d\nexit status 2\n"
)


def known(path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None] | None:
    found = KNOWN.get(path)
    return (ClientPath(found), line) if found is not None else None


def read(*pieces: str) -> list[str]:
    reader = TraceReader(NAMES, known)
    return [*map(reader.feed, pieces), reader.flush()]


# -- traces ----------------------------------------------------------------------------------------------------------------


def test_a_trace_names_the_clients_files():
    assert in_trace(TRACE, known) == TOLD
    assert paths_in_trace(TRACE) == ["/src/main.go", "example.com/a/lib.go"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("\t/src/main.go:22", "\t/home/me/main.go:22"),
        ("\t/src/main.go:22 +0x1d\r", "\t/home/me/main.go:22 +0x1d\r"),
        ("\t/src/main.go:7:1 +0x1d", "\t/home/me/odd:1 +0x1d"),
        ("\t/src/main.go:7", "\t/home/me/main.go:7"),
        ("\t/src/ä b, c/x:1.go:9 +0x1", "\t/home/me/ä b/x.go:9 +0x1"),
        ("\tC:/src/App/main.go:3 +0x1", "\tD:\\App\\main.go:3 +0x1"),
        ("\t/src/main.go:3 pc=0x46d", "\t/home/me/main.go:3 pc=0x46d"),
        ("\t/src/main.go:003", "\t/home/me/main.go:003"),
    ],
)
def test_each_form_of_a_line(line, told):
    assert in_trace(line, known) == told
    assert in_trace(f"x\n{line}\nx", known) == f"x\n{told}\nx"


@pytest.mark.parametrize(
    "line",
    [
        "/src/main.go:22",
        " /src/main.go:22",
        "\t /src/main.go:22",
        "\t\t/src/main.go:22",
        "x\t/src/main.go:22",
        "\t/src/main.go",
        "\t/src/main.go:",
        "\t/src/main.go:22 ",
        "\t/src/main.go:22 +0x",
        "\t/src/main.go:22 +0x#",
        "\t/src/main.go:22 +0xG",
        "\t/src/main.go:22 +0x1D",
        "\t/src/main.go:22 +0x" + "1" * 17,
        "\t/src/main.go:" + "1" * 11,
        "\t/src/main.go:٣",
        "\t/src/main.go:22: undefined: x",
        "\t/src/main.go:22 says hello",
        "\t/src/other.go:22 +0x1d",
        "\t/Src/main.go:22 +0x1d",
        "\t    at /src/main.go:22",
        "could not find file /src/main.go",
    ],
)
def test_what_is_no_line_of_a_trace_of_a_recorded_file_stays(line):
    for text in (line, f"x\n{line}\nx\n"):
        assert in_trace(text, known) == text
        assert "".join(read(text)) == text


def test_a_line_may_move():
    def moved(path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None]:
        return ClientPath(f"/ws{path}"), line and line + 100

    assert in_trace("\ta.go:1 +0x1\n", moved) == "\t/wsa.go:101 +0x1\n"


# -- traces in pieces ------------------------------------------------------------------------------------------------------


def test_only_what_may_become_a_line_of_a_trace_is_held_back():
    assert read("\t", "/src/ma", "in.go", ":2", "2 +0", "x1d", "\n") == [
        "",
        "",
        "",
        "",
        "",
        "",
        "\t/home/me/main.go:22 +0x1d\n",
        "",
    ]
    assert read("\t/src/m", "x") == ["", "\t/src/mx", ""]
    assert read("\t/src/main.go:22 +0x1", "!", "\n") == ["", "\t/src/main.go:22 +0x1!", "\n", ""]
    assert read("hello\tyou", "\tme") == ["hello\tyou", "\tme", ""]
    assert read("hello\n\t", "you\n") == ["hello\n", "\tyou\n", ""]
    assert read("\t/src/main.go:22") == ["", "\t/home/me/main.go:22"]
    assert read("\t/src/main.g") == ["", "\t/src/main.g"]


def test_what_was_flushed_is_not_the_beginning_of_a_line():
    reader = TraceReader(NAMES, known)
    assert (reader.feed("\t"), reader.held, reader.flush(), reader.held) == ("", "\t", "\t", "")
    assert reader.feed("\t/src/main.go:22\n") == "\t/src/main.go:22\n"
    assert reader.feed("\t/src/main.go:22\n") == "\t/home/me/main.go:22\n"


def test_what_will_be_asked_for_is_told_beforehand():
    reader = TraceReader(NAMES, known)
    reader.feed("\t/src/ma")
    assert reader.asks("in.go:2\n\texample.com/a/lib.go:1\n\t/other.go:1\n") == ["/src/main.go", "example.com/a/lib.go"]
    assert reader.held == "\t/src/ma"


PIECES = st.lists(
    st.sampled_from(
        ["\t", "\n", "/src/", "main.go", "/src/main.go", ":", "7", ":22", " +0x1d", " fp=0x1 sp=0x2 pc=0x3", "\r", "a", *KNOWN]
    )
    | st.text(max_size=3),
    max_size=20,
)


@given(PIECES, st.data())
def test_cut_anywhere_it_comes_out_as_whole(pieces, data):
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    parts = [text[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole = in_trace(text, known)
    assert "".join(read(*parts)) == whole
    assert "".join(read(*text)) == whole


@given(PIECES)
def test_never_more_than_a_line_is_held_back(pieces):
    reader = TraceReader(NAMES, known)
    for piece in pieces:
        reader.feed(piece)
        assert len(reader.held) < 150
        assert "\n" not in reader.held


@given(st.text().filter(lambda text: "\t" not in text) | PIECES.map(lambda parts: "".join(parts).replace("\t", " \t")))
def test_a_text_without_a_trace_comes_out_as_it_went_in(text):
    assert in_trace(text, known) == text
    assert read(text)[0] == text


# -- stacks ----------------------------------------------------------------------------------------------------------------


def test_the_stack_of_an_exception():
    text = (
        "Stack:\n\t0  0x000000000046d in main.f\n\t    at /src/main.go:22\n"
        "\t10  0x1 in main.g\n\t     at /other.go:3\n(truncated)\n"
    )
    assert in_stack(text, known) == text.replace("/src/main.go", "/home/me/main.go")
    assert paths_in_stack(text) == ["/src/main.go", "/other.go"]


@pytest.mark.parametrize(
    "line", ["\t/src/main.go:22 +0x1", "   at /src/main.go:22", "\t    at /src/main.go", "\tat /src/main.go:22"]
)
def test_what_is_no_frame_stays(line):
    assert in_stack(f"{line}\n", known) == f"{line}\n"


# -- messages --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("could not find file /src/main.go", "could not find file /home/me/main.go"),
        ("could not find file /src/main.go, binary is stripped", "could not find file /home/me/main.go, binary is stripped"),
        ("could not find file /src/x.go, binary is stripped", "could not find file /home/me/strange"),
        (
            "could not find statement at /src/ä b, c/x:1.go:4, please use a line with a statement",
            "could not find statement at /home/me/ä b/x.go:4, please use a line with a statement",
        ),
        (
            "could not find statement at /src/main.go:4, binary is stripped",
            "could not find statement at /home/me/main.go:4, binary is stripped",
        ),
        ("Breakpoint exists at /src/main.go:19 at 4bce09", "Breakpoint exists at /home/me/main.go:19 at 4bce09"),
        ('location "/src/main.go:11" not found', 'location "/home/me/main.go:11" not found'),
        (r'location "C:/src/App/main.go:11" not found', r'location "D:\\App\\main.go:11" not found'),
        (
            'breakpoint name "/src/main.go:11" could not be parsed as a function. name must be in the format …',
            'breakpoint name "/home/me/main.go:11" could not be parsed as a function. name must be in the format …',
        ),
        (
            'Malformed breakpoint location "/src/main.go:11" at 3: line offset negative',
            'Malformed breakpoint location "/home/me/main.go:11" at 3: line offset negative',
        ),
        (
            'Location "main.go:3" ambiguous: /src/ä b, c/x:1.go, /other.go, main.f…',
            'Location "main.go:3" ambiguous: /home/me/ä b/x.go, /other.go, main.f…',
        ),
        ("could not find file /other.go", "could not find file /other.go"),
        ("could not find function main.f\n", "could not find function main.f\n"),
        ('location "main.f:11" not found', 'location "main.f:11" not found'),
        (r'location "\x00\q" not found', r'location "\x00\q" not found'),
        ("Unable to set: could not find file /src/main.go", "Unable to set: could not find file /src/main.go"),
        ("", ""),
    ],
)
def test_delves_messages(text, told):
    assert in_message(text, known) == told
    assert set(filter(KNOWN.get, paths_in_message(text))) >= {
        path for path in KNOWN if path in text and text != told and len(path) > 9
    }


def test_a_path_with_odd_letters_is_quoted_as_go_does():
    def odd(_path: AdapterPath, line: int | None) -> tuple[ClientPath, int | None]:
        return ClientPath('/a"b\\c\nd\U000e0001'), line

    assert in_message('location "x.go:1" not found', odd) == 'location "/a\\"b\\\\c\\u000ad\\U000e0001:1" not found'


def test_a_long_list_costs_nothing():
    text = f'Location "x" ambiguous: {", ".join(["/src/main.go"] * 9)}…'
    assert in_message(text, known) == text


@given(PIECES)
def test_what_passes_would_have_come_out_as_it_is(pieces):
    quick, whole = TraceReader(NAMES, known), TraceReader(NAMES, known)
    for piece in pieces:
        told = piece if quick.passes(piece) else quick.feed(piece)
        assert (told, quick.held) == (whole.feed(piece), whole.held)
