"""Rules about dlv, about what the system lets it do, and about the processor that things are built for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from dapshim.diagnose import toolchain_codes as codes
from dapshim.diagnose.deeds import InstallDlvDeed
from dapshim.diagnose.finding import Severity
from dapshim.diagnose.placed import Fix, Place, Placed, placed
from dapshim.diagnose.toolchain_facts import Toolchain
from dapshim.diagnose.toolchain_rules import Rule

INSTALL: Final = Fix("Have dapshim build one that goes with your Go", "dapshim install-dlv", deed=InstallDlvDeed())
_INSTALLS: Final = re.compile(r"go install github\.com/go-delve/delve/cmd/dlv@(v\d+\.\d+\.\d+|latest)")
_ADMINISTRATORS, _NOBODY = 2, 3


def no_dlv(why: str) -> Placed:
    """Return the finding of a dlv that is not there; a launch says the same."""
    return placed(codes.DLV_MISSING, why, where="dlv", fixes=(INSTALL,))


def dlv_missing(facts: Toolchain) -> Iterator[Placed]:
    """No dlv, or one that is none."""
    dlv = facts.dlv
    if dlv.tool is None:
        yield no_dlv(dlv.missing or "dlv was not found.")
    elif dlv.tool.error:
        yield placed(codes.DLV_UNUSABLE, f"{dlv.tool.error}.", where=dlv.tool.path, fixes=(INSTALL,))
    elif dlv.too_old is not None:
        fix = Fix("Install a newer one", dlv.too_old.command, deed=installing(dlv.too_old.command))
        yield placed(codes.DLV_UNUSABLE, f"{dlv.too_old.text}.", where=dlv.tool.path, fixes=(INSTALL, fix))


def dlv_and_go(facts: Toolchain) -> Iterator[Placed]:
    """Find a dlv that does not take what this Go builds, or merely an older one."""
    dlv = facts.dlv
    if dlv.tool is None or dlv.tool.error or dlv.too_old is not None:
        return
    if dlv.mismatch is not None:
        # Where a line asks for that Go, it is the line that this dlv cannot debug.
        place = facts.builder_place if facts.asked_for_another else None
        yield wrong_dlv(dlv.mismatch.text, dlv.mismatch.command, dlv.tool.path, place)
    elif dlv.newest and _older(dlv.tool.version, dlv.newest):
        message = f"dlv is {dlv.tool.version}; for your Go there is {dlv.newest}, with which dapshim is tested."
        yield placed(codes.DLV_OLD, message, where=dlv.tool.path, fixes=(INSTALL,))


def installing(command: str) -> InstallDlvDeed | None:
    """Return what does the work of `go install …/dlv@VERSION`, None for another command."""
    found = _INSTALLS.fullmatch(command)
    return InstallDlvDeed(found[1].removeprefix("v")) if found is not None else None


def wrong_dlv(why: str, command: str, dlv: str, place: Place | None = None) -> Placed:
    """Return the finding of a dlv that does not take what this Go builds; a launch says the same."""
    title = "Add to the launch configuration" if command.startswith('"') else "Install the one that does"
    fix = Fix(title, command, deed=installing(command))
    return placed(codes.DLV_GO, f"{why}.", place, where=dlv, fixes=(fix,))


def _older(version: str, newest: str) -> bool:
    """Whether a release is of an earlier minor version; a patch is not worth a word."""
    try:
        return [int(each) for each in version.split(".")[:2]] < [int(each) for each in newest.split(".")[:2]]
    except ValueError:
        return False


def several_dlvs(facts: Toolchain) -> Iterator[Placed]:
    """Find an editor that takes another dlv than dapshim."""
    own = facts.dlv.tool
    for other in facts.dlv.others:
        if own is None or (other.real or other.path) == (own.real or own.path):
            continue
        whose = other.users[0] if other.users else "a setting"
        severity = Severity.WARNING if other.version != own.version or other.error else Severity.INFO
        version = other.error or other.version
        message = f"{whose} takes {other.path} ({version}); dapshim takes {own.path} ({own.version}) where that is not named."
        fix = Fix("Let the setting name the same one, or drop it")
        yield placed(codes.SEVERAL_DLVS, message, severity=severity, where=other.path, fixes=(fix,))


def attach_rights(facts: Toolchain) -> Iterator[Placed]:
    """Find what the system forbids a debugger."""
    rights = facts.rights
    severity = Severity.WARNING if rights.attaches else Severity.INFO
    sysctl = Fix("Allow it until the next start", "sudo sysctl -w kernel.yama.ptrace_scope=0")
    if rights.scope >= _NOBODY:
        message = "Nobody may debug another process here, and this cannot be changed while the system runs (ptrace_scope is 3)."
        fix = Fix("Set kernel.yama.ptrace_scope = 0 in /etc/sysctl.d, then start anew", "sudo reboot")
        yield placed(codes.ATTACH_RIGHTS, message, severity=Severity.WARNING, where="ptrace_scope", fixes=(fix,))
    elif rights.scope and not rights.able:
        whom = "an administrator" if rights.scope == _ADMINISTRATORS else "the process that has started it"
        message = f"Only {whom} may attach to a running process here (ptrace_scope is {rights.scope}); launching works."
        yield placed(codes.ATTACH_RIGHTS, message, severity=severity, where="ptrace_scope", fixes=(sysctl,))
    elif rights.filtered and not rights.able:
        message = (
            "This container filters system calls and has no CAP_SYS_PTRACE: attaching, and in old ones launching, is refused."
        )
        command = "docker run --cap-add=SYS_PTRACE --security-opt seccomp=unconfined"
        fix = Fix("Start the container with the right to debug", command)
        yield placed(codes.ATTACH_RIGHTS, message, severity=severity, where="seccomp", fixes=(fix,))


def foreign_architecture(facts: Toolchain) -> Iterator[Placed]:
    """Find a go or a dlv for another processor than the machine's."""
    dlv = facts.dlv.tool
    go = facts.gos[0] if facts.gos else None
    rosetta = facts.system == "darwin" and facts.machine == "arm64"
    if go is not None and go.machine and go.machine != facts.machine:
        how = "under Rosetta" if rosetta else "by emulation or in compatibility mode"
        message = (
            f"{go.path} is built for {go.machine}, and this machine is {facts.machine}: it runs {how}, and builds programs for "
            f"{go.machine}."
        )
        severity = Severity.ERROR if rosetta else Severity.WARNING
        fix = Fix(
            f"Install Go for {facts.system}/{facts.machine} from https://go.dev/dl, then dlv by it", "dapshim install-dlv"
        )
        yield placed(codes.FOREIGN_ARCH, message, severity=severity, where=go.path, fixes=(fix,))
    if dlv is not None and dlv.machine and dlv.machine != facts.machine:
        why = "Delve cannot debug under Rosetta" if rosetta else f"it cannot debug programs for {facts.machine}"
        message = f"{dlv.path} is built for {dlv.machine}, and this machine is {facts.machine}: {why}."
        yield placed(codes.FOREIGN_ARCH, message, where=dlv.path, fixes=(INSTALL,))
    if facts.translated:
        message = "dapshim itself runs under Rosetta, and so would the dlv that it starts."
        fix = Fix("Start it natively", "arch -arm64 dapshim doctor")
        yield placed(codes.FOREIGN_ARCH, message, severity=Severity.WARNING, where="dapshim", fixes=(fix,))


