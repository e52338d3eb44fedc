"""The diagnoses of a toolchain: Go, dlv, the C compiler, and what the system allows. One entry of docs/diagnostics.md each."""

from __future__ import annotations

from typing import Final

from dapshim.diagnose.finding import Diagnosis, Severity

_ERROR: Final = (Severity.ERROR,)
_WARNING: Final = (Severity.WARNING,)

GO_MISSING: Final = Diagnosis(
    "go-missing",
    "There is no go command",
    _ERROR,
    "Neither the PATH nor the usual places have a go command that can be run, or the one that a setting names is gone.",
    "dlv runs `go build` for every debug and test session. An editor that was not started from a terminal often has "
    "another PATH.",
    "Install Go, or name the command: `dapshim --go PATH`, or `go.alternateTools` in the editor's settings.",
)
GO_UNUSABLE: Final = Diagnosis(
    "go-unusable",
    "The go command refuses its own settings",
    _ERROR,
    "`go env` fails in this folder, so nothing can be built there.",
    "A variable of the environment or of `go env -w` holds what Go does not take: a relative GOPATH, flags that do not end.",
    "Set the variable right, or drop it: `unset NAME`, or `go env -u NAME`.",
)
SEVERAL_GOS: Final = Diagnosis(
    "several-gos",
    "There are several Go installations",
    (Severity.INFO, Severity.WARNING),
    "More than one go command can be found here. It is a warning when the editor and the shell use different versions.",
    "What the terminal builds and what a debug session builds then differ, and a dlv that knows one Go may refuse the other.",
    "Let one come first in the PATH, or have `go.goroot` and `go.alternateTools` name the one that the shell runs.",
)
EDITOR_TOOL: Final = Diagnosis(
    "editor-tool",
    "A setting of the editor names a tool that is not there",
    _ERROR,
    "`go.goroot` or `go.alternateTools` in settings.json names a file or folder that does not exist or cannot be run.",
    "The editor passes it on with every session, or shows that Go is missing although the shell has one.",
    "Name one that is there, or drop the setting.",
)
GOROOT: Final = Diagnosis(
    "goroot",
    "GOROOT is set to another Go's tree",
    (Severity.ERROR, Severity.INFO),
    "GOROOT names a folder that does not belong to the go command that is run. It is info when that tree is of the same "
    "version.",
    'Go 1.26 then says `compile: version "go1.25.5" does not match go tool version "go1.26.8"`, or `cannot find GOROOT '
    "directory`; dlv's build fails with the same words.",
    "Do not set GOROOT at all: each go command knows its own. `unset GOROOT`, or `go env -u GOROOT`.",
)
GOPATH: Final = Diagnosis(
    "gopath",
    "GOPATH is odd",
    (Severity.WARNING, Severity.ERROR),
    "GOPATH is relative (Go refuses to run), is GOROOT, or holds a go.mod at its top (which Go ignores).",
    "Modules are cached below GOPATH, and `go install` puts dlv into its bin folder.",
    "Drop it, its default is `~/go`: `unset GOPATH`, or `go env -u GOPATH`.",
)
GOMODCACHE: Final = Diagnosis(
    "gomodcache",
    "The module cache cannot be written",
    _WARNING,
    "The folder GOMODCACHE, or the nearest one above it that exists, is not writable for this user.",
    "What is in it can be built; a module that is not cannot be fetched. It happens after one `sudo go …`.",
    "Give the folder to its user, or name another one by `go env -w GOMODCACHE=…`.",
)
GOFLAGS: Final = Diagnosis(
    "goflags",
    "GOFLAGS spoils debug builds",
    (Severity.WARNING, Severity.ERROR, Severity.INFO),
    "GOFLAGS, in the environment, by `go env -w` or in the editor's settings, strips programs (`-ldflags=-s`), trims "
    "their paths "
    "(`-trimpath`), or holds what go refuses.",
    "dlv runs `go build`, which heeds GOFLAGS. dapshim overrides what strips and trims for its sessions; a plain dlv does not. "
    "`-gcflags` in it is harmless: dlv's own replaces it (Go 1.26).",
    'Take the flag out: `go env -u GOFLAGS`, or `unset GOFLAGS`; for one session, `"env": {"GOFLAGS": ""}`.',
)
GO111MODULE: Final = Diagnosis(
    "modules-off",
    "GO111MODULE switches modules off",
    (Severity.WARNING, Severity.ERROR),
    "GO111MODULE=off makes Go ignore go.mod and go.work and look for everything in GOPATH; any value but on, off and auto "
    "is refused.",
    "It is left over from before Go 1.16. dlv's build fails, or builds other code than the editor shows.",
    "`unset GO111MODULE`, or `go env -u GO111MODULE`.",
)
GOTOOLCHAIN: Final = Diagnosis(
    "gotoolchain",
    "Another Go is asked for than the one that is there",
    (Severity.ERROR, Severity.INFO),
    "The go or toolchain line of go.mod or go.work, or GOTOOLCHAIN, asks for another Go. It is info when go fetches and "
    "runs that one.",
    "With GOTOOLCHAIN=local go refuses: `go.mod requires go >= 1.30 (running go 1.26.8; GOTOOLCHAIN=local)`.",
    "Let go fetch it, `go env -w GOTOOLCHAIN=auto`, install it, or lower the line: `go mod edit -go=VERSION`.",
)
DLV_MISSING: Final = Diagnosis(
    "dlv-missing",
    "There is no dlv",
    _ERROR,
    "dlv was not found where dapshim looks, or what was named as dlv cannot be run.",
    "dlv is the debugger; dapshim only stands in front of it.",
    "`dapshim install-dlv`, which builds one that goes with your Go.",
)
DLV_UNUSABLE: Final = Diagnosis(
    "dlv-unusable",
    "What is called dlv does not answer as dlv",
    _ERROR,
    "`dlv version` fails, or prints no version of Delve; or the version is older than 1.7.3, which has no `--client-addr`.",
    "Without its version nothing is known of which Go it takes, and dapshim cannot start it.",
    "`dapshim install-dlv`.",
)
DLV_GO: Final = Diagnosis(
    "dlv-go",
    "This dlv does not go with this Go",
    _ERROR,
    "Each Delve takes a few releases of Go (1.27: Go 1.25 to 1.27), and one that was built with Go before 1.25 reads no "
    "DWARF 5.",
    "Delve refuses at launch: `Go version … is too old for this version of Delve`, or the like.",
    "Install the Delve that the finding names, or build with a Go that it takes.",
)
DLV_OLD: Final = Diagnosis(
    "dlv-old",
    "There is a newer Delve",
    (Severity.INFO,),
    "This dlv works with your Go, and is older than the one that dapshim is tested with.",
    "Faults that dapshim works around, or knows to be mended, may be in it.",
    "`dapshim install-dlv`.",
)
SEVERAL_DLVS: Final = Diagnosis(
    "several-dlvs",
    "The editor and dapshim use different dlvs",
    (Severity.INFO, Severity.WARNING),
    "`go.alternateTools` or `dlvToolPath` names another dlv than the one that dapshim finds. It is a warning when their "
    "versions differ.",
    "A session through dapshim and one without it then behave differently.",
    "Name the same: `dapshim --dlv PATH`, or drop the setting.",
)
ATTACH_RIGHTS: Final = Diagnosis(
    "attach-rights",
    "The system lets nobody attach",
    (Severity.WARNING, Severity.INFO),
    "Yama's ptrace_scope, a filter of system calls or missing capabilities forbid to attach to running processes. It is "
    "info when no "
    "configuration attaches. What dlv starts itself it may always debug, but for ptrace_scope 3.",
    "Linux asks the two users, the capabilities and Yama, in this order. Docker filters `ptrace` where CAP_SYS_PTRACE is "
    "missing.",
    "`sudo sysctl -w kernel.yama.ptrace_scope=0`, or `docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined`.",
)
FOREIGN_ARCH: Final = Diagnosis(
    "foreign-architecture",
    "Go or dlv is built for another processor",
    (Severity.ERROR, Severity.WARNING),
    "The executable of go or dlv is for another processor than this machine's, or not for the one that programs are built for.",
    "On Apple silicon an amd64 dlv runs under Rosetta and cannot debug: Delve says `can not run under Rosetta`. An amd64 "
    "go builds "
    "amd64 programs there.",
    "Install Go for this processor from https://go.dev/dl, and then `dapshim install-dlv`.",
)
XCODE: Final = Diagnosis(
    "xcode",
    "Apple's command line tools are missing or unusable",
    (Severity.ERROR, Severity.WARNING),
    "On macOS `xcode-select` names no developer folder, its licence was not accepted, it has no SDK, or developer mode is off.",
    "Delve on macOS debugs through debugserver, which comes with these tools; cgo needs their SDK. Without developer mode "
    "each session "
    "asks for a password.",
    "`xcode-select --install`, `sudo xcodebuild -license accept`, `sudo DevToolsSecurity -enable`.",
)
CGO_COMPILER: Final = Diagnosis(
    "cgo-compiler",
    "cgo is needed, and there is no C compiler",
    (Severity.ERROR, Severity.WARNING),
    'A package imports "C", and CC is not to be found, or cgo is switched off. It is a warning where no configuration '
    "builds the package.",
    "Go 1.20 on switches cgo off by itself where it finds no compiler; the package then seems to have no files: `build "
    "constraints "
    "exclude all Go files`.",
    "Install a compiler (`sudo apt install gcc`, `xcode-select --install`), name it by CC, or drop CGO_ENABLED=0.",
)
CGO_CROSS: Final = Diagnosis(
    "cgo-cross",
    "cgo for another system, with a compiler for this one",
    (Severity.ERROR, Severity.WARNING),
    "GOOS or GOARCH differ from this machine's, a package imports \"C\", and CC is the system's own compiler, or cgo is "
    "off. It is a warning where no configuration builds the package.",
    "cgo is off by default when Go builds for another system; switched on, the own compiler cannot assemble the other's code.",
    "To debug here, build for here: drop GOOS and GOARCH. To cross-compile, name a cross compiler by CC.",
)
PKG_CONFIG: Final = Diagnosis(
    "pkg-config",
    "A C library that pkg-config does not know",
    (Severity.ERROR, Severity.WARNING),
    "A `#cgo pkg-config:` line names a package that pkg-config does not find, or there is no pkg-config. It is a warning "
    "where no configuration builds the package.",
    "go runs it for each such line: `Package x was not found in the pkg-config search path`.",
    "Install the library's development package, or add the folder of its .pc file to PKG_CONFIG_PATH.",
)
CGO_FLAGS: Final = Diagnosis(
    "cgo-flags",
    "CGO_CFLAGS spoils C code for debugging",
    (Severity.INFO,),
    "CGO_CFLAGS is set, and lacks -g (C code has no lines), or optimises.",
    "Its default is `-O2 -g`; who sets it replaces both.",
    '`CGO_CFLAGS="-O0 -g"` in `env` of the launch configuration.',
)

TOOLCHAIN_DIAGNOSES: Final = (
    GO_MISSING,
    GO_UNUSABLE,
    SEVERAL_GOS,
    EDITOR_TOOL,
    GOROOT,
    GOPATH,
    GOMODCACHE,
    GOFLAGS,
    GO111MODULE,
    GOTOOLCHAIN,
    DLV_MISSING,
    DLV_UNUSABLE,
    DLV_GO,
    DLV_OLD,
    SEVERAL_DLVS,
    ATTACH_RIGHTS,
    FOREIGN_ARCH,
    XCODE,
    CGO_COMPILER,
    CGO_CROSS,
    PKG_CONFIG,
    CGO_FLAGS,
)
