from __future__ import annotations

import json

import pytest

from dapshim.binary.build_info import parse_build_info, read_build_text
from dapshim.binary.errors import BinaryError
from dapshim.binary.opened import OpenedFile
from dapshim.binary.reading import read_recorded, recorded_from_memory
from dapshim.binary.recorded import Recorded, RecordedFile
from dapshim.binary.source import BytesSource
from tests.binary.executables import TARGETS, Executables, needs_c, read

SHAPE = "example.com/recorded/shape.v2"


def by_name(recorded: Recorded, built: Executables) -> dict[str, RecordedFile]:
    """Return the program's own files, by their names below its folder."""
    own = str(built.source) + "/"
    return {each.path.removeprefix(own): each for each in recorded.files if each.path.startswith(own) or "/" not in each.path}


def line_of(built: Executables, file: str, text: str) -> int:
    lines = (built.source / file).read_text().splitlines()
    (found,) = [number for number, line in enumerate(lines, 1) if text in line]
    return found


def goroot(built: Executables) -> str:
    return built.go("env", "GOROOT").strip()


@pytest.mark.parametrize("target", TARGETS)
def test_stripped_program_of_every_format(target, built):
    recorded = read(built.build(target, "-ldflags=-s -w")).recorded()
    files = by_name(recorded, built)
    assert {name: file.package for name, file in files.items()} == {
        "main.go": "example.com/recorded",
        "page.tmpl": "example.com/recorded",
        "shape.v2/shape.go": SHAPE,
        "tiny/tiny.go": "example.com/recorded/tiny",
        "table/table.go": "example.com/recorded/table",
        "dep/dep.go": "example.com/dep",
    }
    assert files["shape.v2/shape.go"].functions == {
        "example.com/recorded/shape%2ev2.(*Square).Grow": line_of(built, "shape.v2/shape.go", "Grow() {"),
        "example.com/recorded/shape%2ev2.Square.Area": line_of(built, "shape.v2/shape.go", "Area() int {"),
        "example.com/recorded/shape%2ev2.Described": line_of(built, "shape.v2/shape.go", "Described(a"),
        "example.com/recorded/shape%2ev2.Sum[go.shape.int]": line_of(built, "shape.v2/shape.go", "Sum["),
    }
    assert files["main.go"].functions == {
        "main.main": line_of(built, "main.go", "func main"),
        "main.main.func1": line_of(built, "main.go", "grow = func"),
    }
    # `//line page.tmpl:3` names the line behind it.
    assert files["page.tmpl"].functions == {"main.fromTemplate": 4}
    assert recorded.goroot == goroot(built)
    assert [recorded.build.settings["GOOS"], recorded.build.settings["GOARCH"]] == target.split("/")


@pytest.mark.parametrize("target", ["linux/amd64", "linux/s390x", "windows/386", "darwin/arm64"])
@pytest.mark.parametrize("flags", [["-ldflags=-s -w"], ["-gcflags=all=-N -l"]], ids=["optimised", "plain"])
def test_every_file_of_the_standard_library_is_of_the_package_of_its_folder(target, flags, built):
    source = goroot(built) + "/src/"
    recorded = read(built.build(target, *flags)).recorded()
    packages = {each.path.removeprefix(source): each.package for each in recorded.files if each.path.startswith(source)}
    assert len(packages) > 80
    assert {path: package for path, package in packages.items() if path.rpartition("/")[0] != package} == {}


def test_every_file_of_a_large_program_is_of_the_package_of_its_folder(built):
    # The test binary brings in `testing`, and with it a hundred packages; its assembly and linknames mislead single files.
    source = goroot(built) + "/src/"
    recorded = read(built.build("linux/amd64", package="./shape.v2", command="test -c")).recorded()
    packages = {each.path.removeprefix(source): each.package for each in recorded.files if each.path.startswith(source)}
    # Its only function is `time.now`.
    assert packages["runtime/time_linux_amd64.s"] == "runtime"
    # Its only function is a closure that is named after the function into which its caller was inlined.
    assert packages["sync/oncefunc.go"] == "sync"
    assert {path: package for path, package in packages.items() if path.rpartition("/")[0] != package} == {}
    assert len(packages) > 300


