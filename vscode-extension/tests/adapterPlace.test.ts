import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { adapterPlace, ownProcess, type Doorkeeper } from "../src/core/adapterPlace.ts";
import type { Door, StartSession } from "../src/core/controlPlane.ts";
import { adapterBehind, BOUND, DAPSHIM, marked, SHOP } from "./realDapshim.ts";

const door: Door = { session: 7, transport: "unix", address: "unix:/run/7", path: "/run/7" };
const wanted: StartSession = { workspaceFolder: "/home/ann/mein Prögramm", trace: "/home/ann/traces/t.jsonl" };

/** A server that does as it should, but for what a test says. */
class Keeper implements Doorkeeper {
  readonly asked: StartSession[] = [];
  readonly stopped: number[] = [];
  ready = (): Promise<unknown> => Promise.resolve();
  executable = (): { command: string; args: readonly string[] } | undefined => ({ command: "/opt/python", args: ["-I", "-m", "dapshim"] });
  open: () => Promise<Door> = () => Promise.resolve(door);

  startSession(params: StartSession): Promise<Door> {
    this.asked.push(params);
    return this.open();
  }

  stopSession(session: number): Promise<unknown> {
    this.stopped.push(session);
    return Promise.reject(new Error("gone"));
  }
}

const itself = { how: "process", command: "/opt/python", args: ["-I", "-m", "dapshim", "--trace", "/home/ann/traces/t.jsonl"], cwd: "/home/ann/mein Prögramm" };

describe("the place of an adapter", () => {
  it("is a named pipe of the server", async () => {
    const keeper = new Keeper();
    assert.deepEqual(await adapterPlace(wanted, keeper), { how: "server", session: 7, path: "/run/7" });
    assert.deepEqual(keeper.asked, [wanted]);
  });

  it("is a process of its own where the server does not start", async () => {
    const keeper = new Keeper();
    keeper.ready = () => Promise.reject(new Error("its server did not start"));
    assert.deepEqual(await adapterPlace(wanted, keeper), { ...itself, why: "its server did not start" });
    assert.deepEqual(keeper.asked, []);
  });

  it("is one where the server ends while it is asked", async () => {
    const keeper = new Keeper();
    keeper.open = () => Promise.reject(new Error("dapshim has ended before it could answer"));
    assert.deepEqual(await adapterPlace(wanted, keeper), { ...itself, why: "dapshim has ended before it could answer" });
  });

  it("is one where the server does not answer, and a door that opens later is given back", async () => {
    const keeper = new Keeper();
    let answer: (door: Door) => void = () => undefined;
    keeper.open = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    assert.deepEqual(await adapterPlace(wanted, keeper, 10), { ...itself, why: "the server has not answered within 0.01 s" });
    answer(door);
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(keeper.stopped, [7]);
  });

  it("is one where there are no named pipes", async () => {
    const keeper = new Keeper();
    keeper.open = () => Promise.resolve({ session: 8, transport: "tcp", address: "127.0.0.1:9", host: "127.0.0.1", port: 9, token: "t" });
    assert.equal((await adapterPlace({}, keeper)).how, "process");
    assert.deepEqual(keeper.stopped, [8]);
  });

  it("is none where there is no dapshim, and the person hears why", async () => {
    const keeper = new Keeper();
    keeper.ready = () => Promise.reject(new Error("dapshim needs Python 3.11 or newer"));
    keeper.executable = () => undefined;
    await assert.rejects(adapterPlace(wanted, keeper), /needs Python/);
  });
});

it("a session in a process of its own stops at a breakpoint, and is recorded", { timeout: 2 * BOUND }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "dapshim own process "));
  const trace = join(folder, "t.jsonl");
  const { command, args, cwd } = ownProcess({ command: DAPSHIM, args: [] }, { workspaceFolder: SHOP, trace });
  const child = spawn(command, args, { cwd, stdio: ["pipe", "pipe", "inherit"] });
  const gone = once(child, "exit");
  const client = adapterBehind(child.stdout, child.stdin);
  try {
    const program = { type: "dapshim", name: "pricelist", request: "launch", mode: "debug", program: "${workspaceFolder}/cmd/pricelist" };
    await client.hitBreakpoint(program, marked("cmd/pricelist/main.go", "pricelist"));
    assert.match(readFileSync(trace, "utf8"), /"setBreakpoints"/);
  } finally {
    await client.stop();
    child.stdin.end();
    // It ends by itself, and with it all that it started.
    await gone;
    rmSync(folder, { recursive: true, force: true });
  }
});
