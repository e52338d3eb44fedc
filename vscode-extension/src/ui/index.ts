/** What a person sees of findings. `activate` calls this once; all that it makes goes into the context's subscriptions. */

import * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";
import { textOf } from "../core/dap.ts";
import type { Dapshim, Recorder } from "../core/executable.ts";
import { fixOf } from "../core/findings.ts";
import { askedPlace, type Place, type UiCommand } from "../core/uiCommands.ts";
import { Fixes } from "./fixes.ts";
import { showWhere } from "./mappingFile.ts";
import { Notifications } from "./notifications.ts";
import { Pages } from "./pages.ts";
import { Problems } from "./problems.ts";
import { Reports } from "./report.ts";
import { Sessions } from "./sessions.ts";
import { SourceMaps } from "./sourceMaps.ts";
import { StatusItem } from "./statusItem.ts";
import { SessionTree } from "./tree.ts";
import type { Row } from "./treeRows.ts";

type Handlers = Readonly<Record<UiCommand, (given?: unknown) => Promise<unknown>>>;

/** Returns who says whether the next session is recorded: whoever starts one asks it. */
export function registerUi(context: vscode.ExtensionContext, plane: ControlPlane, log: vscode.LogOutputChannel, dapshim: Dapshim): Recorder {
  const sessions = new Sessions(plane, dapshim);
  const fixes = new Fixes(plane, log, sessions);
  const pages = new Pages(plane, dapshim, fixes, sessions);
  const maps = new SourceMaps(plane);
  const tree = new SessionTree(sessions, plane, maps);
  const reports = new Reports(context, dapshim, sessions);
  const notifications = new Notifications(fixes, pages);
  const handlers = handlersOf(sessions, plane, fixes, pages, tree, reports);
  context.subscriptions.push(
    sessions,
    pages,
    tree,
    new Problems(sessions),
    new StatusItem(sessions, maps),
    notifications.listen(sessions),
    reports,
    ...Object.entries(handlers).map(([name, handler]) => vscode.commands.registerCommand(name, handler)),
  );
  return reports;
}

function handlersOf(sessions: Sessions, plane: ControlPlane, fixes: Fixes, pages: Pages, tree: SessionTree, reports: Reports): Handlers {
  return {
    "dapshim.why": async (given) => {
      const place = askedPlace(given, fileOf, cursor());
      if (place === undefined) {
        void vscode.window.showInformationMessage("Put the cursor on a line of a Go file first.");
      } else {
        await pages.showWhy(place.file, place.line);
      }
    },
    "dapshim.fix": async (given) => {
      const row = rowOf(given);
      const fix = row?.kind === "finding" ? fixOf(row.finding) : undefined;
      if (row?.kind === "finding" && fix !== undefined) {
        await fixes.carryOut(fix, row.known);
      }
    },
    "dapshim.showFinding": async (given) => {
      const row = rowOf(given);
      if (row?.kind === "finding") {
        await pages.showFinding(row.finding, row.known);
      }
    },
    "dapshim.debugAgain": async (given) => {
      const row = rowOf(given);
      const known = row?.kind === "session" ? row.known : sessions.current;
      if (known !== undefined) {
        await fixes.debugAgain(known);
      }
    },
    "dapshim.showWhere": async (given) => {
      const row = rowOf(given);
      if (row?.kind === "file") {
        await toldWhenItFails(showWhere(plane, row.file.recorded, row.known.session.workspaceFolder));
      }
    },
    "dapshim.refreshSessions": () => {
      tree.reload();
      return Promise.resolve();
    },
    "dapshim.recordNext": () => reports.recordNext(),
    "dapshim.reportIssue": () => reports.report(),
  };
}

function rowOf(given: unknown): Row | undefined {
  return typeof given === "object" && given !== null && "kind" in given ? (given as Row) : undefined;
}

async function toldWhenItFails(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

/** What a menu hands over is a URI, or looks like one. */
function fileOf(uri: unknown): string {
  return uri instanceof vscode.Uri ? uri.fsPath : textOf(uri, "fsPath");
}

function cursor(): Place | undefined {
  const editor = vscode.window.activeTextEditor;
  return editor?.document.uri.scheme === "file" ? { file: editor.document.uri.fsPath, line: editor.selection.active.line + 1 } : undefined;
}
