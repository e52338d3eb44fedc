from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.golang.versions import GoVersion, VersionError, parse_version, select_toolchain
from tests.wire.strategies import calm

ORDERED = [
    "1", "1.1", "1.5", "1.6", "1.6.1", "1.10", "1.19alpha3", "1.19beta2", "1.19rc1", "1.19rc2", "1.19", "1.19.1", "1.20rc1",
    "1.20", "1.21", "1.21rc1", "1.21.0", "1.21.1", "1.26.0", "1.26.8", "1.99999999999999998", "1.99999999999999999", "2.0",
]  # fmt: skip


def test_the_order_is_that_of_the_go_command():
    versions = [parse_version(each) for each in ORDERED]
    backwards = versions[::-1]
    assert sorted(backwards) == versions
    assert len(set(versions)) == len(versions)


def test_before_1_21_a_missing_patch_is_none_and_after_it_is_the_language():
    assert parse_version("1.20") == parse_version("go1.20.0")
    assert parse_version("1.21") < parse_version("1.21rc1") < parse_version("1.21.0")
    assert parse_version("1.21").is_language
    assert not parse_version("1.21.0").is_language


@pytest.mark.parametrize(
    ("text", "version", "experiments", "devel"),
    [
        ("go1.26.0-X:nogreenteagc", GoVersion(1, 26, 0), ("nogreenteagc",), False),
        ("go1.24.1 X:boringcrypto,rangefunc", GoVersion(1, 24, 1), ("boringcrypto", "rangefunc"), False),
        ("go1.25rc2", GoVersion(1, 25, -1, "rc", 2), (), False),
        ("go1.22.1-bigcorp", GoVersion(1, 22, 1), (), False),
        ("go1.26.8", GoVersion(1, 26, 8), (), False),
        ("devel go1.27-3af1c0 Tue Jan 2 03:04:05 2026 +0000", GoVersion(1, 27), (), True),
        ("devel go1.27-3af1c0 Tue Jan 2 X:aliastypeparams", GoVersion(1, 27), ("aliastypeparams",), True),
        ("1.26", GoVersion(1, 26), (), False),
    ],
)
def test_every_spelling_of_a_version(text, version, experiments, devel):
    found = parse_version(text)
    assert (found, found.experiments, found.devel, found.text) == (version, experiments, devel, text)


@pytest.mark.parametrize(
    "text", ["", "go", "gox", "go1.", "1.2.3rc1", "1.02", "v1.2", "go1.2/3", "devel +3af1", "1.21-", "1..2"]
)
def test_what_is_no_version(text):
    if text == "1.21-":  # a suffix may be empty, as for Go
        assert parse_version(text) == GoVersion(1, 21)
        return
    with pytest.raises(VersionError, match="is not a version of Go"):
        parse_version(text)


@calm
@given(st.text("go1.2-+X:rcbeta 0", max_size=12))
def test_any_text_is_a_version_or_refused(text: str) -> None:
    try:
        found = parse_version(text)
    except VersionError:
        return
    assert parse_version(str(found)) == found


LOCAL = parse_version("go1.26.8")


@pytest.mark.parametrize(
    ("setting", "go_line", "toolchain_line", "name", "because", "too_old"),
    [
        ("auto", "1.25.0", "", "go1.26.8", "local", False),
        ("auto", "1.27", "", "go1.27.0", "go", False),
        ("auto", "1.27rc1", "", "go1.27rc1", "go", False),
        ("auto", "1.27.1", "go1.27.3", "go1.27.3", "toolchain", False),
        ("auto", "1.27.4", "go1.27.3", "go1.27.4", "go", False),
        ("auto", "1.25.0", "go1.26.8-bigcorp", "go1.26.8", "local", False),
        ("auto", "1.27.0", "default", "go1.26.8", "local", True),
        ("local", "1.27.0", "go1.27.1", "go1.26.8", "local", True),
        ("local", "1.26.0", "go1.27.1", "go1.26.8", "local", False),
        ("path", "1.27.0", "", "go1.27.0", "go", False),
        ("local+auto", "1.27.0", "", "go1.27.0", "go", False),
        ("go1.25.5", "1.25.0", "go1.27.0", "go1.25.5", "GOTOOLCHAIN", False),
        ("go1.25.5", "1.26.0", "", "go1.25.5", "GOTOOLCHAIN", True),
        ("go1.25.5+auto", "1.26.0", "", "go1.26.0", "go", False),
        ("go1.27.5+path", "1.26.0", "go1.27.1", "go1.27.5", "GOTOOLCHAIN", False),
        ("", "", "", "go1.26.8", "local", False),
    ],
)
def test_which_toolchain_builds(setting, go_line, toolchain_line, name, because, too_old):
    chosen = select_toolchain(LOCAL, setting, go_line, toolchain_line)
    assert (chosen.name, chosen.because, chosen.too_old) == (name, because, too_old)
    assert chosen.switches == (name != "go1.26.8")


@pytest.mark.parametrize("setting", ["nonsense", "go1.25.5+maybe", "bash+auto"])
def test_a_gotoolchain_that_is_none_is_refused(setting):
    with pytest.raises(VersionError):
        select_toolchain(LOCAL, setting)
