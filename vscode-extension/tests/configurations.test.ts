import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forNewFile, forOpenFile, forPrograms, wantsProcess, withMode, withNumbers } from "../src/core/configurations.ts";
import type { Program } from "../src/core/controlPlane.ts";

const around = { folder: "/w", environ: {} };
const programs: Program[] = [
  { kind: "main", folder: "/w/cmd/service", importPath: "example.com/app/cmd/service", module: "/w" },
  { kind: "test", folder: "/w/cmd/service", importPath: "example.com/app/cmd/service", module: "/w" },
  { kind: "main", folder: "/w", importPath: "example.com/app", module: "/w" },
  { kind: "test", folder: "/else/lib", importPath: "example.com/lib", module: "/else/lib" },
];

describe("F5 without a launch.json", () => {
  it("debugs the open file's package", () => {
    assert.deepEqual(forOpenFile({ path: "/w/cmd/main.go", isGo: true }, {}, around), { name: "debug cmd", type: "dapshim", request: "launch", mode: "debug", program: "/w/cmd" });
  });

  it("debugs its tests when it is one, with the settings of tests", () => {
    const found = forOpenFile({ path: "/w/lib/a_test.go", isGo: true }, { testFlags: ["-race"] }, around);
    assert.deepEqual(found, { name: "test lib", type: "dapshim", request: "launch", mode: "test", program: "/w/lib", buildFlags: ["-race"] });
  });

  it("has nothing for other files", () => {
    assert.equal(forOpenFile(undefined, {}, around), undefined);
    assert.equal(forOpenFile({ path: "/w/README.md", isGo: false }, {}, around), undefined);
    assert.equal(forOpenFile({ path: "Untitled-1", isGo: true }, {}, around), undefined);
  });
});

describe("the list of programs", () => {
  const found = forPrograms(programs, { buildTags: "x" }, around);

  it("has names that tell them apart", () => {
    assert.deepEqual(found.map((each) => each.name), ["debug cmd/service", "test cmd/service", "debug example.com/app", "test example.com/lib"]);
  });

  it("starts each from its folder, with the settings' flags", () => {
    assert.deepEqual(found[1], { name: "test cmd/service", type: "dapshim", request: "launch", mode: "test", program: "/w/cmd/service", buildFlags: ["-tags", "x"] });
  });
});

it("a new launch.json names the programs as any machine can read them", () => {
  const found = forNewFile(programs, around);
  assert.deepEqual(found.map((each) => each["program"]), ["${workspaceFolder}/cmd/service", "${workspaceFolder}", "${fileDirname}"]);
  assert.deepEqual(forNewFile([], around).map((each) => each["mode"]), ["auto"]);
});

describe("the mode", () => {
  const test = { path: "/w/a_test.go", isGo: true };
  const plain = { path: "/w/a.go", isGo: true };

  it("is the open file's, unless the program is a file", () => {
    assert.equal(withMode({ request: "launch", mode: "auto", program: "/w" }, test)["mode"], "test");
    assert.equal(withMode({ request: "launch", program: "/w" }, plain)["mode"], "debug");
    assert.equal(withMode({ request: "launch", mode: "auto", program: "/w/a.go" }, test)["mode"], "debug");
    assert.equal(withMode({ request: "launch", program: "/w/b_test.go" }, plain)["mode"], "test");
    assert.equal(withMode({ request: "launch" }, undefined)["mode"], "debug");
  });

  it("stays what it is", () => {
    const given = { request: "launch", mode: "exec", program: "/w/bin" };
    assert.equal(withMode(given, test), given);
    assert.equal(withMode({ request: "attach" }, test)["mode"], "local");
  });
});

describe("the process", () => {
  it("is asked for where none is named", () => {
    for (const processId of [undefined, null, 0, "", "0"]) {
      assert.ok(wantsProcess({ request: "attach", processId }), String(processId));
    }
    assert.ok(!wantsProcess({ request: "attach", processId: 17 }));
    assert.ok(!wantsProcess({ request: "attach", processId: "service" }));
    assert.ok(!wantsProcess({ request: "attach", mode: "remote" }));
    assert.ok(!wantsProcess({ request: "attach", waitFor: "serv" }));
    assert.ok(!wantsProcess({ request: "launch" }));
  });

  it("is a number again after it was picked", () => {
    assert.deepEqual(withNumbers({ processId: "17" }), { processId: 17 });
    assert.deepEqual(withNumbers({ processId: "service" }), { processId: "service" });
  });
});
