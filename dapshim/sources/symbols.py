"""The names of functions as the linker writes them. PURE."""

from __future__ import annotations

import re


def package_of_symbol(symbol: str) -> str:
    """Return the package of a function's symbol: `a.b/c%2ed.(*T).M` is of `a.b/c.d`, `main.F[go.shape.int]` of `main`."""
    name = symbol.partition("[")[0]
    slash = name.rfind("/") + 1
    dot = name.find(".", slash)
    package = name[:dot] if dot >= 0 else name
    if "%" not in package:
        return package
    return re.sub(r"%([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), package)
