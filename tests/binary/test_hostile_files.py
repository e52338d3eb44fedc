"""Whatever a file says of itself: an answer, within a second and 200 MiB."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dapshim.binary.facts import read_facts
from dapshim.binary.source import BytesSource, FileState
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import Facts, HostFacts
from dapshim.diagnose.verdicts import verdicts
from tests.binary.executables import Executables
from tests.binary.hostile_files import BOMBS
from tests.real import BOUND, clean_environment

HOST = HostFacts("linux", "amd64")
SECONDS, MEBIBYTES = 1.0, 200

ASKED = """
import json, sys, time
from dapshim.binary.opened import facts_of
from dapshim.diagnose.diagnosing import diagnose
from dapshim.diagnose.facts import Facts, HostFacts
begin = time.process_time()
found = diagnose(Facts(facts_of(sys.argv[1]), HostFacts("linux", "amd64")))
took = time.process_time() - begin
with open("/proc/self/status") as status:
    (memory,) = [int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")]
print(json.dumps([took, memory, [each.code for each in found]]))
"""

FOUND = {
    "one unit of 250 MiB": ["no-symtab", "optimized"],
    "40 MiB of the least units": ["no-symtab", "optimized"],
    "half a million modules": ["no-dwarf"],
    "200 MiB of packed units": ["no-symtab", "optimized"],
}
"""What has no unit of Go is none of Go's."""


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_costs_a_second_and_200_mib(name, tmp_path):
    path = tmp_path / "bomb"
    path.write_bytes(BOMBS[name]())
    path.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", ASKED, path], check=False, capture_output=True, text=True, timeout=BOUND, env=clean_environment()
    )
    assert done.returncode == 0, done.stderr
    took, memory, codes = json.loads(done.stdout)
    assert took < SECONDS
    assert memory < MEBIBYTES
    assert codes == FOUND.get(name, ["not-go"])


# -- real files with a few bytes that are others ---------------------------------------------------------------------------

TARGETS = ("linux/amd64", "linux/386", "linux/s390x", "windows/amd64", "darwin/arm64")


def tables(data: bytes | bytearray) -> list[int]:
    """Return where headers and tables begin: the file's, and those of sections and segments."""
    if data[:4] != b"\x7fELF":
        return [0, int.from_bytes(data[60:64], "little") if data[:2] == b"MZ" else 0]
    return [0, int.from_bytes(data[40:48] if data[4] == 2 else data[32:36], "little" if data[5] == 1 else "big")]


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    built = Executables(tmp_path_factory.mktemp("originals"))
    return [built.build(each).read_bytes() for each in TARGETS]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_fuzzed_headers_get_an_answer(data, originals):
    content = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(1, 6))):
        begin = data.draw(st.sampled_from(tables(content)))
        at = begin + data.draw(st.integers(0, 2500))
        value = data.draw(st.sampled_from([b"\0", b"\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\1"]))
        content[at : at + len(value)] = value
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    begin = time.process_time()
    state = FileState("/x/program", executable=True, size=len(content))
    facts = Facts(read_facts(BytesSource(bytes(content)), state), HOST)
    found = diagnose(facts)
    verdicts(facts, found)
    assert time.process_time() - begin < SECONDS
    for each in found:
        assert each.message
        assert len(each.message) < 2000
