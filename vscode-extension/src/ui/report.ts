/** Recording the next session, and a report for a person to read and send. Nothing is recorded unless asked, and nothing is sent. */

import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { arch, homedir, platform, release } from "node:os";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { textOf } from "../core/dap.ts";
import { reason } from "../core/errors.ts";
import type { Dapshim, Executable, Recorder } from "../core/executable.ts";
import { reportText } from "../core/issueReport.ts";
import type { Sessions } from "./sessions.ts";

const REPORT = "Report an Issue";
/** Milliseconds for the version of a program, and for a trace to be redacted. */
const SHORT = 10_000;
const LONG = 60_000;
const MOST_OUTPUT = 256 * 1024 * 1024;

export class Reports implements Recorder, vscode.Disposable {
  private armed = false;
  /** The last trace of this window. */
  private recorded: string | undefined;
  private untilTheEnd: vscode.Disposable | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly dapshim: Dapshim,
    private readonly sessions: Sessions,
  ) {}

  dispose(): void {
    this.untilTheEnd?.dispose();
  }

  take(id: string): string | undefined {
    if (!this.armed) {
      return undefined;
    }
    this.armed = false;
    this.recorded = this.file();
    this.offerAtTheEnd(id);
    return this.recorded;
  }

  async recordNext(): Promise<void> {
    // A trace is private: the last one makes room for the next.
    await vscode.workspace.fs.createDirectory(this.folder());
    await vscode.workspace.fs.delete(this.folder(), { recursive: true });
    await vscode.workspace.fs.createDirectory(this.folder());
    this.recorded = undefined;
    this.armed = true;
    void vscode.window.showInformationMessage("The next debug session is recorded into a file of this machine. Start it now.");
  }

  async report(): Promise<void> {
    const options = { location: vscode.ProgressLocation.Notification, title: "Gathering what a report needs" };
    try {
      const content = await vscode.window.withProgress(options, () => this.content());
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ language: "markdown", content }));
    } catch (error) {
      void vscode.window.showErrorMessage(`No report could be made: ${reason(error)}`);
    }
  }

  private async content(): Promise<string> {
    const executable = await this.dapshim.executable();
    const [dapshim, go, dlv, trace] = await Promise.all([
      version(executable, ["--version"]),
      version({ command: "go", args: [] }, ["version"]),
      version({ command: "dlv", args: [] }, ["version"]),
      this.trace(executable),
    ]);
    const versions = {
      editor: `${vscode.env.appName} ${vscode.version}`,
      extension: String((this.context.extension.packageJSON as { version?: unknown }).version),
      dapshim,
      go,
      dlv,
      system: `${platform()} ${release()} ${arch()}`,
    };
    return reportText({ versions, configuration: this.sessions.current?.session.configuration, trace });
  }

  private async trace(executable: Executable): Promise<string> {
    const file = this.recorded;
    if (file === undefined || (await stat(file).catch(() => undefined)) === undefined) {
      return "";
    }
    // Exit code 1 with an output is a file that ends in the middle of a line: a session that runs still.
    const words = [...executable.args, "trace", "--redact", "--json", file];
    try {
      return (await promisify(execFile)(executable.command, words, { timeout: LONG, maxBuffer: MOST_OUTPUT })).stdout;
    } catch (error) {
      const stdout = textOf(error, "stdout");
      if (stdout === "") {
        throw error;
      }
      return stdout;
    }
  }

  /** Also one that fails has an end. */
  private offerAtTheEnd(id: string): void {
    this.untilTheEnd?.dispose();
    this.untilTheEnd = this.sessions.onDidChange((known) => {
      if (known.session.id === id && !known.isLive) {
        this.untilTheEnd?.dispose();
        void this.offer();
      }
    });
  }

  private async offer(): Promise<void> {
    if ((await vscode.window.showInformationMessage("The session was recorded.", REPORT)) === REPORT) {
      await this.report();
    }
  }

  private folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.context.globalStorageUri, "traces");
  }

  private file(): string {
    return vscode.Uri.joinPath(this.folder(), `${new Date().toISOString().replace(/[:.]/g, "-")}.jsonl`).fsPath;
  }
}

/** In the home folder: what a workspace names is not run for this. */
async function version({ command, args }: Executable, words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, [...args, ...words], { cwd: homedir(), timeout: SHORT })).stdout.trim();
  } catch {
    return "not found";
  }
}
