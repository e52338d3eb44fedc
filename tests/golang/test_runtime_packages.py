from __future__ import annotations

import re
import subprocess
from pathlib import Path

from dapshim.golang.runtime_packages import is_always_optimized
from tests.real import tool


def test_they_are_those_of_the_go_that_is_here():
    root = subprocess.run([tool("go"), "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()
    source = (Path(root) / "src/cmd/internal/objabi/pkgspecial.go").read_text()
    listed = re.findall(r'"([^"]+)"', source.partition("runtimePkgs = []string{")[2].partition("\n}")[0])
    assert "runtime" in listed
    assert [each for each in listed if not is_always_optimized(each)] == []
    assert not any(map(is_always_optimized, ("main", "fmt", "runtime/debug", "internal/poll", "example.com/runtime")))
