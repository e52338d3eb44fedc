"""The copy of Delve's configuration: one key is written anew, all else is as the person wrote it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.heal.delve_config import config_home, config_paths, outdated_config, with_directories


def listed(text: str) -> list[str]:
    (found,) = re.findall(r"(?m)^debug-info-directories: (.*)$", text)
    names: list[str] = json.loads(found)
    return names


DEFAULT = "/usr/lib/debug/.build-id"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", [DEFAULT]),
        ("aliases:\n  print: [p]\n", [DEFAULT]),
        ('debug-info-directories: ["/usr/lib/debug/.build-id"]\n', [DEFAULT]),
        ("debug-info-directories: []\n", [DEFAULT]),
        ('debug-info-directories: [/a, \'/b c\', "/d\\"e"]  # mine\n', ["/a", "/b c", '/d"e']),
        ("debug-info-directories:\n- /a\n- '/b''c' # x\ntab: x\n", ["/a", "/b'c"]),
        ("tab: x\ndebug-info-directories:\n  # one\n  - /a\n\n  - /b\nmax-string-len: 5\n", ["/a", "/b"]),
        ("debug-info-directories: [\n  /a,\n  /b\n]\ntab: x\n", ["/a", "/b"]),
        ('"debug-info-directories": [/a]', ["/a"]),
    ],
)
def test_directories_come_before_those_of_the_person(text, kept):
    made = with_directories(text, ["/ours"])
    assert listed(made) == ["/ours", *kept]
    for line in text.splitlines():
        if line.startswith(("aliases", "  print", "tab", "max")):
            assert line in made.splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "{aliases: {}}",
        "---\naliases:\n",
        "aliases:\n...\n",
        "%YAML 1.2\n",
        "debug-info-directories: [/a]\ntab: x\ndebug-info-directories: [/b]\n",
    ],
)
def test_what_is_not_understood_leaves_only_the_directories(text):
    made = with_directories(text, ["/ours"])
    assert made.count("\n") == 1
    assert listed(made)[0] == "/ours"


@given(
    st.lists(
        st.sampled_from(["aliases:", "  print: [p]", "# x", "", "- /a", "debug-info-directories:", "tab: '", "]", "  - /b"]),
        max_size=8,
    )
)
def test_any_text_gets_the_key_once(lines):
    assert listed(with_directories("\n".join(lines), ["/ours"]))[0] == "/ours"


def test_where_delve_looks():
    assert config_paths({"XDG_CONFIG_HOME": "/x"}, ["/home/a"]) == ("/x/dlv/config.yml",)
    assert config_paths({}, ["/home/a", "/root"]) == ("/home/a/.config/dlv/config.yml", "/root/.config/dlv/config.yml")


def test_the_copy_is_shared_while_it_is_the_same(tmp_path):
    home = tmp_path / "home"
    own = home / ".config" / "dlv" / "config.yml"
    own.parent.mkdir(parents=True)
    own.write_text("tab: x\n")
    first = config_home(str(tmp_path), {}, [str(home)], ["/ours"])
    assert (Path(first) / "dlv" / "config.yml").read_text().startswith("tab: x\n")
    assert (Path(first).stat().st_mode & 0o077) == 0
    assert config_home(str(tmp_path), {}, [str(home)], ["/ours"]) == first
    own.write_text("tab: y\n")
    assert config_home(str(tmp_path), {}, [str(home)], ["/ours"]) != first
    assert outdated_config([str(home)]) == ""
