/** Writes a rule for source paths into the project's `.dapshim.toml`, as an edit that can be undone, and shows it. */

import * as vscode from "vscode";
import { nameOf } from "../core/sourceGroups.ts";
import { ruleOf, withRule, type MappingRule } from "../core/mappingRule.ts";

const FILE = ".dapshim.toml";

/** Write it into the file of `folder`, else of the first workspace folder; says whether it was. */
export async function writeRule(rule: MappingRule, folder: vscode.WorkspaceFolder | undefined): Promise<boolean> {
  const chosen = folder ?? vscode.workspace.workspaceFolders?.[0];
  if (chosen === undefined) {
    throw new Error(`Open the folder of the project first: ${FILE} stands in it.`);
  }
  const file = vscode.Uri.joinPath(chosen.uri, FILE);
  const edit = new vscode.WorkspaceEdit();
  edit.createFile(file, { ignoreIfExists: true });
  await vscode.workspace.applyEdit(edit);
  const document = await vscode.workspace.openTextDocument(file);
  const before = document.getText();
  const change = new vscode.WorkspaceEdit();
  change.replace(file, new vscode.Range(document.positionAt(0), document.positionAt(before.length)), withRule(before, rule));
  const written = (await vscode.workspace.applyEdit(change)) && (await document.save());
  await vscode.window.showTextDocument(document, { preview: true });
  return written;
}

/** Have a person show where a recorded file is; the rule that follows from it is written. */
export async function showWhere(recorded: string, folder: vscode.WorkspaceFolder | undefined): Promise<boolean> {
  const root = folder ?? vscode.workspace.workspaceFolders?.[0];
  const name = nameOf(recorded);
  const picked = await vscode.window.showOpenDialog({
    title: `Which file is ${recorded}?`,
    openLabel: `This is ${name}`,
    canSelectMany: false,
    ...(root === undefined ? {} : { defaultUri: root.uri }),
  });
  const file = picked?.[0];
  if (file === undefined) {
    return false;
  }
  return await writeRule(ruleOf(recorded, file.fsPath, root?.uri.fsPath ?? file.fsPath), root);
}
