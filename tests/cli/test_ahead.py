"""What is imported before the first session: all of it is there, and in the order in which a session needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dapshim.cli import ahead
from dapshim.delve.planned import Setting
from tests.real import clean_environment

LOADED = """
import sys
import trio
from dapshim.cli.ahead import get_ready
from dapshim.delve.planned import Setting
from dapshim.options.layers import resolve
from dapshim.proxy.own_dlv import OwnDlv
trio.run(lambda: get_ready(lambda: Setting(connected={connected}), None if {connected} else OwnDlv(resolve(())["dlv"])))
print(*sorted(sys.modules))
"""


@pytest.mark.parametrize(("connected", "names"), [(False, ahead.OWN), (True, ahead.CONNECTED)])
def test_what_is_named_is_loaded(connected, names):
    command = [sys.executable, "-c", LOADED.format(connected=connected)]
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True)
    assert set(names) <= set(done.stdout.split())


def test_what_cannot_be_imported_is_left_to_the_session_that_needs_it():
    ahead._get_ready(Setting, None, ["dapshim.nothing", "dapshim.wire.printed"])
    assert "dapshim.wire.printed" in sys.modules
