/** Findings and failures as notifications: each once, with the one button that mends it. */

import * as vscode from "vscode";
import type { Finding } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import { blamed, fixOf, fromFolder, numbered, sentenceOf } from "../core/findings.ts";
import type { Fixes } from "./fixes.ts";
import type { Pages } from "./pages.ts";
import type { Known, Saying, Sessions } from "./sessions.ts";

const MORE = "More";
const ALL_ERRORS = "Show All Errors";
const LAUNCH_JSON = "Open launch.json";

/** Milliseconds in which findings follow a failure, and the server's story, whose remedies have numbers, follows both. */
const PATIENCE = 300;

export class Notifications {
  constructor(
    private readonly fixes: Fixes,
    private readonly pages: Pages,
  ) {}

  listen(sessions: Sessions): vscode.Disposable {
    return sessions.onDidTell((saying) => {
      this.tell(saying).catch((error: unknown) => {
        void vscode.window.showErrorMessage(reason(error));
      });
    });
  }

  private async tell({ known, told }: Saying): Promise<void> {
    if (told.what === "said") {
      known.said.push(told.text);
      void vscode.window.showWarningMessage(near(told.text, known));
      return;
    }
    if (told.what === "failed" && told.again) {
      known.refused = told.text;
      await this.goesOn(told.text, known);
      return;
    }
    await later(PATIENCE);
    if (told.what === "findings") {
      // What was said where it matters, at a breakpoint or of a restart, is not said again of the program.
      const fresh = told.findings.filter((each) => !known.said.some((text) => each.message.includes(text)) && !known.refused.includes(each.message));
      known.told.fresh(fresh).forEach((each) => {
        this.show(each, known).catch((error: unknown) => {
          void vscode.window.showErrorMessage(reason(error));
        });
      });
    } else {
      await this.failed(told.text, known);
    }
  }

  private async goesOn(text: string, known: Known): Promise<void> {
    const place = /^(?:.*[\\/])?([^\\/:]+\.\w+:\d+)/.exec(text)?.[1];
    const button = place === undefined ? MORE : `Open ${place}`;
    const pressed = await vscode.window.showErrorMessage(`Not restarted, "${known.session.name}" goes on as it was. ${near(text, known)}`, button);
    if (pressed === button) {
      await this.showFailure(known);
    }
  }

  private async showFailure(known: Known): Promise<void> {
    const first = known.program.buildErrors[0];
    const finding = blamed(known.refused, known.findings, first !== undefined);
    if (first !== undefined) {
      await openAt(first.file, first.line, first.column);
    } else if (finding !== undefined) {
      await this.pages.showFinding(finding, known);
    } else {
      await vscode.commands.executeCommand("workbench.action.debug.configure");
    }
  }

  private async failed(text: string, known: Known): Promise<void> {
    const compiler = known.program.buildErrors.length > 0;
    const finding = blamed(text, known.found, compiler);
    if (finding !== undefined) {
      if (known.told.note(finding)) {
        await this.show(finding, known);
      }
    } else if (compiler) {
      await this.buildFailed(text, known);
    } else if ((await vscode.window.showErrorMessage(`"${known.session.name}" could not start. ${near(text, known)}`, LAUNCH_JSON)) === LAUNCH_JSON) {
      await vscode.commands.executeCommand("workbench.action.debug.configure");
    }
  }

  private async show(told: Finding, known: Known): Promise<void> {
    const finding = numbered(told, known.story);
    const fix = fixOf(finding);
    const buttons = fix === undefined ? [MORE] : [fix.label, MORE];
    const show = finding.severity === "error" ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
    const pressed = await show(near(sentenceOf(finding), known), ...buttons);
    if (pressed === MORE) {
      await this.pages.showFinding(finding, known);
    } else if (pressed !== undefined && fix !== undefined) {
      await this.fixes.carryOut(fix, known);
    }
  }

  private async buildFailed(message: string, known: Known): Promise<void> {
    const first = known.program.buildErrors[0];
    const open = first === undefined ? undefined : `Open ${vscode.workspace.asRelativePath(first.file, false)}:${first.line}`;
    const buttons = [...(open === undefined ? [] : [open]), ALL_ERRORS];
    const pressed = await vscode.window.showErrorMessage(`"${known.session.name}" does not build. ${near(message, known)}`, ...buttons);
    if (pressed === ALL_ERRORS) {
      await vscode.commands.executeCommand("workbench.actions.view.problems");
    } else if (pressed !== undefined && first !== undefined) {
      await openAt(first.file, first.line, first.column);
    }
  }
}

/** Show a place; lines and columns begin at 1, and 0 is not known. */
export async function openAt(file: string, line: number, column = 1): Promise<void> {
  const at = new vscode.Position(Math.max(line - 1, 0), Math.max(column - 1, 0));
  await vscode.window.showTextDocument(vscode.Uri.file(file), { selection: new vscode.Range(at, at) });
}

/** A notification is small: what is in the workspace is called from there. */
function near(text: string, known: Known): string {
  return fromFolder(text, known.session.workspaceFolder?.uri.fsPath);
}

async function later(milliseconds: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}
