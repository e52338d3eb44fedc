/** Has a person show where a recorded file is; dapshim writes the rule that follows from it into the project's file, which is shown. */

import * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";
import { nameOf } from "../core/sourceGroups.ts";

export async function showWhere(plane: ControlPlane, recorded: string, folder: vscode.WorkspaceFolder | undefined): Promise<void> {
  const root = folder ?? vscode.workspace.workspaceFolders?.[0];
  const name = nameOf(recorded);
  const picked = await vscode.window.showOpenDialog({
    title: `Which file is ${recorded}?`,
    openLabel: `This is ${name}`,
    canSelectMany: false,
    ...(root === undefined ? {} : { defaultUri: root.uri }),
  });
  const local = picked?.[0];
  if (local !== undefined) {
    const { file } = await plane.mapFile(recorded, local.fsPath, root?.uri.fsPath);
    await vscode.window.showTextDocument(vscode.Uri.file(file), { preview: true });
  }
}
