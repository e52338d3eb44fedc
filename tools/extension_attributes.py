"""The attributes of a debug configuration of type `dapshim`, as JSON Schema: vscode-go's names and kinds, and words of our own.

`dapshim/plan/attributes.py` says what dapshim itself accepts; a test holds both against each other.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

LAUNCH: Final = "launch"
ATTACH: Final = "attach"
BOTH: Final = (LAUNCH, ATTACH)

Schema = dict[str, Any]


class Described(NamedTuple):
    """An attribute: its schema, what it does in Markdown, and the requests that it belongs to."""

    schema: Schema
    text: str
    requests: tuple[str, ...] = BOTH


def _text(default: str | None = None) -> Schema:
    return {"type": "string"} if default is None else {"type": "string", "default": default}


def _texts() -> Schema:
    return {"type": "array", "items": {"type": "string"}, "default": []}


def _text_or_texts(default: str | list[str]) -> Schema:
    return {"type": ["string", "array"], "items": {"type": "string"}, "default": default}


def _switch(*, default: bool = False) -> Schema:
    return {"type": "boolean", "default": default}


def _count(default: int) -> Schema:
    return {"type": "integer", "minimum": 0, "default": default}


def _choice(*words: str, default: str | None = None) -> Schema:
    return {"type": "string", "enum": [*words], "default": words[0] if default is None else default}


RULES: Final[Schema] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["from", "to"],
        "properties": {
            "from": {"type": "string", "description": "The path here, in the editor."},
            "to": {"type": "string", "description": "The path that the program was built from."},
        },
        "default": {"from": "${workspaceFolder}", "to": ""},
    },
    "default": [],
}

_LOAD_CONFIG: Final[Schema] = {
    "type": "object",
    "properties": {
        "followPointers": {"type": "boolean", "description": "Show what pointers point to."},
        "maxVariableRecurse": {"type": "integer", "description": "How deep nested values are shown."},
        "maxStringLen": {"type": "integer", "description": "How many bytes of a string are shown."},
        "maxArrayValues": {"type": "integer", "description": "How many elements are shown."},
        "maxStructFields": {"type": "integer", "description": "How many fields are shown; -1: all."},
    },
    "deprecationMessage": "Only for Delve's old interface; values are loaded when you unfold them.",
}

ATTRIBUTES: Final[dict[str, Described]] = {
    "program": Described(
        _text("${workspaceFolder}"),
        "What to debug: a package's folder, a `.go` file, or an import path to build; with `exec` and `core` an executable. "
        "A relative path begins at the workspace folder.",
    ),
    "args": Described(
        {"type": ["array", "string"], "items": {"type": "string"}, "default": []},
        "The program's arguments. A text is split as a shell does it. Flags of a test binary begin with `-test.`.",
        (LAUNCH,),
    ),
    "cwd": Described(_text(""), "The folder that the program runs in; else the package's own."),
    "dlvCwd": Described(
        _text(), "The folder that `dlv` builds in; else that of the module which the program belongs to.", (LAUNCH,)
    ),
    "env": Described(
        {"type": "object", "additionalProperties": {"type": ["string", "null"]}, "default": {}},
        "Environment variables for the build and the program; `null` takes one away. `env` wins over `envFile`, and that over "
        "`go.toolsEnvVars`.",
    ),
    "envFile": Described(
        _text_or_texts("${workspaceFolder}/.env"), "Files of `NAME=value` lines with environment variables; the last one wins."
    ),
    "buildFlags": Described(
        _text_or_texts([]),
        "Flags for `go build`, such as `-tags=integration`. Those that take debug info away are named in the debug console.",
        (LAUNCH,),
    ),
    "output": Described(_text(), "Where the program is built to; else a file that goes when the session ends.", (LAUNCH,)),
    "noDebug": Described(_switch(), "Run the program without stopping anywhere.", (LAUNCH,)),
    "outputMode": Described(
        _choice("local", "remote"),
        "`remote`: what the program prints comes to the debug console through Delve. dapshim shows it there either way.",
        (LAUNCH,),
    ),
    "stdinFrom": Described(_text(), "A file that the program reads as its standard input.", (LAUNCH,)),
    "stdoutTo": Described(_text(), "A file that the program's standard output is written to.", (LAUNCH,)),
    "stderrTo": Described(_text(), "A file that the program's standard error is written to.", (LAUNCH,)),
    "traceDirPath": Described(_text(), "The folder of the recording, for mode `replay`.", (LAUNCH,)),
    "coreFilePath": Described(_text(), "The core file, for mode `core`.", (LAUNCH,)),
    "stopOnEntry": Described(_switch(), "Stop before the program's first instruction."),
    "backend": Described(_choice("default", "native", "lldb", "rr"), "How Delve gets hold of the program."),
    "substitutePath": Described(
        RULES,
        "Rules for source paths, from yours to the program's. dapshim finds them out by itself; what you write comes first.",
    ),
    "stackTraceDepth": Described(_count(50), "How many frames of a stack are read."),
    "maxStringLen": Described(_count(512), "How many bytes of a string are shown."),
    "maxArrayValues": Described(_count(64), "How many elements of an array, slice or map are shown."),
    "showGlobalVariables": Described(_switch(), "Show the package's variables beside the local ones."),
    "showRegisters": Described(_switch(), "Show the processor's registers."),
    "hideSystemGoroutines": Described(_switch(), "Leave the runtime's own goroutines out of the call stack."),
    "showRawStrings": Described(_switch(), "Show strings without quotes and escapes."),
    "goroutineFilters": Described(_text(""), "Which goroutines are listed: a filter as Delve's `goroutines` command takes it."),
    "showPprofLabels": Described(_texts(), "Labels of pprof that goroutines are named by."),
    "followExec": Described(_switch(), "Debug the programs that this one starts, too."),
    "followExecRegex": Described(_text(""), "Of those, only the ones whose command line matches this regular expression."),
    "processId": Described(
        {
            "anyOf": [
                {"enum": ["${command:pickProcess}", "${command:pickGoProcess}"]},
                {"type": "string"},
                {"type": "integer", "minimum": 0},
            ],
            "default": "${command:pickProcess}",
        },
        "The process: its number, or its program's name. 0, or none, asks you.",
        (ATTACH,),
    ),
    "waitFor": Described(_text(""), "Wait for a process whose name begins like this.", (ATTACH,)),
    "guessSubstitutePath": Described(
        {"type": "object"}, "What Delve may guess source paths from; dapshim knows them and does not need it.", (ATTACH,)
    ),
    "dlvFlags": Described(_texts(), "More flags for `dlv`, such as `--check-go-version=false`."),
    "dlvToolPath": Described(_text(), "The `dlv` to use; else dapshim finds one that goes with your Go."),
    "showLog": Described(_switch(), "Have Delve write a log, into the debug console unless `logDest` says where."),
    "logOutput": Described(
        {
            "type": "string",
            "examples": ["debugger", "gdbwire", "lldbout", "debuglineerr", "rpc", "dap", "fncall", "minidump", "stack"],
            "default": "debugger",
        },
        "The parts of Delve that write into its log, with commas between them.",
    ),
    "logDest": Described(_text(), "The file that Delve's log goes to."),
    "port": Described(
        {"type": "integer", "minimum": 1, "maximum": 65535, "default": 2345},
        "The port of a `dlv` that runs already: with `remote` a headless one.",
    ),
    "host": Described(_text("127.0.0.1"), "The machine that such a `dlv` runs on."),
    "console": Described(
        _choice("internalConsole", "integratedTerminal", "externalTerminal"),
        "Where the program runs. A terminal gives it a keyboard.",
    ),
    "asRoot": Described(_switch(), "Run it as root, by `sudo`, in a terminal; for `console` other than `internalConsole`."),
    "remotePath": Described(
        {**_text(""), "deprecationMessage": "dapshim finds the files by itself; where it does not, write substitutePath."},
        "The folder of the sources on the other machine.",
    ),
    "dlvLoadConfig": Described(_LOAD_CONFIG, "How values were loaded by Delve's old interface."),
    # For vscode-go alone; allowed so that a copied configuration is not underlined.
    "debugAdapter": Described(
        {**_choice("legacy", "dlv-dap", default="dlv-dap"), "deprecationMessage": "dapshim always uses Delve's own adapter."},
        "Which adapter vscode-go takes.",
    ),
    "apiVersion": Described(
        {"type": "integer", "enum": [1, 2], "default": 2, "deprecationMessage": "Only for Delve's old interface."},
        "Which version of Delve's old interface is used.",
    ),
    "trace": Described(
        {
            **_choice("verbose", "trace", "log", "info", "warn", "error", default="error"),
            "deprecationMessage": 'Only vscode-go reads it. The log of dapshim is opened by "dapshim: Show Log".',
        },
        "How much vscode-go's adapter logs.",
    ),
}
"""All but `mode` and `dapshim`, which differ between the requests or come from another table."""

MODES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    LAUNCH: (
        ("auto", "`test` for a test file, `debug` for any other."),
        ("debug", "Build the program and debug it."),
        ("test", "Build the package's tests and debug them."),
        ("exec", "Debug an executable that is built already."),
        ("replay", "Debug a recording: `traceDirPath`."),
        ("core", "Look at a program that has crashed: `program` and `coreFilePath`."),
    ),
    ATTACH: (
        ("local", "Attach to a process of this machine."),
        ("remote", "Connect to a headless `dlv`: `host` and `port`."),
    ),
}
