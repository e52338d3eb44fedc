"""Which cgroup a process's memory is of, and what its files say: cgroup v1 and v2, hybrid, containers, none."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.memory_cgroup import memory_cgroup

V2 = "31 26 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
V1_CPU = "33 31 0:30 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
HYBRID = "40 31 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
CONTAINER = "35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n"

NONE = str((1 << 63) - 4096)


def machine(root: Path, mounts: str, cgroup: str, **files: str) -> Path:
    """Lay out a machine; names of `files` are paths with `__` for a slash."""
    texts = {"proc/self/mountinfo": mounts, "proc/7/cgroup": cgroup}
    texts |= {f"sys/fs/cgroup/{name.replace('__', '/').replace('_dot_', '.')}": text for name, text in files.items()}
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_v2(tmp_path):
    events = "low 0\nhigh 0\nmax 12\noom 2\noom_kill 1\noom_group_kill 0\n"
    root = machine(
        tmp_path, V2, "0::/app.slice/x\n", app_dot_slice__x__memory_dot_events=events, app_dot_slice__x__memory_dot_max="max\n",
        app_dot_slice__memory_dot_max="1048576\n",
    )  # fmt: skip
    found = memory_cgroup(7, root)
    assert found is not None
    assert (found.path, found.oom_kills(), found.limit()) == ("/app.slice/x", 1, 1 << 20)


def test_v1_beside_a_v2_that_counts_nothing(tmp_path):
    control = "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n"
    root = machine(
        tmp_path, V1_CPU + HYBRID + V1, "8:cpu:/other\n4:memory:/a/b\n0::/\n", memory__a__b__memory_dot_oom_control=control,
        memory__a__b__memory_dot_limit_in_bytes=NONE, memory__a__memory_dot_limit_in_bytes="4096",
        memory__memory_dot_limit_in_bytes=NONE,
    )  # fmt: skip
    found = memory_cgroup(7, root)
    assert found is not None
    assert (found.path, found.oom_kills(), found.limit()) == ("/a/b", 3, 4096)


@pytest.mark.parametrize("cgroup", ["4:memory:/docker/abc\n", "4:memory:/docker/abc/below\n"])
def test_a_container_that_sees_its_own_alone(tmp_path, cgroup):
    files = {"memory__memory_dot_oom_control": "oom_kill 1\n", "memory__below__memory_dot_oom_control": "oom_kill 1\n"}
    found = memory_cgroup(7, machine(tmp_path, CONTAINER, cgroup, **files))
    assert found is not None
    assert found.oom_kills() == 1
    assert found.limit() is None


@pytest.mark.parametrize(
    ("mounts", "cgroup", "files"),
    [
        ("", "", {}),
        (V2, "0::/x\n", {}),
        # Linux before 4.13 does not count them.
        (V1, "4:memory:/x\n", {"memory__x__memory_dot_oom_control": "oom_kill_disable 0\nunder_oom 0\n"}),
        (CONTAINER, "4:memory:/elsewhere\n", {"memory__memory_dot_oom_control": "oom_kill 1\n"}),
        (V2, "0::/../../other\n", {"memory_dot_events": "oom_kill 1\n"}),
        (V1_CPU, "8:cpu:/x\n", {"cpu__x__memory_dot_oom_control": "oom_kill 1\n"}),
    ],
    ids=["no cgroups", "no file", "old kernel", "not in this mount", "outside", "no memory"],
)
def test_where_nothing_is_counted_there_is_none(tmp_path, mounts, cgroup, files):
    assert memory_cgroup(7, machine(tmp_path, mounts, cgroup, **files)) is None


def test_what_is_gone_says_nothing(tmp_path):
    root = machine(tmp_path, V2, "0::/x\n", x__memory_dot_events="oom_kill 1\n")
    found = memory_cgroup(7, root)
    assert found is not None
    (root / "sys/fs/cgroup/x/memory.events").unlink()
    assert found.oom_kills() is None
    assert memory_cgroup(8, root) is None


@given(st.text(), st.text())
def test_no_text_is_too_strange(tmp_path_factory, mounts, cgroup):
    root = machine(tmp_path_factory.mktemp("strange"), "", "")
    (root / "proc/self/mountinfo").write_bytes((V2 + mounts).encode(errors="surrogatepass"))
    (root / "proc/7/cgroup").write_bytes(("0::" + cgroup).encode(errors="surrogatepass"))
    found = memory_cgroup(7, root)
    assert found is None or found.oom_kills() is not None


def test_this_machine_is_read_without_an_error():
    found = memory_cgroup(os.getpid())
    assert found is None or found.oom_kills() is not None
