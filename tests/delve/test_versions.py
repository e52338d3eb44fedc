from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dapshim.delve.versions import (
    INSTALL,
    OLDEST_DAP,
    PINNED,
    SUPPORT,
    DlvVersion,
    DlvVersionUnknown,
    matches,
    newest_dlv,
    parse_dlv_version,
    parse_go_version,
    read_dlv_version,
    supported_go,
    too_old,
)
from tests.delve.programs import the_dlv

PRINTED = "Delve Debugger\nVersion: 1.27.1\nBuild: $Id: 38e5cb2261db4e94a735fecc8bc5ccdc1226f2ef $\n"

# -- what they print -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "version"),
    [
        (PRINTED, DlvVersion((1, 27, 1))),
        (PRINTED + "Build Details: go1.26.8\n mod\tgithub.com/go-delve/delve\tv1.27.1", DlvVersion((1, 27, 1), (1, 26))),
        ("Delve Debugger\r\nVersion: 1.7.2-dev\r\n", DlvVersion((1, 7, 2))),
        ("go version go1.26.8 linux/amd64\n", None),
        ("Version: 1.27\n", None),
        ("", None),
    ],
)
def test_what_dlv_version_prints(printed, version):
    assert parse_dlv_version(printed) == version


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("go1.26.6", (1, 26)),
        ("go1.27rc1", (1, 27)),
        ("go1.21", (1, 21)),
        ("go1.26.6-X:nogreenteagc", (1, 26)),
        ("devel go1.28-0123abc Tue Nov 3 10:00:00 2026 +0000", (1, 28)),
        ("go version go1.26.8 linux/amd64", (1, 26)),
        ("devel +0123abc", None),
        ("cargo1.26", None),
        ("", None),
    ],
)
def test_a_version_of_go(text, release):
    assert parse_go_version(text) == release


@given(st.text())
def test_any_text_is_read(text):
    assert parse_dlv_version(text) is None or "Version: " in text
    assert parse_go_version(text) is None or "go" in text


# -- the table -------------------------------------------------------------------------------------------------------------


def test_the_table_is_in_order_and_names_its_own_releases():
    assert [entry.since for entry in SUPPORT] == sorted((entry.since for entry in SUPPORT), reverse=True)
    for entry in SUPPORT:
        best = parse_dlv_version(f"Version: {entry.best}")
        assert best is not None
        assert supported_go(best.release) == (entry.oldest, entry.newest)
        assert best.release >= entry.since
    assert SUPPORT[0].best == PINNED


@pytest.mark.parametrize(
    ("release", "supported"),
    [
        ((1, 27, 1), ((1, 25), (1, 27))),
        ((1, 27, 9), ((1, 25), (1, 27))),
        ((1, 28, 0), None),
        ((2, 0, 0), None),
        ((1, 25, 2), ((1, 22), (1, 25))),
        ((1, 25, 0), ((1, 21), (1, 24))),
        ((1, 21, 0), ((1, 18), (1, 21))),
        ((1, 21, 2), ((1, 19), (1, 21))),
        ((1, 7, 2), None),
    ],
)
def test_which_go_a_delve_takes(release, supported):
    assert supported_go(release) == supported


@pytest.mark.parametrize(
    ("go", "best"),
    [
        ((1, 28), None),
        ((1, 27), PINNED),
        ((1, 25), PINNED),
        ((1, 24), "1.26.3"),
        ((1, 23), "1.25.2"),
        ((1, 21), "1.25.0"),
        ((1, 20), "1.22.1"),
        ((1, 14), None),
    ],
)
def test_the_newest_delve_for_a_go(go, best):
    assert newest_dlv(go) == best


# -- pairs -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dlv", "go"),
    [
        (DlvVersion((1, 27, 1), (1, 26)), "go1.26.8"),
        (DlvVersion((1, 27, 1), (1, 26)), "go1.27rc1"),
        (DlvVersion((1, 27, 1)), "devel +0123abc"),
        (DlvVersion((1, 28, 0)), "go1.30.0"),
        (DlvVersion((1, 26, 3), (1, 24)), "go1.24.11"),
        (DlvVersion((1, 26, 3)), "go1.26.1"),
        (DlvVersion(OLDEST_DAP), "go1.17"),
    ],
)
def test_a_pair_that_goes_together_or_is_not_known(dlv, go):
    assert matches(dlv, go) is None


