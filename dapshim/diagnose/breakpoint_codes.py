"""The codes of breakpoints that cannot be set, each with its page. Codes that are about the whole program are elsewhere."""

from __future__ import annotations

from typing import Final

from dapshim.diagnose.finding import Diagnosis, Severity

_INFO, _WARNING = Severity.INFO, Severity.WARNING

NO_CODE: Final = Diagnosis(
    "no-code",
    "The line has no code",
    (_WARNING, _INFO),
    "A comment, a blank line, a closing brace, a declaration, what stands behind a `return`: nothing runs there. A debugger "
    "can stop at statements only. dapshim moves such a breakpoint to the next line with code in the same function "
    "(`slideBreakpoints`), and then this is only said as info.",
    "Delve 1.27.1 never moves a breakpoint, and says `please use a line with a statement`.",
    "Set it at one of the lines that the message names.",
)
PAST_END: Final = Diagnosis(
    "past-end",
    "The line is behind the end of the file",
    (_WARNING,),
    "The file has fewer lines than the breakpoint's.",
    "The file became shorter since the breakpoint was set: an edit, a checkout.",
    "Remove it, and set it where it belongs now.",
)
INLINED: Final = Diagnosis(
    "inlined",
    "The function is inlined everywhere",
    (_WARNING,),
    "The compiler put the function's code into each of its callers, so that there is no function to stop in, and not every "
    "line "
    "of it has code there.",
    "Small functions are inlined unless the compiler is told not to (`-gcflags=-l`).",
    'Build it with `-gcflags="all=-N -l"`; or write `//go:noinline` above the function.',
)
UNREACHABLE: Final = Diagnosis(
    "unreachable",
    "The program has no code of this function",
    (_WARNING,),
    "Nothing that the program can run calls the function, so the linker left it out; a generic function that is nowhere "
    "instantiated has no code at all. In an optimised program a small function may also have been inlined where it is called, "
    "and its value be known there, so that no instruction is its own.",
    "It is dead code in this program, and may be used by another one, or by tests; or the program was built with optimisation.",
    'Build an optimised program with `-gcflags="all=-N -l"`; else call it, or debug the program or the test that does.',
)
OPTIMIZED_AWAY: Final = Diagnosis(
    "optimized-away",
    "The statement was optimised away",
    (_WARNING,),
    "The compiler found that the statement needs no instruction of its own: its value is known, unused, or made elsewhere.",
    "The program was built with optimisation, which `go build` does unless it is told not to.",
    'Build it with `-gcflags="all=-N -l"`; or use one of the lines that the message names.',
)
NOT_LINKED: Final = Diagnosis(
    "not-linked",
    "The package is not part of this program",
    (_WARNING, _INFO),
    "No package of the program imports the package of this file. Info where another program of the workspace has it: the "
    "breakpoint is that one's, and will work there.",
    "The wrong program is debugged, or nothing imports the package yet.",
    "Debug a program that imports it, or a test of the package.",
)
NOT_IN_BUILD: Final = Diagnosis(
    "not-in-build",
    "The file is left out of this build",
    (_WARNING,),
    "Its package is part of the program, and the file is not: a build line does not hold, its name ends in another system or "
    'processor, it is a test, or it imports "C" and cgo is off.',
    "Go compiles the files only that fit the build's GOOS, GOARCH, CGO_ENABLED and tags.",
    "Build it with what the message names: `-tags`, GOOS and GOARCH, CGO_ENABLED=1, or `go test`.",
)
NO_MODULE: Final = Diagnosis(
    "no-module",
    "The file belongs to no module in use",
    (_WARNING,),
    "It lies in no module, GOPATH or Go tree that the program was built from, and the program records no file of this path.",
    "Another project's file; a copy; a module that go.work does not use.",
    "Open the file from the module that was built; `go work use DIR`; or add a rule to `substitutePath`.",
)
AMBIGUOUS_PATH: Final = Diagnosis(
    "ambiguous-path",
    "Several files may be meant",
    (_WARNING,),
    "Two files of this machine may each be the one that was compiled, and nothing in the program tells which.",
    "Copies of one module, or names that `//line` gave twice.",
    "Write the rule that the message gives into .dapshim.toml.",
)
OTHER_FILE: Final = Diagnosis(
    "other-file",
    "Not the file that was compiled",
    (_WARNING,),
    "The path fits, and the file is another one: another project's, or one that a rule of `substitutePath` hides.",
    "The program was built from another folder, or elsewhere.",
    "Open the file that was compiled; `dapshim paths BINARY` lists them.",
)
LINE_DIRECTIVE: Final = Diagnosis(
    "line-directive",
    "The line belongs to another file by //line",
    (_WARNING,),
    "A `//line` comment gave the lines of this generated file another file's name. Breakpoints are translated where the "
    "program "
    "records the line; this one it does not.",
    "Generators (goyacc, templ, cgo) write `//line` so that stacks name the file that a person wrote.",
    "Set it in the file that the message names.",
)
NOT_LOADED: Final = Diagnosis(
    "not-loaded",
    "The code is not loaded yet",
    (_INFO, _WARNING),
    "The program can open plugins or start other programs, and the code of this line may come with one. Until then the "
    "breakpoint is pending, and Delve says `unable to set breakpoint` whatever the reason.",
    "Plugins, and children with `followExec`, bring their code when they start.",
    "Nothing: it is set when the code is there.",
)
MAIN_UNDER_TEST: Final = Diagnosis(
    "main-under-test",
    "main does not run in a test",
    (_WARNING,),
    "The program is a test of a main package: `go test` has a main of its own, and nothing calls this one.",
    "The launch configuration has `mode: test`, or the program is of `go test -c`.",
    "Debug the program itself (`mode: debug`), or set the breakpoint in a test.",
)
OVERLAID: Final = Diagnosis(
    "overlaid",
    "The build compiled another file in place of this one",
    (_WARNING,),
    "`-overlay` replaced the file, so that its text is in no program.",
    "A tool built it (gopls, a code generator, GOFLAGS).",
    "Set it in the file that the message names.",
)
CONDITION_SYNTAX: Final = Diagnosis(
    "condition-syntax",
    "The condition is no Go expression",
    (_WARNING,),
    "Delve cannot parse the condition, and does not set the breakpoint.",
    'A condition is a Go expression that is true or false: `n > 3 && name == "x"`.',
    "Correct it where the message says.",
)
CONDITION_NAME: Final = Diagnosis(
    "condition-name",
    "The condition names a variable that is not there",
    (_WARNING,),
    "Delve 1.27.1 sets such a breakpoint, and evaluates the condition when it is reached: it fails, and the program stops "
    "there "
    "each time.",
    "A misspelt name, or one of another function.",
    "Correct the name.",
)
CONDITION_CALL: Final = Diagnosis(
    "condition-call",
    "The condition calls a function",
    (_WARNING,),
    "Delve 1.27.1 calls no function in a condition. It sets such a breakpoint, and the program stops there each time.",
    "A condition may ask for variables, fields, elements and operators, and for `len`, `cap`, `min`, `max` and conversions.",
    "Compare what the function would look at; or write the call into the code as `if f() { runtime.Breakpoint() }`.",
)
HIT_CONDITION: Final = Diagnosis(
    "hit-condition",
    "The hit count is none, or never comes",
    (_WARNING,),
    "A hit count is a number, or one of `==`, `!=`, `>`, `>=`, `<`, `<=`, `%` and a number: `5`, `> 10`, `% 100`.",
    "Counts begin at 1, so that `< 1` never holds; Delve 1.27.1 turns such a breakpoint off without a word. At `% 0` it hangs "
    "when the line is reached, so that dapshim does not have it set.",
    "Write it like one of these.",
)
LOG_MESSAGE: Final = Diagnosis(
    "log-message",
    "The log message cannot be read",
    (_WARNING,),
    "Expressions stand in braces, and every brace has its partner: `n is {n}`.",
    "Delve 1.27.1 knows no other way to write a brace.",
    "Close the brace, or take it out.",
)
AMBIGUOUS_FUNCTION: Final = Diagnosis(
    "ambiguous-function",
    "Several functions have this name",
    (_WARNING,),
    "Delve sets a function breakpoint only where the name means one function.",
    "A name without its package, or with its last element only, may be that of many.",
    "Write the whole name, as the message lists them.",
)
NO_FUNCTION: Final = Diagnosis(
    "no-function",
    "There is no function of this name",
    (_WARNING,),
    "The program has no function that is called so.",
    "A misspelt name; a method without its type (`main.T.Do`, `main.(*T).Do`); a function that nothing calls; type arguments, "
    "or more than three parts (`main.f.func1.1`), of which Delve 1.27.1 makes no name.",
    "Write one of the names that the message gives.",
)
DUPLICATE: Final = Diagnosis(
    "duplicate-breakpoint",
    "Another breakpoint stands there",
    (_INFO,),
    "Delve can have one breakpoint at one place. The program stops there by the other one.",
    "Two breakpoints in one line, a function breakpoint at a function whose first line has one, two files that are one.",
    "Remove one of them.",
)
CORE_BREAKPOINT: Final = Diagnosis(
    "core-breakpoint",
    "A core file does not run",
    (_INFO,),
    "What is looked at is the memory of a program that has ended. It cannot be continued, so there is nothing to stop.",
    "The session has `mode: core`.",
    "Debug the program itself (`mode: exec`) to stop it at a line.",
)
PROGRAM_EXITED: Final = Diagnosis(
    "program-exited",
    "The program has ended",
    (_INFO,),
    "There is no process in which a breakpoint could be set.",
    "The breakpoint was set, or sent, after the end.",
    "Start it again; it will be set then.",
)

DIAGNOSES: Final = (
    NO_CODE,
    PAST_END,
    INLINED,
    UNREACHABLE,
    OPTIMIZED_AWAY,
    NOT_LINKED,
    NOT_IN_BUILD,
    NO_MODULE,
    AMBIGUOUS_PATH,
    OTHER_FILE,
    LINE_DIRECTIVE,
    NOT_LOADED,
    MAIN_UNDER_TEST,
    OVERLAID,
    CONDITION_SYNTAX,
    CONDITION_NAME,
    CONDITION_CALL,
    HIT_CONDITION,
    LOG_MESSAGE,
    AMBIGUOUS_FUNCTION,
    NO_FUNCTION,
    DUPLICATE,
    CORE_BREAKPOINT,
    PROGRAM_EXITED,
)