def test_trimmed_paths_have_no_goroot(built):
    recorded = read(built.build("linux/amd64", "-trimpath", "-ldflags=-s -w")).recorded()
    packages = {each.path: each.package for each in recorded.files}
    assert recorded.goroot == ""
    assert packages["runtime/proc.go"] == "runtime"
    assert packages["example.com/recorded/main.go"] == "example.com/recorded"
    assert packages["example.com/recorded/shape.v2/shape.go"] == SHAPE
    assert packages["example.com/dep@v1.2.3/dep.go"] == "example.com/dep"
    assert packages["page.tmpl"] == "example.com/recorded"


def test_main_package_named_by_its_files(built):
    (built.source / "lonely.go").write_text("//go:build ignore\n\npackage main\n\nfunc main() { println() }\n")
    recorded = read(built.build("linux/amd64", "-trimpath", package="./lonely.go")).recorded()
    (lonely,) = [each for each in recorded.files if each.path.endswith("lonely.go")]
    assert recorded.build.path == "command-line-arguments"
    assert (lonely.path, lonely.package) == ("lonely.go", "main")


def test_external_test_package_is_the_one_that_it_tests(built):
    recorded = read(built.build("linux/amd64", package="./shape.v2", command="test -c")).recorded()
    files = by_name(recorded, built)
    assert files["shape.v2/outside_test.go"].package == SHAPE
    assert files["shape.v2/shape_test.go"].package == SHAPE
    assert files["_testmain.go"].package == f"{SHAPE}.test" == recorded.build.path


@pytest.mark.parametrize(
    "flags",
    [
        ["-buildmode=pie"],
        ["-buildmode=pie", "-ldflags=-s -w"],
        pytest.param(["-buildmode=pie", "-ldflags=-linkmode=external -s"], marks=needs_c),
        pytest.param(["-race"], marks=needs_c),
    ],
    ids=" ".join,
)
def test_ways_to_link(flags, built):
    executable = read(built.build("linux/amd64", *flags))
    files = by_name(executable.recorded(), built)
    assert files["main.go"].package == "example.com/recorded"
    assert executable.image.type == "executable"
    number = next(n for n in range(executable.table.header.functions) if executable.table.name(n) == "main.main")
    assert executable.module.text is not None
    assert executable.image.is_code(executable.module.text + executable.table.entries[number])


@needs_c
@pytest.mark.parametrize("mode", ["exe", "c-shared", "pie"])
def test_program_with_c(mode, built):
    executable = read(built.build("linux/amd64", f"-buildmode={mode}", package="./withc"))
    files = by_name(executable.recorded(), built)
    assert files["withc/main.go"].package == "example.com/recorded/withc"
    assert "main.Doubled" in files["withc/main.go"].functions
    assert executable.image.type == ("shared" if mode == "c-shared" else "executable")
    # C code comes first: the text of Go does not begin where the section does.
    section = executable.image.section(".text")
    assert section is not None
    assert executable.module.text is not None
    assert executable.module.text > section.address


@needs_c
def test_plugin(built):
    executable = read(built.build("linux/amd64", "-buildmode=plugin", package="./withc"))
    files = by_name(executable.recorded(), built)
    assert files["withc/main.go"].package == "example.com/recorded/withc"


def test_functions_that_were_all_inlined_are_told(built):
    executable = read(built.build("linux/amd64", "-ldflags=-s -w"))
    path = f"{built.source}/tiny/tiny.go"
    assert executable.code.inlined_functions(path) == {
        "example.com/recorded/tiny.Next": line_of(built, "tiny/tiny.go", "func Next")
    }
    assert executable.code.inlined_functions(f"{built.source}/dep/dep.go") == {}
    assert executable.code.inlined_functions("/no/such.go") == {}


def test_statement_lines_are_those_with_code(built):
    code = read(built.build("linux/amd64", "-gcflags=all=-N -l")).code
    text = (built.source / "shape.v2/shape.go").read_text().splitlines()
    lines = code.statement_lines(f"{built.source}/shape.v2/shape.go")
    said = {text[line - 1].strip() for line in lines}
    assert {"s.Grow()", "return s.Side * s.Side", "for _, n := range all {", "sum += n", "return a.Area()"} <= said
    assert not any(not line or line.startswith(("//", "package", "type", "import")) for line in said)
    assert code.statement_lines("/no/such.go") == ()