@pytest.mark.parametrize(
    ("dlv", "go", "text", "command"),
    [
        (
            DlvVersion((1, 25, 2), (1, 25)),
            "go1.27.3",
            "Delve 1.25.2 does not know Go 1.27 yet: it takes Go 1.22 to 1.25; Delve 1.27.1 takes it",
            INSTALL,
        ),
        (
            DlvVersion((1, 27, 1), (1, 26)),
            "go1.24.11",
            "Delve 1.27.1 takes Go 1.25 to 1.27, and this is Go 1.24; Delve 1.26.3 takes it",
            "go install github.com/go-delve/delve/cmd/dlv@v1.26.3",
        ),
        (
            DlvVersion((1, 27, 1), (1, 26)),
            "go1.28.0",
            "Delve 1.27.1 does not know Go 1.28 yet: it takes Go 1.25 to 1.27; a newer one may",
            "go install github.com/go-delve/delve/cmd/dlv@latest",
        ),
        (
            DlvVersion((1, 27, 1), (1, 26)),
            "go1.14.15",
            "and this is Go 1.14; no Delve that dapshim can use takes it, but this one can be told to try",
            '"dlvFlags": ["--check-go-version=false"]',
        ),
        (
            DlvVersion((1, 26, 3), (1, 24)),
            "go1.26.8",
            "this Delve 1.26.3 was built with Go 1.24, and only one that was built with Go 1.25 or newer reads what Go 1.26",
            "go install github.com/go-delve/delve/cmd/dlv@v1.26.3",
        ),
        (DlvVersion((1, 7, 2), (1, 17)), "go1.17", "Delve 1.7.2 is too old: dapshim needs `dlv dap --client-addr`", INSTALL),
    ],
)
def test_one_that_does_not_says_why_and_the_command(dlv, go, text, command):
    found = matches(dlv, go)
    assert found is not None
    assert text in found.text
    assert found.command == command


@given(st.sampled_from(SUPPORT), st.integers(15, 30))
def test_what_the_command_installs_goes_with_that_go(entry, minor):
    dlv = parse_dlv_version(f"Version: {entry.best}")
    assert dlv is not None
    found = matches(dlv, f"go1.{minor}")
    if found is not None and not found.command.endswith("@latest"):
        better = parse_dlv_version("Version: " + re.sub(r".*@v", "", found.command))
        assert better is not None
        assert matches(better, f"go1.{minor}") is None


def test_the_first_delve_that_dials():
    assert too_old(DlvVersion((1, 7, 3))) is None
    assert too_old(DlvVersion((1, 7, 2))) == matches(DlvVersion((1, 7, 2)), "devel +0123abc")


# -- a dlv that is asked ---------------------------------------------------------------------------------------------------


def test_the_real_dlv_answers():
    version = read_dlv_version(the_dlv())
    assert supported_go(version.release) is not None
    assert version.built_with is not None
    assert re.fullmatch(r"1\.\d+\.\d+", str(version))


@pytest.mark.parametrize(("text", "said"), [("#!/bin/sh\necho hello\n", "is no dlv"), ("#!/nonexistent-sh\n", "cannot be run")])
def test_what_is_no_dlv_is_said_in_words(tmp_path, text, said):
    path = tmp_path / "dlv"
    path.write_text(text)
    path.chmod(0o755)
    with pytest.raises(DlvVersionUnknown, match=said):
        read_dlv_version(str(path))


def test_one_that_does_not_answer_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr("dapshim.delve.versions.ASK_LIMIT", 0.1)
    path = tmp_path / "dlv"
    path.write_text("#!/bin/sh\nexec sleep 60\n")
    path.chmod(0o755)
    with pytest.raises(DlvVersionUnknown, match="did not answer"):
        read_dlv_version(str(path))
