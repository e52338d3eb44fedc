import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { askedByCommand } from "../src/core/commandLine.ts";
import type { Mapped, Paths } from "../src/core/controlPlane.ts";
import { run, type Outcome } from "../src/core/running.ts";
import { DAPSHIM, SHOP } from "./realDapshim.ts";

const FOUND = { command: "/venv/python", args: ["-I", "-m", "dapshim"] };
const outcome = (more: Partial<Outcome>): Outcome => ({ ok: true, stdout: "", stderr: "", failure: "", ...more });

describe("a question that the command answers", () => {
  it("is asked in its folder and about it, in words that are not taken for options", async () => {
    const asked: unknown[] = [];
    const answer = await askedByCommand(FOUND, ["paths", "--json", "--", "-x"], "/home/ann/shop", (command, args, limits) => {
      asked.push(command, args, limits.cwd);
      return Promise.resolve(outcome({ stdout: '{"binary": "-x"}' }));
    });
    assert.deepEqual(answer, { binary: "-x" });
    assert.deepEqual(asked, ["/venv/python", ["-I", "-m", "dapshim", "--workspace-folder", "/home/ann/shop", "paths", "--json", "--", "-x"], "/home/ann/shop"]);
  });

  it("has its answer with a finding too, and fails in the command's own words", async () => {
    const ask = (more: Partial<Outcome>) => askedByCommand(FOUND, ["inspect"], undefined, () => Promise.resolve(outcome(more)));
    assert.deepEqual(await ask({ ok: false, stdout: '{"findings": [1]}' }), { findings: [1] });
    await assert.rejects(ask({ ok: false, stderr: "Error: /x/shop: there is no such file\n" }), /^Error: \/x\/shop: there is no such file$/);
    await assert.rejects(ask({ ok: false, failure: "it did not end within 60 s", stdout: '{"half": 1}' }), /did not end/);
    await assert.rejects(ask({ stdout: "[" }), /no answer/);
    await assert.rejects(ask({ stdout: "7" }), /no answer/);
  });

  it("is answered by the real one: a file that a person shows is mapped, and what cannot be read is said", async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "dapshim-map-")));
    try {
      mkdirSync(join(folder, "lib"));
      writeFileSync(join(folder, "go.mod"), "module shop\n\ngo 1.25\n");
      writeFileSync(join(folder, "lib", "x.go"), "package lib\n");
      const found = { command: DAPSHIM, args: [] };
      const mapped = (await askedByCommand(found, ["map", "--json", "--", "/build/lib/x.go", join(folder, "lib", "x.go")], folder, run)) as Mapped;
      assert.deepEqual(mapped, { file: join(folder, ".dapshim.toml"), from: folder, to: "/build" });
      assert.equal(readFileSync(mapped.file, "utf8"), 'substitutePath = [{ from = ".", to = "/build" }]\n');
      await assert.rejects(askedByCommand(found, ["map", "--json", "--", "/build/y.go", join(folder, "lib", "x.go")], folder, run), /another name/);
      await assert.rejects(askedByCommand(found, ["paths", "--json", "--", join(folder, "gone")], folder, run), /gone/);
      const paths = (await askedByCommand(found, ["paths", "--json", "--", process.execPath], SHOP, run).catch((error: unknown) => error)) as Paths | Error;
      assert.ok(paths instanceof Error, "node is no Go program");
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
