/** The pages of findings and breakpoints: one panel each, which the next page takes over. */

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import * as vscode from "vscode";
import type { ControlPlane, Finding, Why } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import type { Dapshim } from "../core/executable.ts";
import { explained, findingPage, type Explained } from "../core/findingPage.ts";
import { asked, type Asked } from "../core/page.ts";
import { alone, handling } from "../core/remedyCommand.ts";
import { DO_REMEDY } from "../core/remedyList.ts";
import { WHY_DOES, whyPage } from "../core/whyPage.ts";
import type { Fixes } from "./fixes.ts";
import type { Known, Sessions } from "./sessions.ts";

/** Milliseconds that a page waits for what the code of its finding means. */
const PATIENCE = 5000;

export class Pages implements vscode.Disposable {
  private readonly why = new Panel("dapshim.why");
  private readonly finding = new Panel("dapshim.finding");
  private readonly meanings = new Map<string, Explained | undefined>();

  constructor(
    private readonly plane: ControlPlane,
    private readonly dapshim: Dapshim,
    private readonly fixes: Fixes,
    private readonly sessions: Sessions,
  ) {}

  dispose(): void {
    this.why.dispose();
    this.finding.dispose();
  }

  async showFinding(finding: Finding, known: Known | undefined): Promise<void> {
    const more = await this.meaningOf(finding.code);
    this.finding.show(more?.title ?? finding.code, (nonce) => findingPage(finding, more, nonce), async ({ do: what, at }) => {
      const remedy = finding.remedies[at];
      if (what === DO_REMEDY && remedy !== undefined) {
        await this.fixes.carryOut({ title: alone(remedy.title), handling: handling(remedy) }, known);
      }
    });
  }

  /** Say why a breakpoint is hollow, or would be; `line` begins at 1. */
  async showWhy(file: string, line: number): Promise<void> {
    let why: Why;
    try {
      const options = { location: vscode.ProgressLocation.Window, title: `Why ${vscode.workspace.asRelativePath(file, false)}:${line}?` };
      why = await vscode.window.withProgress(options, () => this.plane.why(file, line, this.ownProgram()));
    } catch (error) {
      void vscode.window.showErrorMessage(reason(error));
      return;
    }
    const title = `Breakpoint ${vscode.workspace.asRelativePath(file, false)}:${line}`;
    this.why.show(title, (nonce) => whyPage(why, nonce), (wanted) => this.answer(wanted, why, file, line));
  }

  /** The program of a session that the server knows nothing of; of its own it knows. */
  private ownProgram(): string | undefined {
    const known = this.sessions.current;
    const own = known?.isLive === true && this.dapshim.sessionNumber(known.session.id) === undefined;
    return own && known.program.executable !== "" ? known.program.executable : undefined;
  }

  private async answer({ do: what, at }: Asked, why: Why, file: string, line: number): Promise<void> {
    const remedy = why.remedies[at];
    const near = why.nearest[at];
    if (what === WHY_DOES.move && near !== undefined) {
      moveBreakpoint(file, line, near);
      await reveal(file, near);
      await this.showWhy(file, near);
    } else if (what === WHY_DOES.remedy && remedy !== undefined) {
      await this.fixes.carryOut({ title: alone(remedy.title), handling: handling(remedy) }, this.sessions.current);
    } else if (what === WHY_DOES.open) {
      await reveal(file, line);
    } else if (what === WHY_DOES.again) {
      await this.showWhy(file, line);
    }
  }

  /** Ask dapshim what a code means; undefined where it cannot be asked, which costs the page a paragraph. */
  private async meaningOf(code: string): Promise<Explained | undefined> {
    if (!this.meanings.has(code)) {
      try {
        const { command, args } = await this.dapshim.executable();
        const { stdout } = await promisify(execFile)(command, [...args, "explain", "--json", "--", code], { timeout: PATIENCE });
        this.meanings.set(code, explained(stdout));
      } catch {
        return undefined;
      }
    }
    return this.meanings.get(code);
  }
}

/** One webview; it is made when it is needed, and made again when a person has closed it. */
class Panel implements vscode.Disposable {
  private panel: vscode.WebviewPanel | undefined;
  private answer: (wanted: Asked) => Promise<void> = () => Promise.resolve();

  constructor(private readonly type: string) {}

  show(title: string, content: (nonce: string) => string, answer: (wanted: Asked) => Promise<void>): void {
    this.panel ??= this.made();
    this.answer = answer;
    this.panel.title = title;
    this.panel.webview.html = content(randomBytes(16).toString("hex"));
    this.panel.reveal(undefined, false);
  }

  dispose(): void {
    this.panel?.dispose();
  }

  private made(): vscode.WebviewPanel {
    const options = { enableScripts: true, enableForms: false, enableCommandUris: false, localResourceRoots: [] };
    const panel = vscode.window.createWebviewPanel(this.type, "", { viewColumn: vscode.ViewColumn.Beside, preserveFocus: false }, options);
    panel.onDidDispose(() => {
      this.panel = undefined;
    });
    panel.webview.onDidReceiveMessage((message: unknown) => {
      const wanted = asked(message);
      if (wanted !== undefined) {
        void this.answer(wanted);
      }
    });
    return panel;
  }
}

/** Put the breakpoint of one line on another, as it is, unless one stands there; where there is none, a new one. */
function moveBreakpoint(file: string, from: number, to: number): void {
  const uri = vscode.Uri.file(file);
  const at = (line: number): vscode.SourceBreakpoint[] =>
    vscode.debug.breakpoints.filter(
      (each): each is vscode.SourceBreakpoint =>
        each instanceof vscode.SourceBreakpoint && each.location.uri.fsPath === uri.fsPath && each.location.range.start.line === line - 1,
    );
  const here = at(from);
  const old = here[0];
  const place = new vscode.Location(uri, new vscode.Position(to - 1, 0));
  vscode.debug.removeBreakpoints(here);
  if (at(to).some((each) => each.enabled)) {
    return;
  }
  vscode.debug.addBreakpoints([new vscode.SourceBreakpoint(place, true, old?.condition, old?.hitCondition, old?.logMessage)]);
}

/** Show a line beside the page, where the file is open, or in the first column. */
async function reveal(file: string, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(line - 1, 0), 0);
  const uri = vscode.Uri.file(file);
  const open = vscode.window.visibleTextEditors.find((each) => each.document.uri.fsPath === uri.fsPath);
  await vscode.window.showTextDocument(uri, { viewColumn: open?.viewColumn ?? vscode.ViewColumn.One, selection: new vscode.Range(at, at) });
}
