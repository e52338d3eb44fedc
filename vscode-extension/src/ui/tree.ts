/** The tree "Go debug" in the Debug view: per session what was found, which breakpoints are not set, the source map, the program. */

import * as vscode from "vscode";
import { factsOf } from "../core/binaryFacts.ts";
import type { ControlPlane } from "../core/controlPlane.ts";
import { reason } from "../core/errors.ts";
import { bounded, folders, groups, MOST } from "../core/sourceGroups.ts";
import type { Known, Sessions } from "./sessions.ts";
import type { SourceMaps } from "./sourceMaps.ts";
import { itemOf, type Part, type Row } from "./treeRows.ts";

export const VIEW = "dapshim.sessions";

/** The context key by which the view is there: with the first session. */
const HAD_SESSION = "dapshim.hadSession";
/** Milliseconds for which changes are gathered: a session says much at its start. */
const SETTLE = 100;
/** The same while a session starts: the editor has its first stop to draw before. */
const SETTLE_AT_START = 1000;

const NOT_KNOWN: Row = { kind: "note", text: "Not known yet: the program is not running, or on another machine." };

export class SessionTree implements vscode.TreeDataProvider<Row>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  private readonly disposables: readonly { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;
  private hadSession = false;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly sessions: Sessions,
    private readonly plane: ControlPlane,
    private readonly maps: SourceMaps,
  ) {
    this.disposables = [
      this.changed,
      vscode.window.createTreeView(VIEW, { treeDataProvider: this, showCollapseAll: true }),
      sessions.onDidChange(() => {
        this.refresh();
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.forEach((each) => {
      each.dispose();
    });
  }

  refresh(): void {
    if (!this.hadSession) {
      this.hadSession = true;
      void vscode.commands.executeCommand("setContext", HAD_SESSION, true);
    }
    const starts = this.sessions.all.some((known) => known.state === "starting");
    this.timer ??= setTimeout(
      () => {
        this.timer = undefined;
        this.changed.fire(undefined);
      },
      starts ? SETTLE_AT_START : SETTLE,
    );
  }

  /** Read the programs anew. */
  reload(): void {
    this.maps.forget();
    this.refresh();
  }

  getTreeItem(row: Row): vscode.TreeItem {
    return itemOf(row);
  }

  async getChildren(row?: Row): Promise<Row[]> {
    try {
      const rows = row === undefined ? this.sessions.all.map((known): Row => ({ kind: "session", known })) : await this.below(row);
      const { shown, more } = bounded(rows, MOST);
      return more === 0 ? [...shown] : [...shown, { kind: "note", text: `… and ${more} more` }];
    } catch (error) {
      return [{ kind: "note", text: reason(error) }];
    }
  }

  private async below(row: Row): Promise<readonly Row[]> {
    switch (row.kind) {
      case "session":
        return parts(row.known).map((part) => ({ kind: "part", part, known: row.known }));
      case "part":
        return await this.rowsOf(row.part, row.known);
      case "group":
        return folders(row.group).map((folder) => ({ kind: "folder", folder, known: row.known }));
      case "folder":
        return row.folder.files.map((file) => ({ kind: "file", file, known: row.known }));
      default:
        return [];
    }
  }

  private async rowsOf(part: Part, known: Known): Promise<readonly Row[]> {
    switch (part) {
      case "findings":
        return known.findings.map((finding) => ({ kind: "finding", finding, known }));
      case "breakpoints":
        return known.pending.all.map((pending) => ({ kind: "breakpoint", pending }));
      case "paths": {
        const paths = await this.maps.of(known);
        return paths === undefined ? [NOT_KNOWN] : groups(paths).map((group) => ({ kind: "group", group, known }));
      }
      case "facts": {
        if (known.program.executable === "") {
          return [NOT_KNOWN];
        }
        const inspected = await this.plane.inspect(known.program.executable, known.session.workspaceFolder?.uri.fsPath);
        return factsOf(inspected).map((fact) => ({ kind: "fact", fact }));
      }
    }
  }
}

/** What is over has no breakpoints any more, and what never ran has no program. */
function parts(known: Known): readonly Part[] {
  if (known.isLive) {
    return ["findings", "breakpoints", "paths", "facts"];
  }
  return known.program.executable === "" ? ["findings"] : ["findings", "paths", "facts"];
}
