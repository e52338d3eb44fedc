import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mendable } from "../src/core/mendable.ts";
import { refusal, takenOver, withoutVscodeGo } from "../src/core/takeover.ts";

describe("takeover", () => {
  it("changes the type and nothing else", () => {
    const given = { type: "go", name: "Debug Test", request: "launch", mode: "test", program: "/p", args: ["-test.run", "^TestX$"], sessionID: "debug #0 TestX" };
    assert.equal(refusal(given), "");
    assert.deepEqual(takenOver(given), { ...given, type: "dapshim" });
    assert.equal(given.type, "go");
  });

  it("leaves what is meant for another adapter", () => {
    assert.match(refusal({ type: "go", debugServer: 4711 }), /debugServer/);
    assert.match(refusal({ type: "go", debugAdapter: "legacy" }), /legacy/);
    assert.match(refusal({ type: "node" }), /type go/);
    assert.equal(refusal({ type: "go", debugAdapter: "dlv-dap" }), "");
  });

  it("takes away what vscode-go has put in for itself", () => {
    const given = { type: "dapshim", program: "/p", debugAdapter: "dlv-dap", packagePathToGoModPathMap: {}, showLog: undefined, dlvToolPath: "/dlv" };
    assert.deepEqual(withoutVscodeGo(given), { type: "dapshim", program: "/p", dlvToolPath: "/dlv" });
  });
});

describe("what dapshim mends", () => {
  const breakpoint = (message: string, verified = false) => ({ type: "response", command: "setBreakpoints", success: true, body: { breakpoints: [{ verified: true }, { verified, message }] } });
  const failed = (format: string) => ({ type: "response", command: "launch", success: false, message: "Failed to launch", body: { error: { format } } });

  it("is known by Delve's words", () => {
    assert.match(mendable(breakpoint("could not find file /w/main.go")) ?? "", /which file/);
    assert.match(mendable(breakpoint("could not find file /w/main.go, binary is stripped")) ?? "", /no debug info/);
    assert.match(mendable(breakpoint("could not find statement at /w/main.go:3, please use a line with a statement")) ?? "", /next line/);
    assert.match(mendable(failed("Failed to launch: could not launch process: could not open debug info")) ?? "", /no debug info/);
    assert.match(mendable(failed("Build error: ... directory lib outside main module or its selected dependencies")) ?? "", /folder/);
  });

  it("is not what dapshim cannot mend, nor what works", () => {
    for (const message of [
      breakpoint("could not find file /w/main.go", true),
      breakpoint("Breakpoint exists at /w/main.go:3"),
      failed("Build error: Check the debug console for details."),
      failed("could not launch process: fork/exec /nowhere: no such file or directory"),
      { type: "event", event: "output", body: { output: "could not find file x" } },
      { type: "response", command: "launch", success: true },
      { type: "response", command: "setBreakpoints", success: true, body: { breakpoints: null } },
      null,
      "could not find file",
    ]) {
      assert.equal(mendable(message), undefined, JSON.stringify(message));
    }
  });
});