def xcode(facts: Toolchain) -> Iterator[Placed]:
    """Apple's command line tools, without which Delve and cgo do not work on macOS."""
    tools = facts.xcode
    if tools is None:
        return
    install = Fix("Install the command line tools", "xcode-select --install")
    if tools.folder is None:
        message = "Apple's command line tools are not installed: dlv has no debugserver, and cgo no compiler."
        yield placed(codes.XCODE, message, where="xcode-select", fixes=(install,))
        return
    if not tools.licence:
        message = f"The licence of Xcode in {tools.folder} was not accepted; its compiler refuses to run."
        fix = Fix("Accept it", "sudo xcodebuild -license accept")
        yield placed(codes.XCODE, message, where=tools.folder, fixes=(fix,))
    elif not tools.debugserver:
        message = f"{tools.folder} has no debugserver, which dlv debugs through."
        yield placed(codes.XCODE, message, where=tools.folder, fixes=(install,))
    elif tools.sdk is None:
        message = f"{tools.folder} has no SDK of macOS: cgo finds no header."
        fix = Fix("Choose the tools that have one", "sudo xcode-select --reset")
        yield placed(codes.XCODE, message, severity=Severity.WARNING, where=tools.folder, fixes=(fix, install))
    if tools.developer_mode is False:
        message = "Developer mode is off: each debug session asks for a password, and one over ssh fails."
        fix = Fix("Switch it on", "sudo DevToolsSecurity -enable")
        yield placed(codes.XCODE, message, severity=Severity.WARNING, where="DevToolsSecurity", fixes=(fix,))


DEBUGGER_RULES: Final[tuple[Rule, ...]] = (
    dlv_missing,
    dlv_and_go,
    several_dlvs,
    attach_rights,
    foreign_architecture,
    xcode,
)
