"""The diagnoses of go.work, go.mod, vendor folders and launch configurations. One entry of docs/diagnostics.md each."""

from __future__ import annotations

from typing import Final

from dapshim.diagnose.finding import Diagnosis, Severity

_ERROR: Final = (Severity.ERROR,)
_WARNING: Final = (Severity.WARNING,)

WORK_EMPTY: Final = Diagnosis(
    "work-empty",
    "go.work uses no module",
    _ERROR,
    "The go.work that is in force has no `use` line.",
    "Go builds nothing then: `no modules were found in the current workspace`.",
    "`go work use -r .` in its folder adds every module below it.",
)
WORK_MISSING: Final = Diagnosis(
    "work-missing",
    "go.work uses a folder that is not there",
    _ERROR,
    "A `use` line names a folder that does not exist, or one without go.mod.",
    "Go refuses the whole workspace, for every module in it.",
    "`go work edit -dropuse=FOLDER`, or bring the folder back.",
)
WORK_UNUSED: Final = Diagnosis(
    "work-unused",
    "A module that go.work does not use",
    (Severity.INFO, Severity.ERROR),
    "Below the folder of go.work lies a module that it does not use. It is an error when a launch configuration debugs a "
    "program in it.",
    "While a go.work is in force, Go builds no package of a module that it does not list.",
    '`go work use FOLDER`, or `"dapshim": {"goWork": "off"}` in the launch configuration.',
)
MODULE_TWICE: Final = Diagnosis(
    "module-twice",
    "Two folders are one module for Go",
    _ERROR,
    "go.work uses one folder twice, or two folders whose go.mod names the same module, or replaces a module that it uses.",
    "Go refuses the whole workspace.",
    "Drop one of the lines: `go work edit -dropuse=FOLDER`, `go work edit -dropreplace=MODULE`.",
)
WORK_GO_LINE: Final = Diagnosis(
    "work-go-line",
    "go.work asks for an older Go than its modules",
    _ERROR,
    "A module in use has a higher go line than go.work.",
    "From Go 1.21 on that is refused: `module x listed in go.work file requires go >= …`.",
    "`go work use` in its folder raises the line.",
)
MOD_SYNTAX: Final = Diagnosis(
    "mod-syntax",
    "go.mod or go.work cannot be read",
    _ERROR,
    "A line is not what Go expects, the module line is missing, or the file cannot be opened.",
    "Go reads all of the file or nothing.",
    "Mend the line that the finding names.",
)
MOD_FLAGS: Final = Diagnosis(
    "mod-flags",
    "-mod or -modfile does not go with this workspace",
    _ERROR,
    "GOFLAGS has -mod=mod or -modfile while a go.work is in force, or -mod=vendor where there is no vendor folder.",
    "Go refuses both.",
    "Take the flag out of GOFLAGS, or run `go mod vendor`.",
)
REPLACE_MISSING: Final = Diagnosis(
    "replace-missing",
    "A replace leads nowhere",
    (Severity.ERROR, Severity.INFO),
    "A `replace … => FOLDER` names a folder that does not exist, or one without go.mod. It is info when nothing requires the "
    "module.",
    "Go needs the go.mod of what it builds: `example.com/x@v1.0.0 (replaced by ../x): reading ../x/go.mod: … no such file`.",
    "Bring the folder back, or `go mod edit -dropreplace=MODULE`.",
)
REPLACE_CONFLICT: Final = Diagnosis(
    "replace-conflict",
    "Two modules of a workspace replace one module differently",
    _ERROR,
    "Two go.mod files in use replace the same module by different ones, and go.work does not say which counts.",
    "Go refuses the whole workspace: `conflicting replacements for x`.",
    "`go work edit -replace MODULE=FOLDER` decides for all.",
)
REPLACE_MASKED: Final = Diagnosis(
    "replace-masked",
    "A replace that does not count",
    (Severity.INFO,),
    "go.work uses or replaces a module that a go.mod replaces by another folder; what go.work says counts.",
    "A breakpoint in the folder that go.mod names is never hit: its code is not in the program.",
    "Edit the folder that the finding names, or make the two agree.",
)
VENDOR_STALE: Final = Diagnosis(
    "vendor-stale",
    "The vendor folder is out of step",
    _ERROR,
    "vendor/modules.txt and the require and replace lines of go.mod (or of the workspace) do not say the same.",
    "Go refuses to build: `inconsistent vendoring`.",
    "`go mod vendor`, or `go work vendor` where a go.work is in force.",
)
UNFETCHABLE: Final = Diagnosis(
    "module-unfetchable",
    "A module that is needed is not here and cannot be fetched",
    _WARNING,
    "A module that go.mod requires is not in the module cache, and GOPROXY, GONOPROXY or GOPRIVATE leave no way to it.",
    "`module lookup disabled by GOPROXY=off`; fetched directly, git must be there.",
    "Set GOPROXY for it, or fetch it where there is a way: `go mod download MODULE`.",
)
GO_SUM: Final = Diagnosis(
    "go-sum",
    "go.sum has no entry for a module that is needed",
    _WARNING,
    "go.mod requires a module, and neither go.sum nor go.work.sum knows its hash.",
    "By default Go changes no go.sum while it builds: `missing go.sum entry`. A private module that matches GONOPROXY but "
    "not GONOSUMDB "
    "cannot be verified by the public database either.",
    "`go mod tidy`; for private modules set GOPRIVATE, which counts for both.",
)

