/** `dapshim lsp` and the language client in front of it. A bundle of its own: it is large, and activation does not wait for it. */

import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type * as vscode from "vscode";
import { CloseAction, ErrorAction, ErrorCodes, LanguageClient, ResponseError, RevealOutputChannelOn, type DocumentFilter, type LanguageClientOptions } from "vscode-languageclient/node";
import type { Connection, ConnectionOptions } from "./connection.ts";
import { reason } from "./core/errors.ts";

/** Milliseconds for a server that ends: its sessions end in order first. */
const PATIENCE = 5000;
/** Milliseconds between the signals for one that does not end. */
const GRACE = 2000;

/** Files that findings can be of; dapshim.language_server.server has the same list. */
const SELECTOR: DocumentFilter[] = [
  ...["launch.json", "tasks.json", "settings.json", "*.code-workspace", "go.work", "go.mod", ".dapshim.toml"].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
  ...["Dockerfile", "*.Dockerfile", "Dockerfile.*", "Containerfile"].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
  { scheme: "file", language: "go" },
];

/** Starts the server; rejects, with what it said last, when it does not get as far as answering `initialize`. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { located, log } = options;
  const closed = promise<string>();
  let lastLine = "";
  const clientOptions: LanguageClientOptions = {
    documentSelector: SELECTOR,
    initializationOptions: options.initialization,
    outputChannel: log,
    // "Request workspace/executeCommand failed." is nothing to a person; VS Code shows what the server said.
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    stdioOptions: {
      // It carries the protocol.
      stdout: () => undefined,
      stderr: (input) => {
        createInterface({ input, crlfDelay: Infinity }).on("line", (line) => {
          lastLine = line.trim() === "" ? lastLine : line;
          log.info(`server: ${line}`);
        });
      },
    },
    // Whoever supervises starts it again and says so; the client's own messages would say it twice.
    errorHandler: {
      error: (error) => {
        log.warn(`the language server: ${error.message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        closed.resolve(lastLine);
        return { action: CloseAction.DoNotRestart, handled: true };
      },
    },
    initializationFailedHandler: () => false,
  };
  // No `transport`: the client would add `--stdio` to the command line.
  const client = new LanguageClient("dapshim", "dapshim", { command: located.command, args: [...located.args, "lsp"] }, clientOptions);
  for (const [method, listener] of Object.entries(options.heard)) {
    client.onNotification(method, listener);
  }
  try {
    await client.start();
  } catch (error) {
    await client.dispose(GRACE).catch(() => undefined);
    throw new Error(lastLine === "" ? reason(error) : lastLine);
  }
  const process = client.serverProcess;
  const ended = closed.promise.then((line) => whyEnded(process, line));
  return {
    greeting: client.initializeResult ?? {},
    located,
    ended,
    request: (method, params) => client.sendRequest(method, params).catch(whyUnanswered),
    notify: (method, params) => {
      client.sendNotification(method, params).catch((error: unknown) => {
        log.warn(`${method} could not be sent: ${reason(error)}`);
      });
    },
    stop: () => stop(client, process, log),
  };
}

/** What a server answers is a sentence; that it is gone is not. */
function whyUnanswered(error: unknown): never {
  const refused = error instanceof ResponseError && error.code !== ErrorCodes.PendingResponseRejected && error.code !== ErrorCodes.ConnectionInactive;
  throw refused ? error : new Error("dapshim has ended before it could answer. It is started again; ask once more.", { cause: error });
}

async function stop(client: LanguageClient, process: ChildProcess | undefined, log: vscode.LogOutputChannel): Promise<void> {
  await client.dispose(PATIENCE).catch((error: unknown) => {
    log.warn(`the language server did not end in order: ${reason(error)}`);
  });
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    if (process === undefined || (await exited(process, GRACE))) {
      return;
    }
    log.warn(`the language server is still there; it gets ${signal}`);
    process.kill(signal);
  }
}

function exited(process: ChildProcess, milliseconds: number): Promise<boolean> {
  if (process.exitCode !== null || process.signalCode !== null) {
    return Promise.resolve(true);
  }
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(false);
    }, milliseconds);
    process.once("exit", () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

async function whyEnded(process: ChildProcess | undefined, lastLine: string): Promise<string> {
  const said = lastLine === "" ? "" : `; its last words: ${lastLine}`;
  if (process === undefined || !(await exited(process, GRACE))) {
    return `its connection closed${said}`;
  }
  return process.signalCode === null ? `exit code ${process.exitCode ?? "unknown"}${said}` : `ended by ${process.signalCode}${said}`;
}

function promise<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const made = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise: made, resolve };
}
