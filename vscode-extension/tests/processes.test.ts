import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { goProcesses, parsePs, processes } from "../src/core/processes.ts";
import { run } from "../src/core/running.ts";
import { Machine } from "./fakeRun.ts";

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
    { pid: 12, name: "svc", command: "/usr/bin/svc -v a b", program: "/usr/bin/svc" },
    { pid: 1, name: "launchd", command: "/sbin/launchd", program: "launchd" },
  ]);
});

describe("the Go programs among the processes", () => {
  const process = (pid: number, program: string) => ({ pid, name: basename(program), command: program, program });
  const all = [process(3, "/usr/bin/svc"), process(2, "/bin/sh"), process(1, "/opt/mein Dienst/ü")];

  it("are those of which go knows the version", async () => {
    const stdout = "/usr/bin/svc: go1.26.1\n/opt/mein Dienst/ü: go1.22.0 X:boringcrypto\n";
    const asked = new Machine(() => ({ stdout, stderr: "/bin/sh: unrecognized file format" }));
    assert.deepEqual((await goProcesses(all, asked.run)).map((each) => each.pid), [3, 1]);
  });

  it("are not told apart where go cannot be asked", async () => {
    assert.deepEqual(await goProcesses(all, new Machine(() => undefined).run), all);
  });
});
