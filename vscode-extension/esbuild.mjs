// Builds dist/extension.js and dist/languageClient.js, which is loaded when the server starts and not before.
//   node esbuild.mjs [--production]    the extension
//   node esbuild.mjs --tests           the tests, each with what it tests, for plain Node
import { readdirSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";

const production = process.argv.includes("--production");

const shared = {
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  sourcemap: production ? false : "linked",
  minify: production,
  legalComments: "none",
  logLevel: "warning",
};

const standIn = {
  name: "stand-in for the language client",
  setup({ onResolve }) {
    onResolve({ filter: /\/languageClient\.js$/ }, () => ({ path: resolve("tests", "fakeServer.ts") }));
  },
};

if (process.argv.includes("--tests")) {
  rmSync("out", { recursive: true, force: true });
  const tests = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: "out/tests",
    // What is made of the API and of the server is seen by stand-ins; the stories have the real ones.
    alias: { vscode: "./tests/fakeEditor.ts" },
    plugins: [standIn],
    sourcemap: "inline",
    minify: false,
    packages: "external",
  });
} else {
  rmSync("dist", { recursive: true, force: true });
  await build({
    ...shared,
    entryPoints: ["src/extension.ts", "src/languageClient.ts"],
    outdir: "dist",
    external: ["vscode", "./languageClient.js"],
    // What is loaded late is loaded by require: an extension host hands out "vscode" to that.
    supported: { "dynamic-import": false },
  });
}
