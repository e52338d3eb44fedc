"""Stale sources and modules of another version, with real builds."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import attrs
import pytest

from dapshim.binary.opened import OpenedFile, facts_of
from dapshim.delve.own_sources import source_facts
from dapshim.diagnose.facts import SourceFacts
from dapshim.golang.files import RealFiles
from tests.real import BOUND, PROGRAMS, clean_environment, tool


@attrs.frozen
class Built:
    folder: Path
    program: Path

    def facts(self, *folders: Path) -> SourceFacts:
        with OpenedFile(str(self.program)) as source:
            found = facts_of(str(self.program))
            return source_facts(source, found, tuple(map(str, folders or (self.folder,))), RealFiles())

    def go(self, *arguments: str) -> None:
        variables = clean_environment(CGO_ENABLED="0", GOFLAGS="", GOPROXY="off")
        subprocess.run([tool("go"), *arguments], cwd=self.folder, env=variables, check=True, timeout=BOUND * 5)


@pytest.fixture
def built(tmp_path: Path) -> Built:
    folder = tmp_path / "inspected"
    shutil.copytree(PROGRAMS / "inspected", folder)
    return Built(folder, tmp_path / "program")


@pytest.mark.parametrize("flags", [(), ("-trimpath",), ("-ldflags=-s -w",), ("-gcflags=all=-N -l",)], ids=" ".join)
def test_fresh_sources_are_fresh_and_the_folder_is_found(flags, built: Built):
    built.go("build", *flags, "-o", str(built.program), ".")
    assert built.facts() == SourceFacts(str(built.folder))


@pytest.mark.parametrize("flags", [(), ("-trimpath",)], ids=" ".join)
def test_an_edit_is_seen(flags, built: Built):
    built.go("build", *flags, "-o", str(built.program), ".")
    text = (built.folder / "sum" / "sum.go").read_text()
    (built.folder / "sum" / "sum.go").write_text(text.replace("func add", "// More.\n\nfunc add"))
    (stale,) = built.facts().stale
    assert stale.path == str(built.folder / "sum" / "sum.go")
    assert "limit was at line" in stale.staleness.sentence(stale.path)


def test_an_edit_within_a_body_is_seen(built: Built):
    built.go("build", "-gcflags=all=-N -l", "-o", str(built.program), ".")
    text = (built.folder / "main.go").read_text()
    (built.folder / "main.go").write_text(text.replace("\ttotal += tiny", "\n\n\ttotal += tiny"))
    (stale,) = built.facts().stale
    assert stale.staleness.lines


def test_a_test_binary_is_of_the_folder_of_its_tests(built: Built):
    built.go("test", "-c", "-o", str(built.program), ".")
    assert built.facts() == SourceFacts(str(built.folder))


def test_elsewhere_there_is_no_folder(built: Built, tmp_path):
    built.go("build", "-trimpath", "-o", str(built.program), ".")
    assert built.facts(tmp_path) == SourceFacts("")
    shutil.rmtree(built.folder)
    assert built.facts(tmp_path) == SourceFacts("")


def test_another_version_of_a_module(built: Built):
    vendored = built.folder / "vendor" / "example.com" / "dep"
    vendored.mkdir(parents=True)
    (vendored / "dep.go").write_text("package dep\n\nfunc One() int { return 1 }\n")
    modules = built.folder / "vendor" / "modules.txt"
    modules.write_text("# example.com/dep v1.0.0\n## explicit\nexample.com/dep\n")
    mod = built.folder / "go.mod"
    mod.write_text(mod.read_text() + "\nrequire example.com/dep v1.0.0\n")
    main = built.folder / "main.go"
    main.write_text(
        main.read_text().replace('"fmt"', '"fmt"\n\t"example.com/dep"').replace("factor := 41", "factor := 40 + dep.One()")
    )
    built.go("build", "-mod=vendor", "-o", str(built.program), ".")
    assert built.facts().foreign == ()
    mod.write_text(mod.read_text().replace("v1.0.0", "v1.1.0"))
    (foreign,) = built.facts().foreign
    assert (foreign.path, foreign.recorded, foreign.here, foreign.where) == ("example.com/dep", "v1.0.0", "v1.1.0", str(mod))
