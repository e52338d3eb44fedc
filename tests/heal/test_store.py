"""The store of heals: whole or not there, bounded, and nobody else's."""

from __future__ import annotations

import grp
import os
import pwd
import stat
import time
from pathlib import Path

import pytest

from dapshim.heal.store import ABANDONED, REFUSAL_LIFE, Store, StoreError, store_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "cache" / "healed"))


def put(store: Store, key: str, data: bytes = b"data", **notes: str) -> str:
    workplace = store.workplace()
    Path(workplace, "file").write_bytes(data)
    return store.keep(key, workplace, "file", notes).path


def test_what_is_kept_is_found(store):
    assert store.find("a") is None
    path = put(store, "a", b"one", go="go1.26.8")
    found = store.find("a")
    assert found is not None
    assert (found.path, dict(found.notes)) == (path, {"go": "go1.26.8"})
    assert Path(path).read_bytes() == b"one"
    assert stat.S_IMODE(Path(store.folder).stat().st_mode) == 0o700
    assert stat.S_IMODE(Path(found.folder).stat().st_mode) == 0o700


@pytest.mark.parametrize("damage", ["file", "manifest", "no manifest", "name", "link"])
def test_what_is_damaged_is_thrown_away_and_made_again(damage, store, tmp_path):
    path = Path(put(store, "a"))
    manifest = path.parent / "manifest.json"
    if damage == "file":
        path.write_bytes(b"other")
    elif damage == "manifest":
        manifest.write_bytes(b"{")
    elif damage == "no manifest":
        manifest.unlink()
    elif damage == "name":
        manifest.write_text(manifest.read_text().replace('"file":"file"', '"file":"../x"'))
    else:
        path.unlink()
        path.symlink_to(tmp_path / "elsewhere")
        (tmp_path / "elsewhere").write_bytes(b"data")
    assert store.find("a") is None
    assert not path.parent.exists()
    put(store, "a")
    assert store.find("a") is not None


def test_the_second_of_two_that_make_the_same_gets_the_first_ones(store):
    slow = store.workplace()
    Path(slow, "file").write_bytes(b"slow")
    put(store, "a", b"fast")
    assert Path(store.keep("a", slow, "file", {}).path).read_bytes() == b"fast"


def test_what_was_used_longest_ago_goes(tmp_path):
    store = Store(str(tmp_path / "healed"), entries_most=3)
    for age, key in enumerate("abc"):
        put(store, key)
        os.utime(Path(store.folder, key), (time.time() - 100 + age,) * 2)
    assert store.find("a") is not None
    put(store, "d")
    assert {each.name for each in Path(store.folder).iterdir()} == {"a", "c", "d"}
    small = Store(store.folder, bytes_most=1)
    put(small, "e", b"much" * 100)
    assert {each.name for each in Path(store.folder).iterdir()} == {"e"}


def test_what_was_never_finished_goes_after_a_while(store):
    old, new = Path(store.workplace()), Path(store.workplace())
    (old / "work").mkdir()
    os.utime(old, (time.time() - ABANDONED - 1,) * 2)
    put(store, "a")
    assert (old.exists(), new.exists()) == (False, True)


def test_a_refusal_is_believed_for_a_while_and_for_these_sources(store):
    store.open()
    assert store.refusal("a", "state") == ""
    store.refuse("a", "state", "why")
    assert store.refusal("a", "state") == "why"
    assert store.refusal("a", "other") == ""
    os.utime(Path(store.folder, "a.no"), (time.time() - REFUSAL_LIFE - 1,) * 2)
    assert store.refusal("a", "state") == ""
    put(store, "a")
    assert not Path(store.folder, "a.no").exists()


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_in_which_others_can_write_is_not_used(mode, store):
    store.open()
    for place in (Path(store.folder), Path(store.folder).parent):
        place.chmod(mode)
        if mode == 0o770 and place != Path(store.folder) and own_group(place):
            place.chmod(0o700)
            continue
        with pytest.raises(StoreError, match="can be written by somebody else"):
            store.workplace()
        place.chmod(0o700)
    store.workplace()


def own_group(place: Path) -> bool:
    return grp.getgrgid(place.stat().st_gid).gr_name == pwd.getpwuid(os.geteuid()).pw_name


def test_the_group_that_is_the_users_alone_may_write_above(store):
    store.open()
    parent = Path(store.folder).parent
    if not own_group(parent):
        pytest.skip("this user has no group of its own")
    parent.chmod(0o775)
    store.workplace()
    Path(store.folder).chmod(0o770)
    with pytest.raises(StoreError):
        store.open()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another group")
def test_another_group_may_not(store):
    store.open()
    parent = Path(store.folder).parent
    os.chown(parent, -1, next(each.gr_gid for each in grp.getgrall() if each.gr_gid))
    parent.chmod(0o770)
    with pytest.raises(StoreError, match="can be written by somebody else"):
        store.open()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make another's folder")
def test_a_folder_of_another_user_is_not_used(store):
    Path(store.folder).mkdir(parents=True, mode=0o700)
    os.chown(store.folder, 12345, 12345)
    with pytest.raises(StoreError, match="can be written by somebody else"):
        store.open()


def test_a_link_to_another_users_folder_is_followed_and_seen(store, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o777)
    elsewhere.chmod(0o777)
    Path(store.folder).parent.mkdir(parents=True)
    Path(store.folder).symlink_to(elsewhere)
    with pytest.raises(StoreError):
        store.open()


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"nothing can be kept in .*file/healed: Not a directory; set XDG_CACHE_HOME"):
        Store(str(tmp_path / "file" / "healed")).open()


def test_where_it_is():
    assert store_of({"XDG_CACHE_HOME": "/x", "HOME": "/h"}) == Store("/x/dapshim/healed")
    assert store_of({"XDG_CACHE_HOME": "x", "HOME": "/h"}) == Store("/h/.cache/dapshim/healed")
    assert store_of({}) is None
