/** Where VS Code finds the adapter of a session of type `dapshim`; `core/adapterPlace.ts` decides. */

import * as vscode from "vscode";
import { adapterPlace } from "./core/adapterPlace.ts";
import { reason, UnavailableError } from "./core/errors.ts";
import type { Recorder } from "./core/executable.ts";
import { folderOf } from "./configurationProvider.ts";
import type { Server } from "./server.ts";
import type { LiveSessions } from "./liveSessions.ts";

export class Adapters implements vscode.DebugAdapterDescriptorFactory {
  /** Who knows whether the next session is to be recorded. */
  recorder: Recorder | undefined;

  constructor(
    private readonly server: Server,
    private readonly sessions: LiveSessions,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** What is thrown is shown in a dialog, but for a cancellation. */
  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (!vscode.workspace.isTrusted) {
      throw new UnavailableError("trust", "This workspace is not trusted, so nothing of it is run. Trust it first (Manage Workspace Trust).");
    }
    const folder = folderOf(session.configuration, session.workspaceFolder)?.uri.fsPath;
    const trace = this.recorder?.take(session.id);
    const wanted = { ...(folder === undefined ? {} : { workspaceFolder: folder }), ...(trace === undefined ? {} : { trace }) };
    const finding = adapterPlace(wanted, {
      ready: () => this.server.get(),
      executable: () => this.server.located,
      startSession: (params) => this.server.plane.startSession(params),
      stopSession: (number) => this.server.plane.stopSession(number),
    });
    const place = await finding.catch((error: unknown) => {
      // There is no dapshim: the server has told it, with a button that mends it, and once is enough.
      this.log.error(`session "${session.name}" is not started: ${reason(error)}`);
      throw new vscode.CancellationError();
    });
    if (place.how === "server") {
      this.sessions.name(session, place.session);
      this.log.info(`session "${session.name}" is session ${place.session} of the server`);
      return new vscode.DebugAdapterNamedPipeServer(place.path);
    }
    this.log.warn(`session "${session.name}" gets a process of its own: ${place.why}`);
    return new vscode.DebugAdapterExecutable(place.command, [...place.args], place.cwd === undefined ? {} : { cwd: place.cwd });
  }
}
