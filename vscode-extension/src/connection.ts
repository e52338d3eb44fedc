/** What is needed of a language server that runs; who makes one is `languageClient.ts`, which is loaded late. */

import type * as vscode from "vscode";
import type { Greeting } from "./core/handshake.ts";
import type { Located } from "./core/locating.ts";
import type { Running } from "./core/supervisor.ts";

export interface Connection extends Running {
  /** The answer to `initialize`. */
  readonly greeting: Greeting;
  readonly located: Located;
  request(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params: unknown): void;
}

export interface ConnectionOptions {
  readonly located: Located;
  readonly log: vscode.LogOutputChannel;
  /** `initializationOptions` of docs/language-server.md. */
  readonly initialization: Readonly<Record<string, unknown>>;
  /** Notifications of dapshim's own, by method. */
  readonly heard: Readonly<Record<string, (params: unknown) => void>>;
}
