import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { shakeHands } from "../src/core/handshake.ts";
import { locate } from "../src/core/locating.ts";
import { run } from "../src/core/running.ts";
import { LanguageServer, SHOP } from "./realDapshim.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

it("the wheel of the extension is installed for real, serves, and is put right when it is broken", { timeout: 600_000 }, async () => {
  const [wheel] = readdirSync("wheel");
  assert.equal(wheel, `dapshim-${version}-py3-none-any.whl`, "make extension builds it");
  const storage = mkdtempSync(join(tmpdir(), "dapshim-install-"));
  const said: string[] = [];
  const wishes = { version, path: "", interpreters: [], wheel: join(process.cwd(), "wheel", wheel), storage, searchPath: "" };
  const find = () => locate(wishes, run, (text) => said.push(text));
  try {
    const found = await find();
    assert.match(said.at(-1) ?? "", /is installed$/);
    const server = await LanguageServer.start(found.command, found.args, SHOP, false);
    assert.equal(shakeHands(server.greeting, version).refusal, "");
    assert.equal(await server.stop(), 0);
    assert.equal((await run(join(found.folder, "dapshim"), ["--version"], { timeout: 60_000 })).stdout, `dapshim ${version}\n`);

    said.length = 0;
    await find();
    assert.match(said.join(), /^using dapshim/);

    const library = join(found.folder, "..", "lib");
    for (const python of readdirSync(library)) {
      rmSync(join(library, python, "site-packages", "click"), { recursive: true });
    }
    said.length = 0;
    assert.deepEqual(await find(), found);
    assert.match(said.join("\n"), /does not run any more[^]*is installed/);
  } finally {
    rmSync(storage, { recursive: true, force: true });
  }
});
