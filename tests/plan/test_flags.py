"""`buildFlags` without what strips a program."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.quoting import flag_value
from dapshim.plan.flags import BuildFlags, joined, stripping, unstripped


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("-ldflags=-s", ""),
        ("'-ldflags=-s -w' -tags=a", "-tags=a"),
        (["-ldflags", "-s -X main.v=1"], ["-ldflags=-X main.v=1"]),
        (["-ldflags=all=-w -X main.v=1", "-race"], ["-ldflags=all=-X main.v=1", "-race"]),
        (["-ldflags=-w=0"], ["-ldflags=-w=0"]),
        (["--ldflags=-s=true"], []),
        (["-ldflags", "-X main.v=-s"], ["-ldflags=-X main.v=-s"]),
    ],
)
def test_what_strips_is_taken_out(given_, kept):
    assert unstripped(BuildFlags.of(given_)).given == kept


WORD = st.sampled_from(["-s", "-w", "-w=0", "-s=true", "-X=main.v=1", "-linkmode=external"])
FLAG = st.sampled_from(["-race", "-tags=a", "-v"]) | st.lists(WORD, min_size=1).map(lambda words: f"-ldflags={' '.join(words)}")


@given(st.lists(FLAG))
def test_nothing_strips_and_all_else_stays(words):
    kept = unstripped(BuildFlags.of(words))
    assert all(not stripping(flag_value([word], "ldflags") or "") for word in kept.words)
    assert [word for word in kept.words if "ldflags" not in word] == [word for word in words if "ldflags" not in word]
    assert unstripped(kept) == kept
    assert joined(list(kept.words), "ldflags") == list(kept.words)
