import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { again } from "../src/core/startAgain.ts";

const kept = { name: "orders", type: "dapshim", request: "launch", program: "/home/ann/shop/orders" };
const used = { ...kept, __sessionId: "1" };
const other = { name: "other", type: "go", request: "launch" };
const written = { name: "orders", type: "go", request: "launch", program: "${workspaceFolder:shop}/orders" };

describe("a session that is started again", () => {
  it("is named where launch.json of its folder has it, so that a change counts", () => {
    assert.equal(again(used, true, { folder: [other, written], shared: [] }), "orders");
  });

  it("is what the .code-workspace file says now, whole, because VS Code finds no name there", () => {
    assert.equal(again(used, false, { folder: undefined, shared: [undefined, { nonsense: true }, [null, other, written]] }), written);
    assert.equal(again(used, true, { folder: [other], shared: [[written]] }), written);
    assert.equal(again(used, false, { folder: [written], shared: [[written]] }), written);
  });

  it("is what it was where nobody has written it down, without what VS Code has added", () => {
    assert.deepEqual(again(used, true, { folder: undefined, shared: [undefined] }), kept);
    assert.deepEqual(again(used, false, { folder: "nonsense", shared: [] }), kept);
  });
});
