from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from dapshim.binary.recorded import RecordedFile
from dapshim.sources.answers import Answer, Reason
from dapshim.sources.recorded_index import synthetic
from dapshim.sources.served import Served
from dapshim.sources.skeleton import MAX_CHARACTERS, MAX_LINES, MAX_NAME, MAX_UNPLACED, skeleton
from dapshim.sources.spelling import AdapterPath, ClientPath

CGO = AdapterPath("_cgo_gotypes.go")
PROC = AdapterPath("/usr/local/go1.25/src/runtime/proc.go")
OTHER_GO: Answer[ClientPath] = Answer(
    None,
    Reason.OTHER_VERSION,
    f"{PROC}: the binary was built with go1.25.5, and the Go here is go1.26.6. "
    "To have its sources: go install golang.org/dl/go1.25.5@latest && go1.25.5 download",
)


def nowhere(path: str) -> Answer[ClientPath]:
    return Answer(None, Reason.SYNTHETIC, synthetic(path))


# -- numbers ---------------------------------------------------------------------------------------------------------------


def test_a_source_has_a_number_and_no_path():
    assert Served().source(CGO, nowhere(CGO)) == {
        "name": "_cgo_gotypes.go",
        "sourceReference": 1,
        "presentationHint": "deemphasize",
        "origin": "made for the build, no source",
    }


def test_each_path_keeps_its_own_number():
    served = Served()
    numbers = [served.source(path, OTHER_GO)["sourceReference"] for path in (CGO, PROC, CGO, AdapterPath("?"), PROC)]
    assert numbers == [1, 2, 1, 3, 2]
    assert [served.recorded(each) for each in (0, 1, 2, 3, 4, -1, 2**31)] == [None, CGO, PROC, "?", None, None, None]
    assert [served.text(each) is not None for each in (0, 1, 3, 4, -1)] == [False, True, True, False, False]


def test_its_name_is_one_that_can_be_shown():
    names = [Served().source(AdapterPath(path), OTHER_GO)["name"] for path in ("?", "", "/x/", "/x/a\nb.go", "C:\\x\\y.go")]
    assert names == ["?", "?", "?", "a\\nb.go", "y.go"]


def test_the_newest_reason_counts():
    served = Served()
    served.source(PROC, nowhere("?"))
    assert served.source(PROC, OTHER_GO)["origin"] == "other version"
    assert "go1.25.5 download" in str(served.text(1))


# -- texts -----------------------------------------------------------------------------------------------------------------


def test_the_text_says_why_and_how_to_have_it_and_where_the_functions_are():
    recorded = RecordedFile(PROC, "runtime", {"runtime.main": 20, "runtime.(*m).x": 25, "runtime.(*m).x.func1": 25})
    lines = skeleton(PROC, OTHER_GO, recorded, 30).split("\n")
    assert lines[:11] == [
        "// proc.go: there is no source to show. dapshim made this text.",
        "//",
        "// recorded as  /usr/local/go1.25/src/runtime/proc.go",
        "// package      runtime",
        "//",
        f"// {PROC}: the binary was built with go1.25.5, and the Go here is go1.26.6.",
        "// To have its sources:",
        "//     go install golang.org/dl/go1.25.5@latest && go1.25.5 download",
        "//",
        "// Each function that the binary records of it stands on its own line.",
        "",
    ]
    assert lines[19] == "func main  // recorded here"
    assert lines[24] == "func (*m).x; func (*m).x.func1  // recorded here"
    assert lines[25:] == [""] * 6


def test_where_there_is_no_room_above_the_words_stand_below():
    text = skeleton(CGO, nowhere(CGO), RecordedFile(CGO, "", {"example.com/a%2eb._Cfunc_f": 3, "main._Cfunc_g": 8}), 9)
    lines = text.split("\n")
    assert lines[0] == "// This is no source: why, and what would bring it here, stands below line 9."
    assert lines[2] == "func example.com/a%2eb._Cfunc_f  // recorded here"
    assert lines[7] == "func _Cfunc_g  // recorded here"
    assert lines[10] == "// _cgo_gotypes.go: there is no source to show. dapshim made this text."
    assert "// cgo writes _cgo_gotypes.go for the build and deletes it" in lines
    first = skeleton(CGO, nowhere(CGO), RecordedFile(CGO, "main", {"main.f": 1}))
    assert first.startswith("func f  // recorded here\n\n// _cgo")


def test_assembly_and_the_main_package():
    path = AdapterPath("/src/x.s")
    assert "TEXT f  // recorded here" in skeleton(path, OTHER_GO, RecordedFile(path, "example.com/a", {"example.com/a.f": 50}))
    main = RecordedFile("/src/m.go", "example.com/cmd/x", {"main.(*T[go.shape.int]).Do": 50})
    assert "func (*T[go.shape.int]).Do  // recorded here" in skeleton(AdapterPath("/src/m.go"), OTHER_GO, main)


def test_a_file_of_which_nothing_is_recorded_has_the_frames_line():
    served = Served()
    for line in (7, 40, 3):
        served.source(AdapterPath("?"), nowhere("?"), line)
    text = served.text(1, None, [12])
    assert text is not None
    assert text.startswith("// ?: there is no source to show.")
    assert "// the code here has no source: the compiler or the linker made it\n" in text
    assert text.count("\n") == 40
    assert str(served.text(1, None, [90])).count("\n") == 90


def test_before_go_1_20_functions_have_no_lines():
    functions = {f"runtime.f{number}": 0 for number in range(MAX_UNPLACED + 5)}
    text = skeleton(PROC, OTHER_GO, RecordedFile(PROC, "runtime", functions))
    assert "// Its functions, whose lines are not recorded:\n//     func f0\n" in text
    assert text.endswith("//     and 5 more\n")


def test_a_hostile_binary_gets_a_text_of_a_size():
    many = {f"main.{'x' * 400}{number}": number for number in range(1, 20_000)} | {"main.far": 2**31, "main." + "y" * 10_000: 5}
    text = skeleton(PROC, OTHER_GO, RecordedFile(PROC, "main", many), 2**40)
    assert len(text) < 2 * MAX_CHARACTERS
    assert text.count("\n") <= MAX_LINES + 100
    assert "more functions are recorded, too many" in text
    assert "y" * (MAX_NAME + 1) not in text


NAMES = st.text(min_size=1, max_size=8)


@given(
    path=st.sampled_from(["/x/a.go", "x.s", "?", "<a>", ""]) | NAMES,
    functions=st.dictionaries(
        NAMES | st.from_regex(r"[a-c/%2e.]{1,8}\.(\(\*T\)\.)?[a-d]+(\[[a-z./]+\])?"), st.integers(0, 60), max_size=12
    ),
    package=st.sampled_from(["", "main", "a/b"]),
    last=st.integers(0, 80),
    sentence=st.text(max_size=40),
)
@example(path="/x/a.go", functions={}, package="", last=0, sentence=" // recorded here")
def test_functions_are_on_their_lines_and_the_last_line_is_there(path, functions, package, last, sentence):
    recorded = RecordedFile(path, package, functions)
    lines = skeleton(AdapterPath(path), Answer(None, Reason.MISSING, sentence), recorded, last).split("\n")
    assert len(lines) > last
    code = [(number, line) for number, line in enumerate(lines, 1) if not line.startswith("//")]  # a sentence may look like one
    marked = [number for number, line in code if line.endswith("  // recorded here")]
    assert marked == sorted({line for line in functions.values() if line > 0})
    assert all(not line or line.startswith("//") for number, line in enumerate(lines, 1) if number not in marked)
