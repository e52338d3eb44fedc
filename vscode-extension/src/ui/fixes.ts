/** Carries out a remedy, so that a person sees what is done, and has the program debugged again when it is done. */

import * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import { again } from "../core/startAgain.ts";
import type { Fix } from "../core/findings.ts";
import type { Known, Sessions } from "./sessions.ts";

const AGAIN = "Debug Again";

export class Fixes {
  constructor(
    private readonly plane: ControlPlane,
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
