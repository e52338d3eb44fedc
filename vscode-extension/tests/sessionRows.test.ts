import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { factsOf, findingsOfInspection } from "../src/core/binaryFacts.ts";
import { problemsByFile } from "../src/core/buildProblems.ts";
import type { Paths, RecordedFile } from "../src/core/controlPlane.ts";
import { PendingBreakpoints } from "../src/core/pendingBreakpoints.ts";
import { bounded, counted, folders, groups } from "../src/core/sourceGroups.ts";
import { statusText } from "../src/core/statusText.ts";

const file = (recorded: string, local: string | null, reason = "exact"): RecordedFile => ({ recorded, local, reason, stale: null });
const paths = (...files: readonly RecordedFile[]): Paths => ({ binary: "/x/shop", files, rules: [] });
const set = (seq: number, path: string, ...lines: readonly number[]) => ({ type: "request", seq, command: "setBreakpoints", arguments: { source: { path }, breakpoints: lines.map((line) => ({ line })) } });
const answer = (seq: number, ...breakpoints: readonly object[]) => ({ type: "response", request_seq: seq, command: "setBreakpoints", success: true, body: { breakpoints } });
const changed = (reason: string, breakpoint: object) => ({ type: "event", event: "breakpoint", body: { reason, breakpoint } });

describe("breakpoints that are not set", () => {
  it("are those of the answer that are not verified, at the line where they were put", () => {
    const pending = new PendingBreakpoints();
    pending.toAdapter(set(5, "/x/b.go", 9, 3, 12));
    assert.ok(pending.toClient(answer(5, { id: 1, verified: false, message: "a comment" }, { id: 2, verified: false, line: 99 }, { id: 3, verified: true })));
    pending.toAdapter(set(6, "/x/a.go", 1));
    assert.ok(pending.toClient(answer(6, { verified: false })));
    assert.deepEqual(pending.all.map((each) => [each.file, each.line, each.message]), [["/x/a.go", 1, ""], ["/x/b.go", 3, ""], ["/x/b.go", 9, "a comment"]]);
  });

  it("go when they are set, removed, or the file's list is sent anew", () => {
    const pending = new PendingBreakpoints();
    pending.toAdapter(set(1, "/x/a.go", 1, 2, 3));
    pending.toClient(answer(1, { id: 1, verified: false, message: "m" }, { id: 2, verified: false }, { id: 3, verified: false }));
    assert.ok(pending.toClient(changed("changed", { id: 1, verified: true })));
    assert.ok(pending.toClient(changed("removed", { id: 2, verified: false })));
    assert.ok(pending.toClient(changed("changed", { id: 3, verified: false, message: "later" })));
    assert.ok(!pending.toClient(changed("changed", { id: 77, verified: true })));
    assert.deepEqual(pending.all.map((each) => [each.line, each.message]), [[3, "later"]]);
    pending.toAdapter(set(2, "/x/a.go"));
    assert.ok(pending.toClient(answer(2)));
    assert.deepEqual(pending.all, []);
  });

  it("say nothing of what was not asked, has failed, or is no message", () => {
    const pending = new PendingBreakpoints();
    assert.ok(!pending.toClient(answer(9, { verified: false })));
    pending.toAdapter(set(1, "/x/a.go", 1));
    assert.ok(!pending.toClient({ ...answer(1, { verified: false }), success: false }));
    for (const body of [null, 3, [], {}, { breakpoint: 1 }, { breakpoint: { id: "x" } }, { breakpoints: 3 }]) {
      pending.toAdapter({ type: "request", seq: 1, command: "setBreakpoints", arguments: body });
      assert.ok(!pending.toClient({ type: "event", event: "breakpoint", body }));
    }
    assert.deepEqual(pending.all, []);
  });
});

describe("the source map", () => {
  const all = paths(
    file("runtime/proc.go", "/usr/local/go/src/runtime/proc.go", "GOROOT"),
    file("/usr/local/go/src/fmt/print.go", "/usr/local/go/src/fmt/print.go"),
    file("/build/shop/main.go", "/home/ann/shop/main.go", "module"),
    file("/build/shop/cart.go", "/home/ann/shop/cart.go", "module"),
    file("/build/lib/lib.go", "/home/ann/lib/lib.go", "module"),
    file("github.com/x/y@v1.0.0/y.go", "/home/ann/go/pkg/mod/github.com/x/y@v1.0.0/y.go", "module cache at its version"),
    file("/far/gone.go", null, "not on this machine"),
    file("_cgo_gotypes.go", null, "no source"),
  );

  it("is grouped by whose the files are; Go's own are known by the runtime", () => {
    assert.deepEqual(groups(all).map((each) => [each.owner, each.files.length]), [["workspace", 3], ["nowhere", 2], ["modules", 1], ["standard", 2]]);
  });

  it("has one row for files with one folder here and one there", () => {
    const [own] = groups(all);
    assert.ok(own !== undefined);
    assert.deepEqual(folders(own).map((each) => [each.recorded, each.local, each.files.length]), [["/build/lib", "/home/ann/lib", 1], ["/build/shop", "/home/ann/shop", 2]]);
  });

  it("shows no more than can be read", () => {
    assert.deepEqual(bounded([1, 2, 3], 2), { shown: [1, 2], more: 1 });
    assert.deepEqual(bounded([1, 2], 2), { shown: [1, 2], more: 0 });
  });

  it("is counted for the status bar", () => {
    assert.deepEqual(counted(all), { mapped: 5, nowhere: 1, total: 8 });
    assert.equal(statusText("shop", all).text, "Go: 5 files mapped");
    assert.match(statusText("shop", all).tooltip, /^shop: 5 files of 8 are somewhere else .* 1 file is nowhere/);
    assert.ok(statusText("shop", all).missing);
    assert.equal(statusText("shop", paths(file("/a.go", "/a.go"))).text, "Go: paths as recorded");
    assert.equal(statusText("shop", paths(file("/b.go", "/a.go"))).text, "Go: 1 file mapped");
    assert.equal(statusText("shop", undefined).missing, false);
  });
});

describe("the facts of a program", () => {
  it("are what it can, through dapshim and without", () => {
    const inspected = { file: "/x/shop", plain: { breakpoints: "no", stack: "yes", variables: "no" }, dapshim: { breakpoints: "yes", stack: "yes", variables: "partly" }, findings: [{ code: "no-dwarf", severity: "warning", message: "m" }] };
    assert.deepEqual(factsOf(inspected), [
      { label: "Program", value: "/x/shop" },
      { label: "Breakpoints", value: "yes (without dapshim: no)" },
      { label: "Stack", value: "yes" },
      { label: "Variables", value: "partly (without dapshim: no)" },
    ]);
    assert.equal(findingsOfInspection(inspected).length, 1);
    assert.deepEqual(factsOf(null), []);
    assert.deepEqual(factsOf({ dapshim: { stack: "constructor" } }), []);
  });
});

describe("errors of a build", () => {
  it("are problems of their files, once each, counted from 0", () => {
    const error = { file: "/x/main.go", line: 5, column: 2, message: "undefined: x" };
    const found = problemsByFile([error, error, { ...error, line: 9, column: 0 }, { ...error, file: "/x/b.go" }, { ...error, file: "" }]);
    assert.deepEqual([...found], [
      ["/x/main.go", [{ line: 4, column: 1, message: "undefined: x" }, { line: 8, column: 0, message: "undefined: x" }]],
      ["/x/b.go", [{ line: 4, column: 1, message: "undefined: x" }]],
    ]);
  });
});
