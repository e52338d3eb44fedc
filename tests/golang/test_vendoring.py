"""What modules.txt says of modules; that cmd/go takes it so is shown in tests/delve/test_checkup_workspace.py."""

from __future__ import annotations

from dapshim.golang.vendoring import Listing, read_listing
from tests.layouts import MemoryFiles

TEXT = """## workspace
# example.com/a v1.0.0
## explicit; go 1.21
example.com/a
# example.com/b v1.1.0 => ./b
## explicit
example.com/b
# example.com/c v1.2.0 => example.com/d v2.0.0
example.com/c
# example.com/e => ../e
"""


def test_modules_their_marks_and_what_replaces_them():
    files = MemoryFiles({"/ws/vendor/modules.txt": TEXT})
    assert read_listing(files, "/ws/vendor") == Listing(
        frozenset({("example.com/a", "v1.0.0"), ("example.com/b", "v1.1.0")}),
        {
            ("example.com/b", "v1.1.0"): "./b",
            ("example.com/c", "v1.2.0"): "example.com/d v2.0.0",
            ("example.com/e", ""): "../e",
        },
    )


def test_without_a_file_and_with_nonsense_in_it():
    assert read_listing(MemoryFiles({"/ws/vendor/": ""}), "/ws/vendor") is None
    odd = MemoryFiles({"/v/modules.txt": b"# \n## explicit\n\xff\n# =>\n"})
    assert read_listing(odd, "/v") is not None
