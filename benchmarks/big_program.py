"""A program whose executable is about 100 MB, to measure on: `make(folder)` writes and builds it.

    W/go.mod               module example.com/large
    W/main.go              calls into every package
    W/pNNN/fMM.go          functions with the statements, calls and types that real ones have

Of the executable's size, code, the line table and debug info have the shares that they have in real programs; a large block of
data would make the file large and nothing else.
"""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import attrs

PACKAGES: Final = 220
FILES: Final = 20
FUNCTIONS: Final = 16
BODY: Final = """
type order{n} struct {{
	ID    int
	Name  string
	Lines map[string]int
}}

func price{n}(factor int) (int, error) {{
	o := order{n}{{ID: {n}, Lines: map[string]int{{"one": 1}}}}
	sum := len(o.Name) * factor
	for name, line := range o.Lines {{
		if line > factor {{
			sum += line * len(name)
		}} else if factor == {n} {{
			return 0, errors.New(name)
		}}
		o.ID++
	}}
	return sum, nil
}}
"""


@attrs.frozen
class BigProgram:
    """The executable, the folder of its source, and the place of a breakpoint in `main`."""

    binary: str
    folder: Path
    breakpoint: tuple[str, int]


def make(folder: Path) -> BigProgram:
    """Write the program into `folder` and build it with -trimpath, unless that has been done.

    It takes a minute or two once, and then comes from Go's build cache.

    Raises:
        OSError: it does not build.

    """
    source = folder / "large"
    binary = folder / "large.bin"
    if binary.exists():
        return described(binary, source)
    write(source)
    # Debug info as it is packed would take most of the time, and an executable of that size more functions.
    command = ["go", "build", "-trimpath", "-gcflags=all=-N -l", "-ldflags=-compressdwarf=false", "-o", str(binary), "."]
    done = subprocess.run(command, cwd=source, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"the large program does not build: {done.stderr}")
    return described(binary, source)


def described(binary: Path, source: Path) -> BigProgram:
    """Return what a built program consists of."""
    lines = (source / "main.go").read_text().splitlines()
    line = next(number for number, each in enumerate(lines, 1) if each.startswith("\tp000."))
    return BigProgram(str(binary), source, (str(source / "main.go"), line))


def write(folder: Path) -> None:
    """Write the source, the same text each time, so that Go's build cache knows it."""
    names = [f"p{package:03}" for package in range(PACKAGES)]
    for name in names:
        (folder / name).mkdir(parents=True)
        for file in range(FILES):
            numbers = range(file * FUNCTIONS, (file + 1) * FUNCTIONS)
            text = "".join(BODY.format(n=n) for n in numbers)
            (folder / name / f"f{file:02}.go").write_text(f'package {name}\n\nimport "errors"\n{text}')
        # A function in a table that is called by number cannot be left out of the program.
        held = ", ".join(f"price{n}" for n in range(FILES * FUNCTIONS))
        use = "func Use(number int) (int, error) { return held[number](number) }"
        (folder / name / "use.go").write_text(f"package {name}\n\nvar held = []func(int) (int, error){{{held}}}\n\n{use}\n")
    (folder / "go.mod").write_text("module example.com/large\n\ngo 1.25\n")
    imports = "".join(f'\t"example.com/large/{name}"\n' for name in names)
    calls = "".join(f"\t{name}.Use(len(os.Args))\n" for name in names)
    text = f'package main\n\nimport (\n\t"os"\n\n{imports})\n\nfunc main() {{\n{calls}}}\n'
    (folder / "main.go").write_text(text)
