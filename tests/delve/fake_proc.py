"""A /proc of files, to show the code what the machine of the tests does not have."""

from __future__ import annotations

from pathlib import Path

from dapshim.delve.targets import Machine

OWN = 100
ALL_CAPABILITIES = "000001ffffffffff"
KERNEL_THREAD = 0x00208040


class FakeProc:
    """Processes as files below `root`; dapshim is process 100, of user 1000 and without capabilities."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.yama = root / "ptrace_scope"
        self.add(OWN, "dapshim", "/usr/bin/python3", "/usr/bin/python3", "/usr/bin/dapshim", ppid=90)

    @property
    def machine(self) -> Machine:
        return Machine(str(self.root), str(self.yama), OWN)

    def scope(self, value: int) -> None:
        self.yama.write_text(f"{value}\n")

    def add(
        self,
        pid: int,
        comm: str,
        exe: str | None,
        *argv: str,
        ppid: int = 1,
        uid: int = 1000,
        state: str = "S",
        threads: int = 1,
        flags: int = 0x400000,
        started: int = 7,
        map: str = "0 0 4294967295",  # noqa: A002 - a column of uid_map
        **status: str,
    ) -> None:
        """Make a process; `status` are further lines of its status, by their names."""
        folder = self.root / str(pid)
        folder.mkdir()
        lines = {"Tgid": str(pid), "TracerPid": "0", "CapPrm": "0", "CapEff": "0", "Seccomp": "0"} | status
        users = f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}"
        (folder / "status").write_text("\n".join([f"Name:\t{comm}", users, *(f"{k}:\t{v}" for k, v in lines.items())]))
        behind = [state, str(ppid), "1", "1", "0", "-1", str(flags), *["0"] * 10, str(threads), "0", str(started), "0"]
        (folder / "stat").write_text(f"{pid} ({comm}) {' '.join(behind)}\n")
        (folder / "cmdline").write_text("".join(f"{word}\0" for word in argv))
        (folder / "uid_map").write_text(f"{map}\n")
        if exe is not None:
            (folder / "exe").symlink_to(exe)

    def execs(self, pid: int, exe: str, *argv: str) -> None:
        """Let a process become another program; its id and its start stay."""
        (self.root / str(pid) / "cmdline").write_text("".join(f"{word}\0" for word in argv))
        (self.root / str(pid) / "exe").unlink()
        (self.root / str(pid) / "exe").symlink_to(exe)

    def ends(self, pid: int) -> None:
        for file in (self.root / str(pid)).iterdir():
            file.unlink()
        (self.root / str(pid)).rmdir()
