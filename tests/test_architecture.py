"""The rules of the house that docs/architecture.md tells, read from the imports; each is shown to catch its violation."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import attrs
import pytest

ROOT: Final = Path(__file__).parents[1]

FLOORS: Final = (
    ("wire", "binary", "options"),
    ("golang",),
    ("sources",),
    ("diagnose",),
    ("plan",),
    ("heal", "delve"),
    ("proxy",),
    ("shims",),
    ("language_server",),
    ("cli",),
)
"""Ground floor first; some are not built yet. Who stands on one floor does not know the other."""

PURE: Final = ("wire", "binary", "options", "sources", "diagnose", "plan")
"""Rooms without input, output or a clock: what they must read is passed in."""

DOORS: Final = frozenset({"dapshim/binary/opened.py", "dapshim/options/option_files.py"})
"""The files of a pure room that do its input and output, so that nothing else there has to."""

IMPURE: Final = frozenset(
    {
        "asyncio",
        "concurrent",
        "ctypes",
        "fcntl",
        "http",
        "logging",
        "mmap",
        "multiprocessing",
        "os",
        "random",
        "select",
        "selectors",
        "shutil",
        "signal",
        "socket",
        "ssl",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "trio",
        "urllib.request",
    }
)
IMPURE_NAMES: Final = frozenset({"open", "print", "input", "Path"})

SAYS_NOTHING: Final = frozenset({"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc"})

MAX_LINES: Final = 400
MAX_TEST_LINES: Final = 600
"""A test is read by itself, with the scene at the head of its file, so such a file may be longer."""

SKIPPED: Final = frozenset({"__pycache__", "build", "dist", "node_modules"})
TEXTS: Final = frozenset(
    {
        "",
        ".cfg",
        ".go",
        ".in",
        ".js",
        ".json",
        ".jsonc",
        ".lua",
        ".md",
        ".mod",
        ".py",
        ".sh",
        ".toml",
        ".ts",
        ".txt",
        ".work",
        ".yml",
    }
)


@attrs.frozen
class Import:
    """One import: what, where, and in which file."""

    file: Path
    line: int
    module: str

    @property
    def package(self) -> str:
        return self.module.partition(".")[0]


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """Yield the files of the tree that are committed, or would be; as paths below `root`."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(each for each in folders if each not in SKIPPED and (not each.startswith(".") or each == ".ci"))
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix in suffixes and not name.startswith("__debug_bin"):
                yield path.relative_to(root)


def room_of(path: Path) -> str:
    """Return the room of a file of dapshim; '' for those that stand at its door."""
    return path.parts[1] if path.parts[0] == "dapshim" and len(path.parts) > 2 else ""


