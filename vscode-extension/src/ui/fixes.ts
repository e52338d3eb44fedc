/** Carries out a remedy, so that a person sees what is done, and has the program debugged again when it is done. */

import * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import { again } from "../core/startAgain.ts";
import type { Dapshim } from "../core/executable.ts";
import type { Fix } from "../core/findings.ts";
import type { Run } from "../core/remedyCommand.ts";
import { writeRule } from "./mappingFile.ts";
import type { Known, Sessions } from "./sessions.ts";

const AGAIN = "Debug Again";

export class Fixes {
  constructor(
    private readonly plane: ControlPlane,
    private readonly dapshim: Dapshim,
    private readonly log: vscode.LogOutputChannel,
    private readonly sessions: Pick<Sessions, "all">,
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
    const found = vscode.workspace.getConfiguration("launch", folder).inspect("configurations");
    const written = { folder: found?.workspaceFolderValue, shared: [found?.workspaceValue, found?.globalValue] };
    await vscode.debug.startDebugging(folder, again(session.configuration, folder !== undefined, written) as string | vscode.DebugConfiguration);
  }

  /** Says whether it is done, and not only begun. */
  private async done({ title, handling }: Pick<Fix, "title" | "handling">, known: Known | undefined): Promise<boolean> {
    const folder = known?.session.workspaceFolder;
    switch (handling.how) {
      case "server": {
        needsTrust();
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

  /** Whether the person has started it anew meanwhile: a remedy may take minutes. */
  private runsAgain(known: Known): boolean {
    return this.sessions.all.some((each) => each !== known && each.isLive && each.session.name === known.session.name);
  }

  private async afterwards(title: string, known: Known | undefined): Promise<void> {
    if (known?.state === "failed" && !this.runsAgain(known)) {
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

/** Milliseconds between the end of a task and the news of how its program ended, in whatever order they come. */
const MOMENT = 500;

/** Run a program as a task, in a terminal of its own; says whether it went well, which the terminal tells too. */
async function runs(title: string, execution: vscode.ProcessExecution): Promise<boolean> {
  const scope = (vscode.workspace.workspaceFolders?.length ?? 0) > 0 ? vscode.TaskScope.Workspace : vscode.TaskScope.Global;
  const task = new vscode.Task({ type: "dapshim" }, scope, title, "dapshim", execution, []);
  task.presentationOptions = { reveal: vscode.TaskRevealKind.Always, panel: vscode.TaskPanelKind.Dedicated, clear: true };
  const isOurs = (each: vscode.TaskExecution): boolean => each.task.name === title && each.task.source === "dapshim";
  const listening: vscode.Disposable[] = [];
  try {
    const ended = new Promise<number | undefined>((resolve) => {
      listening.push(
        vscode.tasks.onDidEndTaskProcess((event) => {
          if (isOurs(event.execution)) {
            resolve(event.exitCode);
          }
        }),
        // A program that cannot be started has no end, but its task has.
        vscode.tasks.onDidEndTask((event) => {
          if (isOurs(event.execution)) {
            setTimeout(resolve, MOMENT, undefined);
          }
        }),
      );
    });
    await vscode.tasks.executeTask(task);
    return (await ended) === 0;
  } finally {
    vscode.Disposable.from(...listening).dispose();
  }
}
