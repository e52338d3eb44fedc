import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import Module from "node:module";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { run } from "../src/core/running.ts";
import { TOP } from "./realDapshim.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const DIST = join(process.cwd(), "dist");

it("the .vsix holds what runs, and nothing of this tree or machine", async () => {
  const listed = await run(join(TOP, ".venv", "bin", "python"), ["-m", "zipfile", "-l", join(DIST, `dapshim-${version}.vsix`)], { timeout: 60_000 });
  assert.ok(listed.ok, `${listed.stderr}; make extension builds it`);
  const names = listed.stdout.split("\n").slice(1).map((line) => line.split(" ")[0]).filter((name) => name !== "");
  assert.deepEqual(names.sort(), [
    "[Content_Types].xml",
    "extension.vsixmanifest",
    "extension/LICENSE.txt",
    "extension/changelog.md",
    "extension/dist/extension.js",
    "extension/dist/languageClient.js",
    "extension/media/icon.png",
    "extension/package.json",
    "extension/readme.md",
    `extension/wheel/dapshim-${version}-py3-none-any.whl`,
  ]);
  for (const name of readdirSync(DIST).filter((each) => each.endsWith(".js"))) {
    const text = readFileSync(join(DIST, name), "utf8");
    assert.ok(!text.includes(TOP), `${name} names a folder of the machine that built it`);
    assert.ok(!/sourceMappingURL=(?!data:)/.test(text.slice(-200)), `${name} names a source map that is not there`);
  }
});

/** Anything at all: it can be called, constructed, and asked for whatever. */
function anything(): object {
  const target = function (): undefined {
    return undefined;
  };
  return new Proxy(target, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : name === Symbol.iterator ? [][Symbol.iterator].bind([]) : anything()),
    set: () => true,
    apply: () => anything(),
    construct: () => anything(),
  });
}

/** An editor that takes everything and does nothing. */
function silentEditor(): object {
  const types = readFileSync(join("node_modules", "@types", "vscode", "index.d.ts"), "utf8");
  const names = [...types.matchAll(/^\s*export (?:abstract )?(?:class|enum|namespace|const) (\w+)/gm)].map((each) => each[1] ?? "");
  return Object.fromEntries(names.map((name) => [name, anything()]));
}

describe("activation", () => {
  const loader = Module as unknown as { _load: (request: string, ...rest: unknown[]) => unknown };
  const load = loader._load.bind(Module);
  const immediately = globalThis.setImmediate;
  const asked: string[] = [];
  let later = 0;

  before(() => {
    const editor = silentEditor();
    loader._load = (request, ...rest) => {
      asked.push(request);
      return request === "vscode" ? editor : load(request, ...rest);
    };
    // The server, which other tests start.
    globalThis.setImmediate = (() => (later += 1)) as unknown as typeof setImmediate;
  });
  after(() => {
    loader._load = load;
    globalThis.setImmediate = immediately;
  });

  it("does not load the language client, and takes less than 50 ms", () => {
    const require = createRequire(join(DIST, "extension.js"));
    const context = { ...silentEditor(), subscriptions: [], extension: { packageJSON: { version } }, globalState: anything(), workspaceState: anything() };
    const times = Array.from({ length: 5 }, () => {
      Reflect.deleteProperty(require.cache, join(DIST, "extension.js"));
      const began = performance.now();
      const { activate } = require("./extension.js") as { activate: (context: unknown) => { activation: number } };
      const { activation } = activate(context);
      assert.ok(!asked.some((each) => each.includes("languageClient")));
      assert.ok(activation <= performance.now() - began);
      return performance.now() - began;
    });
    assert.equal(later, times.length, "the server is started in a later turn");
    assert.ok((times.sort((one, other) => one - other)[2] ?? Infinity) < 50, times.join());
  });
});
