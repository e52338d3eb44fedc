import assert from "node:assert/strict";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import type { DebugClient } from "@vscode/debugadapter-testsupport";
import { forOpenFile, type Startable } from "../src/core/configurations.ts";
import type { Door, SessionStory } from "../src/core/controlPlane.ts";
import { shakeHands } from "../src/core/handshake.ts";
import { adapterAt, adapterOnStdio, BOUND, DAPSHIM, LanguageServer, marked, SHOP, TOP } from "./realDapshim.ts";

const options = { timeout: 2 * BOUND };
const orders = { type: "dapshim", name: "orders", request: "launch", mode: "debug", program: join(SHOP, "services", "orders"), args: ["-once"] };
const VERSION = "0.1.0";

describe("an adapter of its own process", () => {
  let client: DebugClient;
  before(async () => {
    client = await adapterOnStdio();
  });
  after(() => client.stop());

  it("hits a breakpoint in main.main of the workspace's program", options, async () => {
    const program: Startable | undefined = forOpenFile({ path: join(SHOP, "cmd", "pricelist", "main.go"), isGo: true }, {}, { folder: SHOP, environ: {} });
    const place = marked("cmd/pricelist/main.go", "pricelist");
    const stopped = (await client.hitBreakpoint(program, place)) as [unknown, { body: { stackFrames: { name: string }[] } }];
    assert.match(JSON.stringify(stopped), /main\.main/);
  });
});

describe("a session in the server of the window", () => {
  let server: LanguageServer;
  let client: DebugClient | undefined;
  before(async () => {
    server = await LanguageServer.start(DAPSHIM, [], SHOP, true);
  });
  afterEach(async () => {
    await client?.stop();
    client = undefined;
  });
  after(async () => {
    assert.equal(await server.stop(), 0);
  });

  it("follows a greeting that the extension understands", () => {
    assert.equal(shakeHands(server.greeting, VERSION).refusal, "");
  });

  it("hits a breakpoint in the program's library, through a named pipe that is gone afterwards", options, async () => {
    const door = await server.request<Door>("dapshim/startSession", { workspaceFolder: SHOP });
    assert.ok(door.transport === "unix");
    client = await adapterAt(door.path);
    await client.hitBreakpoint(orders, marked("libs/pricing/quote.go", "library"));
    const { sessions } = await server.request<{ sessions: SessionStory[] }>("dapshim/sessions", {});
    const story = sessions.find((each) => each.session === door.session);
    assert.equal(story?.state, "running");
    assert.equal(story.name, "orders");
    assert.ok(!existsSync(door.path));
  });

  it("debugs the tests of a file that is open", options, async () => {
    const tests = forOpenFile({ path: join(SHOP, "libs", "pricing", "pricing_test.go"), isGo: true }, {}, { folder: SHOP, environ: {} });
    const door = await server.request<Door>("dapshim/startSession", { workspaceFolder: SHOP });
    assert.ok(door.transport === "unix");
    client = await adapterAt(door.path);
    await client.hitBreakpoint(tests, marked("libs/pricing/pricing_test.go", "test"));
  });
});

it("a folder with spaces and letters of other alphabets is one like any other", options, async () => {
  const above = mkdtempSync(join(tmpdir(), "dapshim müßig 名 "));
  const folder = join(above, "my shop");
  cpSync(SHOP, folder, { recursive: true });
  const server = await LanguageServer.start(DAPSHIM, [], folder, true);
  try {
    const door = await server.request<Door>("dapshim/startSession", { workspaceFolder: folder });
    assert.ok(door.transport === "unix");
    const client = await adapterAt(door.path);
    const { line } = marked("cmd/pricelist/main.go", "pricelist");
    await client.hitBreakpoint({ ...orders, name: "pricelist", program: "${workspaceFolder}/cmd/pricelist" }, { path: join(folder, "cmd", "pricelist", "main.go"), line });
    await client.stop();
  } finally {
    await server.stop();
    rmSync(above, { recursive: true, force: true });
  }
});

it("nothing is started in a workspace that is not trusted", options, async () => {
  const server = await LanguageServer.start(DAPSHIM, [], TOP, false);
  try {
    await assert.rejects(server.request("dapshim/startSession", { workspaceFolder: SHOP }), /before it is trusted/);
  } finally {
    await server.stop();
  }
});
