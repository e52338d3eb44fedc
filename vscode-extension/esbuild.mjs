// Builds dist/extension.js and dist/languageClient.js, which is loaded when the server starts and not before.
//   node esbuild.mjs [--production]    the extension
//   node esbuild.mjs --tests           the tests, each with what it tests, for plain Node
import { readdirSync, rmSync } from "node:fs";
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

if (process.argv.includes("--tests")) {
  rmSync("out", { recursive: true, force: true });
  const tests = readdirSync("tests").filter((name) => name.endsWith(".test.ts"));
  await build({
    ...shared,
    entryPoints: tests.map((name) => `tests/${name}`),
    outdir: "out/tests",
    external: ["vscode"],
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
