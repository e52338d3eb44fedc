from __future__ import annotations

import os

import pytest

from dapshim.golang.files import CachedFiles, Files, RealFiles, glance
from tests.golang.gocommand import write
from tests.layouts import Link, MemoryFiles


@pytest.fixture(params=["real", "cached", "memory"])
def scene(request, tmp_path):
    """The same little tree, on disk, through the cache, and in memory."""
    if request.param == "memory":
        tree: dict[str, bytes | str | Link] = {
            "/t/a.txt": "hello",
            "/t/b/c.txt": "",
            "/t/empty/": "",
            "/t/to-a": Link("a.txt"),
            "/t/to-b": Link("b"),
        }
        tree |= {"/t/broken": Link("nowhere"), "/t/circle": Link("circle"), "/t/run": "x"}
        return MemoryFiles(tree, programs=("/t/run",)), "/t"
    root = write(tmp_path / "t", {"a.txt": "hello", "b/c.txt": "", "empty/": "", "to-a": "->a.txt", "to-b": "->b", "run": "x"})
    write(root, {"broken": "->nowhere", "circle": "->circle"})
    (root / "run").chmod(0o755)
    files: Files = RealFiles()
    return (CachedFiles(files) if request.param == "cached" else files), str(root)


def test_the_questions_have_the_same_answers_everywhere(scene):
    files, root = scene
    for _ in range(2):  # the second time a cache answers by itself
        assert [
            files.kind(f"{root}/{name}") for name in ("a.txt", "b", "to-a", "to-b", "broken", "circle", "none", "a.txt/x")
        ] == [
            "file",
            "folder",
            "file",
            "folder",
            None,
            None,
            None,
            None,
        ]
        assert files.list(root) == [
            ("a.txt", "file"),
            ("b", "folder"),
            ("broken", "link"),
            ("circle", "link"),
            ("empty", "folder"),
            ("run", "file"),
            ("to-a", "link"),
            ("to-b", "link"),
        ]
        assert (files.read(f"{root}/to-a"), files.read(f"{root}/a.txt", 2)) == (b"hello", b"he")
        assert (files.read(f"{root}/to-b/c.txt"), files.list(f"{root}/empty")) == (b"", [])
        assert files.real(f"{root}/to-b/c.txt") == files.real(f"{root}/b/c.txt")
        assert files.real(f"{root}/to-b/none/x") == files.real(f"{root}/b") + "/none/x"
        assert [files.executable(f"{root}/{name}") for name in ("run", "a.txt", "b", "none")] == [True, False, False, False]
        for path in ("none", "b", "broken", "circle"):
            with pytest.raises(OSError, match=r".+"):
                files.read(f"{root}/{path}")
        for path in ("none", "a.txt"):
            with pytest.raises(OSError, match=r".+"):
                files.list(f"{root}/{path}")


def test_a_glance_sees_what_a_listing_says(tmp_path):
    tree = {"a.go": "", "b.go/": "", "c/": "", "to-c": "->c", "to-a.go": "->a.go", "to-c.go": "->c", "go.mod": "", "x.txt": ""}
    root = str(write(tmp_path / "t", tree))
    links = {"to-c": Link("c"), "to-a.go": Link("a.go"), "to-c.go": Link("c")}
    memory = MemoryFiles({f"{root}/{name}": links.get(name, text) for name, text in tree.items()})
    for files in (RealFiles(), CachedFiles(RealFiles()), memory):
        found = glance(files, root)
        assert sorted(found.go_files) == ["a.go", "to-a.go", "to-c.go"]
        assert (sorted(found.folders), found.links, found.has_mod) == (["b.go", "c"], ["to-c"], True)
        assert not glance(files, f"{root}/c").has_mod
        with pytest.raises(OSError, match=r".+"):
            glance(files, f"{root}/gone")


def test_a_large_file_is_read_whole_and_in_part(tmp_path):
    data = os.urandom(300_000)
    (tmp_path / "x").write_bytes(data)
    assert RealFiles().read(str(tmp_path / "x")) == data
    assert RealFiles().read(str(tmp_path / "x"), 200_000) == data[:200_000]
    assert RealFiles().read(str(tmp_path / "x"), 10) == data[:10]


def test_a_fifo_is_neither_waited_for_nor_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    files = RealFiles()
    assert files.kind(str(tmp_path / "pipe")) is None
    assert files.list(str(tmp_path)) == [("pipe", "other")]
    with pytest.raises(OSError, match="not a regular file"):
        files.read(str(tmp_path / "pipe"))


def test_a_path_that_no_system_call_takes_is_missing():
    files = RealFiles()
    assert files.kind("/a\0b") is None
    for ask in (files.read, files.list):
        with pytest.raises(OSError, match=r".+"):
            ask("/a\0b")


def test_a_cache_asks_once_and_a_listing_answers_for_what_is_in_it():
    memory = MemoryFiles({"/t/a": "1", "/t/b/": "", "/t/c": Link("a")})
    files = CachedFiles(memory)
    files.list("/t")
    memory.asked.clear()
    assert [files.kind(path) for path in ("/t/a", "/t/b", "/t/a", "/t/c", "/t/none", "/t/none")] == [
        "file",
        "folder",
        "file",
        "file",
        None,
        None,
    ]
    assert memory.asked == [("kind", "/t/c"), ("kind", "/t/none")]
    assert (files.read("/t/a"), files.read("/t/a", 1)) == (b"1", b"1")
    for _ in range(2):
        with pytest.raises(OSError, match="no such file"):
            files.read("/t/none")
    assert [each for each in memory.asked if each[0] == "read"] == [("read", "/t/a"), ("read", "/t/none")]
