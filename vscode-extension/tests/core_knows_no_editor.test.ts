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

describe("src/core", () => {
  const files = readdirSync(CORE).filter((name) => name.endsWith(".ts"));

  for (const name of files) {
    it(`${name} imports its neighbours and Node alone`, () => {
      assert.deepEqual(importsOf(readFileSync(join(CORE, name), "utf8")).filter(stranger), []);
    });
  }

  it("is all there, and a violation would be seen", () => {
    assert.ok(files.length > 10);
    for (const text of ['import * as vscode from "vscode";', 'await import("vscode")', 'const v = require("vscode")', 'import "../server.ts";', 'import type { X } from "vscode-languageclient/node";']) {
      assert.equal(importsOf(text).filter(stranger).length, 1, text);
    }
  });
});
