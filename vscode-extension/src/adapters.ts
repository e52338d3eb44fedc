/** Where VS Code finds the adapter of a session of type `dapshim`: in the server of this window, else in a process of its own. */

import * as vscode from "vscode";
import { reason, UnavailableError } from "./core/errors.ts";
import type { Recorder } from "./core/executable.ts";
import type { Server } from "./server.ts";
import type { LiveSessions } from "./liveSessions.ts";

/** Milliseconds after which a server that does not answer is passed over. */
const PATIENCE = 10_000;

export class Adapters implements vscode.DebugAdapterDescriptorFactory {
  /** Who knows whether the next session is to be recorded. */
  recorder: Recorder | undefined;

  constructor(
    private readonly server: Server,
    private readonly sessions: LiveSessions,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** What is thrown is shown in a dialog. */
  async createDebugAdapterDescriptor(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    if (!vscode.workspace.isTrusted) {
      throw new UnavailableError("trust", "This workspace is not trusted, so nothing of it is run. Trust it first (Manage Workspace Trust).");
    }
    try {
      return await this.inServer(session);
    } catch (error) {
      const located = this.server.located;
      if (located === undefined) {
        throw error;
      }
      this.log.warn(`session "${session.name}" gets a process of its own: ${reason(error)}`);
      const folder = session.workspaceFolder?.uri.fsPath;
      return new vscode.DebugAdapterExecutable(located.command, [...located.args], folder === undefined ? {} : { cwd: folder });
    }
  }

  private async inServer(session: vscode.DebugSession): Promise<vscode.DebugAdapterDescriptor> {
    // Waited for without a limit: it may be installing, which shows itself.
    await this.server.get();
    const folder = session.workspaceFolder?.uri.fsPath;
    const trace = this.recorder?.take();
    const wanted = { ...(folder === undefined ? {} : { workspaceFolder: folder }), ...(trace === undefined ? {} : { trace }) };
    const door = await within(PATIENCE, this.server.plane.startSession(wanted));
    if (door.transport !== "unix") {
      void this.server.plane.stopSession(door.session).catch(() => undefined);
      throw new Error("the server has no named pipe for it on this system");
    }
    this.sessions.name(session, door.session);
    this.log.info(`session "${session.name}" is session ${door.session} of the server`);
    return new vscode.DebugAdapterNamedPipeServer(door.path);
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`the server has not answered within ${milliseconds / 1000} s`));
    }, milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
