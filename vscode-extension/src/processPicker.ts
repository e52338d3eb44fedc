/** Lets a person choose a process; `${command:pickProcess}` in a configuration leads here. */

import * as vscode from "vscode";
import { processes } from "./core/processes.ts";
import { run } from "./core/running.ts";

/** The chosen process's number as a text, as VS Code wants it of a variable; undefined when nobody chose. */
export async function pickProcess(): Promise<string | undefined> {
  const items = processes(run).then((found) => found.map((each) => ({ label: each.name, description: String(each.pid), detail: each.command })));
  const chosen = await vscode.window.showQuickPick(items, {
    placeHolder: "Which process?",
    matchOnDescription: true,
    matchOnDetail: true,
  });
  return chosen?.description;
}