def test_without_section_names_all_is_the_same(built):
    path = built.build("linux/amd64", "-ldflags=-s -w")
    data = bytearray(path.read_bytes())
    data[0x28:0x30] = bytes(8)  # e_shoff, as sstrip leaves it
    data[0x3C:0x40] = bytes(4)  # e_shnum and e_shstrndx
    assert read_recorded(BytesSource(bytes(data))) == read(path).recorded()


def test_line_table_alone_tells_the_same(built):
    executable = read(built.build("linux/amd64", "-gcflags=all=-N -l"))
    table = executable.image.read_at(executable.found.address, 1 << 30)
    _, text = read_build_text(executable.image)
    recorded = recorded_from_memory(table, parse_build_info(text))
    whole = executable.recorded()
    assert recorded.files == whole.files
    assert recorded.goroot == whole.goroot
    assert recorded.build.path == "example.com/recorded"


def test_inlined_package_of_a_table_without_inline_trees_is_its_folders_or_unknown(built):
    executable = read(built.build("linux/amd64", "-ldflags=-s -w"))
    recorded = recorded_from_memory(executable.image.read_at(executable.found.address, 1 << 30), executable.build)
    known = {each.path: each.package for each in executable.recorded().files}
    assert {each.path: each.package for each in recorded.files if each.package and each.package != known[each.path]} == {}
    alone = next(each for each in recorded.files if each.path.endswith("tiny/tiny.go"))
    assert alone.package == ""


def test_inline_trees_of_a_running_program_are_asked_for(built):
    executable = read(built.build("linux/amd64", "-ldflags=-s -w"))
    gofunc = executable.module.gofunc
    assert gofunc is not None
    table = executable.image.read_at(executable.found.address, 1 << 30)
    recorded = recorded_from_memory(table, executable.build, lambda at, length: executable.image.read_at(gofunc + at, length))
    assert recorded.files == executable.recorded().files


def test_build_info_is_what_go_shows(built):
    path = built.build("linux/amd64", '-ldflags=-X "main.version=a b\tc"', "-tags=one,two")
    said = json.loads(built.go("version", "-m", "-json", str(path)))
    build = read(path).build
    assert build.go_version == said["GoVersion"]
    assert build.path == said["Path"]
    assert build.main is not None
    assert (build.main.path, build.main.version) == (said["Main"]["Path"], said["Main"].get("Version", ""))
    (dep,) = build.deps
    assert (dep.path, dep.version) == ("example.com/dep", "v1.2.3")
    assert dep.replaced_by is not None
    assert dep.replaced_by.path == "./dep"
    assert list(build.settings.items()) == [(each["Key"], each.get("Value", "")) for each in said["Settings"]]
    assert "\t" in build.settings["-ldflags"]


def test_webassembly_is_not_supported(built):
    with (
        OpenedFile(str(built.build("js/wasm"))) as source,
        pytest.raises(BinaryError, match="not supported: WebAssembly") as found,
    ):
        read_recorded(source)
    assert found.value.kind == "unsupported"


@needs_c
def test_program_of_another_language(tmp_path):
    with OpenedFile("/bin/sh") as source, pytest.raises(BinaryError, match="not built by Go, or packed") as found:
        read_recorded(source)
    assert found.value.kind == "not-go"


def test_packed_program_says_so(built):
    data = bytearray(built.build("linux/amd64", "-ldflags=-s -w").read_bytes())
    data[0x28:0x30] = bytes(8)
    data[0x3C:0x40] = bytes(4)
    plain = bytes(data).replace(b"\xf1\xff\xff\xff\0\0", b"\0" * 6)
    packed = plain[:0x200] + b"UPX!" + plain[0x204:]
    with pytest.raises(BinaryError, match=r"packed with UPX: .* `upx -d` unpacks it"):
        read_recorded(BytesSource(packed))
