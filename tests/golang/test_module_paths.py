from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.module_paths import (
    cache_folder,
    canonical_version,
    escape_path,
    escape_version,
    unescape_path,
    unescape_version,
    version_order,
)
from tests.wire.strategies import calm

PATHS = st.from_regex(r"[A-Za-z0-9.~_-]{1,9}(/[A-Za-z0-9.~_-]{1,9}){0,3}", fullmatch=True)


def test_the_module_cache_spells_capitals_with_a_mark():
    assert escape_path("github.com/Acme/util") == "github.com/!acme/util"
    assert escape_version("v1.0.0-RC1") == "v1.0.0-!r!c1"
    assert cache_folder("github.com/BurntSushi/toml", "v1.2.3") == "github.com/!burnt!sushi/toml@v1.2.3"


@calm
@given(PATHS)
def test_escaping_goes_both_ways_and_knows_no_capitals(path: str) -> None:
    escaped = escape_path(path)
    assert unescape_path(escaped) == path
    assert unescape_version(escape_version(path)) == path
    assert escaped == escaped.lower()


@pytest.mark.parametrize("path", ["github.com/!acme", "github.com/größe"])
def test_what_no_module_can_be_called_is_not_escaped(path):
    with pytest.raises(ValueError, match="cannot be a module path"):
        escape_path(path)


@pytest.mark.parametrize("escaped", ["github.com/Acme", "github.com/!", "github.com/!Acme", "github.com/!1", "größe"])
def test_what_the_module_cache_never_spells_so_is_refused(escaped):
    with pytest.raises(ValueError, match="not as the module cache"):
        unescape_path(escaped)


@pytest.mark.parametrize(
    ("version", "canonical"),
    [
        ("v1.2.3", "v1.2.3"),
        ("v1", "v1.0.0"),
        ("v1.2", "v1.2.0"),
        ("v1.2.3-rc.1", "v1.2.3-rc.1"),
        ("v1.2.3+meta", "v1.2.3"),
        ("v2.0.0+incompatible", "v2.0.0+incompatible"),
        ("v1.2.3-rc+incompatible", "v1.2.3-rc+incompatible"),
        ("v0.0.0-20240101000000-0123456789ab", "v0.0.0-20240101000000-0123456789ab"),
        ("1.2.3", ""),
        ("v1.02.3", ""),
        ("v1.2.3-01", ""),
        ("v1.2-rc", ""),
        ("v1.2.3-", ""),
        ("main", ""),
    ],
)
def test_the_form_in_which_versions_are_compared(version, canonical):
    assert canonical_version(version) == canonical


def test_the_order_of_versions_is_that_of_semantic_versions():
    ordered = [
        "junk",
        "v0.0.0-20230101000000-ffffffffffff",
        "v0.0.0-20240101000000-000000000000",
        "v1.0.0-1",
        "v1.0.0-2",
        "v1.0.0-10",
        "v1.0.0-alpha",
        "v1.0.0-alpha.1",
        "v1.0.0-alpha.beta",
        "v1.0.0-rc.1",
        "v1.0.0",
        "v1.2.0",
        "v1.10.0",
        "v2.0.0+incompatible",
    ]
    backwards = ordered[::-1]
    assert sorted(backwards, key=version_order) == ordered
