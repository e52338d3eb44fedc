"""GOPRIVATE and its like: which module they mean, and what that makes of a module that is not here."""

from __future__ import annotations

import pytest

from dapshim.diagnose.fetching_rules import FETCHING_RULES, matches, why_not_fetched
from dapshim.diagnose.workspace_facts import Needed, WorkspaceFacts
from dapshim.golang.modfile import parse_mod
from dapshim.golang.workspace import read_workspace
from tests.layouts import MemoryFiles


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        ("*", "example.com/a/b", True),
        ("example.com", "example.com/a", True),
        ("example.com/a", "example.com/ab", False),
        ("*.corp.example,x.org/", "git.corp.example/a", True),
        ("*.corp.example", "git.corp.example.org/a", False),
        ("example.com/*/b", "example.com/a/b/c", True),
        ("example.com/a/b", "example.com/a", False),
        ("", "example.com", False),
        (" , ", "example.com", False),
    ],
)
def test_patterns_match_leading_elements(patterns, path, expected):
    """As module.MatchPrefixPatterns of golang.org/x/mod has it."""
    assert matches(patterns, path) is expected


@pytest.mark.parametrize(
    ("proxy", "git", "says"),
    [
        ("https://proxy.golang.org,direct", True, None),
        ("https://proxy.golang.org,direct", False, None),
        ("direct", True, None),
        ("direct", False, "git, which would fetch it directly, is not there"),
        ("off", True, "forbids to fetch anything"),
        ("direct,off", False, "git, which"),
        ("proxy.corp", True, "proxy.corp, which is no address"),
        ("file:///srv/proxy", False, None),
        ("", True, None),
    ],
)
def test_ways_of_goproxy(proxy, git, says):
    why = why_not_fetched({"GOPROXY": proxy}, "example.com/a", git=git)
    assert (why is None) is (says is None)
    assert says is None or (why is not None and says in why)


def test_a_module_that_is_private_by_halves():
    text = "module example.com/m\n\ngo 1.21\n\nrequire corp.example/a v1.0.0\n"
    files = MemoryFiles({"/ws/go.mod": text})
    space = read_workspace(files, "/ws", None, "", ())
    line = parse_mod(text.encode()).require[0]
    needed = Needed("corp.example/a", "v1.0.0", "/ws/go.mod", line, cached=True, summed=False)
    facts = WorkspaceFacts(space, needed=(needed,), variables={"GONOPROXY": "corp.example", "GOSUMDB": "sum.golang.org"})
    (found,) = [each for rule in FETCHING_RULES for each in rule(facts)]
    assert "private by GONOPROXY, but not by GONOSUMDB" in found.finding.message
    assert found.fixes[0].command == "go env -w GOPRIVATE=corp.example/a"
    assert str(found.place) == "/ws/go.mod:5:1"