def imports(root: Path, path: Path) -> Iterator[Import]:
    """Yield all imports of a file, wherever they stand, those for types alone too."""
    for node in ast.walk(ast.parse((root / path).read_text())):
        if isinstance(node, ast.Import):
            yield from (Import(path, node.lineno, each.name) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = (
                ".".join([*path.with_suffix("").parts[: -node.level], node.module or ""]).rstrip(".")
                if node.level
                else node.module
            )
            yield from (Import(path, node.lineno, f"{base}.{each.name}") for each in node.names)


def all_imports(root: Path) -> Iterator[Import]:
    for path in files(root, ".py"):
        if path.parts[0] == "dapshim":
            yield from imports(root, path)


def complaint(found: Import, why: str) -> str:
    return f"{found.file}:{found.line} imports {found.module}: {why}"


# -- the rules -------------------------------------------------------------------------------------------------------------


def floors(root: Path) -> list[str]:
    """A room imports from the floors below it only."""
    height = {room: number for number, floor in enumerate(FLOORS) for room in floor}
    rooms = {room_of(path) for path in files(root, ".py")} - {""}
    wrong = [f"dapshim/{room} stands on no floor" for room in sorted(rooms - height.keys())]
    for found in all_imports(root):
        own, parts = room_of(found.file), found.module.split(".")
        other = parts[1] if found.package == "dapshim" and len(parts) > 1 else ""
        if own in height and other in height and other != own and height[other] >= height[own]:
            wrong.append(complaint(found, f"{other} is not below {own}"))
    return wrong


def pure_rooms(root: Path) -> list[str]:
    """A pure room has no way to the outside."""
    wrong = [
        complaint(found, f"{room_of(found.file)} is pure")
        for found in all_imports(root)
        if room_of(found.file) in PURE and found.file.as_posix() not in DOORS
        if any(found.module == each or found.module.startswith(f"{each}.") for each in IMPURE)
    ]
    for path in files(root, ".py"):
        if room_of(path) in PURE and path.as_posix() not in DOORS:
            wrong += [
                f"{path}:{node.lineno} uses {node.id}: {room_of(path)} is pure"
                for node in ast.walk(ast.parse((root / path).read_text()))
                if isinstance(node, ast.Name) and node.id in IMPURE_NAMES
            ]
    return wrong


def shims_apart(root: Path) -> list[str]:
    """A shim imports no other shim; only the list knows them all."""
    return [
        complaint(found, "a shim knows no other")
        for found in all_imports(root)
        if room_of(found.file) == "shims" and found.file.parts[2] != "__init__.py" and found.module.startswith("dapshim.shims")
        if found.module.split(".")[2:3] != [found.file.with_suffix("").parts[2]]
    ]


def pygls_at_home(root: Path) -> list[str]:
    """The language server's packages are loaded by the language server only."""
    return [
        complaint(found, "only language_server does")
        for found in all_imports(root)
        if found.package in ("pygls", "lsprotocol") and room_of(found.file) != "language_server"
    ]


def language_server_alone(root: Path) -> list[str]:
    """No debug session loads the language server: only the command that starts it does."""
    return [
        complaint(found, "only dapshim/cli/lsp.py does")
        for found in all_imports(root)
        if found.module.startswith("dapshim.language_server") and room_of(found.file) != "language_server"
        if found.file.as_posix() != "dapshim/cli/lsp.py"
    ]


def imports_that_can_be_read(root: Path) -> list[str]:
    """Nobody but the command line, which imports a command when it is called, imports by a name that is made up as it runs."""
    return [
        f"{path}:{node.lineno} imports by name"
        for path in files(root, ".py")
        if path.parts[0] == "dapshim" and room_of(path) != "cli"
        for node in ast.walk(ast.parse((root / path).read_text()))
        if (isinstance(node, ast.Name) and node.id == "__import__")
        or (isinstance(node, ast.Attribute) and node.attr == "import_module")
    ]


def guardian_alone(root: Path) -> list[str]:
    """The guardian runs with the standard library alone, `python -I -S` finds nothing else; but for one file of ours."""
    return [
        complaint(found, "not of the standard library")
        for name in ("remains", "guardian_process")
        for found in imports(root, Path(f"dapshim/delve/{name}.py"))
        if found.package not in sys.stdlib_module_names
        if (name, found.module) != ("guardian_process", "dapshim.delve.remains")
    ]


def names_that_say_something(root: Path) -> list[str]:
    return sorted(
        {
            f"{path} is called {part}"
            for path in files(root, ".py", ".ts", ".go")
            for part in [*path.parts[:-1], path.stem, path.stem.removeprefix("test_")]
            if part in SAYS_NOTHING
        }
    )


def lengths(root: Path) -> list[str]:
    wrong = []
    for path in files(root, ".py"):
        most = MAX_TEST_LINES if path.parts[0] == "tests" else MAX_LINES
        lines = len((root / path).read_text().splitlines())
        if lines > most:
            wrong.append(f"{path} has {lines} lines, more than {most}")
    return wrong


def machine_paths(root: Path) -> list[str]:
    """What is committed names no folder of the machine on which it was written."""
    ours = [str(ROOT)] if len(ROOT.parts) > 2 else []
    ours += [sys.base_prefix] if sys.base_prefix.startswith(f"{Path.home()}/") else []
    return [
        f"{path} names {place}"
        for path in files(root, *TEXTS)
        for place in ours
        if place in (root / path).read_text(errors="replace")
    ]


RULES: Final = [
    floors,
    pure_rooms,
    shims_apart,
    pygls_at_home,
    language_server_alone,
    imports_that_can_be_read,
    guardian_alone,
    names_that_say_something,
    lengths,
    machine_paths,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule):
    assert rule(ROOT) == []


def test_the_walk_sees_the_tree():
    seen = {path.as_posix() for path in files(ROOT, *TEXTS)}
    assert {
        "README.md",
        "Makefile",
        ".ci/run",
        "pyproject.toml",
        "dapshim/wire/ledger.py",
        "tests/test_architecture.py",
    } <= seen
    assert not any("__pycache__" in path or path.startswith((".venv", ".git/", ".tools")) for path in seen)


# -- each rule catches its violation ---------------------------------------------------------------------------------------

PLANTED: Final = [
    (
        floors,
        "dapshim/wire/x.py",
        "from dapshim.proxy import link",
        "wire/x.py:1 imports dapshim.proxy.link: proxy is not below wire",
    ),
    (
        floors,
        "dapshim/delve/x.py",
        "def f():\n    import dapshim.heal.pack",
        "delve/x.py:2 imports dapshim.heal.pack: heal is not below",
    ),
    (floors, "dapshim/proxy/x.py", "from ..cli import main", "proxy/x.py:1 imports dapshim.cli.main: cli is not below proxy"),
    (floors, "dapshim/proxy/x.py", "from dapshim import shims", "proxy/x.py:1 imports dapshim.shims: shims is not below proxy"),
    (floors, "dapshim/attic/x.py", "", "dapshim/attic stands on no floor"),
    (
        floors,
        "dapshim/shims/x.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from dapshim.language_server.serve import Server",
        "language_server is not below shims",
    ),
    (pure_rooms, "dapshim/wire/x.py", "from time import monotonic", "wire/x.py:1 imports time.monotonic: wire is pure"),
    (pure_rooms, "dapshim/sources/x.py", "import os.path", "sources/x.py:1 imports os.path: sources is pure"),
    (pure_rooms, "dapshim/diagnose/x.py", "def f(p):\n    return open(p)", "diagnose/x.py:2 uses open: diagnose is pure"),
    (pure_rooms, "dapshim/options/x.py", "import os", "options/x.py:1 imports os: options is pure"),
    (pure_rooms, "dapshim/binary/x.py", "import trio", "binary/x.py:1 imports trio: binary is pure"),
    (
        shims_apart,
        "dapshim/shims/x.py",
        "from dapshim.shims.output import Output",
        "shims/x.py:1 imports dapshim.shims.output.Output",
    ),
    (
        shims_apart,
        "dapshim/shims/x.py",
        "from . import output",
        "shims/x.py:1 imports dapshim.shims.output: a shim knows no other",
    ),
    (pygls_at_home, "dapshim/cli/x.py", "import pygls.server", "cli/x.py:1 imports pygls.server: only language_server does"),
    (
        language_server_alone,
        "dapshim/cli/serve.py",
        "def f():\n    import dapshim.language_server.server",
        "cli/serve.py:2 imports dapshim.language_server.server: only dapshim/cli/lsp.py does",
    ),
    (
        imports_that_can_be_read,
        "dapshim/proxy/x.py",
        "import importlib\nimportlib.import_module('x')",
        "proxy/x.py:2 imports by name",
    ),
    (
        guardian_alone,
        "dapshim/delve/remains.py",
        "import os\nimport trio",
        "remains.py:2 imports trio: not of the standard library",
    ),
    (
        guardian_alone,
        "dapshim/delve/guardian_process.py",
        "from dapshim.delve import process",
        "guardian_process.py:1 imports dapshim.delve.process: not of the standard library",
    ),
    (names_that_say_something, "dapshim/proxy/misc/x.py", "", "dapshim/proxy/misc/x.py is called misc"),
    (names_that_say_something, "tests/helpers.py", "", "tests/helpers.py is called helpers"),
    (names_that_say_something, "vscode-extension/src/utils.ts", "", "utils.ts is called utils"),
    (lengths, "dapshim/proxy/x.py", "\n" * 401, "dapshim/proxy/x.py has 401 lines, more than 400"),
    (lengths, "tests/x.py", "\n" * 601, "tests/x.py has 601 lines, more than 600"),
]


@pytest.mark.parametrize(
    ("rule", "path", "text", "said"), PLANTED, ids=lambda value: value.__name__ if callable(value) else None
)
def test_a_violation_is_found(rule: Callable[[Path], list[str]], path: str, text: str, said: str, tmp_path: Path) -> None:
    for room in ("delve", "shims"):
        shutil.copytree(ROOT / "dapshim" / room, tmp_path / "dapshim" / room, ignore=shutil.ignore_patterns("__pycache__"))
    assert rule(tmp_path) == []
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(text)
    (found,) = rule(tmp_path)
    assert said in found


def test_the_path_of_a_machine_is_found(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "x.md").write_text(f"see {ROOT}/README.md")
    assert machine_paths(tmp_path) == [f"docs/x.md names {ROOT}"]
