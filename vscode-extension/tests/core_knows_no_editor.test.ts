import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { describe, it } from "node:test";

const CORE = join(process.cwd(), "src", "core");

function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*|\brequire\s*\(\s*)["']([^"']+)["']/g)].map((each) => each[1] ?? "");
}

function stranger(name: string): boolean {
  return !(name.startsWith("./") && !name.includes("..")) && !(name.startsWith("node:") && builtinModules.includes(name.slice(5)));
}

/** The files that import themselves, by way of others. */
function circles(files: readonly string[], neighbours: (name: string) => readonly string[]): string[] {
  const reached = (name: string): Set<string> => {
    const seen = new Set<string>();
    const open = [...neighbours(name)];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (!seen.has(next)) {
        seen.add(next);
        open.push(...neighbours(next));
      }
    }
    return seen;
  };
  return files.filter((name) => reached(name).has(name));
}

describe("src/core", () => {
  const files = readdirSync(CORE).filter((name) => name.endsWith(".ts"));

  for (const name of files) {
    it(`${name} imports its neighbours and Node alone`, () => {
      assert.deepEqual(importsOf(readFileSync(join(CORE, name), "utf8")).filter(stranger), []);
    });
  }

  it("has no circle, of types neither", () => {
    const neighbours = (name: string): string[] => importsOf(readFileSync(join(CORE, name), "utf8")).filter((each) => each.startsWith("./")).map((each) => each.slice(2));
    assert.deepEqual(circles(files, neighbours), []);
    assert.deepEqual(circles(["a", "b", "c"], (name) => ({ a: ["b"], b: ["c"], c: ["b"] })[name] ?? []), ["b", "c"], "one would be seen");
  });

  it("is all there, and a violation would be seen", () => {
    assert.ok(files.length > 10);
    for (const text of ['import * as vscode from "vscode";', 'await import("vscode")', 'const v = require("vscode")', 'import "../server.ts";', 'import type { X } from "vscode-languageclient/node";']) {
      assert.equal(importsOf(text).filter(stranger).length, 1, text);
    }
  });
});
