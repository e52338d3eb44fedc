/** Carries out a remedy, so that a person sees what is done, and has the program debugged again when it is done. */

import * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import type { Dapshim } from "../core/executable.ts";
import type { Fix } from "../core/findings.ts";
import type { Run } from "../core/remedyCommand.ts";
import { writeRule } from "./mappingFile.ts";
import type { Known } from "./sessions.ts";

const AGAIN = "Debug Again";

export class Fixes {
  constructor(
    private readonly plane: ControlPlane,
    private readonly dapshim: Dapshim,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Do it; `known` is the session that it is for. What fails is told. */
  async carryOut(fix: Pick<Fix, "title" | "handling">, known: Known | undefined): Promise<void> {
    this.log.info(`remedy: ${fix.title}`);
    try {
      if (await this.done(fix, known)) {
        await this.afterwards(fix.title, known);
      }
    } catch (error) {
      this.log.error(`remedy: ${fix.title}: ${reason(error)}`);
      void vscode.window.showErrorMessage(`${fix.title}: ${reason(error)}`);
    }
  }

  /** Start a session's configuration anew: as launch.json has it now, else as it was. */
  async debugAgain(known: Known): Promise<void> {
    const { session } = known;
    if (known.isLive) {
      await vscode.debug.stopDebugging(session);
    }
    const folder = session.workspaceFolder;
    const listed: unknown = vscode.workspace.getConfiguration("launch", folder).get("configurations");
    const isListed = Array.isArray(listed) && listed.some((each: { name?: unknown } | null) => each?.name === session.configuration.name);
    const kept = Object.entries(session.configuration).filter(([name]) => !name.startsWith("__"));
    await vscode.debug.startDebugging(
      folder,
      isListed ? session.configuration.name : (Object.fromEntries(kept) as unknown as vscode.DebugConfiguration),
    );
  }

  /** Says whether it is done, and not only begun. */
  private async done({ title, handling }: Pick<Fix, "title" | "handling">, known: Known | undefined): Promise<boolean> {
    const folder = known?.session.workspaceFolder;
    switch (handling.how) {
      case "server": {
        const options = { location: vscode.ProgressLocation.Notification, title };
        this.log.info((await vscode.window.withProgress(options, () => this.plane.remedy(handling.number))).trimEnd());
        return true;
      }
      case "run":
        needsTrust();
        return await runs(title, goTask(handling.run, folder));
      case "dapshim": {
        needsTrust();
        const { command, args } = await this.dapshim.executable();
        return await runs(title, new vscode.ProcessExecution(command, [...args, ...handling.arguments]));
      }
      case "rule":
        return await writeRule(handling.rule, folder);
      case "type": {
        const terminal = vscode.window.createTerminal({ name: "dapshim", ...(folder === undefined ? {} : { cwd: folder.uri }) });
        terminal.show();
        // Not run: the person has not seen it yet, and presses Enter.
        terminal.sendText(handling.command, false);
        return false;
      }
      case "person":
        return false;
    }
  }

  private async afterwards(title: string, known: Known | undefined): Promise<void> {
    if (known?.state === "failed") {
      await this.debugAgain(known);
    } else if (known !== undefined) {
      const counts = known.isLive ? "It counts when the program starts anew." : "";
      if ((await vscode.window.showInformationMessage(`${title}: done. ${counts}`.trim(), AGAIN)) === AGAIN) {
        await this.debugAgain(known);
      }
    }
  }
}

function needsTrust(): void {
  if (!vscode.workspace.isTrusted) {
    throw new Error("This workspace is not trusted, so nothing is run in it. Trust it first (Manage Workspace Trust).");
  }
}

function goTask(run: Run, folder: vscode.WorkspaceFolder | undefined): vscode.ProcessExecution {
  const directory = run.directory === "" ? folder?.uri.fsPath : run.directory;
  return new vscode.ProcessExecution("go", [...run.arguments], { ...(directory === undefined ? {} : { cwd: directory }), env: { ...run.environment } });
}

/** Run a program as a task, in a terminal of its own; says whether it went well, which the terminal tells too. */
async function runs(title: string, execution: vscode.ProcessExecution): Promise<boolean> {
  const task = new vscode.Task({ type: "dapshim" }, vscode.TaskScope.Workspace, title, "dapshim", execution, []);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated, clear: true };
  const ended = new Promise<number | undefined>((resolve) => {
    const listener = vscode.tasks.onDidEndTaskProcess((event) => {
      if (event.execution.task.name === title && event.execution.task.source === "dapshim") {
        listener.dispose();
        resolve(event.exitCode);
      }
    });
  });
  await vscode.tasks.executeTask(task);
  return (await ended) === 0;
}
