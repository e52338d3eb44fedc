import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { it } from "node:test";
import { parsePs, processes } from "../src/core/processes.ts";
import { run } from "../src/core/running.ts";

it("the processes of this machine are found, without ourselves", async () => {
  const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 60000)"]);
  try {
    const found = await processes(run);
    assert.match(found.find((each) => each.pid === child.pid)?.command ?? "", /setTimeout/);
    assert.ok(!found.some((each) => each.pid === process.pid));
  } finally {
    child.kill();
  }
});

it("what ps prints is read", () => {
  assert.deepEqual(parsePs("  12 /usr/bin/svc  /usr/bin/svc -v a b\n1 launchd /sbin/launchd\nnonsense\n\n"), [
    { pid: 12, name: "svc", command: "/usr/bin/svc -v a b" },
    { pid: 1, name: "launchd", command: "/sbin/launchd" },
  ]);
});
