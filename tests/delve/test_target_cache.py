"""The cache of what was read of programs at a distance: whole or nothing, the owner's alone, and bounded."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim import __version__
from dapshim.binary.recorded import BuildInfo
from dapshim.delve import target_cache
from dapshim.delve.target_cache import TargetCache, TargetFiles, TargetRecord, cache_of, files_of, recorded_from

FILES: TargetFiles = (("/src/x.go", "example.com/app", {"example.com/app.F": 7}, ()), ("page.tmpl", "", {}, ("a", "b")))
RECORD = TargetRecord(b"table" * 100, "go1.26.6", "path\texample.com/app\n", 7, 0x1000, ("/src/x.c",), FILES)


@pytest.fixture
def cache(tmp_path: Path) -> TargetCache:
    return TargetCache(str(tmp_path / "dapshim" / "targets"))


def only_file(cache: TargetCache) -> Path:
    (file,) = Path(cache.folder).iterdir()
    return file


def test_what_is_kept_comes_back_for_its_own_build_alone(cache: TargetCache) -> None:
    assert cache.load("one") is None
    cache.store("one", RECORD)
    assert cache.load("one") == RECORD
    assert cache.load("two") is None


def test_it_is_readable_by_its_owner_alone(cache: TargetCache) -> None:
    cache.store("one", RECORD)
    assert stat.S_IMODE(only_file(cache).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(cache.folder).stat().st_mode) == 0o700


def test_a_file_of_another_build_under_this_name_does_not_count(cache: TargetCache) -> None:
    cache.store("one", RECORD)
    data = only_file(cache).read_bytes()
    cache.store("two", RECORD)
    for file in Path(cache.folder).iterdir():
        file.write_bytes(data)
    assert cache.load("two") is None


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_may_write_does_not_count(mode: int, cache: TargetCache) -> None:
    cache.store("one", RECORD)
    only_file(cache).chmod(mode)
    assert cache.load("one") is None


def test_a_link_and_a_pipe_do_not_count_and_block_nobody(cache: TargetCache, tmp_path: Path) -> None:
    cache.store("one", RECORD)
    file = only_file(cache)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    assert cache.load("one") is None
    file.unlink()
    os.mkfifo(file)
    assert cache.load("one") is None


@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_any_changed_byte_makes_it_worthless(place: int, change: int) -> None:
    data = bytearray(target_cache._written(RECORD, "one"))
    data[place % len(data)] ^= change
    assert target_cache._read(bytes(data)) == ("", None)


@given(st.binary(max_size=200))
def test_any_other_file_is_no_record(data: bytes) -> None:
    assert target_cache._read(data) == ("", None)
    assert target_cache._read(target_cache._MAGIC + data) == ("", None)


def test_what_was_used_longest_ago_goes(tmp_path: Path) -> None:
    cache = TargetCache(str(tmp_path), entries_most=2)
    for age, name in ((300, "one"), (200, "two")):
        cache.store(name, RECORD)
        for file in Path(cache.folder).iterdir():
            if file.stat().st_mtime > 1e9:
                os.utime(file, (1000 - age, 1000 - age))
    assert cache.load("one") == RECORD  # it counts as used now
    cache.store("three", RECORD)
    assert [name for name in ("one", "two", "three") if cache.load(name) is not None] == ["one", "three"]


def test_what_was_used_last_comes_first_within_bounds(tmp_path: Path) -> None:
    cache = TargetCache(str(tmp_path))
    assert TargetCache(str(tmp_path)).is_empty
    assert list(cache.last_used(3, 1 << 20)) == []
    for age, name in ((300, "one"), (200, "two"), (100, "three")):
        cache.store(name, RECORD)
        os.utime(cache._path(name), (1000 - age, 1000 - age))
    assert not cache.is_empty
    assert [name for name, _ in cache.last_used(3, 1 << 20)] == ["three", "two", "one"]
    # To look at it is no use of it; to have used it is.
    cache.note_use("one")
    cache.note_use("none")
    assert list(cache.last_used(2, 1 << 20)) == [("one", RECORD), ("three", RECORD)]
    size = Path(cache._path("one")).stat().st_size
    assert [name for name, _ in cache.last_used(3, 2 * size + 20)] == ["one", "three"]
    Path(cache._path("three")).write_bytes(b"damaged")
    assert [name for name, _ in cache.last_used(3, 1 << 20)] == ["one", "two"]


def test_all_together_have_a_limit_and_none_is_larger(tmp_path: Path) -> None:
    cache = TargetCache(str(tmp_path), bytes_most=1500)
    for name in ("one", "two", "three"):
        cache.store(name, RECORD)
        os.utime(cache._path(name), (1000, 1000))
    cache.store("large", TargetRecord(bytes(5000)))
    assert sum(each.stat().st_size for each in tmp_path.iterdir()) <= 1500
    assert cache.load("large") is None


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = TargetCache(str(tmp_path / "file" / "targets"))
    cache.store("one", RECORD)
    assert cache.load("one") is None


def test_no_half_written_file_stays(cache: TargetCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    cache.store("one", RECORD)
    assert list(Path(cache.folder).iterdir()) == []


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({"XDG_CACHE_HOME": "/c", "HOME": "/h"}, "/c/dapshim/targets"),
        ({"XDG_CACHE_HOME": "relative", "HOME": "/h"}, "/h/.cache/dapshim/targets"),
        ({"HOME": "/h"}, "/h/.cache/dapshim/targets"),
        ({"HOME": "relative"}, None),
        ({}, None),
    ],
)
def test_where_it_is(environ: dict[str, str], folder: str | None) -> None:
    found = cache_of(environ)
    assert (found.folder if found is not None else None) == folder


def test_a_text_that_utf8_cannot_hold_is_kept_without_it(cache: TargetCache) -> None:
    cache.store("one\udc80", TargetRecord(b"t", "go\ud800", names=("/\udcff.c",)))
    assert cache.load("one\udc80") == TargetRecord(b"t", "go?", names=("/?.c",))


def test_names_that_utf8_cannot_hold_are_worked_out_anew(cache: TargetCache) -> None:
    cache.store("one", TargetRecord(b"t", files=(("/\udcff.go", "app", {}, ()),)))
    assert cache.load("one") == TargetRecord(b"t")


def test_what_another_dapshim_has_kept_does_not_count(cache: TargetCache) -> None:
    cache.store("one", RECORD)
    file = only_file(cache)
    data = file.read_bytes()
    file.write_bytes(data.replace(__version__.encode(), b"9" * len(__version__), 1))
    assert cache.load("one") is None


NAME = st.text(max_size=9)
FILE = st.tuples(NAME, NAME, st.dictionaries(NAME, st.integers(0, 1 << 31)), st.lists(NAME, max_size=2).map(tuple))


@given(st.lists(FILE, max_size=5))
def test_files_come_back_as_they_were(files: list[tuple[str, str, dict[str, int], tuple[str, ...]]]) -> None:
    build = BuildInfo("go1.26.6", "example.com/app")
    recorded = recorded_from(tuple(files), build)
    assert files_of(recorded) == tuple(files)
    assert recorded_from(files_of(recorded), build) == recorded
