/** Lets a person choose a process; `${command:pickProcess}` and `${command:pickGoProcess}` in a configuration lead here. */

import * as vscode from "vscode";
import { goProcesses, processes, type Process } from "./core/processes.ts";
import { run } from "./core/running.ts";

/** The chosen process's number as a text, as VS Code wants it of a variable; undefined when nobody chose. */
export function pickProcess(): Promise<string | undefined> {
  return choose(processes(run), "Which process?");
}

/** The same, of Go programs alone. */
export function pickGoProcess(): Promise<string | undefined> {
  return choose(processes(run).then((found) => goProcesses(found, run)), "Which Go program?");
}

async function choose(found: Promise<readonly Process[]>, placeHolder: string): Promise<string | undefined> {
  const items = found.then((all) => all.map((each) => ({ label: each.name, description: String(each.pid), detail: each.command })));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true, matchOnDetail: true });
  return chosen?.description;
}
