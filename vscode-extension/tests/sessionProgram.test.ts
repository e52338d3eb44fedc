import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SessionProgram } from "../src/core/sessionProgram.ts";

const ERROR = { file: "/x/main.go", line: 9, column: 2, message: "undefined: x" };
const failed = (...errors: readonly unknown[]) => ({ type: "event", event: "dapshim/buildErrors", body: { errors } });
const initialized = { type: "event", event: "initialized" };

describe("what a session says of its program", () => {
  it("is the errors of the last build, and none once it is built again", () => {
    const program = new SessionProgram();
    assert.deepEqual(program.toClient(failed(ERROR)), { changed: true, asks: false });
    assert.deepEqual(program.buildErrors, [ERROR]);
    assert.equal(program.toAdapter({ type: "request", command: "setBreakpoints" }), false);
    for (const command of ["launch", "attach", "restart"]) {
      program.toClient(failed(ERROR));
      assert.equal(program.toAdapter({ type: "request", command }), true);
      assert.deepEqual(program.buildErrors, []);
      assert.equal(program.toAdapter({ type: "request", command }), false);
    }
  });

  it("is the executable of the program that runs, asked for when there is one, and no longer when there is another", () => {
    const program = new SessionProgram();
    assert.deepEqual(program.toClient(initialized), { changed: true, asks: true });
    const first = program.run;
    assert.equal(program.answered({ executable: "/x/one" }, first), true);
    assert.equal(program.executable, "/x/one");
    assert.equal(program.answered({ executable: "/x/one" }, first), false);
    program.toClient(initialized);
    assert.equal(program.executable, "");
    assert.equal(program.answered({ executable: "/x/one" }, first), false, "the answer is of the program before");
    assert.equal(program.answered({ executable: "/x/two" }, program.run), true);
    assert.deepEqual(program.toClient({ type: "event", event: "stopped" }), { changed: false, asks: false });
  });

  it("survives whatever comes", () => {
    const program = new SessionProgram();
    for (const body of [null, 1, "x", [], {}, { errors: 1 }, { errors: [null, 1, {}, { file: "/x" }, { message: "m" }] }]) {
      program.toClient({ type: "event", event: "dapshim/buildErrors", body });
      assert.deepEqual(program.buildErrors, []);
      assert.equal(program.answered(body, 0), false);
    }
    program.toClient(failed(...Array<unknown>(5000).fill(ERROR)));
    assert.equal(program.buildErrors.length, 200);
    program.toClient(failed({ file: "/x", message: "m", line: "1" }));
    assert.deepEqual(program.buildErrors, [{ file: "/x", message: "m", line: 0, column: 0 }]);
  });
});
