"""Rules about breakpoints by data; tests/e2e/test_causes.py shows them with real programs."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from dapshim.binary.recorded import BuildInfo
from dapshim.diagnose.breakpoint_codes import DIAGNOSES
from dapshim.diagnose.breakpoint_facts import Asked, FunctionFacts, Importers, LineFacts, ProgramFacts
from dapshim.diagnose.breakpoint_file_rules import _sentence, built_for_debugging, or_folded
from dapshim.diagnose.breakpoint_rules import explain_line
from dapshim.diagnose.catalogue import CATALOGUE
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.function_rules import explain_function, is_a_name, matching, similar, spellings
from dapshim.diagnose.request_rules import condition_call, condition_name, duplicate, never
from dapshim.sources.answers import Answer, Reason, Span
from dapshim.sources.explaining import NO_CODE_OF_ITS_OWN
from dapshim.sources.go_text import GoText
from dapshim.sources.spelling import AdapterPath

FILE = "/ws/main.go"
TEXT = GoText(b"package main\n\nfunc work(n int) {\n\t// c\n\tprintln(n)\n}\n\nfunc main() {\n\twork(1)\n}\n")
HERE: Answer[AdapterPath] = Answer(AdapterPath(FILE), Reason.EXACT)
DEBUG = ProgramFacts("/ws/prog", BuildInfo(path="example.com/a"), optimized=False)
WHOLE = LineFacts(
    Asked(FILE, 4), DEBUG, HERE, TEXT, frozenset({3, 5, 6, 8, 9, 10}), frozenset({3, 8}), frozenset(), importers=None
)


def told(facts: LineFacts) -> tuple[str, str]:
    finding = explain_line(facts).finding
    assert finding is not None
    return finding.code, finding.message


def nowhere(reason: Reason, sentence: str, **more: Any) -> LineFacts:
    answer: Answer[AdapterPath] = Answer(None, reason, sentence)
    return attrs.evolve(WHOLE, answer=answer, lines=None, begun=None, inlined=None, **more)


def test_a_line_with_code_has_nothing_in_its_way():
    found = explain_line(attrs.evolve(WHOLE, asked=Asked(FILE, 5)))
    assert (found.finding, found.nearest, found.slides_to) == (None, (), 0)


def test_a_comment_names_the_nearest_lines_and_where_it_moves():
    found = explain_line(WHOLE)
    assert told(WHOLE) == ("no-code", "main.go:4 is a comment; the nearest lines with code in work: 3 and 5.")
    assert (found.nearest, found.slides_to) == ((3, 5), 5)


def test_where_it_would_move_stands_another_one():
    found = explain_line(attrs.evolve(WHOLE, asked=Asked(FILE, 4, others=frozenset({5}))))
    assert found.finding is not None
    assert found.finding.message.endswith("Line 5 has a breakpoint already.")
    assert found.slides_to == 0


def test_a_file_that_changed_is_the_reason_before_its_lines():
    stale = attrs.evolve(WHOLE, stale="/ws/main.go was changed since the binary was built: x.")
    assert told(stale)[0] == "stale-source"
    assert explain_line(stale).slides_to == 0
    assert explain_line(attrs.evolve(stale, asked=Asked(FILE, 5))).finding is None


@pytest.mark.parametrize(
    ("begun", "inlined", "lines", "line", "code"),
    [
        ({8}, set(), {8, 9, 10}, 4, "unreachable"),
        ({8}, {3}, {5, 8, 9}, 3, "inlined"),
        ({8}, {3}, {5, 8, 9}, 4, "no-code"),
        ({3, 8}, set(), {3, 8, 9}, 5, "optimized-away"),
    ],
)
def test_what_the_compiler_and_the_linker_did(begun, inlined, lines, line, code):
    facts = LineFacts(
        Asked(FILE, line),
        attrs.evolve(DEBUG, optimized=True),
        HERE,
        TEXT,
        frozenset(lines),
        frozenset(begun),
        frozenset(inlined),
    )
    assert told(facts)[0] == code


def test_without_the_inline_trees_nothing_is_said_of_functions():
    facts = attrs.evolve(WHOLE, lines=frozenset({8, 9}), begun=None, inlined=None, program=attrs.evolve(DEBUG, optimized=True))
    assert told(attrs.evolve(facts, asked=Asked(FILE, 5)))[0] == "optimized-away"


def test_optimised_code_that_delve_refuses_has_a_reason_too():
    refused = Asked(FILE, 5, delves="could not find statement at /ws/main.go:5, please use a line with a statement")
    assert told(attrs.evolve(WHOLE, asked=refused)) == (
        "optimized-away",
        "No statement begins at main.go:5: optimisation has merged its code with another line's.",
    )


def test_main_of_a_package_under_test():
    facts = attrs.evolve(
        WHOLE, asked=Asked(FILE, 9), program=attrs.evolve(DEBUG, test=True), lines=frozenset({3, 5}), begun=frozenset({3})
    )
    assert told(facts)[0] == "main-under-test"


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (Reason.AMBIGUOUS, "ambiguous-path"),
        (Reason.OTHER_VERSION, "foreign-version"),
        (Reason.OTHER_PROJECT, "other-file"),
        (Reason.HIDDEN, "other-file"),
        (Reason.REPLACED_BY_OVERLAY, "overlaid"),
        (Reason.NOT_IN_BUILD, "not-in-build"),
        (Reason.NOT_LINKED, "not-linked"),
        (Reason.UNRELATED, "no-module"),
    ],
)
def test_a_file_that_is_none_of_the_programs(reason, code):
    assert told(nowhere(reason, "it is so")) == (code, "It is so.")


def test_a_file_of_another_program_is_quiet():
    found = explain_line(nowhere(Reason.NOT_LINKED, "it is so", importers=Importers(("/ws/cmd/b", "/ws"), root="/ws")))
    assert found.quiet
    assert found.finding is not None
    assert (found.finding.severity, found.finding.message) == (Severity.INFO, "It is so. It belongs to cmd/b, /ws.")
    assert found.finding.remedies[0].command == "dlv debug /ws/cmd/b"
    loud = explain_line(nowhere(Reason.NOT_LINKED, "it is so", importers=Importers()))
    assert not loud.quiet
    assert loud.finding is not None
    assert loud.finding.message == "It is so. No program of the workspace imports it."


def test_what_a_plugin_may_bring_is_pending():
    facts = nowhere(Reason.NOT_LINKED, "it is so", program=attrs.evolve(DEBUG, later=True))
    assert told(facts)[0] == "not-loaded"


def test_nothing_of_the_file_was_used():
    assert told(nowhere(Reason.NOT_IN_BUILD, f"package a is linked, but not main.go: {NO_CODE_OF_ITS_OWN}"))[0] == "unreachable"


def test_lines_that_a_comment_gave_to_another_file():
    spans = (Span(5, 10, AdapterPath("/ws/page.tmpl"), 2),)
    generated: Answer[AdapterPath] = Answer(None, Reason.LINE, "", (), spans)
    before = attrs.evolve(WHOLE, answer=generated, lines=frozenset({5}), asked=Asked(FILE, 1))
    assert told(before) == (
        "line-directive",
        "main.go:1 stands before the //line comment in line 4, from which on the file is recorded as /ws/page.tmpl.",
    )
    within = attrs.evolve(before, asked=Asked(FILE, 9))
    assert told(within)[1] == "main.go:9 is line 6 of /ws/page.tmpl, as a //line comment says, and that has no code."


@pytest.mark.parametrize(
    ("delves", "code"),
    [
        ("Process 9314 has exited with status 3", "program-exited"),
        ("cannot write a breakpoint to a core file", "core-breakpoint"),
        ("Breakpoint exists at /ws/main.go:5 at 49e593", "duplicate-breakpoint"),
        ("breakpoint already exists", "duplicate-breakpoint"),
        ("invalid log point format, unexpected '}'", "log-message"),
        ("could not find file /ws/main.go, binary is stripped", "no-dwarf"),
    ],
)
def test_what_delves_own_words_tell(delves, code):
    assert told(attrs.evolve(WHOLE, asked=Asked(FILE, 5, delves=delves)))[0] == code


def test_an_instruction_has_no_name_and_is_told_all_the_same():
    found = duplicate(attrs.evolve(WHOLE, asked=Asked("", 0, delves="Breakpoint exists at /ws/main.go:5 at 49e593")))
    assert found is not None
    assert found.message.startswith("Another breakpoint stands at this place already")


@pytest.mark.parametrize(
    ("condition", "delves", "said"),
    [
        ("n =", "1:3: expected '==', found '='", "no Go expression, column 3: expected the end or an operator, found ="),
        ("weird", "1:2: expected type, found 'x'", "no Go expression, column 2: expected type, found 'x'"),
        ("n =", "unable to set breakpoint", "no Go expression, column 3"),
    ],
)
def test_a_condition_that_delve_cannot_parse(condition, delves, said):
    code, message = told(attrs.evolve(WHOLE, asked=Asked(FILE, 5, condition=condition, delves=delves)))
    assert code == "condition-syntax"
    assert said in message


def test_a_condition_that_delve_has_parsed_is_right_whatever_we_think():
    asked = Asked(
        FILE, 5, condition="n =", delves="could not find statement at /ws/main.go:5, please use a line with a statement"
    )
    assert told(attrs.evolve(WHOLE, asked=asked))[0] != "condition-syntax"


@pytest.mark.parametrize("text", ["5", "> 5", " % 10 ", "!=0", ">=1"])
def test_a_hit_count(text):
    assert explain_line(attrs.evolve(WHOLE, asked=Asked(FILE, 5, hit_condition=text))).finding is None


@pytest.mark.parametrize("text", ["x", "5 >", "=5", "-1", "5.0", "== 0", "< 1", "<= 0", "% 0", "9223372036854775808"])
def test_a_hit_count_that_is_none_or_never_comes(text):
    assert told(attrs.evolve(WHOLE, asked=Asked(FILE, 5, hit_condition=text)))[0] == "hit-condition"


@pytest.mark.parametrize("text", ["% 00", "%0.5", "every % 0"])
def test_a_count_at_which_delve_hangs(text):
    assert "divides by 0, at which Delve hangs" in told(attrs.evolve(WHOLE, asked=Asked(FILE, 5, hit_condition=text)))[1]


@pytest.mark.parametrize(
    ("text", "delves", "said"),
    [
        ("-1", "", "is none, and Delve takes it for == 1: write"),
        ("> -3", "", "is none, and Delve takes it for == 3: write"),
        (">= 2x", "", "is none, and Delve takes it for >= 2: write"),
        ("1_000", 'unable to parse breakpoint hit condition: "1_000"', "is none: write"),
        ("  ", 'unable to parse breakpoint hit condition: "  "', "is none: write"),
    ],
)
def test_what_delve_makes_of_a_count(text, delves, said):
    assert said in told(attrs.evolve(WHOLE, asked=Asked(FILE, 5, hit_condition=text, delves=delves)))[1]


def test_which_counts_never_come():
    assert [count for count in range(3) if never("<", count)] == [0, 1]
    assert not any(never(operator, 0) for operator in ("!=", ">", ">="))


@pytest.mark.parametrize(
    ("condition", "near"),
    [("m > 1", None), ("nn > 1", None), ("work(n) == 1", None), ("strings.X == 1", None), ("prinln == 1", "println")],
)
def test_a_name_that_is_nowhere(condition, near):
    found = condition_name(attrs.evolve(WHOLE, asked=Asked(FILE, 5, condition=condition)), (b"package main\n\nvar nn int\n",))
    missing = condition.startswith(("m ", "prinln"))
    assert (found is not None) is missing
    if near is not None and found is not None:
        assert f"Did you mean {near}" in found.message


def test_names_are_not_told_where_they_cannot_be_known():
    dotted = GoText(b'package main\n\nimport . "strings"\n\nfunc work() {\n\tprintln()\n}\n')
    assert condition_name(attrs.evolve(WHOLE, text=dotted, asked=Asked(FILE, 6, condition="nowhere > 1"))) is None
    assert condition_name(attrs.evolve(WHOLE, asked=Asked(FILE, 1, condition="nowhere > 1"))) is None


@pytest.mark.parametrize(
    ("condition", "called"),
    [("work(n) == 1", "work"), ("n.twice() == 2", "twice"), ("len(n) == 1", ""), ("time.Duration(n) == 1", ""), ("n == 1", "")],
)
def test_a_condition_calls_nothing(condition, called):
    others = (b"package main\n\nfunc (t T) twice() int {\n}\n",)
    found = condition_call(attrs.evolve(WHOLE, asked=Asked(FILE, 5, condition=condition)), others)
    assert (found is not None) is bool(called)
    if found is not None:
        assert (found.code, f"calls {called}, and Delve calls no function" in found.message) == ("condition-call", True)


def test_a_condition_that_is_blank():
    asked = Asked(FILE, 5, condition="  ", delves="1:3: expected operand, found 'EOF'")
    assert told(attrs.evolve(WHOLE, asked=asked)) == ("condition-syntax", "The condition of main.go:5 is blank.")


# -- what no build gives code to -------------------------------------------------------------------------------------------

OPTIMIZED = attrs.evolve(DEBUG, optimized=True)


def within(text: bytes, line: int, lines: set[int], begun: set[int], program: ProgramFacts = OPTIMIZED) -> LineFacts:
    """Facts of a file that no function was inlined of."""
    return LineFacts(Asked(FILE, line), program, HERE, GoText(text), frozenset(lines), frozenset(begun), frozenset())


def test_in_an_optimised_program_nobody_knows_whether_it_is_called():
    gone = attrs.evolve(WHOLE, lines=frozenset({8, 9}), begun=frozenset({8}), asked=Asked(FILE, 5))
    assert told(gone)[1] == "This program has no code of work: nothing that it runs calls it."
    folded = explain_line(attrs.evolve(gone, program=OPTIMIZED)).finding
    assert folded is not None
    assert folded.message.endswith(" calls it, or optimisation has left nothing of it in its callers.")
    assert [each.title for each in folded.remedies] == [
        "Build it for debugging, in the folder of its module",
        "If that does not help, call work, or debug the program or the test that does",
    ]


def test_nobody_calls_init():
    text = b"package main\n\nfunc init() {}\n\nfunc main() {\n}\n"
    assert told(within(text, 3, {5, 6}, {5})) == ("unreachable", "This program has no code of this init: it does nothing.")


def test_a_function_that_is_written_elsewhere():
    text = b"package main\n\nfunc add(a int) int\n\nfunc main() {\n}\n"
    facts = within(text, 3, {5, 6}, {5})
    assert told(facts) == (
        "no-code",
        "add is only declared at main.go:3: its code is in assembly, or in the package that //go:linkname names.",
    )
    assert told(attrs.evolve(facts, written_at="/ws/add.s:4"))[1].endswith("its code is in /ws/add.s:4.")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (4, "main.go:4 has no statement that runs; the nearest line with code in main: 8."),
        (6, "main.go:6 has no statement that runs; the nearest line with code in main: 8."),
        (10, "main.go:10 stands behind the return of line 9, so that it never runs; the nearest line with code in main: 8."),
        (13, "main.go:13 is part of var table, and nothing runs there; the nearest line with code in var table: 14."),
        (15, "main.go:15 is part of var table, and nothing runs there; the nearest line with code in var table: 14."),
        (18, "main.go:18 is outside of any function, and has no code."),
    ],
)
def test_optimisation_is_not_blamed_for_what_it_has_not_done(line, said):
    text = (
        b"package main\n\nfunc main() {\n\tconst a = 1\n\tif x {\n\t} else {\n\t\t\n\t\tf()\n\t\treturn\n\t\tg()\n\t}\n}\n"
        b'var table = T{\n\t"a": f(),\n\t"b": 1,\n}\n\ntype T map[string]int\n'
    )
    assert told(within(text, line, {8, 14}, {3})) == ("no-code", said)


def test_a_line_within_a_text():
    text = b"package main\n\nfunc main() {\n\tx := `one\n\ttwo()\n\tthree`\n\tprintln(x)\n}\n"
    said = "main.go:5 is part of the text that begins in line 4; the nearest lines with code in main: 4 and 7."
    assert told(within(text, 5, {3, 4, 7}, {3})) == ("no-code", said)


def test_a_comment_in_a_literal_of_a_variable_moves_within_it():
    text = b"package main\n\nvar f = func() int {\n\t// c\n\n\treturn 1\n}\n\nfunc main() {\n}\n"
    found = explain_line(within(text, 4, {6, 9, 10}, {9}))
    assert (found.slides_to, found.nearest) == (6, (6,))


def test_assembly_is_not_optimised():
    text = GoText("TEXT ·add(SB), $0\n\tMOVQ AX, BX\n\tRET\n".encode())
    facts = LineFacts(Asked("/ws/add.s", 1), OPTIMIZED, HERE, text, frozenset({2, 3}))
    assert told(facts) == ("no-code", "add.s:1 has no instruction; the nearest line with code in add: 2.")
    gone = attrs.evolve(facts, lines=frozenset({9}), begun=frozenset({9}), inlined=frozenset())
    assert told(gone)[1] == "This program has no code of add: nothing that it runs calls it."


def test_the_runtime_is_always_optimised():
    facts = attrs.evolve(WHOLE, asked=Asked(FILE, 5), lines=frozenset({3, 8}), begun=frozenset({3, 8}))
    found = explain_line(attrs.evolve(facts, program=attrs.evolve(OPTIMIZED, always_optimized=True))).finding
    assert found is not None
    assert found.message.endswith("; it optimises the packages of the runtime always.")
    assert not found.remedies


def test_a_template_has_lines_too():
    facts = LineFacts(Asked("/ws/page.tmpl", 3), DEBUG, HERE, None, frozenset({2, 7}))
    found = explain_line(facts)
    assert told(facts) == ("no-code", "No code of the program is of page.tmpl:3; the nearest lines that have some: 2 and 7.")
    assert (found.nearest, found.slides_to) == ((2, 7), 0)
    assert explain_line(attrs.evolve(facts, asked=Asked("/ws/page.tmpl", 7))).finding is None
    assert explain_line(attrs.evolve(facts, lines=None)).finding is None


def test_a_file_of_declarations_is_not_called_by_anybody():
    facts = nowhere(Reason.NOT_IN_BUILD, f"package a is linked, but not main.go: {NO_CODE_OF_ITS_OWN}")
    declares = attrs.evolve(facts, text=GoText(b"package main\n\ntype T int\n"))
    assert told(declares) == ("no-code", "main.go has no function, and the program no code of it.")
    assert "or optimisation has left nothing" in told(attrs.evolve(facts, program=OPTIMIZED))[1]


def test_cgo_is_asked_for_where_the_build_reads_it():
    build = BuildInfo(path="example.com/a", settings={"CGO_ENABLED": "0"})
    facts = nowhere(Reason.NOT_IN_BUILD, "it is so", imports_c=True, program=ProgramFacts("/ws/prog", build, folder="/ws"))
    found = explain_line(facts).finding
    assert found is not None
    assert found.remedies[0].command == 'cd /ws && CGO_ENABLED=1 go build -gcflags="all=-N -l" -o /ws/prog .'
    alone = explain_line(attrs.evolve(facts, program=ProgramFacts(build=build))).finding
    assert alone is not None
    assert alone.remedies[0].command == 'CGO_ENABLED=1 go build -gcflags="all=-N -l" example.com/a'


# -- by name ---------------------------------------------------------------------------------------------------------------

SYMBOLS = (
    "main.main",
    "main.work",
    "example.com/a/b.(*T).Do",
    "example.com/a/b.T.Get",
    "example.com/a/c.Do",
    "example.com/a/c.Map[go.shape.int]",
    "example.com/a/c.Map[go.shape.string]",
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("main.main", ("main.main",)),
        ("work", ("main.work",)),
        ("b.(*T).Do", ("example.com/a/b.(*T).Do",)),
        ("b.T.Do", ("example.com/a/b.(*T).Do",)),
        ("T.Do", ("example.com/a/b.(*T).Do",)),
        ("Do", ("example.com/a/b.(*T).Do", "example.com/a/c.Do")),
        ("c.Map", ("example.com/a/c.Map",)),
        ("example.com/a/c.Do", ("example.com/a/c.Do",)),
        ("o", ()),
        ("a/c.Do", ()),
    ],
)
def test_which_functions_a_name_may_mean(name, found):
    assert matching(name, SYMBOLS) == found


def test_names_that_look_alike():
    assert similar("main.wrok", SYMBOLS) == ("main.work",)
    assert similar("main.Main", SYMBOLS) == ("main.main",)
    assert similar("nothing.like.it.at.all", SYMBOLS) == ()
    assert spellings("a/b.(*T).M") == ("b.(*T).M", "b.T.M", "(*T).M", "T.M", "M")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (FunctionFacts(Asked(function="Do"), DEBUG, ("a.Do", "b.Do")), "ambiguous-function"),
        (FunctionFacts(Asked(function="Do"), DEBUG, (), ("a.Do",)), "inlined"),
        (FunctionFacts(Asked(function="Do"), DEBUG), "no-function"),
        (FunctionFacts(Asked(function="Do"), attrs.evolve(DEBUG, later=True)), "not-loaded"),
        (FunctionFacts(Asked(function="Do", delves="Process 1 has exited with status 0"), DEBUG), "program-exited"),
    ],
)
def test_a_function_that_cannot_be_meant(facts, code):
    found = explain_function(facts).finding
    assert found is not None
    assert found.code == code


NOT_FOUND = 'location "x" not found'


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            FunctionFacts(Asked(function="F[int]", delves=NOT_FOUND), DEBUG, ("main.F",)),
            "Delve makes nothing of the name F[int]: it calls the function main.F.",
        ),
        (
            FunctionFacts(Asked(function="F[int]"), DEBUG, ("main.F",)),
            "Delve makes nothing of the name F[int]: it calls the function main.F.",
        ),
        (
            FunctionFacts(Asked(function="main.f.func1.1"), DEBUG, ("main.f.func1.1",), place="/ws/main.go:4"),
            "Delve takes no breakpoint by a name of this many parts: main.f.func1.1.",
        ),
        (
            FunctionFacts(
                Asked(function="b.V", delves='Location "b.V" ambiguous: main.b.V, main.(*b).V…'), DEBUG, ("main.b.V",)
            ),
            "b.V may be 2 functions: main.b.V, main.(*b).V. Write the whole name.",
        ),
        (
            FunctionFacts(
                Asked(function="main.tiny"), DEBUG, declared=attrs.evolve(WHOLE, lines=frozenset({8}), begun=frozenset())
            ),
            "This program has no code of work: nothing that it runs calls it.",
        ),
        (
            FunctionFacts(Asked(function="main.tiny"), OPTIMIZED, near=("main.main",)),
            "The program has no function main.tiny. Did you mean main.main?",
        ),
        (
            FunctionFacts(Asked(function="main.tiny"), OPTIMIZED),
            f"The program has no function main.tiny. Nothing in it is called alike, or nothing calls it{or_folded(OPTIMIZED)}.",
        ),
        (
            FunctionFacts(Asked(function="x.org/a.F"), DEBUG, near=("main.F",), lacks="x.org/a"),
            "The program has no function x.org/a.F. No package x.org/a is part of it.",
        ),
    ],
)
def test_what_is_said_of_a_name(facts, said):
    found = explain_function(facts).finding
    assert found is not None
    assert found.message == said


def test_a_function_of_which_a_literal_is_left():
    declared = attrs.evolve(WHOLE, asked=Asked(FILE, 3), program=OPTIMIZED, lines=frozenset({5}), begun=frozenset())
    found = explain_function(FunctionFacts(Asked(function="main.work"), OPTIMIZED, declared=declared)).finding
    assert found is not None
    assert (found.code, found.message) == (
        "inlined",
        "main.work has no code of its own: optimisation has put what is left of it into its callers.",
    )


@pytest.mark.parametrize(("name", "taken"), [("a.b/c.(*T).M", True), ("main.f.func1", True), ("main.f.func1.1", False)])
def test_what_delve_takes_for_a_name(name, taken):
    assert is_a_name(name) is taken


def test_what_may_bring_a_function_that_waits():
    waits = Asked(function="Do", waits=True)
    one = explain_function(FunctionFacts(waits, attrs.evolve(DEBUG, later=True), near=("main.Do",))).finding
    assert one is not None
    assert one.message == (
        "The program has no function Do yet; a plugin or a library may bring it: the breakpoint will be set when it is loaded. "
        "If it is none of these: did you mean main.Do?"
    )
    followed = attrs.evolve(DEBUG, build=attrs.evolve(DEBUG.build, go_version="go1.26.8"))
    other = explain_function(FunctionFacts(waits, followed)).finding
    assert other is not None
    assert "a child process, or a program that it replaces itself by, may bring it: the breakpoint will be set" in other.message


def test_one_function_has_nothing_in_its_way():
    assert explain_function(FunctionFacts(Asked(function="Do"), DEBUG, ("a.Do",))).finding is None


def test_how_it_is_built_again():
    program = ProgramFacts("/ws/my prog", BuildInfo(path="example.com/a", settings={"-tags": "x,y", "-race": "true"}))
    assert built_for_debugging(program).command == (
        "go build -gcflags=\"all=-N -l\" -tags=x,y -race=true -o '/ws/my prog' example.com/a"
    )
    assert built_for_debugging(ProgramFacts("/proc/7/exe", test=True)).command == 'go test -c -gcflags="all=-N -l" .'


def test_the_codes_are_in_the_catalogue():
    assert set(DIAGNOSES) <= set(CATALOGUE)
    assert len({each.code for each in CATALOGUE}) == len(CATALOGUE)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("orders_test.go is left out", "orders_test.go is left out."),
        ("main.go is left out", "main.go is left out."),
        ("/ws/main.go is a copy", "/ws/main.go is a copy."),
        ("the lines of it are elsewhere", "The lines of it are elsewhere."),
        ("main.go is left out (without -tags)", "main.go is left out (without -tags)."),
        ("main.go: substitutePath = []", "main.go: substitutePath = []"),
    ],
)
def test_a_sentence_begins_with_a_capital_unless_it_begins_with_a_name(text: str, sentence: str) -> None:
    assert _sentence(text) == sentence
