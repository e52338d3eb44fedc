/** `dapshim lsp` and the language client in front of it. A bundle of its own: it is large, and activation does not wait for it. */

import type * as vscode from "vscode";
import { CloseAction, ErrorAction, LanguageClient, type LanguageClientOptions } from "vscode-languageclient/node";
import type { Connection, ConnectionOptions } from "./connection.ts";

/** Milliseconds for a server that ends: its sessions end in order first. */
const PATIENCE = 5000;

/** Files that findings can be of; dapshim.language_server.server has the same list. */
const SELECTOR: vscode.DocumentFilter[] = [
  ...["launch.json", "tasks.json", "settings.json", "*.code-workspace", "go.work", "go.mod", ".dapshim.toml"].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
  ...["Dockerfile", "*.Dockerfile", "Dockerfile.*", "Containerfile"].map((name) => ({ scheme: "file", pattern: `**/${name}` })),
  { scheme: "file", language: "go" },
];

/** Starts the server; rejects when it does not get as far as answering `initialize`. */
export async function connect(options: ConnectionOptions): Promise<Connection> {
  const { located, log } = options;
  let ending: (why: string) => void = () => undefined;
  const ended = new Promise<string>((resolve) => {
    ending = resolve;
  });
  const clientOptions: LanguageClientOptions = {
    documentSelector: SELECTOR as LanguageClientOptions["documentSelector"] & object,
    initializationOptions: options.initialization,
    outputChannel: log,
    // Whoever supervises starts it again and says so; the client's own messages would say it twice.
    errorHandler: {
      error: (error) => {
        log.warn(`the language server: ${error.message}`);
        return { action: ErrorAction.Continue, handled: true };
      },
      closed: () => {
        ending("its connection closed");
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
  await client.start();
  return {
    greeting: client.initializeResult ?? {},
    located,
    ended,
    request: (method, params) => client.sendRequest(method, params),
    notify: (method, params) => {
      client.sendNotification(method, params).catch((error: unknown) => {
        log.warn(`${method} could not be sent: ${String(error)}`);
      });
    },
    stop: async () => {
      await client.dispose(PATIENCE).catch((error: unknown) => {
        log.warn(`the language server did not end in order: ${String(error)}`);
      });
      ending("it was stopped");
    },
  };
}
