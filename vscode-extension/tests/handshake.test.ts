import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { shakeHands } from "../src/core/handshake.ts";

const OWN = "0.1.0";
const ours = (protocol: unknown, version = OWN) => ({ serverInfo: { name: "dapshim", version }, capabilities: { experimental: { dapshim: { protocol } } } });

describe("the handshake", () => {
  it("is silent between equals", () => {
    assert.deepEqual(shakeHands(ours(1), OWN), { version: OWN, refusal: "", warnings: [] });
  });

  it("warns of another version that speaks the same protocol", () => {
    const hands = shakeHands(ours(1, "0.2.0"), OWN);
    assert.equal(hands.refusal, "");
    assert.match(hands.warnings.join(), /0\.2\.0.*0\.1\.0/);
  });

  it("warns of a server that does not say its protocol", () => {
    for (const experimental of [undefined, null, {}, { dapshim: null }, { dapshim: { protocol: "1" } }]) {
      const hands = shakeHands({ serverInfo: { name: "dapshim", version: OWN }, capabilities: { experimental } }, OWN);
      assert.equal(hands.refusal, "");
      assert.match(hands.warnings.join(), /does not say which protocol/);
    }
  });

  it("refuses another protocol, and says which side to update", () => {
    assert.match(shakeHands(ours(2, "0.9.0"), OWN).refusal, /Update the extension/);
    assert.match(shakeHands(ours(0), OWN).refusal, /Update the dapshim/);
  });

  it("refuses what is not dapshim", () => {
    assert.match(shakeHands({ serverInfo: { name: "gopls" } }, OWN).refusal, /"gopls".*dapshim\.path/);
    assert.match(shakeHands({}, OWN).refusal, /without a name/);
  });
});
