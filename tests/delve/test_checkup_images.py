"""Dockerfiles as they are written: which build strips, where that stands, and what is left without it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.checkup_images import is_image_file, parse_image_file
from dapshim.diagnose.image_rules import image_stripped
from dapshim.diagnose.placed import applied

FILE = "/ws/Dockerfile"
OTHER_STAGE = "\nFROM a AS debug\nRUN go build -gcflags=all='-N -l' .\n"


def shown(text: str) -> list[tuple[str, str]]:
    """Return what each stripping build underlines, and the text without it."""
    found = []
    for each in parse_image_file(FILE, text).builds:
        if each.strips:
            assert each.place.range is not None
            start, end = each.place.range.start, each.place.range.end
            assert start.line == end.line
            under = text.split("\n")[start.line - 1][start.column : end.column]
            found.append((under, applied(text, [each.edit] if each.edit else [])))
    return found


@pytest.mark.parametrize(
    ("text", "underlined", "mended"),
    [
        ('RUN go build -ldflags="-s -w" .', "-s -w", 'RUN go build -ldflags="" .'),
        ("RUN go build -ldflags='-s -X a.b=c' .", "-s -X a.b=c", "RUN go build -ldflags='-X a.b=c' ."),
        ("RUN go build -ldflags=-w .", "-w", "RUN go build -ldflags= ."),
        ("RUN go build -ldflags -w .", "-w", 'RUN go build -ldflags "" .'),
        ("RUN cd x && CGO_ENABLED=0 go build \\\n  -ldflags \\\n  '-s' ./x", "-s", None),
        ("RUN go install --ldflags=-s x && echo", "-s", "RUN go install --ldflags= x && echo"),
        ('RUN ["go", "build", "-ldflags", "-s -w", "."]', "-s -w", 'RUN ["go", "build", "-ldflags", "", "."]'),
        ('RUN ["go", "build", "-ldflags=-s -w", "."]', "-s -w", 'RUN ["go", "build", "-ldflags=", "."]'),
        ('ARG F="-s -w"\nRUN go build -ldflags="$F" .', "-s -w", 'ARG F=""\nRUN go build -ldflags="$F" .'),
        ('ENV F=-s\nRUN go build -ldflags "${F}" .', "-s", None),
        ("ENV GOFLAGS=-ldflags=-s\nRUN go build .", "-s", "ENV GOFLAGS=-ldflags=\nRUN go build ."),
        ("RUN <<EOF\ngo build -ldflags=-s .\nEOF\n", "-s", "RUN <<EOF\ngo build -ldflags= .\nEOF\n"),
    ],
)
def test_what_strips_is_found_where_it_stands(text, underlined, mended):
    ((under, after),) = shown(text)
    assert under == underlined
    assert shown(after) == []
    if mended is not None:
        assert after == mended


@pytest.mark.parametrize(
    "text",
    [
        "RUN go build .",
        "RUN go build -ldflags='-X main.v=-s' .",
        "# RUN go build -ldflags=-s .",
        "RUN go build . && tool -ldflags=-s",
        "RUN go test -ldflags=-s ./...",
        "RUN cargo build -ldflags=-s",
        'RUN go build -ldflags="$UNKNOWN" .',
        "RUN go build -ldflags='-s",
        "",
    ],
)
def test_what_does_not_strip_is_left_alone(text):
    assert shown(text) == []


def test_it_counts_only_where_somebody_debugs_and_no_stage_is_for_that():
    text = "FROM golang AS a\nRUN go build -ldflags=-s .\n"
    assert [each.finding.code for each in image_stripped(parse_image_file(FILE, text), ["it"])] == ["image-stripped"]
    assert list(image_stripped(parse_image_file(FILE, text), [])) == []
    own = text + 'CMD ["dlv", "exec", "/app"]\n'
    assert [each.finding.code for each in image_stripped(parse_image_file(FILE, own), [])] == ["image-stripped"]
    assert list(image_stripped(parse_image_file(FILE, text + OTHER_STAGE), ["it"])) == []


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("Dockerfile", True),
        ("Dockerfile.debug", True),
        ("api.dockerfile", True),
        ("Containerfile", True),
        ("Dockerfiles", False),
        ("docker-compose.yml", False),
    ],
)
def test_names(name, is_one):
    assert is_image_file(name) is is_one


PIECES = st.sampled_from(
    ["go build", "RUN ", "-ldflags", "=", '"', "'", "-s", " -w", "\\\n", "\n", " ", "&&", "ARG F=", "$F", "#", "[", "]", ","]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_text_is_read_and_its_edits_mend_it(text):
    for each in parse_image_file(FILE, text).builds:
        if each.edit is not None:
            assert text[each.edit.start : each.edit.end]
            after = applied(text, [each.edit])
            assert len(parse_image_file(FILE, after).builds) <= len(parse_image_file(FILE, text).builds)
