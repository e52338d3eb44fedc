"""Several sessions, and threads of one, read the first of its kind at the same moment.

msgspec works out what a class is at its first use, and while it does another thread may find it half done: 0.22.0 then reads
through a null pointer, and the process is gone. So it is worked out where a module is imported.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import dapshim

AT_ONCE = """
import importlib, sys, threading
from dapshim.delve import target_memory
sys.setswitchinterval(1e-6)
for _ in range(300):
    module = importlib.reload(target_memory)
    start = threading.Barrier(4)
    def read():
        start.wait()
        assert module.decoded_memory(b'{"body":{"data":"AAAA"}}', 3) == bytes(3)
    threads = [threading.Thread(target=read) for _ in range(4)]
    for each in threads: each.start()
    for each in threads: each.join()
"""


def test_nothing_is_found_half_done():
    """Without the decoder that is made at import, this process ends by a segmentation fault."""
    done = subprocess.run([sys.executable, "-c", AT_ONCE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_class_is_met_for_the_first_time_where_a_thread_may_be():
    """The demo is one thread; what a message's body is seen as (`Message.view`), the loop alone asks."""
    package = Path(dapshim.__file__).parent
    found = []
    for path in package.rglob("*.py"):
        if path.name.startswith("demo"):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("msgspec.json.decode", "msgspec.msgpack.decode"):
                kinds = [ast.unparse(each.value) for each in node.keywords if each.arg == "type"]
                found += [f"{path.name}: {kind}" for kind in kinds if not kind.startswith("dict[str, ")]
    assert found == []
