"""One command in a process of its own, timed: `one_command.py COMMAND...`, with the path of a program first.

Prints one JSON object: `ms` from its start to its end, `memory` in MiB, the exit code and what it printed. Until a child
becomes another program it has its parent's memory, and the kernel remembers the most; so this parent imports next to nothing.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time


def main() -> None:
    """Run it to its end."""
    with tempfile.TemporaryFile() as printed:
        actions = ((os.POSIX_SPAWN_DUP2, printed.fileno(), 1),)
        begun = time.perf_counter()
        pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
        _, status, used = os.wait4(pid, 0)
        taken = (time.perf_counter() - begun) * 1e3
        printed.seek(0)
        text = printed.read().decode(errors="replace")
    import json  # only now: see above

    code = os.waitstatus_to_exitcode(status)
    print(json.dumps({"ms": taken, "memory": used.ru_maxrss / 1024, "code": code, "printed": text}))


if __name__ == "__main__":
    main()
