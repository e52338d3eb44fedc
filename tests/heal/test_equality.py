"""What makes a rebuilt program a twin: whatever differs in what is loaded is found, but for what tells how it was built."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dapshim.binary.containers import read_image
from dapshim.binary.errors import BinaryError
from dapshim.binary.image import Image, Section
from dapshim.binary.source import BytesSource
from dapshim.heal.equality import difference
from tests.heal.twins import inspected, stripped

IDS = (".note.go.buildid", ".note.gnu.build-id")


def image(data: bytes) -> Image:
    return read_image(BytesSource(data))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """Return a stripped program and its twin."""
    folder = tmp_path_factory.mktemp("equality")
    source = inspected(folder / "source")
    made = [stripped(source, folder / name, f"-ldflags={flags}") for name, flags in (("own", "-s -w"), ("twin", "-a -a"))]
    own, twin = (each.read_bytes() for each in made)
    return own, twin


def test_a_twin_is_equal_to_the_program(pair):
    own, twin = map(image, pair)
    assert difference(own, twin) == ""
    assert difference(twin, own) == ""


@given(st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_one_byte_is_enough(pair, data):
    own, twin = pair
    sections = [each for each in image(twin).sections if each.address and each.file_size and each.name not in IDS]
    section: Section = data.draw(st.sampled_from(sections))
    at = section.offset + data.draw(st.integers(0, section.file_size - 1))
    changed = bytearray(twin)
    changed[at] ^= 1 << data.draw(st.integers(0, 7))
    start, end = twin.find(b"path\texample.com"), twin.find(b"build\tGOAMD64")
    in_text = any(begin - 64 <= at <= begin + end - start + 128 for begin in _all(twin, b"path\texample.com"))
    found = difference(image(own), image(bytes(changed)))
    assert found or in_text, (section.name, at)
    if found:
        assert section.name in found


def _all(data: bytes, wanted: bytes) -> list[int]:
    found, at = [], data.find(wanted)
    while at >= 0:
        found.append(at)
        at = data.find(wanted, at + 1)
    return found


@given(st.integers(0, 63), st.integers(0, 255))
@example(18, 183)
@example(24, 1)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_damaged_header_is_a_difference_or_an_error(pair, at, byte):
    own, twin = pair
    changed = bytearray(twin)
    changed[at] = byte
    try:
        found = difference(image(own), image(bytes(changed)))
    except BinaryError:
        return
    same = image(bytes(changed))
    assert found or (same.entry, same.machine) == (image(twin).entry, image(twin).machine)


@pytest.mark.parametrize("kind", ["entry", "size", "missing"])
def test_headers_count(kind, pair):
    own, twin = pair
    changed = bytearray(twin)
    (shoff,) = struct.unpack_from("<Q", changed, 40)
    number = next(number for number, each in enumerate(image(twin).sections, 1) if each.name == ".noptrbss")
    if kind == "entry":
        changed[24] ^= 1
    elif kind == "size":
        changed[shoff + 64 * number + 32] ^= 0x20
    else:
        changed[shoff + 64 * number + 16 : shoff + 64 * number + 24] = bytes(8)
    expected = {
        "entry": "begins at another address",
        "size": ".noptrbss",
        "missing": "only one of them has the section .noptrbss",
    }
    assert expected[kind] in difference(image(own), image(bytes(changed)))


@pytest.mark.matrix
def test_tables_that_lie_lower_may_only_be_pointed_to(tmp_path: Path):
    source = inspected(tmp_path / "source")
    own, twin = (
        stripped(source, tmp_path / name, f"-ldflags={flags}", GOTOOLCHAIN="go1.21.13").read_bytes()
        for name, flags in (("own", "-s -w"), ("twin", "-a -a"))
    )
    assert difference(image(own), image(twin)) == ""
    mine, other = (image(each).section(".noptrdata") for each in (own, twin))
    assert mine is not None
    assert other is not None
    data, theirs = (part[each.offset : each.offset + each.file_size] for part, each in ((own, mine), (twin, other)))
    differing = [at for at in range(0, len(data), 8) if data[at : at + 8] != theirs[at : at + 8]]
    assert differing
    for at in (*differing, next(at for at in range(0, len(data), 8) if at not in differing)):
        changed = bytearray(twin)
        changed[other.offset + at] ^= 0x10
        assert difference(image(own), image(bytes(changed))) == "its section .noptrdata differs"
