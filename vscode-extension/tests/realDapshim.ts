/** The real parts: the tree's own dapshim, its language server as a client sees it, and the example workspace. */

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join, resolve } from "node:path";
import type { Readable, Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import { DebugClient } from "@vscode/debugadapter-testsupport";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from "vscode-jsonrpc/node";
import type { Greeting } from "../src/core/handshake.ts";

export const TOP = resolve(process.cwd(), "..");
export const DAPSHIM = process.env["DAPSHIM_TESTS_COMMAND"] ?? join(TOP, ".venv", "bin", "dapshim");
export const SHOP = join(TOP, "examples", "gowork");
/** Milliseconds that any one step may take on a busy machine; nothing waits that long when all is well. */
export const BOUND = 120_000;

if (!existsSync(DAPSHIM)) {
  throw new Error(`${DAPSHIM} is not there; run the tests with: make test-extension`);
}

/** The line of a file of the example that carries a mark. */
export function marked(file: string, mark: string): { path: string; line: number } {
  const path = join(SHOP, file);
  const line = readFileSync(path, "utf8").split("\n").findIndex((each) => each.endsWith(`// break: ${mark}`)) + 1;
  if (line === 0) {
    throw new Error(`${path} has no line marked ${mark}`);
  }
  return { path, line };
}

/** An adapter of its own process, as an editor's fallback. */
export async function adapterOnStdio(): Promise<DebugClient> {
  const client = new DebugClient(DAPSHIM, "--log-level=warning", "dapshim");
  client.defaultTimeout = BOUND;
  await client.start();
  return client;
}

/** A client at a session's door. */
export async function adapterAt(path: string): Promise<DebugClient> {
  const socket = createConnection(path);
  await once(socket, "connect");
  return adapterBehind(socket, socket);
}

/** A client of an adapter that is there already. */
export function adapterBehind(readable: Readable, writable: Writable): DebugClient {
  const client = new DebugClient("", "", "dapshim");
  client.defaultTimeout = BOUND;
  // What `start(port)` does with a port.
  (client as unknown as { connect(readable: Readable, writable: Writable): void }).connect(readable, writable);
  return client;
}

export class LanguageServer {
  private constructor(
    private readonly process: ChildProcess,
    private readonly connection: MessageConnection,
    readonly greeting: Greeting,
  ) {}

  static async start(command: string, args: readonly string[], folder: string, trusted: boolean): Promise<LanguageServer> {
    const child = spawn(command, [...args, "lsp"], { stdio: ["pipe", "pipe", "inherit"] });
    const connection = createMessageConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
    connection.listen();
    const greeting = await connection.sendRequest<Greeting>("initialize", {
      processId: process.pid,
      rootUri: null,
      capabilities: {},
      workspaceFolders: [{ uri: pathToFileURL(folder).href, name: "folder" }],
      initializationOptions: { workspaceTrust: trusted, readyDlv: false, warmBuilds: false },
    });
    await connection.sendNotification("initialized", {});
    return new LanguageServer(child, connection, greeting);
  }

  request<T>(method: string, params: object): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  /** Ends it in order, and returns its exit code. */
  async stop(): Promise<number | null> {
    const gone = once(this.process, "exit") as Promise<[number | null]>;
    await this.connection.sendRequest("shutdown");
    await this.connection.sendNotification("exit");
    this.connection.end();
    const [code] = await gone;
    return code;
  }
}
