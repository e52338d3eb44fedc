"""Unpacking on a copy: the real upx where it is installed, and stand-ins that write what they are told to."""

from __future__ import annotations

import shutil
import stat
import subprocess
import time
from pathlib import Path

import pytest

from dapshim.binary.opened import facts_of
from dapshim.delve.go_build import run_go
from dapshim.heal.outcome import Copied, NotCopied
from dapshim.heal.store import Store
from dapshim.heal.unpacking import unpacked
from tests.diagnose.observed import observe
from tests.diagnose.rows import ALL, Shape
from tests.heal.twins import DEBUG, go, inspected, left_over


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


@pytest.fixture
def original(tmp_path: Path) -> Path:
    go(inspected(tmp_path / "inspected"), "build", DEBUG, "-o", str(tmp_path / "original"), ".")
    return tmp_path / "original"


@pytest.fixture
def packed(original: Path, tmp_path: Path) -> Path:
    """Return what looks like a packed program: UPX's marks, no sections, nothing that can be read."""
    path = tmp_path / "orders"
    data = bytearray(original.read_bytes()[:4096])
    data[40:48] = data[58:64] = b""
    head = bytearray(original.read_bytes()[:232])
    head[40:48] = bytes(8)
    head[56:58] = (2).to_bytes(2, "little")
    head[58:64] = bytes(6)
    for number in range(2):
        at = 64 + 56 * number
        head[at : at + 4] = (1).to_bytes(4, "little")
        head[at + 8 : at + 16] = bytes(8)
        head[at + 32 : at + 40] = (232).to_bytes(8, "little")
    info = b"$Info: This file is packed with the UPX executable packer http://upx.sf.net $\n"
    path.write_bytes(bytes(head) + b"\0\0\0\0UPX!" + bytes(64) + info + bytes(512) + b"UPX!" + bytes(32))
    path.chmod(0o751)
    assert facts_of(str(path)).packing_hides
    return path


def stand_in(folder: Path, script: str) -> str:
    """Write an `upx`, called as `upx -d -q -o OUT -- FILE`."""
    path = folder / "upx"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


async def test_the_copy_is_debugged_and_the_second_time_costs_nothing(packed, original, store, tmp_path):
    before = packed.read_bytes()
    count = tmp_path / "count"
    upx = stand_in(tmp_path, f'[ "$1 $2 $3 $5" = "-d -q -o --" ] || exit 9\necho x >> {count}\ncp {original} "$4"')
    made = await unpacked(facts_of(str(packed)), upx, run_go, store)
    assert isinstance(made, Copied), made
    assert packed.read_bytes() == before
    assert (Path(made.path).name, stat.S_IMODE(Path(made.path).stat().st_mode)) == ("orders", 0o751)
    assert str(packed) in made.line
    source = tmp_path / "inspected"
    seen = await observe(Path(made.path), [source / "main.go", source / "sum/sum.go"], Shape())
    assert seen.answers == ALL
    assert await unpacked(facts_of(str(packed)), upx, run_go, store) == made
    assert count.read_text() == "x\n"


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ('echo "CantUnpackException: bad"; exit 2', "upx -d failed: CantUnpackException: bad"),
        ('echo text > "$4"', "no Go program"),
        ('cp "$6" "$4"', "no Go program"),
        ("true", "No such file"),
        ("sleep 30", "longer than 0.5 s"),
    ],
)
async def test_what_is_no_program_is_not_used(script, why, packed, store, tmp_path):
    started = time.monotonic()
    made = await unpacked(facts_of(str(packed)), stand_in(tmp_path, script), run_go, store, limit=0.5)
    assert isinstance(made, NotCopied)
    assert why in made.reason
    assert time.monotonic() - started < 5
    assert left_over(store) == []


async def test_what_is_not_packed_is_left_alone(original, store, tmp_path):
    made = await unpacked(facts_of(str(original)), stand_in(tmp_path, "exit 0"), run_go, store)
    assert isinstance(made, NotCopied)
    assert "not packed with UPX" in made.reason


@pytest.mark.skipif(shutil.which("upx") is None, reason="upx is not installed")
async def test_the_real_upx(original, store, tmp_path):
    upx = shutil.which("upx")
    assert upx is not None
    path = tmp_path / "packed"
    subprocess.run([upx, "-q", "-o", str(path), str(original)], check=True, capture_output=True)
    made = await unpacked(facts_of(str(path)), upx, run_go, store)
    assert isinstance(made, Copied), made
    assert Path(made.path).read_bytes() == original.read_bytes()