LAUNCH_SYNTAX: Final = Diagnosis(
    "launch-syntax",
    "A configuration file is not JSON with comments",
    _ERROR,
    "launch.json, tasks.json, settings.json or a .code-workspace file cannot be read as a whole.",
    "Editors read what they can of it, and what follows the fault may silently not be there.",
    "Mend the place that the finding names.",
)
LAUNCH_REFUSED: Final = Diagnosis(
    "launch-refused",
    "A launch configuration cannot work",
    _ERROR,
    "dapshim plans each configuration as it would at F5. This one has no plan: a folder is missing, a mode does not "
    "exist, the program "
    "is a library, belongs to a module that is not in use, or an attribute holds what it may not.",
    "F5 would fail with the same words.",
    "The finding says what to change.",
)
LAUNCH_IGNORED: Final = Diagnosis(
    "launch-ignored",
    "An attribute that nobody reads",
    (Severity.WARNING, Severity.INFO),
    "An attribute of a launch configuration is misspelt, or belongs to an older adapter. It is info where nothing is lost "
    "by it.",
    "Delve and every editor ignore what they do not know, in silence.",
    "Write it as the finding spells it, or drop it.",
)
LAUNCH_FLAGS: Final = Diagnosis(
    "launch-flags",
    "buildFlags that spoil the session",
    (Severity.WARNING, Severity.INFO),
    "`buildFlags` strips the program, brings optimisation back, or has quotes that Delve does not take for quotes. "
    "It is info for `-trimpath`, which only a plain dlv stumbles over.",
    "Delve puts `buildFlags` behind its own `-gcflags=all=-N -l` when it is a text, and before it when it is a list; of "
    "two, the last "
    "counts. A stripped program has no breakpoints.",
    "Drop `-s` and `-w`; write `buildFlags` as a list.",
)
DEBUG_SERVER: Final = Diagnosis(
    "debug-server",
    "debugServer leads nowhere",
    (Severity.INFO, Severity.ERROR),
    "`debugServer` is a text (an error: VS Code ignores it in silence), or nothing listens on its port now (info).",
    "VS Code connects to 127.0.0.1 at that port itself, at once and without trying again.",
    "Write a number, and have `dapshim --listen PORT` run before F5.",
)
SUBSTITUTE_PATH: Final = Diagnosis(
    "substitute-path",
    "A rule of substitutePath that cannot help",
    (Severity.WARNING, Severity.INFO),
    "A rule never matches, hides another one, cannot be inverted, names a folder that is not on this machine, or leads away "
    "from what dlv builds here. It is info where it does nothing: both sides are the same, or no recorded path begins so.",
    "Delve takes the first rule that matches, in both directions; a list that is right one way can be wrong the other "
    "way. dapshim works "
    "the mapping out by itself, so most lists can go.",
    "Drop the rule; `dapshim paths BINARY` shows what is mapped without any.",
)
LAUNCH_TASK: Final = Diagnosis(
    "launch-task",
    "preLaunchTask does not build what is debugged",
    (Severity.WARNING, Severity.ERROR, Severity.INFO),
    "The task does not exist (an error), builds another file than `program`, strips it, or optimises it (info).",
    "In mode exec the program is taken as it lies there: an old one, one without debug information, or none.",
    "Let the task run `go build -gcflags=all=-N\\ -l -o PROGRAM`, or use mode debug, in which dlv builds.",
)
LAUNCH_PROGRAM: Final = Diagnosis(
    "launch-program",
    "The executable of a configuration is not there",
    _WARNING,
    "A configuration of mode exec or core names an executable, or a core file, that does not exist, and no task makes it.",
    "Delve says `no such file or directory` at F5.",
    "Build it, name the one that is there, or use mode debug.",
)

OPTION_FILE: Final = Diagnosis(
    "option-file",
    ".dapshim.toml holds what dapshim refuses",
    (Severity.ERROR, Severity.WARNING),
    "The project's own file names an option that there is not, that may not stand there, or that cannot have this value. It is "
    "a warning where rules of its `substitutePath` are in each other's way.",
    "A session says the same and does not begin: an option that is passed over in silence is looked for by nobody.",
    "Write what the finding names; `dapshim options` lists every option with its values.",
)
IMAGE_STRIPPED: Final = Diagnosis(
    "image-stripped",
    "A container image that is debugged is built stripped",
    _WARNING,
    "A Dockerfile builds with `-ldflags=-s` or `-w`, and a configuration of mode remote attaches, or the image runs dlv.",
    "Without the debug information Delve sets no breakpoint: `could not open debug info`.",
    "Drop the flags, or build a stage for debugging beside it: `go build -gcflags=all='-N -l'`.",
)

WORKSPACE_DIAGNOSES: Final = (
    WORK_EMPTY,
    WORK_MISSING,
    WORK_UNUSED,
    MODULE_TWICE,
    WORK_GO_LINE,
    MOD_SYNTAX,
    MOD_FLAGS,
    REPLACE_MISSING,
    REPLACE_CONFLICT,
    REPLACE_MASKED,
    VENDOR_STALE,
    UNFETCHABLE,
    GO_SUM,
    LAUNCH_SYNTAX,
    LAUNCH_REFUSED,
    LAUNCH_IGNORED,
    LAUNCH_FLAGS,
    DEBUG_SERVER,
    SUBSTITUTE_PATH,
    LAUNCH_TASK,
    LAUNCH_PROGRAM,
    OPTION_FILE,
    IMAGE_STRIPPED,
)
