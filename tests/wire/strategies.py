"""What hypothesis makes for the tests of the wire: JSON as strange clients spell it, DAP messages, and streams in pieces.

Texts are made as texts, not from values, so that the spelling of numbers, escapes, spaces and duplicate members is part of
what is tested. `spelling` reads them back by a tokenizer of its own.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Literal

import attrs
from hypothesis import settings
from hypothesis import strategies as st

calm = settings(deadline=None, derandomize=True, max_examples=100)
"""The same examples in every run, on machines of any speed."""

NUMBERS = st.one_of(
    st.sampled_from(["0", "-0", "1.0", "-0.0", "1E5", "18446744073709551616", "0.1000000000000000055", "1e-400"]),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)
ESCAPES = [r"\"", r"\\", r"\/", r"\b", r"\n", r"\u0000", r"\u001f", r"\u003C", r"\ud83d\ude00", r"\\ud800", r"\\\"", "seq"]
LONE = [r"\ud800", r"\uDBFF", r"\udc00x", r"\ude00\ud83d"]
SPACES = st.sampled_from(["", "", "", " ", "\n", "\t", " \r\n "])


@cache
def strings(*, lone: bool = False) -> st.SearchStrategy[str]:
    """JSON strings with their quotes, with escapes as they may be written, `lone` with surrogates that have no partner."""
    plain = st.characters(exclude_characters='"\\', exclude_categories=["Cs"], min_codepoint=0x20)
    return st.lists(st.one_of(plain, st.sampled_from(ESCAPES + LONE * lone)), max_size=5).map(
        lambda parts: f'"{"".join(parts)}"'
    )


def _between(opening: str, closing: str) -> Callable[[tuple[str, list[str]]], str]:
    """Put items between brackets, with spaces wherever JSON lets them stand."""
    return lambda parts: opening + parts[0] + f"{parts[0]},{parts[0]}".join(parts[1]) + parts[0] + closing


@cache
def objects(*, lone: bool = False, huge: bool = False) -> st.SearchStrategy[str]:
    """Any JSON object as text."""
    return _objects(values(lone=lone, huge=huge), lone=lone)


def _objects(of: st.SearchStrategy[str], *, lone: bool) -> st.SearchStrategy[str]:
    names = st.one_of(st.sampled_from(['"a"', r'"\u0061"', '"seq"', '"request_seq"', '"body"']), strings(lone=lone))
    members = st.tuples(names, SPACES, of).map(lambda parts: f"{parts[0]}{parts[1]}:{parts[1]}{parts[2]}")
    return st.tuples(SPACES, st.lists(members, max_size=4)).map(_between("{", "}"))


@cache
def values(*, lone: bool = False, huge: bool = False) -> st.SearchStrategy[str]:
    """Any JSON value as text, `huge` with numbers that no float holds; few names, so that members of one name are common."""
    numbers = st.one_of(NUMBERS, st.just("1e400")) if huge else NUMBERS
    scalars = st.one_of(st.sampled_from(["null", "true", "false"]), numbers, strings(lone=lone))

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(SPACES, st.lists(smaller, max_size=4)).map(_between("[", "]")),
            _objects(smaller, lone=lone),
        )

    return st.recursive(scalars, larger, max_leaves=8)


@attrs.frozen
class Sample:
    """A DAP message as text, and what its envelope says."""

    raw: bytes
    kind: str
    name: str
    seq: int
    request_seq: int

    @property
    def body_key(self) -> str:
        return "arguments" if self.kind == "request" else "body"


SEQS = st.integers(0, 10**17) | st.just(2**64)
KINDS = st.sampled_from(["request", "response", "event", "strange"])
LAYOUTS = st.sampled_from(["go", "vscode", "shuffled", "twice", "unnumbered"])


@st.composite
def samples(draw: st.DrawFn, body: st.SearchStrategy[str] | None = None) -> Sample:
    """A message with its members in the order of Go, of VS Code or in none, with `seq` twice or not at all, and with strangers.

    Some have spaces between the tokens of the envelope and escapes in its names.
    """
    kind, layout, seq, request_seq = draw(KINDS), draw(LAYOUTS), draw(SEQS), draw(SEQS)
    numbers = [("seq", str(seq)), ("request_seq", str(request_seq))] if kind == "response" else [("seq", str(seq))]
    rest = [("type", f'"{kind}"'), ("event" if kind == "event" else "command", '"threads"')]
    rest += [("success", draw(st.sampled_from(["true", "false"])))]
    rest += [("arguments" if kind == "request" else "body", draw(values(lone=True, huge=True) if body is None else body))]
    rest += zip(["x-1", r"\u0000\\\"-"], draw(st.lists(values(lone=True), max_size=2)), strict=False)
    if layout == "go":
        ordered = [numbers[0], rest[0], *numbers[1:], *rest[1:]]
    elif layout == "vscode":
        ordered = [*reversed(rest), *reversed(numbers)]
    elif layout == "unnumbered":
        ordered, seq, request_seq = list(draw(st.permutations(rest))), 0, 0
    else:
        ordered = list(draw(st.permutations([*rest, *numbers])))
    if layout == "twice":
        ordered.insert(0, ("seq", draw(st.sampled_from([str(seq), "7", '"7"', "null"]))))
    if layout in ("go", "vscode") or draw(st.booleans()):
        text = "{" + ",".join(f'"{name}":{value}' for name, value in ordered) + "}"
    else:
        space = draw(SPACES)
        spelt = [draw(_spelt(name)) if name.isidentifier() else f'"{name}"' for name, _ in ordered]
        members = [f"{name}{space}:{space}{value}" for name, (_, value) in zip(spelt, ordered, strict=True)]
        text = " " + _between("{", "}")((space, members)) + space
    return Sample(text.encode(), kind, "threads", seq, request_seq if kind == "response" else 0)


@cache
def _spelt(name: str) -> st.SearchStrategy[str]:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in name)
    return st.sampled_from([f'"{name}"', f'"{name}"', f'"{name}"', f'"{escaped}"', f'"\\u{ord(name[0]):04X}{name[1:]}"'])


_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')


def without_spaces(raw: bytes) -> bytes:
    """The tokens of a text as they are spelt, without what stands between them."""
    return b" ".join(_TOKEN.findall(raw))


def spelling(raw: bytes) -> dict[str, bytes]:
    """The members of an object, each value as it is spelt but for the spaces between its tokens; of two, the last."""
    tokens = _TOKEN.findall(raw)
    assert (tokens[0], tokens[-1]) == (b"{", b"}")
    return dict(_members(iter(tokens[1:-1])))


def _members(tokens: Iterator[bytes]) -> Iterator[tuple[str, bytes]]:
    for name in tokens:
        assert next(tokens) == b":"
        depth = 0
        value = []
        for token in tokens:
            if token == b"," and not depth:
                break
            depth += (token in (b"{", b"[")) - (token in (b"}", b"]"))
            value.append(token)
        yield json.loads(name.decode("utf-8", "surrogateescape")), b" ".join(value)


def is_json(text: bytes) -> bool:
    """Whether the standard library reads it, whatever bytes its strings and values its numbers have."""

    def refuse(constant: str) -> None:
        raise ValueError(constant)

    try:
        json.loads(text.decode("utf-8", "surrogateescape"), parse_constant=refuse)
    except ValueError:
        return False
    return True


def nested(levels: int, shape: Literal["lists", "objects"] = "lists") -> bytes:
    """A value that nests so many levels."""
    if shape == "lists":
        return b"[" * levels + b"]" * levels
    return b'{"a":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@st.composite
def pieces(draw: st.DrawFn, stream: bytes) -> list[bytes]:
    """The stream cut into pieces, often in the middle of a header, sometimes into bytes."""
    if draw(st.integers(0, 4)) == 0:
        return [stream[at : at + 1] for at in range(len(stream))]
    cuts = sorted(draw(st.sets(st.integers(0, len(stream)), max_size=12)))
    return [stream[start:end] for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@contextmanager
def little_stack() -> Iterator[None]:
    """A stack on which nothing recurses."""
    before, depth, frame = sys.getrecursionlimit(), 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    sys.setrecursionlimit(depth + 30)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
