"""What an `output` event says, without the rest of it."""

from __future__ import annotations

import json

import pytest

from dapshim.wire.messages import event
from dapshim.wire.parsing import parse
from dapshim.wire.printed import Printed, printed


def test_it_says_what_was_printed_and_where():
    assert printed(event("output", {"category": "stdout", "output": "a\n"})) == Printed("a\n", "stdout")
    found = printed(event("output", {"output": "a", "source": {"path": "/a.go"}, "line": 3}))
    assert found == Printed("a", "", {"path": "/a.go"})


@pytest.mark.parametrize("body", [None, {}, [], {"output": 3}, {"output": "a", "category": 7}, "text"])
def test_what_is_not_of_that_shape_says_nothing(body):
    made = {"seq": 1, "type": "event", "event": "output", "body": body}
    assert printed(parse(json.dumps(made).encode())) is None


def test_what_msgspec_does_not_read_says_nothing():
    message = parse(rb'{"seq":1,"type":"event","event":"output","body":{"output":"\ud800","category":"stdout"}}')
    assert printed(message) is None
