import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { lastWords, run, runner } from "../src/core/running.ts";

const node = process.execPath;
const limits = { timeout: 10_000 };

describe("a program that is run", () => {
  it("says what it printed", async () => {
    assert.deepEqual(await run(node, ["-e", "console.log(1); console.error(2)"], limits), { ok: true, stdout: "1\n", stderr: "2\n", failure: "" });
  });

  it("may fail, be nowhere, take too long, or be called off, and never throws", async () => {
    assert.deepEqual(await run(node, ["-e", "process.exit(3)"], limits), { ok: false, stdout: "", stderr: "", failure: "" });
    assert.equal((await run("/nowhere/at/all", [], limits)).failure, "it is not there");
    assert.equal((await run("/etc/passwd", [], limits)).failure, "it may not be run");
    assert.equal((await run(node, ["-e", "setTimeout(() => {}, 60000)"], { timeout: 200 })).failure, "it did not end within 0 s");
    const nobody = new AbortController();
    const waiting = runner(nobody.signal)(node, ["-e", "setTimeout(() => {}, 60000)"], limits);
    nobody.abort();
    assert.equal((await waiting).failure, "it was called off");
  });

  it("gets the end of its input at once", async () => {
    assert.equal((await run(node, ["-e", "process.stdin.on('end', () => console.log('end')).resume()"], limits)).stdout, "end\n");
  });
});

it("the last words are the last lines that are not empty", () => {
  assert.equal(lastWords({ ok: false, stdout: "a\n\nb\r\n", stderr: "c\n", failure: "" }, 2), "b\nc");
});
